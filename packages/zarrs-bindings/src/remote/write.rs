//! Writes chunks to a store over the network: encodes some while others are sent.

use std::collections::BTreeMap;

use pyo3::prelude::*;

use crate::call::Call;
use crate::errors::{Error, Result};
use crate::options::Locking;
use crate::remote::client::{Client, Remote};
use crate::remote::limit;
use crate::remote::unknown::noted;
use crate::remote::writer::Writer;
use crate::store::locks::{Guard, Locks};
use crate::write::put::keys;

/// Writes all parts of a call. Each key stays locked until the store has its new value.
pub(crate) fn write(py: Python<'_>, remote: &Remote, call: &Call<'_>, locks: &Locks) -> Result<()> {
    if call.opts.fsync {
        return Err(unsupported("durability is \"fsync\", which only a FilesystemStore can do"));
    }
    limit::refresh(py)?;
    let client = remote.client()?;
    let conditional = conditional(&client, call.opts.locking)?;
    let mut writer = Writer::new(call, client, conditional)?;
    let mut guards = BTreeMap::new();
    let written = run(py, &mut writer, locks, &mut guards);
    // The keys stay locked until nothing is in flight.
    written.map_err(|error| py.detach(|| finish(&mut writer, error)))
}

/// Whether the writers of one chunk exclude each other by conditions.
fn conditional(client: &Client, locking: Locking) -> Result<bool> {
    match locking {
        Locking::Auto => Ok(client.has_conditions),
        Locking::Threads => Ok(false),
        Locking::Processes => {
            Err(unsupported("locking is \"processes\", which only a FilesystemStore can do"))
        }
        Locking::Conditional if client.has_conditions => Ok(true),
        Locking::Conditional => Err(unsupported(
            "locking is \"conditional\", and this store cannot replace a value on the condition \
             that nobody else has changed it",
        )),
    }
}

fn unsupported(what: &str) -> Error {
    Error::Unsupported(what.into())
}

/// Locks one group of keys after the other, and writes all groups whose keys are locked. It never
/// waits for a key while it holds others, because their holder could wait for one of ours.
fn run<'py>(
    py: Python<'py>,
    writer: &mut Writer<'_>,
    locks: &Locks,
    guards: &mut BTreeMap<usize, Guard<'py>>,
) -> Result<()> {
    loop {
        while let Some((group, jobs)) = writer.next_group() {
            let names = keys(writer.call(), jobs.start, jobs.len());
            let guard = if guards.is_empty() {
                Some(locks.acquire(py, names)?)
            } else {
                locks.try_acquire(py, names)?
            };
            let Some(guard) = guard else { break };
            guards.insert(group, guard);
            writer.admit(group, &jobs);
        }
        if guards.is_empty() {
            return Ok(());
        }
        for group in py.detach(|| writer.step())? {
            guards.remove(&group);
        }
    }
}

/// Waits for what is in flight after an error. A signal ends this wait.
fn finish(writer: &mut Writer<'_>, error: Error) -> Error {
    let check = || Python::attach(|py| py.check_signals().map_err(Error::Python));
    let (unknown, second) = writer.finish(check);
    noted(second.unwrap_or(error), unknown, usize::MAX)
}
