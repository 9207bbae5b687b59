//! Reads and writes chunks of a Python store: fetches a batch attached, works on it detached.

use std::borrow::Cow;
use std::sync::OnceLock;

use pyo3::prelude::*;

use crate::bridge::shards;
use crate::bridge::store::{Request, Use, get_many, put_many};
use crate::bridge::values::Values;
use crate::call::Call;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;
use crate::read::load::Piece;
use crate::store::locks::Locks;
use crate::threads::jobs;
use crate::write::put::{encode, keys};
use crate::write::shards::encode_shards;

/// Reads all parts of a call.
pub(crate) fn read(bridge: &Bound<'_, PyAny>, call: &Call<'_>, values: Values) -> Result<()> {
    if let Some(shard) = call.shard() {
        return shards::read(bridge, call, shard, values);
    }
    let mut first = 0;
    while first < call.plan.len() {
        let count = call.batch().min(call.plan.len() - first);
        let jobs = first..first + count;
        let names = jobs.map(|job| call.key(&call.plan.part(job)).name());
        let values = get_many(
            bridge,
            &names.map(|name| (name, None, None)).collect::<Vec<_>>(),
            purpose(call),
        )?;
        bridge.py().detach(|| {
            jobs::run(count, call.work(&call.entry.info.chain, count), call.limits(), |job| {
                transfer(call, first + job, values[job].as_ref())
            })
        })?;
        first += count;
    }
    Ok(())
}

/// How the stored values of unsharded chunks are used.
fn purpose(call: &Call<'_>) -> Use {
    if call.entry.info.chain.is_raw() { Use::Moved } else { Use::Decoded }
}

fn transfer(call: &Call<'_>, job: usize, value: Option<&Borrowed>) -> Result<()> {
    let part = call.plan.part(job);
    match value {
        None => call.missing(&part),
        Some(value) => call
            .transfer(&*call.chain(&part)?, &part)?
            .load(&Piece::Bytes(value.bytes()), &call.opts)
            .map_err(|error| error.at(|| call.key(&part).name())),
    }
}

/// Writes all parts of a call. Keys stay locked until the store has the new values.
pub(crate) fn write(bridge: &Bound<'_, PyAny>, call: &Call<'_>, locks: &Locks) -> Result<()> {
    let py = bridge.py();
    let mut first = 0;
    while first < call.plan.len() {
        let count = call.batch().min(call.plan.len() - first);
        let guard = locks.acquire(py, keys(call, first, count))?;
        let old = old_values(bridge, call, first, count)?;
        let slices: Vec<Option<&[u8]>> =
            old.iter().map(|value| value.as_ref().map(Borrowed::bytes)).collect();
        let new = py.detach(|| match call.shard() {
            Some(shard) => {
                let jobs: Vec<usize> = (first..first + count).collect();
                encode_shards(call, shard, &jobs, &slices)
            }
            None => chunks(call, first, &slices),
        })?;
        put_many(bridge, keys(call, first, count).map(|key| key.name()).collect(), &new)?;
        drop(guard);
        first += count;
    }
    Ok(())
}

/// The current values of all chunks that are partly kept.
fn old_values(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    first: usize,
    count: usize,
) -> Result<Vec<Option<Borrowed>>> {
    let mut places: Vec<usize> = Vec::new();
    let mut requests: Vec<Request> = Vec::new();
    bridge.py().detach(|| {
        for job in 0..count {
            let part = call.plan.part(first + job);
            if !call.covered(&part) {
                places.push(job);
                requests.push((call.key(&part).name(), None, None));
            }
        }
    });
    let mut old: Vec<Option<Borrowed>> = (0..count).map(|_| None).collect();
    for (place, value) in places.into_iter().zip(get_many(bridge, &requests, purpose(call))?) {
        old[place] = value;
    }
    Ok(old)
}

fn chunks(call: &Call<'_>, first: usize, old: &[Option<&[u8]>]) -> Result<Vec<Option<Vec<u8>>>> {
    let new: Vec<OnceLock<Option<Vec<u8>>>> = old.iter().map(|_| OnceLock::new()).collect();
    jobs::run(old.len(), call.work(&call.entry.info.chain, old.len()), call.limits(), |job| {
        let part = call.plan.part(first + job);
        let stored = encode(call, &part, old[job], |stored| Ok(stored.map(Cow::into_owned)))
            .map_err(|error| error.at(|| call.key(&part).name()))?;
        new[job].set(stored).map_err(|_| Error::Internal("a job ran twice".into()))
    })?;
    Ok(new.into_iter().map(|slot| slot.into_inner().flatten()).collect())
}
