//! The boundary to Python: no panic crosses it, and no call starts after the interpreter's end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::counters::Counter;
use crate::errors::{Error, Result};
use crate::shutdown;

/// Converts errors and panics into exceptions.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(PyErr::from),
        Err(panic) => Err(Error::Internal(panic_text(panic.as_ref())).into()),
    }
}

/// Like [`guarded`], and counts the operation.
pub(super) fn served<T>(counter: &Counter, work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    let _guard = shutdown::enter();
    let done = guarded(work)?;
    counter.add(1);
    Ok(done)
}

pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a bug in this library: {}", text.unwrap_or("unknown"))
}
