//! Writes to files. Keys stay locked from before their values are read until they are replaced.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use crate::call::Call;
use crate::errors::Result;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::store::claim::{self, Found};
use crate::store::key::Key;
use crate::store::local::read_all;
use crate::store::locks::Locks;
use crate::store::output::Output;
use crate::store::replace;
use crate::threads::jobs;
use crate::tuning::{LOCKED_KEYS, OPEN_SHARDS};
use crate::write::put::{self, encode_to_write, keys, put, work};
use crate::write::shards;

/// Writes all parts of a call to a local store.
pub(crate) fn write(py: Python<'_>, call: &Call<'_>, locks: &Locks) -> Result<()> {
    let shard = call.shard();
    let most = if shard.is_some() { call.batch().min(OPEN_SHARDS) } else { LOCKED_KEYS };
    let mut first = 0;
    while first < call.plan.len() {
        let count = most.min(call.plan.len() - first);
        let guard = locks.acquire(py, keys(call, first, count))?;
        py.detach(|| {
            match shard {
                Some(shard) => shards::write(call, shard, first, count)?,
                None => chunks(call, first, count)?,
            }
            if call.opts.fsync {
                sync(call, first, count)?;
            }
            call.limits().check_signals()
        })?;
        drop(guard);
        first += count;
    }
    Ok(())
}

/// Writes chunks. Those that another process is writing come last: the calling thread waits for
/// them, because it can be interrupted and holds no file then.
fn chunks(call: &Call<'_>, first: usize, count: usize) -> Result<()> {
    let busy = Mutex::new(Vec::new());
    jobs::run_in_turns(count, work(call, count), call.limits_to_write(), |job, turn| {
        let job = first + apart(job, count);
        if !chunk(call, job, turn, claim::find)? {
            busy.lock().unwrap_or_else(PoisonError::into_inner).push(job);
        }
        Ok(())
    })?;
    for job in busy.into_inner().unwrap_or_else(PoisonError::into_inner) {
        while !chunk(call, job, (), |key, opts, keep| {
            claim::wait(key, opts, keep, call.limits().interrupted)
        })? {}
    }
    Ok(())
}

/// Reorders jobs so that neighbors are apart. Otherwise simultaneous jobs would change the same
/// folder, and a file system lets only one thread at a time do so.
fn apart(job: usize, count: usize) -> usize {
    if job.is_multiple_of(2) { job / 2 } else { count.div_ceil(2) + job / 2 }
}

/// Synchronizes the folders of some jobs to disk, up to the root, each once.
fn sync(call: &Call<'_>, first: usize, count: usize) -> Result<()> {
    let keys: Vec<Key> = keys(call, first, count).collect();
    let folders: BTreeSet<&Path> = keys.iter().flat_map(Key::folders).collect();
    // Innermost first: a synchronized folder may not yet be reachable on disk.
    folders.into_iter().rev().try_for_each(replace::sync_folder)
}

/// Writes one chunk; `false` if another process is writing it. Computes as long as it keeps `turn`.
fn chunk<T>(
    call: &Call<'_>,
    job: usize,
    turn: T,
    find: impl Fn(&[u8], &Opts, bool) -> Result<Found>,
) -> Result<bool> {
    let part = call.plan.part(job);
    let key = call.key(&part);
    let keep = !call.covered(&part);
    let found = put::claim(call, &key, keep, find)?;
    let mut old = Scratch::take();
    let before = match &found {
        Found::Busy => return Ok(false),
        Found::File(claim) if keep => {
            Some(read_all(claim.file(), &key, 0, claim.file().size(), &mut old, &call.opts))
        }
        _ => None,
    };
    before
        .transpose()
        .and_then(|before| {
            encode_to_write(call, &part, before, |new| {
                drop(turn);
                let new = new.map(|new| |out: &mut Output<'_>| out.write_now(new));
                put(&key, new, &found, &call.opts)
            })
        })
        .map_err(|error| error.at(|| key.name()))
}

#[cfg(test)]
mod tests {
    use super::apart;

    /// Catches a chunk that is written twice, or never.
    #[test]
    fn jobs_in_another_order_are_the_same_jobs() {
        for count in 0..9 {
            let mut jobs: Vec<usize> = (0..count).map(|job| apart(job, count)).collect();
            assert!(count < 4 || jobs[0].abs_diff(jobs[1]) > 1);
            jobs.sort_unstable();
            assert!(jobs.into_iter().eq(0..count));
        }
    }
}
