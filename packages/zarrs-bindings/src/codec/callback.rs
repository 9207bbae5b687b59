//! Codecs that only Python has, called on the caller's thread.

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyException, PyMemoryError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyTuple};
use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use super::bytes_to_bytes::copy_exact;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;
use crate::memory::reserve::reserve;
use crate::metadata::config::option;
use crate::options::Opts;

/// The name of such codecs in a document.
pub(crate) const NAME: &str = "python";

/// Creates the codec objects of documents.
static MAKER: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Registers the function that creates codec objects, instead of any earlier one.
pub(crate) fn register(maker: Py<PyAny>) {
    let old = MAKER.lock().unwrap_or_else(PoisonError::into_inner).replace(maker);
    drop(old);
}

/// A Python codec object. Converts elements of a chunk in C order to stored bytes and back.
#[derive(Clone, Debug)]
pub(crate) struct Callback(Arc<Py<PyAny>>);

impl Callback {
    pub(crate) fn new(metadata: &MetadataV3) -> Result<Self> {
        let text = option(metadata, "document").and_then(Value::as_str).ok_or_else(|| {
            Error::Metadata("document of codec `python` is not a metadata document".into())
        })?;
        let unmade =
            || Error::Unsupported("codec `python` is not supported: nothing makes it".into());
        // Without a maker, there may be no interpreter. Otherwise, callers are attached.
        if MAKER.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Err(unmade());
        }
        Python::attach(|py| {
            let maker = {
                let held = MAKER.lock().unwrap_or_else(PoisonError::into_inner);
                held.as_ref().map(|maker| maker.clone_ref(py))
            };
            let maker = maker.ok_or_else(unmade)?;
            let made = maker.call1(py, (text,));
            made.map(|codec| Self(Arc::new(codec))).map_err(|error| {
                refused(py, error, |reason| Error::Unsupported(format!("codecs: {reason}")))
            })
        })
    }

    /// Decodes a chunk of `shape` into memory of exactly its decoded size.
    pub(super) fn decode(
        &self,
        data: &[u8],
        into: &mut [MaybeUninit<u8>],
        shape: &[u64],
        opts: &Opts,
    ) -> Result<()> {
        Python::attach(|py| {
            let call = || -> PyResult<Borrowed> {
                let stored = PyBytes::new(py, data);
                let how = (stored, PyTuple::new(py, shape)?, opts.validate_checksums);
                Borrowed::new(&self.0.bind(py).call_method1("decode", how)?)
            };
            let decoded = call().map_err(|error| refused(py, error, Error::damaged))?;
            copy_exact(decoded.bytes(), into)
        })
    }

    /// Exceptions of the codec are raised unchanged: the caller's values cause them.
    pub(super) fn encode(&self, data: &[u8], shape: &[u64]) -> Result<Vec<u8>> {
        Python::attach(|py| {
            let call = || -> PyResult<Borrowed> {
                let what = (PyByteArray::new(py, data), PyTuple::new(py, shape)?);
                Borrowed::new(&self.0.bind(py).call_method1("encode", what)?)
            };
            let encoded = call().map_err(Error::Python)?;
            let mut out = Vec::new();
            reserve(&mut out, encoded.bytes().len(), "an encoded chunk")?;
            out.extend_from_slice(encoded.bytes());
            Ok(out)
        })
    }
}

/// Converts an ordinary exception with `make`; keeps interrupts and lack of memory unchanged.
fn refused(py: Python<'_>, error: PyErr, make: impl FnOnce(String) -> Error) -> Error {
    let ordinary = error.is_instance_of::<PyException>(py);
    if !ordinary || error.is_instance_of::<PyMemoryError>(py) {
        return Error::Python(error);
    }
    make(error.value(py).to_string())
}
