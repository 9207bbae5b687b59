//! A Python store, called in batches from the thread that called us.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::counters;
use crate::errors::{Error, Result};
use crate::options::reserve;

/// Key, start and length, as the shim takes them.
pub(crate) type Request = (String, Option<u64>, Option<u64>);

/// Whether the bytes of a value are decoded, or only copied and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Decoded,
    Moved,
}

/// A value that the store gave us, borrowed through the buffer protocol.
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

    /// The same with a copy of memory that can be written to, if it is to be decoded.
    fn steady(mut self, purpose: Use) -> Result<Self> {
        if self.view.readonly == 0 && purpose == Use::Decoded {
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

/// Asks for a batch of values; `None` stands for an absent one.
pub(crate) fn get_many(
    shim: &Bound<'_, PyAny>,
    requests: &[Request],
    purpose: Use,
) -> Result<Vec<Option<Borrowed>>> {
    let count = requests.len();
    if count == 0 {
        return Ok(Vec::new());
    }
    let get = || -> PyResult<Vec<Option<Borrowed>>> {
        let answer = shim.call_method1("get_many", (requests,))?;
        let mut values = Vec::with_capacity(count);
        for value in answer.try_iter()? {
            let value = value?;
            values.push(if value.is_none() { None } else { Some(Borrowed::new(&value)?) });
        }
        Ok(values)
    };
    let values = get().map_err(Error::Python)?;
    let steady = |value: Option<Borrowed>| value.map(|value| value.steady(purpose)).transpose();
    let values: Vec<Option<Borrowed>> = values.into_iter().map(steady).collect::<Result<_>>()?;
    if values.len() != count {
        return Err(Error::Internal(format!(
            "get_many of the store was asked for {count} values and gave {}",
            values.len()
        )));
    }
    let bytes: usize = values.iter().flatten().map(|value| value.bytes().len()).sum();
    counters::BYTES_READ.add(bytes as u64);
    Ok(values)
}

/// Replaces and deletes a batch of values.
pub(crate) fn put_many(
    shim: &Bound<'_, PyAny>,
    names: Vec<String>,
    values: &[Option<Vec<u8>>],
) -> Result<()> {
    let py = shim.py();
    let mut items = Vec::new();
    let mut absent = Vec::new();
    for (name, value) in names.into_iter().zip(values) {
        match value {
            Some(value) => items.push((name, PyBytes::new(py, value))),
            None => absent.push(name),
        }
    }
    let bytes: usize = values.iter().flatten().map(Vec::len).sum();
    let deleted = absent.len() as u64;
    let put = || -> PyResult<()> {
        if !items.is_empty() {
            shim.call_method1("set_many", (PyList::new(py, items)?,))?;
        }
        if !absent.is_empty() {
            shim.call_method1("delete_many", (absent,))?;
        }
        Ok(())
    };
    put().map_err(Error::Python)?;
    counters::BYTES_WRITTEN.add(bytes as u64);
    counters::CHUNKS_DELETED.add(deleted);
    Ok(())
}
