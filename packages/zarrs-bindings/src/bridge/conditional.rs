//! Writes parts of chunks of a Python store that replaces a value only if it has not changed.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::bridge::chunks::{encode_all, partial, purpose};
use crate::bridge::store::{check_count, taken};
use crate::call::{Call, Touched};
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;
use crate::options::Opts;
use crate::threads::jobs;

/// Writes some chunks, and those again that another writer changed after they were read.
pub(super) fn write(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    mut jobs: Vec<usize>,
    locking: &str,
) -> Result<()> {
    let py = bridge.py();
    let writer = bridge.call_method1("conditional", (locking,)).map_err(Error::Python)?;
    while !jobs.is_empty() {
        let (kept, old) = current(&writer, call, &jobs)?;
        if kept.is_empty() {
            break;
        }
        let slices: Vec<Option<&[u8]>> =
            old.iter().map(|value| value.as_ref().map(Borrowed::bytes)).collect();
        let new = py.detach(|| without_deletions(call, &kept, &slices))?;
        jobs = put(&writer, call, &kept, &new)?;
        if !jobs.is_empty() {
            writer.call_method0("pause").map_err(Error::Python)?;
        }
    }
    Ok(())
}

type Current = (Vec<usize>, Vec<Option<Borrowed>>);

/// The jobs still to do, and the current values of chunks that are partly kept. A job is done if
/// its chunk has the value that it was sent: the store did so, and its answer was lost.
fn current(writer: &Bound<'_, PyAny>, call: &Call<'_>, jobs: &[usize]) -> Result<Current> {
    let (places, names): (Vec<usize>, Vec<String>) = writer.py().detach(|| partial(call, jobs));
    let mut old: Vec<Option<Borrowed>> = jobs.iter().map(|_| None).collect();
    let mut done = vec![false; jobs.len()];
    if !places.is_empty() {
        let get = || writer.call_method1("get", (&names,))?.extract();
        let (answer, landed): (Bound<'_, PyAny>, Vec<bool>) = get().map_err(Error::Python)?;
        check_count("get", places.len(), landed.len())?;
        let values = taken(&answer, places.len(), purpose(call))?;
        for ((place, value), landed) in places.into_iter().zip(values).zip(landed) {
            (old[place], done[place]) = (value, landed);
        }
    }
    let left = jobs.iter().zip(old).zip(done);
    Ok(left.filter_map(|((job, value), done)| (!done).then_some((*job, value))).unzip())
}

/// The new values. One that exists and was read cannot be deleted under a condition, so a chunk of
/// the fill value is stored in its place.
fn without_deletions(
    call: &Call<'_>,
    jobs: &[usize],
    old: &[Option<&[u8]>],
) -> Result<Vec<Option<Vec<u8>>>> {
    let mut new = encode_all(call, jobs, old)?;
    let empty: Vec<usize> =
        (0..jobs.len()).filter(|at| new[*at].is_none() && old[*at].is_some()).collect();
    let work = call.work(&call.entry.info.chain, empty.len());
    let filled = jobs::collect(empty.len(), work, call.limits(), |number| {
        let at = empty[number];
        fill(call, jobs[at], old[at])
            .map_err(|error| error.at(|| call.key(&call.plan.part(jobs[at])).name()))
    })?;
    for (at, value) in empty.into_iter().zip(filled) {
        new[at] = Some(value);
    }
    Ok(new)
}

/// An encoded chunk of the fill value, given that the write leaves only that.
fn fill(call: &Call<'_>, job: usize, old: Option<&[u8]>) -> Result<Vec<u8>> {
    if let Some(shard) = call.shard() {
        return Touched::new(call, shard, job)?.shard.encode_empty();
    }
    let part = call.plan.part(job);
    let opts = Opts { write_empty_chunks: true, ..call.opts };
    call.transfer(&*call.chain(&part)?, &part)?.encode(old, &call.entry.info.fill, &opts, |new| {
        new.map(Cow::into_owned).ok_or_else(|| Error::Internal("a chunk was omitted".into()))
    })
}

/// Sends the new values, and returns the jobs whose chunks were changed by others.
fn put(
    writer: &Bound<'_, PyAny>,
    call: &Call<'_>,
    jobs: &[usize],
    new: &[Option<Vec<u8>>],
) -> Result<Vec<usize>> {
    let py = writer.py();
    let names = jobs.iter().map(|job| call.key(&call.plan.part(*job)).name());
    let items: Vec<_> = names
        .zip(new)
        .map(|(name, value)| (name, value.as_ref().map(|value| PyBytes::new(py, value))))
        .collect();
    let put = || writer.call_method1("put", (PyList::new(py, items)?,))?.extract();
    let lost: Vec<bool> = put().map_err(Error::Python)?;
    check_count("put", jobs.len(), lost.len())?;
    let written = new.iter().zip(&lost).filter(|(_, lost)| !**lost);
    let bytes: usize = written.filter_map(|(value, _)| value.as_ref()).map(Vec::len).sum();
    counters::BYTES_WRITTEN.add(bytes as u64);
    Ok(jobs.iter().zip(lost).filter_map(|(job, lost)| lost.then_some(*job)).collect())
}
