//! Locks on keys, held while values are read, changed and replaced.
//!
//! Locks are entries of a dictionary. Its owner may share it with other code of the process that
//! uses the same locks. Single operations on it are atomic, so no signal can raise an exception
//! between taking a lock and recording it.

use std::thread;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::errors::{Error, Result};
use crate::interrupts;
use crate::store::key::Key;
use crate::tuning::{LONGEST_PAUSE, SHORTEST_PAUSE};

/// The locks of a store: a dictionary of held locks, by name.
pub(crate) struct Locks {
    held: Py<PyDict>,
    /// Turns keys into names that differ from those of other stores.
    prefix: Vec<u8>,
}

impl Locks {
    pub(crate) fn new(py: Python<'_>, held: Option<Bound<'_, PyDict>>, prefix: Vec<u8>) -> Self {
        Self { held: held.unwrap_or_else(|| PyDict::new(py)).unbind(), prefix }
    }

    fn guard<'py>(&self, py: Python<'py>, keys: impl Iterator<Item = Key>) -> Guard<'py> {
        let names = keys.map(|key| {
            let name =
                if self.prefix.is_empty() { None } else { Some([&self.prefix, &*key].concat()) };
            PyBytes::new(py, name.as_deref().unwrap_or(&key))
        });
        Guard { held: self.held.bind(py).clone(), mine: PyList::empty(py), names: names.collect() }
    }

    /// Takes all keys at once; `None` if one is in use.
    #[cfg(feature = "remote")]
    pub(crate) fn try_acquire<'py>(
        &self,
        py: Python<'py>,
        keys: impl Iterator<Item = Key>,
    ) -> Result<Option<Guard<'py>>> {
        let guard = self.guard(py, keys);
        Ok(guard.take_all().map_err(Error::Python)?.then_some(guard))
    }

    /// Takes all keys at once or, if one is in use, one by one, and waits detached for each.
    pub(crate) fn acquire<'py>(
        &self,
        py: Python<'py>,
        keys: impl Iterator<Item = Key>,
    ) -> Result<Guard<'py>> {
        let mut guard = self.guard(py, keys);
        if guard.take_all().map_err(Error::Python)? {
            return Ok(guard);
        }
        guard.release();
        // All callers use the same order, so no two wait for each other. We keep the locks that we
        // have: a caller that gave them back could starve among many writers of single keys.
        guard.names.sort_unstable_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        for name in &guard.names {
            let mut pause = SHORTEST_PAUSE;
            while !guard.take(name).map_err(Error::Python)? {
                py.detach(|| thread::sleep(pause));
                interrupts::check(py).map_err(Error::Python)?;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
        Ok(guard)
    }
}

/// The name of the method that takes a lock. It is created when the module is loaded, so that no
/// other thread is creating it at a fork.
pub(crate) fn prepare(py: Python<'_>) -> &Bound<'_, PyString> {
    intern!(py, "setdefault")
}

/// Keys that we hold until this is dropped.
pub(crate) struct Guard<'py> {
    held: Bound<'py, PyDict>,
    /// The value of our entries; no other guard has it.
    mine: Bound<'py, PyList>,
    names: Vec<Bound<'py, PyBytes>>,
}

impl Guard<'_> {
    fn take_all(&self) -> PyResult<bool> {
        for name in &self.names {
            if !self.take(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn take(&self, name: &Bound<'_, PyBytes>) -> PyResult<bool> {
        let setdefault = prepare(self.held.py());
        Ok(self.held.call_method1(setdefault, (name, &self.mine))?.is(&self.mine))
    }

    fn release(&self) {
        for name in &self.names {
            // In a forked child the entry may be gone, or belong to another thread.
            let holder = self.held.get_item(name).ok().flatten();
            if holder.is_some_and(|holder| holder.is(&self.mine)) {
                self.held.del_item(name).ok();
            }
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.release();
    }
}
