//! Reads and writes arrays of variable-length elements: tokens inside, `NumPy` elements outside.

use std::sync::Arc;

use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::array::cache::Entry;
use crate::call::Call;
use crate::elements::view::View;
use crate::elements::vlen::{Arena, ITEM};
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::strides;
use crate::python::dispatch::Store;
use crate::python::ndarray;
use crate::selection::Selection;

/// Reads into a new array of `dtype` or into `out`.
pub(crate) fn read<'py>(
    entry: &Entry,
    arena: &Arc<Arena>,
    store: &Store<'py>,
    selection: Selection,
    (dtype, out): (&Bound<'py, PyArrayDescr>, Option<&Bound<'py, PyUntypedArray>>),
    opts: Opts,
) -> Result<Bound<'py, PyUntypedArray>> {
    let array = destination((dtype, out), &selection.shape, arena, &opts)?;
    let mut tokens = tokens(&array)?;
    let view = view(&selection, tokens.as_mut_ptr());
    store.read(array.py(), &Call { entry, plan: selection.plan, view, opts })?;
    arena.put(&tokens, &array)?;
    Ok(array)
}

/// The array that a read fills: the caller's, checked, or a new one.
pub(super) fn destination<'py>(
    (dtype, out): (&Bound<'py, PyArrayDescr>, Option<&Bound<'py, PyUntypedArray>>),
    shape: &[usize],
    arena: &Arena,
    opts: &Opts,
) -> Result<Bound<'py, PyUntypedArray>> {
    check_target((dtype, out), shape, arena)?;
    match out {
        Some(out) => Ok(out.clone()),
        None => ndarray::allocate_objects(dtype, shape, opts),
    }
}

/// A token for each element of an array.
pub(super) fn tokens(array: &Bound<'_, PyUntypedArray>) -> Result<Vec<u8>> {
    let mut tokens = Vec::new();
    let size = (array.len() as u64).saturating_mul(ITEM as u64);
    let refused = |_| Error::too_large("the result", size, u64::MAX);
    tokens.try_reserve_exact(size as usize).map_err(refused)?;
    tokens.resize(size as usize, 0);
    Ok(tokens)
}

/// Writes the elements of `value`.
pub(crate) fn write(
    entry: &Entry,
    arena: &Arc<Arena>,
    store: &Store<'_>,
    selection: Selection,
    value: &Bound<'_, PyUntypedArray>,
    opts: Opts,
) -> Result<()> {
    check(value, &selection.shape, arena, "value")?;
    let mut tokens = arena.take(value)?;
    let view = view(&selection, tokens.as_mut_ptr());
    store.write(value.py(), &Call { entry, plan: selection.plan, view, opts })
}

/// The view of tokens in C order.
pub(super) fn view(selection: &Selection, tokens: *mut u8) -> View {
    let shape: Vec<u64> = selection.shape.iter().map(|n| *n as u64).collect();
    selection.view(tokens, &strides(&shape, ITEM))
}

/// Rejects an array or data type that cannot hold the elements.
pub(super) fn check_target(
    (dtype, out): (&Bound<'_, PyArrayDescr>, Option<&Bound<'_, PyUntypedArray>>),
    shape: &[usize],
    arena: &Arena,
) -> Result<()> {
    check_dtype(dtype, arena)?;
    let Some(out) = out else {
        return Ok(());
    };
    check(out, shape, arena, "out")?;
    ndarray::check_writeable(out)
}

fn check_dtype(dtype: &Bound<'_, PyArrayDescr>, arena: &Arena) -> Result<()> {
    let (kind, name) = if arena.text { (b'T', "StringDType") } else { (b'O', "object") };
    if dtype.kind() == kind && !dtype.has_subarray() {
        return Ok(());
    }
    Err(Error::ValueShape(format!("dtype {dtype} cannot hold the array's elements; use {name}")))
}

pub(super) fn check(
    array: &Bound<'_, PyUntypedArray>,
    shape: &[usize],
    arena: &Arena,
    name: &str,
) -> Result<()> {
    check_dtype(&array.dtype(), arena)?;
    ndarray::check_shape(array, shape, name)
}
