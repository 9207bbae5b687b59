//! What ends a call before it is done: a signal, or a cancellation of which Python knows.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

/// The function that raises if the running call was cancelled.
static CANCELLED: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Registers the function that raises if the running call was cancelled, instead of any other.
pub(crate) fn register(check: Py<PyAny>) {
    let old = CANCELLED.lock().unwrap_or_else(PoisonError::into_inner).replace(check);
    drop(old);
}

/// Raises what a signal handler raises, or the registered function.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    py.check_signals()?;
    let check = {
        let held = CANCELLED.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|check| check.clone_ref(py))
    };
    check.map_or(Ok(()), |check| check.call0(py).map(drop))
}
