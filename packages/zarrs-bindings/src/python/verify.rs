//! Checks whether stored chunks decode.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::array::cache;
use crate::counters;
use crate::errors::{Error, Result};
use crate::python::dispatch::Store;
use crate::python::functions::{Given, opts};
use crate::python::guard::served;
use crate::read::verify::{self, Cell};

/// Return the stored size of each chunk that decodes, and `None` for any other; `None` for all if the
/// array has to be read.
#[pyfunction]
#[pyo3(signature = (metadata, store, indices, path, options))]
pub(crate) fn verify_chunks<'py>(
    py: Python<'py>,
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    indices: Vec<Bound<'py, PyTuple>>,
    path: &Bound<'py, PyString>,
    options: Given<'_, 'py>,
) -> PyResult<Option<Vec<Option<u64>>>> {
    let (store, opts) = (Store::of(store)?, opts(options));
    served(&counters::VERIFY_CHUNKS, || {
        let entry = cache::entry(metadata, store.identity(), path)?;
        if !matches!(store, Store::Local(_)) || !verify::is_plain(&entry, &opts) {
            return Ok(None);
        }
        let cells = indices.into_iter().map(|index| cell(&index)).collect::<Result<Vec<_>>>()?;
        py.detach(|| verify::verify_chunks(&entry, &cells, &opts)).map(Some)
    })
}

fn cell(index: &Bound<'_, PyTuple>) -> Result<Cell> {
    index.iter_borrowed().map(|place| place.extract().map_err(Error::Python)).collect()
}
