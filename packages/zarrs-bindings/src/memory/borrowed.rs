//! The memory of a Python object, held in place while it is read.

#![expect(unsafe_code, reason = "calls Python's buffer protocol")]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::errors::Result;
use crate::memory::reserve::reserve;

/// Bytes that Python code passed to us, borrowed through the buffer protocol.
pub(crate) struct Borrowed {
    view: Box<ffi::Py_buffer>,
    /// The bytes as they arrived, if others may change them during decoding: decoders read a header
    /// twice, and trust the second read.
    copy: Option<Vec<u8>>,
}

// SAFETY: the exporter keeps the memory in place until the buffer is released, which only happens
// attached to the interpreter.
unsafe impl Send for Borrowed {}
// SAFETY: the memory is only read. Bytes that others may change meanwhile are only copied as bytes;
// no decision depends on them.
unsafe impl Sync for Borrowed {}

impl Borrowed {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(MaybeUninit::<ffi::Py_buffer>::zeroed());
        // SAFETY: the object is alive, and `view` has room for the result.
        let code = unsafe {
            ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_SIMPLE)
        };
        if code != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        // SAFETY: the successful call filled it. It stays in its box: exporters may point into it.
        Ok(Self { view: unsafe { view.assume_init() }, copy: None })
    }

    /// For values that are decoded: the same, but with a copy if the memory is writable.
    pub(crate) fn steady(mut self) -> Result<Self> {
        if self.view.readonly == 0 {
            let mut copy = Vec::new();
            reserve(&mut copy, self.bytes().len(), "a stored value")?;
            copy.extend_from_slice(self.bytes());
            self.copy = Some(copy);
        }
        Ok(self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if let Some(copy) = &self.copy {
            return copy;
        }
        let data = if self.view.len == 0 { ptr::dangling::<c_void>() } else { self.view.buf };
        // SAFETY: the exporter keeps `len` contiguous bytes there until we release them.
        unsafe { slice::from_raw_parts(data.cast(), self.view.len as usize) }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: obtained from PyObject_GetBuffer and released once, attached.
        Python::attach(|_| unsafe { ffi::PyBuffer_Release(&raw mut *self.view) });
    }
}
