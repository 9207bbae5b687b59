//! Writes shards. Threads share all touched subchunks; the thread that encodes the last subchunk of
//! a shard replaces that shard.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::call::{Call, Flat};
use crate::codec::shard::{Piece, Shard};
use crate::errors::{Error, Result};
use crate::memory::reserve::{reserve, room};
use crate::options::Opts;
use crate::store::claim::{self, Found};
use crate::store::output::Output;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::FILE_COST;
use crate::write::put::{self, put, work};
use crate::write::rewrite::{Old, Rewrite};

/// Writes shards. Those that another process is writing come last, one by one: the calling thread
/// waits for them, because it can be interrupted and holds no file then.
pub(super) fn write(call: &Call<'_>, shard: &Shard, first: usize, count: usize) -> Result<()> {
    let all: Vec<usize> = (first..first + count).collect();
    for job in batch(call, shard, &all, claim::find)? {
        while !batch(call, shard, &[job], |key, opts, keep| {
            claim::wait(key, opts, keep, call.limits().interrupted)
        })?
        .is_empty()
        {}
    }
    Ok(())
}

/// A claimed shard, and whether any of it is kept.
struct Held {
    job: usize,
    found: Found,
    keep: bool,
}

/// Writes what it can without waiting, and returns the rest.
fn batch(
    call: &Call<'_>,
    shard: &Shard,
    jobs: &[usize],
    find: impl Fn(&[u8], &Opts, bool) -> Result<Found> + Sync,
) -> Result<Vec<usize>> {
    let work = work(call, jobs.len());
    let held = jobs::collect(jobs.len(), work, call.limits_to_write(), |at| {
        let (job, part) = (jobs[at], call.plan.part(jobs[at]));
        let keep = !call.covered(&part);
        Ok(Held { job, found: put::claim(call, &call.key(&part), keep, &find)?, keep })
    })?;
    let (busy, held): (Vec<_>, Vec<_>) =
        held.into_iter().partition(|held| matches!(held.found, Found::Busy));
    let mut left: Vec<usize> = busy.into_iter().map(|held| held.job).collect();
    let rewrites = jobs::collect(held.len(), work, call.limits_to_write(), |at| {
        let old = match &held[at] {
            Held { found: Found::File(claim), keep: true, .. } => Some(Old::File(claim.file())),
            _ => None,
        };
        Rewrite::new(call, shard, held[at].job, old)
    })?;
    let late: Vec<AtomicBool> = held.iter().map(|_| AtomicBool::new(false)).collect();
    each(call, shard, &rewrites, call.limits_to_write(), |at, pieces| {
        let rewrite = &rewrites[at];
        let new = pieces
            .map(|pieces| move |output: &mut Output<'_>| rewrite.write(call, &pieces, output));
        if !put(&rewrite.key, new, &held[at].found, &call.opts)? {
            late[at].store(true, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let late = late.into_iter().map(AtomicBool::into_inner);
    left.extend(held.iter().zip(late).filter_map(|(held, late)| late.then_some(held.job)));
    Ok(left)
}

/// The new stored values of the shards of `jobs`; `old` has their current values.
pub(crate) fn encode_shards(
    call: &Call<'_>,
    shard: &Shard,
    jobs: &[usize],
    old: &[Option<&[u8]>],
) -> Result<Vec<Option<Vec<u8>>>> {
    let joined: Vec<OnceLock<Vec<u8>>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let olds = jobs.iter().zip(old);
    let rewrites = olds.map(|(job, old)| Rewrite::new(call, shard, *job, old.map(Old::Bytes)));
    encode_each(call, shard, &rewrites.collect::<Result<Vec<_>>>()?, |at, rewrite, pieces| {
        match pieces {
            None => Ok(()),
            Some(pieces) => {
                let mut new = Vec::new();
                reserve(&mut new, rewrite.size(&pieces), "an encoded shard")?;
                rewrite.join(&pieces, &mut new);
                joined[at].set(new).map_err(|_| twice())
            }
        }
    })?;
    Ok(joined.into_iter().map(OnceLock::into_inner).collect())
}

/// The same, but passes the pieces of each value to `then` as soon as they are there, with its place
/// in `rewrites`; `None` if the shard is empty.
pub(crate) fn encode_each(
    call: &Call<'_>,
    shard: &Shard,
    rewrites: &[Rewrite<'_>],
    then: impl Fn(usize, &Rewrite<'_>, Option<Vec<Piece<'_>>>) -> Result<()> + Sync,
) -> Result<()> {
    each(call, shard, rewrites, call.limits(), |at, pieces| then(at, &rewrites[at], pieces))
}

/// Encodes the touched subchunks of all shards, and finishes each shard as soon as it can.
fn each(
    call: &Call<'_>,
    shard: &Shard,
    rewrites: &[Rewrite<'_>],
    limits: Limits<'_>,
    finish: impl Fn(usize, Option<Vec<Piece<'_>>>) -> Result<()> + Sync,
) -> Result<()> {
    let flat = Flat::new(rewrites.iter().map(Rewrite::len));
    let mut encoded: Vec<OnceLock<Option<Cow<'_, [u8]>>>> = room(flat.len(), "encoded subchunks")?;
    encoded.resize_with(flat.len(), OnceLock::new);
    let left: Vec<AtomicUsize> = rewrites.iter().map(|r| AtomicUsize::new(r.len())).collect();
    let files = (rewrites.len() as u64).saturating_mul(FILE_COST);
    let work = call.work(&shard.chunk, flat.len()).saturating_add(files);
    jobs::run_in_turns(flat.len(), work, limits, |job, turn| {
        let (group, inner) = flat.find(job);
        let rewrite = &rewrites[group];
        let named = |error: Error| error.at(|| rewrite.key.name());
        let bytes = rewrite.subchunk(call, inner).map_err(named)?;
        encoded[job].set(bytes).map_err(|_| twice())?;
        drop(turn);
        if left[group].fetch_sub(1, Ordering::AcqRel) > 1 {
            return Ok(());
        }
        let mine = &encoded[job - inner..][..rewrite.len()];
        let mut new: Vec<Option<&[u8]>> = room(mine.len(), "a new shard")?;
        new.extend(mine.iter().map(|slot| slot.get().and_then(Option::as_deref)));
        rewrite.pieces(&new).and_then(|pieces| finish(group, pieces)).map_err(named)
    })
}

fn twice() -> Error {
    Error::Internal("a job ran twice".into())
}
