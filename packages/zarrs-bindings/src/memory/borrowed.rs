//! The memory of an object of Python, held in place while it is read.

#![expect(unsafe_code, reason = "the buffer protocol of Python")]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::errors::Result;
use crate::memory::reserve::reserve;

/// Bytes that Python code gave us, borrowed through the buffer protocol.
pub(crate) struct Borrowed {
    view: Box<ffi::Py_buffer>,
    /// What was there when it came, where others may change it while it is decoded: decoders look
    /// twice at a header, and believe it the second time.
    copy: Option<Vec<u8>>,
}

// SAFETY: the exporter keeps the memory in place until the buffer is released, which only
// happens attached to the interpreter.
unsafe impl Send for Borrowed {}
// SAFETY: the memory is only read. What others may change meanwhile is copied as the bytes that it
// is, and nothing is concluded from it.
unsafe impl Sync for Borrowed {}

impl Borrowed {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(MaybeUninit::<ffi::Py_buffer>::zeroed());
        // SAFETY: the object is alive, and `view` has room for the answer.
        let code = unsafe {
            ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_SIMPLE)
        };
        if code != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        // SAFETY: filled by the successful call. It stays in its box: exporters may point into it.
        Ok(Self { view: unsafe { view.assume_init() }, copy: None })
    }

    /// The same with a copy of memory that can be written to, for what is to be decoded.
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
        // SAFETY: the exporter holds `len` contiguous bytes there until we release them.
        unsafe { slice::from_raw_parts(data.cast(), self.view.len as usize) }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: obtained from PyObject_GetBuffer and released once, attached.
        Python::attach(|_| unsafe { ffi::PyBuffer_Release(&raw mut *self.view) });
    }
}
