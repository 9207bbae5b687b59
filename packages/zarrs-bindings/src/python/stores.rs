//! The store classes of the Python module.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::bridge::values::Values;
use crate::errors::{Error, Result};
use crate::python::options::one_of;
use crate::store::identity::Identity;
use crate::store::locks::Locks;

/// A directory, read and written without Python.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct FilesystemStore {
    pub(crate) identity: Identity,
    pub(crate) locks: Locks,
    #[pyo3(get)]
    pub(crate) read_only: bool,
}

enum Root {
    Bytes(Vec<u8>),
    Text(OsString),
}

#[pymethods]
impl FilesystemStore {
    #[new]
    #[pyo3(signature = (root, *, read_only = false, locks = None))]
    fn new(
        root: &Bound<'_, PyAny>,
        read_only: bool,
        locks: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = root.py();
        let root = if let Ok(bytes) = root.cast::<PyBytes>() {
            Root::Bytes(bytes.as_bytes().to_vec())
        } else {
            Root::Text(root.extract()?)
        };
        let identity = Identity::local(absolute(root)?);
        // Keys are whole paths, which need no prefix to be distinct.
        let locks = Locks::new(py, locks, Vec::new());
        Ok(Self { identity, locks, read_only })
    }

    /// The absolute path of the directory.
    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.identity.root().unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        let root = String::from_utf8_lossy(self.identity.root().unwrap_or_default());
        let flag = if self.read_only { "True" } else { "False" };
        format!("FilesystemStore({root:?}, read_only={flag})")
    }
}

fn absolute(root: Root) -> Result<Vec<u8>> {
    let root = match root {
        Root::Bytes(bytes) => os_string(bytes)?,
        Root::Text(text) => text,
    };
    let path = PathBuf::from(&root);
    let absolute = std::path::absolute(&path).map_err(|source| Error::Os { source, path })?;
    let bytes = bytes_of(absolute.into_os_string())?;
    if bytes.contains(&0) {
        return Err(Error::InvalidPath(format!("root {} holds a NUL character", root.display())));
    }
    Ok(bytes)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "on other systems paths are text and can be refused")]
fn os_string(bytes: Vec<u8>) -> Result<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Ok(OsString::from_vec(bytes))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "on other systems paths are text and can be refused")]
pub(super) fn bytes_of(path: OsString) -> Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    Ok(path.into_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> Result<OsString> {
    let text = String::from_utf8(bytes);
    text.map(OsString::from).map_err(|_| Error::InvalidPath("root is not UTF-8".into()))
}

#[cfg(not(unix))]
pub(super) fn bytes_of(path: OsString) -> Result<Vec<u8>> {
    path.into_string()
        .map(String::into_bytes)
        .map_err(|path| Error::InvalidPath(format!("root {} is not Unicode", path.display())))
}

/// Any other store, called in batches through a bridge.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct PythonStore {
    pub(crate) identity: Identity,
    pub(crate) locks: Locks,
    pub(crate) bridge: Py<PyAny>,
    #[pyo3(get)]
    pub(crate) read_only: bool,
    pub(crate) values: Values,
    /// Whether the bridge can replace a value only if it has not changed.
    pub(crate) has_conditions: bool,
}

#[pymethods]
impl PythonStore {
    #[new]
    #[pyo3(signature = (
        bridge, *, read_only = false, locks = None, prefix = None, values = "changing",
        has_conditions = false
    ))]
    fn new(
        py: Python<'_>,
        bridge: Py<PyAny>,
        read_only: bool,
        locks: Option<Bound<'_, PyDict>>,
        prefix: Option<Vec<u8>>,
        values: &str,
        has_conditions: bool,
    ) -> PyResult<Self> {
        let identity = Identity::new();
        let locks = Locks::new(py, locks, prefix.unwrap_or_default());
        let words = [
            ("changing", Values::Changing),
            ("tagged", Values::Tagged),
            ("immutable", Values::Immutable),
        ];
        let values = one_of("values", values, &words)?;
        Ok(Self { identity, locks, bridge, read_only, values, has_conditions })
    }

    /// The object that is called for values.
    #[getter]
    fn bridge(&self, py: Python<'_>) -> Py<PyAny> {
        self.bridge.clone_ref(py)
    }
}
