//! The class of stores that are read and written over the network.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::python::stores::PythonStore;
use crate::remote::builders::{Function, Kind, Retry, Settings};
use crate::remote::client::Remote;

/// An object store, read and written without Python.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct RemoteStore {
    pub(crate) remote: Arc<Remote>,
    /// Has the identity of the store, and its locks: no two stores share it, so none gets what another has cached.
    pub(crate) bridged: Py<PythonStore>,
}

#[pymethods]
impl RemoteStore {
    #[new]
    #[pyo3(signature = (
        kind,
        bridged,
        *,
        url = None,
        prefix = None,
        config = None,
        client_options = None,
        headers = None,
        certificates = None,
        retry = None,
        provider = None,
        is_fsspec = false,
        regional = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        kind: &str,
        bridged: Py<PythonStore>,
        url: Option<String>,
        prefix: Option<String>,
        config: Option<Vec<(String, String)>>,
        client_options: Option<Vec<(String, String)>>,
        headers: Option<Vec<(String, Vec<u8>)>>,
        certificates: Option<Vec<u8>>,
        retry: Option<Retry>,
        provider: Option<(Py<PyAny>, f64)>,
        is_fsspec: bool,
        regional: Option<(String, String)>,
    ) -> PyResult<Self> {
        let mut settings = Settings::new(match kind {
            "s3" => Kind::S3,
            "gcs" => Kind::Google,
            "azure" => Kind::Azure,
            "http" => Kind::Http,
            _ => return Err(PyValueError::new_err(format!("kind {kind:?} is not known"))),
        });
        settings.url = url;
        settings.prefix = prefix;
        settings.config = config.unwrap_or_default();
        // obstore tells it in any order, and equal stores share a client.
        settings.config.sort_unstable();
        settings.client = client_options;
        settings.headers = headers.unwrap_or_default();
        settings.certificates = certificates;
        settings.retry = retry;
        settings.provider = provider.map(|(function, before)| Function(function, before));
        settings.is_fsspec = is_fsspec;
        settings.regional = regional;
        Ok(Self { remote: Remote::new(settings)?, bridged })
    }

    /// Whether it is written without Python.
    #[getter]
    fn is_written(&self) -> bool {
        self.remote.is_written()
    }

    /// Whether a value can be replaced on the condition that nobody else has changed it.
    #[getter]
    fn has_conditions(&self) -> PyResult<bool> {
        Ok(self.remote.client()?.has_conditions)
    }

    /// Seconds from a request to its answer, and bytes a second, as this process measured them last.
    #[getter]
    fn pace(&self) -> PyResult<(Option<f64>, Option<f64>)> {
        Ok(self.remote.client()?.pace())
    }

    /// The Python store, with the same identity and locks.
    #[getter]
    fn bridged(&self, py: Python<'_>) -> Py<PythonStore> {
        self.bridged.clone_ref(py)
    }
}
