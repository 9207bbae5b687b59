//! Reads of one array with the same options. Holds everything that stays the same between calls.

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

use crate::array::cache;
use crate::array::info::ArrayInfo;
use crate::counters::{self, Counter};
use crate::options::Opts;
use crate::python::dispatch::Store;
use crate::python::functions::{Given, opts};
use crate::python::guard::{guarded, served};
use crate::python::region::Read;
use crate::selection::Selection;
use crate::shutdown;

/// Plain reads of one array, at the lowest cost.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct Reader {
    metadata: Py<PyString>,
    store: Py<PyAny>,
    path: Py<PyString>,
    dtype: Py<PyArrayDescr>,
    opts: Opts,
}

type Found<'py> = PyResult<Option<Bound<'py, PyUntypedArray>>>;

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(signature = (metadata, store, path, dtype, options = None))]
    fn new(
        metadata: Py<PyString>,
        store: &Bound<'_, PyAny>,
        path: Py<PyString>,
        dtype: Py<PyArrayDescr>,
        options: Given<'_, '_>,
    ) -> PyResult<Self> {
        Store::of(store)?;
        Ok(Self { metadata, store: store.clone().unbind(), path, dtype, opts: opts(options) })
    }

    /// Read one whole chunk, in its nominal shape; `None` if `index` is not in the chunk grid, or
    /// not a tuple of plain integers.
    #[pyo3(signature = (index, /))]
    fn read_chunk<'py>(&self, index: &Bound<'py, PyAny>) -> Found<'py> {
        let plain = |item: Borrowed<'_, '_, PyAny>| item.is_exact_instance_of::<PyInt>();
        let index = match index.cast_exact::<PyTuple>() {
            Ok(index) if index.iter_borrowed().all(plain) => index,
            _ => return Ok(None),
        };
        self.read(index.py(), &counters::READ_CHUNK, |info| Selection::chunk(index, info).ok())
    }

    /// Read the selected elements; `None` if the selection is not plain, or does not fit.
    #[pyo3(signature = (selection, /))]
    fn read_region<'py>(&self, selection: &Bound<'py, PyAny>) -> Found<'py> {
        self.read(selection.py(), &counters::READ_REGION, |info| {
            Selection::plain(selection, info, &self.opts)
        })
    }
}

impl Reader {
    fn read<'py>(
        &self,
        py: Python<'py>,
        counter: &Counter,
        select: impl FnOnce(&ArrayInfo) -> Option<Selection>,
    ) -> Found<'py> {
        let store = Store::of(self.store.bind(py))?;
        let (metadata, path) = (self.metadata.bind(py), self.path.bind(py));
        // Constructing the array also creates codecs that only Python has.
        let guard = shutdown::enter();
        let selected = guarded(|| {
            let entry = cache::entry(metadata, store.identity(), path)?;
            Ok(select(&entry.info).map(|selection| (entry, selection)))
        })?;
        // Shutdown must not wait for this guard if the call below never starts.
        drop(guard);
        let Some((entry, selection)) = selected else {
            return Ok(None);
        };
        let (dtype, opts) = (self.dtype.bind(py), self.opts);
        let read = Read { entry, store: &store, selection, dtype, out: None, opts };
        served(counter, || read.run()).map(Some)
    }
}
