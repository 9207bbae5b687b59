//! Reads a selection into a `NumPy` array, or writes one from it.

use std::sync::Arc;

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::prelude::*;

use crate::array::cache::Entry;
use crate::call::Call;
use crate::elements::gather::Around;
use crate::errors::Result;
use crate::options::Opts;
use crate::python::dispatch::Store;
use crate::python::{ndarray, vlen};
use crate::selection::Selection;
use crate::threads::limits::limits;

/// A read of a selection into the caller's array or a new one.
pub(super) struct Read<'a, 'py> {
    pub(super) entry: Arc<Entry>,
    pub(super) store: &'a Store<'py>,
    pub(super) selection: Selection,
    pub(super) dtype: &'a Bound<'py, PyArrayDescr>,
    pub(super) out: Option<&'a Bound<'py, PyUntypedArray>>,
    pub(super) opts: Opts,
}

impl<'py> Read<'_, 'py> {
    pub(super) fn run(self) -> Result<Bound<'py, PyUntypedArray>> {
        let (store, py) = (self.store, self.dtype.py());
        self.read().map_err(|error| error.within(|| store.name(py)))
    }

    fn read(self) -> Result<Bound<'py, PyUntypedArray>> {
        let (selection, opts) = (self.selection, self.opts);
        if let Some((info, arena)) = self.entry.info.for_call() {
            let entry = self.entry.with_info(self.dtype.py(), info);
            let target = (self.dtype, self.out);
            return vlen::read(&entry, &arena, self.store, selection, target, opts);
        }
        let item = self.entry.info.item();
        let array = ndarray::destination(self.out, self.dtype, item, &selection.shape, &opts)?;
        let view = selection.view_of(&array);
        let py = array.py();
        let Some(dense) = selection.dense else {
            let call = Call { entry: &self.entry, plan: selection.plan, view, opts };
            self.store.read(py, &call)?;
            return Ok(array);
        };
        let around = Around::new(&dense, item, &opts)?;
        let call = Call { entry: &self.entry, plan: selection.plan, view: around.view(), opts };
        self.store.read(py, &call)?;
        py.detach(|| around.copy(&view, limits(&opts)))?;
        Ok(array)
    }
}

/// A write of an array to a selection.
pub(super) struct Write<'a, 'py> {
    pub(super) entry: Arc<Entry>,
    pub(super) store: &'a Store<'py>,
    pub(super) selection: Selection,
    pub(super) value: &'a Bound<'py, PyUntypedArray>,
    pub(super) opts: Opts,
}

impl Write<'_, '_> {
    pub(super) fn run(self) -> Result<()> {
        let (store, py) = (self.store, self.value.py());
        self.write().map_err(|error| error.within(|| store.name(py)))
    }

    fn write(self) -> Result<()> {
        let selection = self.selection;
        if let Some((info, arena)) = self.entry.info.for_call() {
            let entry = self.entry.with_info(self.value.py(), info);
            return vlen::write(&entry, &arena, self.store, selection, self.value, self.opts);
        }
        ndarray::check(self.value, self.entry.info.item(), &selection.shape, "value")?;
        let view = selection.view_of(self.value);
        let call = Call { entry: &self.entry, plan: selection.plan, view, opts: self.opts };
        self.store.write(self.value.py(), &call)
    }
}
