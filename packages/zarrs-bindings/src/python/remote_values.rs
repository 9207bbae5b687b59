//! The values of object stores as bytes, and lists of their keys.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::chunk_cache::{self, Home};
use crate::errors::{Error, Result};
use crate::python::guard::guarded;
use crate::python::remote_store::RemoteStore;
use crate::remote::client::{Client, Remote};
use crate::remote::limit;
use crate::remote::values::{self, Coming, Wanted};
use crate::shutdown;

type Value<'py> = Option<Bound<'py, PyBytes>>;

/// Accesses single values of an object store, without Python.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct RemoteValues(Arc<Remote>);

/// A value that is on its way.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct ComingValue(Mutex<Option<Coming>>);

impl RemoteValues {
    /// Runs `work` with the client of this process, detached.
    fn detached<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Arc<Client>) -> Result<T> + Send,
    ) -> PyResult<T> {
        let _guard = shutdown::enter();
        guarded(|| {
            limit::refresh(py)?;
            let client = self.0.client()?;
            py.detach(|| work(&client))
        })
    }
}

#[pymethods]
impl RemoteValues {
    #[new]
    fn new(store: &RemoteStore) -> Self {
        Self(Arc::clone(&store.remote))
    }

    /// The values of some requests, in their order.
    fn get_many<'py>(&self, py: Python<'py>, requests: Vec<Wanted>) -> PyResult<Vec<Value<'py>>> {
        let found = self.detached(py, |client| values::get_many(client, requests))?;
        Ok(found.into_iter().map(|value| to_python(py, value)).collect())
    }

    /// Requests a value, and does not wait for it.
    fn start_get(&self, py: Python<'_>, key: String) -> PyResult<ComingValue> {
        guarded(|| {
            limit::refresh(py)?;
            let coming = Coming::new(&self.0.client()?, (key, None, None))?;
            Ok(ComingValue(Mutex::new(Some(coming))))
        })
    }

    /// Replaces a value, or stores it only if there is none.
    fn put(&self, py: Python<'_>, key: &str, value: &[u8], absent: bool) -> PyResult<Option<bool>> {
        let value = Bytes::copy_from_slice(value);
        let done = self.detached(py, |client| values::put(client, key, value, absent));
        chunk_cache::written(Home::Remote(self.0.number));
        done
    }

    /// Deletes values; absent ones are no error.
    fn delete_many(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<()> {
        let done = self.detached(py, |client| values::delete_many(client, keys));
        chunk_cache::written(Home::Remote(self.0.number));
        done
    }

    /// All keys below a path.
    fn list_below(&self, py: Python<'_>, path: &str) -> PyResult<Vec<String>> {
        self.detached(py, |client| values::list(client, path))
    }

    /// The keys of one level below a path, and the folders.
    fn list_level(&self, py: Python<'_>, path: &str) -> PyResult<(Vec<String>, Vec<String>)> {
        self.detached(py, |client| values::list_level(client, path))
    }
}

#[pymethods]
impl ComingValue {
    /// Waits for the value. May be called once.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Value<'py>> {
        let _guard = shutdown::enter();
        let found = guarded(|| {
            let coming = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            let coming =
                coming.ok_or_else(|| Error::Internal("the value was already returned".into()))?;
            py.detach(move || coming.wait())
        })?;
        Ok(to_python(py, found))
    }
}

fn to_python(py: Python<'_>, value: Option<Bytes>) -> Value<'_> {
    value.map(|bytes| PyBytes::new(py, &bytes))
}
