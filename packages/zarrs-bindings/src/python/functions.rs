//! The functions of the Python module.

use std::collections::HashMap;

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::array::cache;
use crate::array::info::ArrayInfo;
use crate::chunk_cache;
use crate::codec::callback;
use crate::codec::shard::index_cache;
use crate::counters;
use crate::errors;
use crate::interrupts;
use crate::memory::pool;
use crate::options::Opts;
use crate::python::dispatch::Store;
use crate::python::guard::{guarded, served};
use crate::python::options::Options;
use crate::python::region::{Read, Write};
use crate::selection::Selection;

pub(super) type Given<'a, 'py> = Option<&'a Bound<'py, Options>>;

pub(super) fn opts(options: Given<'_, '_>) -> Opts {
    options.map_or(Opts::DEFAULT, |options| options.get().0)
}

/// Read the selected elements into a new array or into `out`.
#[pyfunction]
#[pyo3(signature = (metadata, store, selection, path, dtype, out, options))]
pub(crate) fn read_region<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    selection: &Bound<'py, PyAny>,
    path: &Bound<'py, PyString>,
    dtype: &Bound<'py, PyArrayDescr>,
    out: Option<&Bound<'py, PyUntypedArray>>,
    options: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let store = Store::of(store)?;
    served(&counters::READ_REGION, || {
        let entry = cache::entry(metadata, store.identity(), path)?;
        let opts = opts(options);
        let selection = Selection::new(selection, &entry.info, &opts, true)?;
        Read { entry, store: &store, selection, dtype, out, opts }.run()
    })
}

/// Read one whole chunk, in its nominal shape.
#[pyfunction]
#[pyo3(signature = (metadata, store, index, path, dtype, out, options))]
pub(crate) fn read_chunk<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    index: &Bound<'py, PyTuple>,
    path: &Bound<'py, PyString>,
    dtype: &Bound<'py, PyArrayDescr>,
    out: Option<&Bound<'py, PyUntypedArray>>,
    options: Given<'_, 'py>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let store = Store::of(store)?;
    served(&counters::READ_CHUNK, || {
        let entry = cache::entry(metadata, store.identity(), path)?;
        let selection = Selection::chunk(index, &entry.info)?;
        Read { entry, store: &store, selection, dtype, out, opts: opts(options) }.run()
    })
}

/// Write the selected elements; partly covered chunks keep the rest.
#[pyfunction]
#[pyo3(signature = (metadata, store, selection, value, path, options))]
pub(crate) fn write_region<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    selection: &Bound<'py, PyAny>,
    value: &Bound<'py, PyUntypedArray>,
    path: &Bound<'py, PyString>,
    options: Given<'_, 'py>,
) -> PyResult<()> {
    let store = Store::of(store)?;
    served(&counters::WRITE_REGION, || {
        store.check_writable()?;
        let entry = cache::entry(metadata, store.identity(), path)?;
        let opts = opts(options);
        let selection = Selection::new(selection, &entry.info, &opts, false)?;
        Write { entry, store: &store, selection, value, opts }.run()
    })
}

/// Write one whole chunk, given in its nominal shape.
#[pyfunction]
#[pyo3(signature = (metadata, store, index, value, path, options))]
pub(crate) fn write_chunk<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    index: &Bound<'py, PyTuple>,
    value: &Bound<'py, PyUntypedArray>,
    path: &Bound<'py, PyString>,
    options: Given<'_, 'py>,
) -> PyResult<()> {
    let store = Store::of(store)?;
    served(&counters::WRITE_CHUNK, || {
        store.check_writable()?;
        let entry = cache::entry(metadata, store.identity(), path)?;
        let selection = Selection::chunk(index, &entry.info)?;
        Write { entry, store: &store, selection, value, opts: opts(options) }.run()
    })
}

/// Return why a document is not supported, or `None`.
#[pyfunction]
pub(crate) fn supports(metadata: &str) -> PyResult<Option<String>> {
    guarded(|| match ArrayInfo::parse(metadata) {
        Ok(_) => Ok(None),
        Err(error) => Ok(Some(error.to_string())),
    })
}

/// Return the counts of operations since import.
#[pyfunction]
#[pyo3(name = "counters")]
pub(crate) fn count() -> HashMap<String, u64> {
    counters::all().into_iter().collect()
}

/// Return hits, misses, size and capacity of the cache of constructed arrays.
#[pyfunction]
pub(crate) fn cache_info() -> (u64, u64, usize, usize) {
    cache::info()
}

/// Return number, bytes and maximum bytes of the cached shard indexes.
#[pyfunction]
pub(crate) fn index_cache_info() -> (usize, usize, usize) {
    index_cache::info()
}

/// Clear the caches of constructed arrays and of shard indexes.
#[pyfunction]
pub(crate) fn cache_clear() {
    cache::clear();
    index_cache::clear();
}

/// Return hits, misses, number and bytes of the cached chunks, revalidations, and maximum bytes.
#[pyfunction]
pub(crate) fn chunk_cache_info() -> (u64, u64, usize, usize, u64, u64) {
    chunk_cache::info()
}

/// Remove all cached chunks, reset the counts, and forget the maximum.
#[pyfunction]
pub(crate) fn chunk_cache_clear() {
    chunk_cache::clear();
}

/// Return of what can be cached of a document: its decoded bytes, whether it is stored as such,
/// whether its elements have variable length, and whether only Python decodes it.
#[pyfunction]
pub(crate) fn cached_kind(metadata: &str) -> PyResult<(u64, bool, bool, bool)> {
    guarded(|| {
        let info = ArrayInfo::parse(metadata)?;
        let chain = info.shard().map_or(&info.chain, |shard| &*shard.chunk);
        Ok((chain.size, chain.is_raw(), chain.has_vlen(), chain.calls_python()))
    })
}

/// Let later reads ask a store whether its cached chunks are up to date, after a change by others.
#[pyfunction]
pub(crate) fn chunk_cache_written(store: &Bound<'_, PyAny>) -> PyResult<()> {
    Store::of(store)?.written();
    Ok(())
}

/// Return number and bytes of the memory blocks kept for later results and sent values.
#[pyfunction]
pub(crate) fn memory_pool_info() -> (usize, usize) {
    pool::info()
}

/// Return the kept memory to the system.
#[pyfunction]
pub(crate) fn memory_pool_clear() {
    pool::clear();
}

/// Set the function that creates codecs that only Python has.
#[pyfunction]
pub(crate) fn register_codecs(maker: Py<PyAny>) {
    callback::register(maker);
}

/// Set the function that raises if the running call was cancelled. It is called at intervals, on the
/// thread of the call.
#[pyfunction]
pub(crate) fn register_cancellation(check: Py<PyAny>) {
    interrupts::register(check);
}

/// Set the exception class of each kind.
#[pyfunction]
pub(crate) fn register_errors(classes: HashMap<String, Py<PyAny>>) {
    errors::register(classes);
}

/// Set the function that returns how many requests over the network a process has in flight at
/// most. It is called at the beginning of each call over the network, on the thread of the call.
#[cfg(feature = "remote")]
#[pyfunction]
pub(crate) fn register_request_limit(asked: Py<PyAny>) {
    crate::remote::limit::register(asked);
}
