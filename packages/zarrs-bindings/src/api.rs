//! The functions that Python sees.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::cache::{self, Entry};
use crate::call::Call;
use crate::choices::Options;
use crate::codec::callback;
use crate::counters;
use crate::counters::Counter;
use crate::dispatch::Store;
use crate::document::ArrayInfo;
use crate::errors::{self, Error, Result};
use crate::exit;
use crate::memory::pool;
use crate::ndarray;
use crate::options::Opts;
use crate::selection::Selection;
use crate::shard::reuse;
use crate::vlen;

type Given<'a, 'py> = Option<&'a Bound<'py, Options>>;

fn opts(options: Given<'_, '_>) -> Opts {
    options.map_or(Opts::DEFAULT, |options| options.get().0)
}

/// Turns errors and panics into exceptions.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(PyErr::from),
        Err(panic) => Err(Error::Internal(panic_text(panic.as_ref())).into()),
    }
}

/// The same, and counts what was done.
pub(crate) fn served<T>(counter: &Counter, work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    let _visit = exit::enter();
    let done = guarded(work)?;
    counter.add(1);
    Ok(done)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a bug in this library: {}", text.unwrap_or("unknown"))
}

pub(crate) struct Read<'a, 'py> {
    pub(crate) entry: Arc<Entry>,
    pub(crate) store: &'a Store<'py>,
    pub(crate) selection: Selection,
    pub(crate) dtype: &'a Bound<'py, PyArrayDescr>,
    pub(crate) out: Option<&'a Bound<'py, PyUntypedArray>>,
    pub(crate) opts: Opts,
}

impl<'py> Read<'_, 'py> {
    pub(crate) fn run(self) -> Result<Bound<'py, PyUntypedArray>> {
        let (store, py) = (self.store, self.dtype.py());
        self.read().map_err(|error| error.within(|| store.name(py)))
    }

    fn read(self) -> Result<Bound<'py, PyUntypedArray>> {
        let (selection, opts) = (self.selection, self.opts);
        if let Some((info, arena)) = self.entry.info.for_call() {
            let entry = self.entry.with_info(self.dtype.py(), info);
            let target = (self.dtype, self.out);
            return vlen::call::read(&entry, &arena, self.store, selection, target, opts);
        }
        let item = self.entry.info.item();
        let array = ndarray::destination(self.out, self.dtype, item, &selection.shape, &opts)?;
        let view = ndarray::view(&array, &selection);
        let call = Call { entry: &self.entry, plan: selection.plan, view, opts };
        self.store.read(array.py(), &call)?;
        Ok(array)
    }
}

struct Write<'a, 'py> {
    entry: Arc<Entry>,
    store: &'a Store<'py>,
    selection: Selection,
    value: &'a Bound<'py, PyUntypedArray>,
    opts: Opts,
}

impl Write<'_, '_> {
    fn run(self) -> Result<()> {
        let (store, py) = (self.store, self.value.py());
        self.write().map_err(|error| error.within(|| store.name(py)))
    }

    fn write(self) -> Result<()> {
        let selection = self.selection;
        if let Some((info, arena)) = self.entry.info.for_call() {
            let entry = self.entry.with_info(self.value.py(), info);
            return vlen::call::write(&entry, &arena, self.store, selection, self.value, self.opts);
        }
        ndarray::check(self.value, self.entry.info.item(), &selection.shape, "value")?;
        let view = ndarray::view(self.value, &selection);
        let call = Call { entry: &self.entry, plan: selection.plan, view, opts: self.opts };
        self.store.write(self.value.py(), &call)
    }
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
        let selection = Selection::new(selection, &entry.info, &opts)?;
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

/// Write the selected elements; chunks that are covered in part keep the rest.
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
        let selection = Selection::new(selection, &entry.info, &opts)?;
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

/// Why a document is not served, or `None`.
#[pyfunction]
pub(crate) fn supports(metadata: &str) -> PyResult<Option<String>> {
    guarded(|| match ArrayInfo::parse(metadata) {
        Ok(_) => Ok(None),
        Err(error) => Ok(Some(error.to_string())),
    })
}

/// What was done since import.
#[pyfunction]
#[pyo3(name = "counters")]
pub(crate) fn count() -> HashMap<String, u64> {
    counters::all().into_iter().collect()
}

/// Hits, misses, size and capacity of the cache of constructed arrays.
#[pyfunction]
pub(crate) fn cache_info() -> (u64, u64, usize, usize) {
    cache::info()
}

/// Number and bytes of the indexes of shards that are kept, and the most bytes.
#[pyfunction]
pub(crate) fn index_cache_info() -> (usize, usize, usize) {
    reuse::info()
}

/// Forget all constructed arrays, and indexes of shards.
#[pyfunction]
pub(crate) fn cache_clear() {
    cache::clear();
    reuse::clear();
}

/// Number and bytes of the blocks of memory that are kept for later results.
#[pyfunction]
pub(crate) fn memory_pool_info() -> (usize, usize) {
    pool::info()
}

/// Give that memory back to the system.
#[pyfunction]
pub(crate) fn memory_pool_clear() {
    pool::clear();
}

/// Set what makes the codecs that only Python has.
#[pyfunction]
pub(crate) fn register_codecs(maker: Py<PyAny>) {
    callback::register(maker);
}

/// Set the exception class of each kind.
#[pyfunction]
pub(crate) fn register_errors(classes: HashMap<String, Py<PyAny>>) {
    errors::register(classes);
}
