//! Reads of several arrays at a time, from stores of any kind.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use pyo3::prelude::*;

use crate::call::Call;
use crate::errors::Error;
use crate::python::dispatch::Store;
use crate::read::archive::Archive;
use crate::read::local::{self, Files};
#[cfg(feature = "remote")]
use crate::remote;

/// An error, and the number of its call; `None` if it came between calls.
type Failure = (Option<usize>, Error);

/// A call, and the number that it has among all.
struct Numbered<'a, 'py> {
    number: usize,
    store: &'a Store<'py>,
    call: &'a Call<'a>,
}

/// Reads all calls: files and archives together, stores of one client together, and other stores one
/// after the other.
pub(super) fn read<'py>(py: Python<'py>, calls: &[(&Store<'py>, Call<'_>)]) -> Result<(), Failure> {
    for (number, (store, call)) in calls.iter().enumerate() {
        store.check_direct(&call.opts).map_err(|error| (Some(number), error))?;
    }
    let all = calls.iter().enumerate();
    let all = all.map(|(number, (store, call))| Numbered { number, store, call });
    let (files, others): (Vec<_>, Vec<_>) = all.partition(|one| {
        // Codecs that only Python has run on the thread of the call.
        one.store.has_files() && !one.call.entry.info.chain.calls_python()
    });
    read_files(py, &files)?;
    #[cfg(feature = "remote")]
    let others = read_remote(py, others)?;
    for Numbered { number, store, call } in others {
        store.read(py, call).map_err(|error| (Some(number), error.within(|| store.name(py))))?;
    }
    Ok(())
}

fn read_files(py: Python<'_>, files: &[Numbered<'_, '_>]) -> Result<(), Failure> {
    let archives: Vec<Option<Arc<Archive>>> = files.iter().map(|one| one.store.archive()).collect();
    let each = files.iter().zip(&archives);
    let calls: Vec<(&Call<'_>, Files<'_>)> = each
        .map(|(one, archive)| (one.call, archive.as_deref().map_or(Files::Folder, Files::Archive)))
        .collect();
    let failed = AtomicUsize::new(usize::MAX);
    py.detach(|| local::read_each(&calls, &failed)).map_err(|error| {
        match files.get(failed.into_inner()) {
            Some(one) => (Some(one.number), error.within(|| one.store.name(py))),
            None => (None, error),
        }
    })
}

/// Reads what is in stores over the network, and returns the rest. Stores of one client share the
/// requests that are in flight.
#[cfg(feature = "remote")]
fn read_remote<'a, 'py>(
    py: Python<'py>,
    all: Vec<Numbered<'a, 'py>>,
) -> Result<Vec<Numbered<'a, 'py>>, Failure> {
    let mut rest = Vec::new();
    let mut groups: Vec<Vec<Numbered<'a, 'py>>> = Vec::new();
    for one in all {
        let Some(remote) = one.store.remote().filter(|_| !one.call.entry.info.chain.calls_python())
        else {
            rest.push(one);
            continue;
        };
        let same = |group: &&mut Vec<Numbered<'a, 'py>>| {
            group[0].store.remote().is_some_and(|other| Arc::ptr_eq(other, remote))
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    for group in groups {
        let calls: Vec<&Call<'_>> = group.iter().map(|one| one.call).collect();
        let store = group[0].store;
        let Some(remote) = store.remote() else { continue };
        remote::read::read_each(py, remote, &calls).map_err(|(place, error)| {
            (place.map(|place| group[place].number), error.within(|| store.name(py)))
        })?;
    }
    Ok(rest)
}
