//! Writing to files. Keys are locked from the moment their values are read until they are replaced.

use std::borrow::Cow;

use crate::call::Call;
use crate::counters;
use crate::errors::Result;
use crate::jobs;
use crate::load::read_all;
use crate::lock;
use crate::part::Before;
use crate::plan::Take;
use crate::scratch::Scratch;
use crate::store::key::Key;
use crate::store::local;
use crate::write_shard;

/// Keys that are locked at once.
const LOCKED: usize = 1024;

/// What replacing a file costs, in bytes that could be decoded instead.
const FILE_COST: u64 = 32 << 10;

/// Writes all parts of a call to a local store.
pub(crate) fn local(call: &Call<'_>) -> Result<()> {
    if let Some(shard) = call.shard() {
        return write_shard::local(call, shard);
    }
    let mut first = 0;
    while first < call.plan.len() {
        let count = LOCKED.min(call.plan.len() - first);
        let guard = lock(call, first, count);
        jobs::run(count, work(call, count), call.effort(), |job| {
            let take = call.plan.part(first + job);
            let key = call.key(&take);
            whole(call, &take, &key).map_err(|error| error.at(|| key.name()))
        })?;
        drop(guard);
        first += count;
    }
    Ok(())
}

/// Creating and renaming a file costs more than opening one.
pub(crate) fn work(call: &Call<'_>, count: usize) -> u64 {
    let encode = call.work(&call.entry.info.chain, count);
    encode.saturating_add((count as u64).saturating_mul(FILE_COST))
}

/// Locks the keys of a number of jobs.
pub(crate) fn lock(call: &Call<'_>, first: usize, count: usize) -> lock::Guard {
    let store = call.entry.store;
    let keys = (first..first + count).map(|job| call.key(&call.plan.part(job)).identity(store));
    lock::acquire(keys.collect())
}

fn whole(call: &Call<'_>, take: &Take<'_>, key: &Key) -> Result<()> {
    let mut old = Scratch::take();
    let before = if call.covered(take) {
        None
    } else {
        match local::open(key)? {
            None => None,
            Some(file) => Some(read_all(&file, key, 0, file.size(), &mut old, &call.opts)?),
        }
    };
    encode(call, take, before, |stored| match stored {
        None => delete(key),
        Some(stored) => local::replace(key, &stored),
    })
}

pub(crate) fn delete(key: &Key) -> Result<()> {
    counters::CHUNKS_DELETED.add(1);
    local::delete(key)
}

/// Makes the new stored value of a chunk, `None` when it is to be absent, and hands it on: it may
/// be the caller's own memory.
pub(crate) fn encode<T>(
    call: &Call<'_>,
    take: &Take<'_>,
    before: Option<&[u8]>,
    then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
) -> Result<T> {
    let info = &call.entry.info;
    let part = call.part(take)?;
    let before = match before {
        Some(stored) => Some(Before::Stored(stored)),
        None if part.is_whole() => None,
        None => Some(Before::Fill(&info.fill.bytes)),
    };
    let mut scratch = Scratch::take();
    let data = part.gather(&mut scratch, before, &call.opts)?;
    if !call.opts.write_empty_chunks && info.fill.is_all_of(data) {
        return then(None);
    }
    counters::CHUNKS_ENCODED.add(1);
    then(Some(info.chain.encode(data, &call.opts)?))
}
