//! One error type, its stable kinds, and its only conversion into Python exceptions.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;

/// All errors, in the user's terms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Metadata(String),
    #[error("{0}")]
    Unsupported(String),
    // The same text as in `zarr.crud._errors.undecodable`.
    #[error(
        "the stored value of '{key}' in {store} cannot be decoded: {reason}; \
         restore it from a copy, or write it again"
    )]
    DecodeFailed { key: String, store: String, reason: String },
    #[error(
        "the chunk {} is not stored (key '{key}'); \
         read with missing_chunks='fill' to get the fill value instead", tuple(.index)
    )]
    ChunkNotFound { key: String, index: Vec<u64> },
    #[error("{0}")]
    Bounds(String),
    #[error("{0}")]
    ValueShape(String),
    #[error("{0}")]
    Budget(String),
    #[error("{0}")]
    ReadOnly(String),
    #[error("{0}")]
    InvalidPath(String),
    #[error("{0}")]
    Internal(String),
    #[error("{0}")]
    NoDirectIo(String),
    #[error("{path}: {source}", path = .path.display())]
    Os { source: io::Error, path: PathBuf },
    /// A file is shorter than others say.
    #[error("{path}: it ends before byte {stop}", path = .path.display())]
    EndsEarly { path: PathBuf, stop: u64 },
    /// A file has another size than before.
    #[error("{path}: {}", resized(*.size, *.wanted), path = .path.display())]
    Resized { path: PathBuf, size: u64, wanted: u64 },
    /// An entry of a ZIP archive is not as the directory of the archive says.
    #[error(
        "the entry '{key}' of the archive cannot be read: {reason}; restore the archive from a copy"
    )]
    BadArchive { key: String, reason: &'static str },
    #[error("{0}")]
    Python(PyErr),
    /// An error with the key that it is about, which is not raised.
    #[error("{source}")]
    Of { key: String, source: Box<Self> },
}

/// All kinds that are raised, in the order of the variants.
pub(crate) const KINDS: [&str; 11] = [
    "metadata",
    "unsupported",
    "decode-failed",
    "chunk-not-found",
    "bounds",
    "value-shape",
    "budget",
    "read-only",
    "invalid-path",
    "internal",
    "no-direct-io",
];

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Damaged bytes. Callers add the key with [`Error::at`] and the store with [`Error::within`].
    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::DecodeFailed { key: String::new(), store: String::new(), reason: reason.into() }
    }

    /// Adds the key, if the error has none yet.
    pub(crate) fn at(self, name: impl FnOnce() -> String) -> Self {
        match self {
            Self::DecodeFailed { key, store, reason } if key.is_empty() => {
                Self::DecodeFailed { key: name(), store, reason }
            }
            source @ (Self::Budget(_) | Self::Os { .. } | Self::Python(_)) => {
                Self::Of { key: name(), source: Box::new(source) }
            }
            other => other,
        }
    }

    /// The key of the value that cannot be read or written.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::DecodeFailed { key, .. }
            | Self::ChunkNotFound { key, .. }
            | Self::BadArchive { key, .. }
            | Self::Of { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Adds the store.
    pub(crate) fn within(self, name: impl FnOnce() -> String) -> Self {
        match self {
            Self::DecodeFailed { key, reason, .. } => {
                Self::DecodeFailed { key, store: name(), reason }
            }
            other => other,
        }
    }

    /// A decoded size above the budget, or memory that the system refused.
    pub(crate) fn too_large(what: &str, bytes: u64, budget: u64) -> Self {
        if bytes > budget {
            // Selecting less does not make a chunk, or a part of its data, smaller.
            let advice = if what.starts_with("the ") { "select less, or raise" } else { "raise" };
            Self::Budget(format!(
                "{what} takes {bytes} bytes, above the budget of {budget} bytes; \
                 {advice} decoded_size_budget in zarr.crud.Options"
            ))
        } else {
            Self::Budget(format!("{what} needs {bytes} bytes, which the system refused"))
        }
    }

    fn kind(&self) -> Option<&'static str> {
        let place = match self {
            Self::Metadata(_) => 0,
            Self::Unsupported(_) => 1,
            Self::DecodeFailed { .. } => 2,
            Self::ChunkNotFound { .. } => 3,
            Self::Bounds(_) => 4,
            Self::ValueShape(_) => 5,
            Self::Budget(_) => 6,
            Self::ReadOnly(_) => 7,
            Self::InvalidPath(_) => 8,
            Self::Internal(_) => 9,
            Self::NoDirectIo(_) => 10,
            Self::Of { source, .. } => return source.kind(),
            Self::Os { .. }
            | Self::EndsEarly { .. }
            | Self::Resized { .. }
            | Self::BadArchive { .. }
            | Self::Python(_) => return None,
        };
        Some(KINDS[place])
    }
}

static CLASSES: Mutex<Option<HashMap<String, Py<PyAny>>>> = Mutex::new(None);

/// Sets the exception classes of the kinds, and replaces earlier ones.
pub(crate) fn register(classes: HashMap<String, Py<PyAny>>) {
    let old = {
        let mut held = CLASSES.lock().unwrap_or_else(PoisonError::into_inner);
        held.replace(classes)
    };
    drop(old);
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let Some(kind) = error.kind() else {
            return match error {
                Error::Python(original) => original,
                Error::Of { source, .. } => Self::from(*source),
                Error::Os { source, path } => Python::attach(|py| os_error(py, &source, path)),
                Error::EndsEarly { path, stop } => {
                    input_output(format!("it ends before byte {stop}"), path)
                }
                Error::Resized { path, size, wanted } => input_output(resized(size, wanted), path),
                bad @ Error::BadArchive { .. } => Python::attach(|py| bad_archive(py, &bad)),
                other => PyRuntimeError::new_err(other.to_string()),
            };
        };
        let message = error.to_string();
        Python::attach(|py| {
            let class = {
                let held = CLASSES.lock().unwrap_or_else(PoisonError::into_inner);
                held.as_ref().and_then(|m| m.get(kind).map(|c| c.clone_ref(py)))
            };
            match class {
                Some(class) => instance(class.bind(py), &message).unwrap_or_else(|e| e),
                None => PyRuntimeError::new_err(format!("{kind}: {message}")),
            }
        })
    }
}

fn instance(class: &Bound<'_, PyAny>, message: &str) -> PyResult<PyErr> {
    Ok(PyErr::from_value(class.call1((message,))?))
}

/// What Python's module raises, which users of archives expect.
fn bad_archive(py: Python<'_>, error: &Error) -> PyErr {
    let class = py.import("zipfile").and_then(|module| module.getattr("BadZipFile"));
    class.and_then(|class| instance(&class, &error.to_string())).unwrap_or_else(|error| error)
}

/// Rejects stored bytes of the wrong length.
pub(crate) fn same_length(got: u64, expected: u64) -> Result<()> {
    if got == expected {
        Ok(())
    } else {
        Err(Error::damaged(format!("it has {got} bytes where {expected} are expected")))
    }
}

/// A grid index in Python syntax.
fn tuple(index: &[u64]) -> String {
    match index {
        [only] => format!("({only},)"),
        many => {
            let parts: Vec<_> = many.iter().map(u64::to_string).collect();
            format!("({})", parts.join(", "))
        }
    }
}

/// `OSError(errno, strerror, filename)`, which Python turns into the right subclass.
fn os_error(py: Python<'_>, source: &io::Error, path: PathBuf) -> PyErr {
    let Some(code) = source.raw_os_error() else {
        return PyOSError::new_err(format!("{}: {source}", path.display()));
    };
    let text = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (code,)))
        .and_then(|text| text.extract::<String>())
        .unwrap_or_else(|_| source.to_string());
    PyOSError::new_err((code, text, path.into_os_string()))
}

/// The same number on all systems.
const EIO: i32 = 5;

fn input_output(text: String, path: PathBuf) -> PyErr {
    PyOSError::new_err((EIO, text, path.into_os_string()))
}

fn resized(size: u64, wanted: u64) -> String {
    format!("it has {size} bytes, not {wanted}: it was changed meanwhile")
}

#[cfg(test)]
mod tests {
    use super::{Error, KINDS};

    /// Catches a list of kinds that no longer matches the variants.
    #[test]
    fn every_kind_is_reached() {
        let text = String::new;
        let all = [
            Error::Metadata(text()),
            Error::Unsupported(text()),
            Error::damaged(""),
            Error::ChunkNotFound { key: text(), index: vec![] },
            Error::Bounds(text()),
            Error::ValueShape(text()),
            Error::Budget(text()),
            Error::ReadOnly(text()),
            Error::InvalidPath(text()),
            Error::Internal(text()),
            Error::NoDirectIo(text()),
        ];
        assert_eq!(all.each_ref().map(|e| e.kind().unwrap_or("")), KINDS);
    }

    /// Catches a key that is lost, or replaced by that of an outer value.
    #[test]
    fn an_error_keeps_the_first_key() {
        let source = std::io::Error::other("no");
        let path = std::path::PathBuf::from("/a/c/0");
        for error in [Error::Os { source, path }, Error::Budget("large".into()), Error::damaged("")]
        {
            let (text, kind) = (error.to_string(), error.kind());
            assert_eq!(error.key().filter(|key| !key.is_empty()), None);
            let error = error.at(|| "c/0".into()).at(|| "c/1".into());
            assert_eq!((error.key(), error.kind()), (Some("c/0"), kind));
            assert!(kind.is_some_and(|kind| kind == "decode-failed") || error.to_string() == text);
        }
    }
}
