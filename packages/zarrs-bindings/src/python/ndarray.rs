//! `NumPy` arrays: new and uninitialized, or passed by the caller.

#![expect(unsafe_code, reason = "calls NumPy's C API")]

use std::ffi::c_int;
use std::ptr::null_mut;

use numpy::npyffi::{self, NPY_ARRAY_WRITEABLE, NpyTypes, PY_ARRAY_API, npy_intp};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::errors::{Error, Result};
use crate::memory::result::Memory;
use crate::options::Opts;
use crate::plan::Dims;
use crate::selection::spanned;
use crate::tuning::ALIGNED_FROM;

/// Item flags of `NumPy` for elements that are, or contain, references to other memory.
const NOT_PLAIN: u64 = 0x01 | 0x04;

/// Rejects a data type whose elements are not plain bytes of the right size.
pub(crate) fn check_dtype(dtype: &Bound<'_, PyArrayDescr>, item: usize) -> Result<()> {
    if dtype.flags() & NOT_PLAIN != 0 || dtype.kind() == b'T' || dtype.has_subarray() {
        return Err(Error::ValueShape(format!(
            "dtype {dtype} cannot hold the array's elements; use a plain fixed-size dtype"
        )));
    }
    if dtype.itemsize() != item {
        return Err(Error::ValueShape(format!(
            "dtype {dtype} has {} bytes per element, and the array has {item}",
            dtype.itemsize()
        )));
    }
    if dtype.is_native_byteorder() == Some(false) {
        return Err(Error::ValueShape(format!(
            "dtype {dtype} is not in native byte order; use dtype.newbyteorder('=')"
        )));
    }
    Ok(())
}

/// A new uninitialized array. The caller must set all elements before anyone sees it.
pub(crate) fn allocate<'py>(
    dtype: &Bound<'py, PyArrayDescr>,
    shape: &[usize],
    opts: &Opts,
) -> Result<Bound<'py, PyUntypedArray>> {
    let exact = size(dtype, shape, opts)?;
    let refused = || Error::too_large("the result", exact as u64, u64::MAX);
    if exact < ALIGNED_FROM {
        return made(dtype, shape, None).map_err(|_| refused());
    }
    let memory = Memory::new(exact, opts.memory_pool).ok_or_else(refused)?;
    made(dtype, shape, Some(memory)).map_err(|_| refused())
}

/// The size of a new array, which is checked as by [`allocate`].
pub(crate) fn size(dtype: &Bound<'_, PyArrayDescr>, shape: &[usize], opts: &Opts) -> Result<usize> {
    let item = dtype.itemsize() as u64;
    allowed(item, shape, opts)?;
    Ok(shape.iter().fold(item, |n, extent| n.saturating_mul(*extent as u64)) as usize)
}

/// A new array over memory of this size, in which all elements are set.
pub(crate) fn filled<'py>(
    dtype: &Bound<'py, PyArrayDescr>,
    shape: &[usize],
    memory: Memory,
) -> Result<Bound<'py, PyUntypedArray>> {
    made(dtype, shape, Some(memory)).map_err(Error::Python)
}

/// A new array of objects; `NumPy` knows that they are not set yet.
pub(crate) fn allocate_objects<'py>(
    dtype: &Bound<'py, PyArrayDescr>,
    shape: &[usize],
    opts: &Opts,
) -> Result<Bound<'py, PyUntypedArray>> {
    let bytes = allowed(dtype.itemsize() as u64, shape, opts)?;
    made(dtype, shape, None).map_err(|_| Error::too_large("the result", bytes, u64::MAX))
}

/// The size of a result, if the budget allows it.
fn allowed(item: u64, shape: &[usize], opts: &Opts) -> Result<u64> {
    let spanned = spanned(item, shape);
    if !shape.contains(&0) {
        opts.allow("the result", spanned)?;
        return Ok(spanned);
    }
    if spanned > isize::MAX as u64 {
        return Err(Error::Budget(format!(
            "the result has no elements, and NumPy has no array of its shape {shape:?}, whose \
             other axes alone span more than {} bytes; select less along them",
            isize::MAX
        )));
    }
    Ok(0)
}

/// An array over our memory, or over `NumPy`'s own.
fn made<'py>(
    dtype: &Bound<'py, PyArrayDescr>,
    shape: &[usize],
    memory: Option<Memory>,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = dtype.py();
    let mut dims: Dims<npy_intp> = shape.iter().map(|n| *n as npy_intp).collect();
    let (data, flags) = match &memory {
        Some(memory) => (memory.start().cast(), NPY_ARRAY_WRITEABLE),
        None => (null_mut(), 0),
    };
    // SAFETY: `dims` has the declared length, the call takes over the reference to the dtype, and
    // `data`, if not null, has room for all elements.
    let array = unsafe {
        let array_type = npyffi::get_type_object(py, NpyTypes::PyArray_Type);
        let dtype = dtype.clone().into_ptr().cast();
        let (rank, dims) = (dims.len() as c_int, dims.as_mut_ptr());
        let array = PY_ARRAY_API.PyArray_NewFromDescr(
            py,
            array_type,
            dtype,
            rank,
            dims,
            null_mut(),
            data,
            flags,
            null_mut(),
        );
        Bound::from_owned_ptr_or_err(py, array)?
    };
    if let Some(memory) = memory {
        let owner = Bound::new(py, memory)?.into_any().into_ptr();
        // SAFETY: both are alive; the call takes over the reference to the owner, even on failure.
        let code = unsafe { PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast(), owner) };
        if code != 0 {
            return Err(PyErr::fetch(py));
        }
    }
    Ok(array.cast_into()?)
}

/// The array that a read fills: the caller's, checked, or a new one.
pub(crate) fn destination<'py>(
    out: Option<&Bound<'py, PyUntypedArray>>,
    dtype: &Bound<'py, PyArrayDescr>,
    item: usize,
    shape: &[usize],
    opts: &Opts,
) -> Result<Bound<'py, PyUntypedArray>> {
    check_dtype(dtype, item)?;
    let Some(out) = out else {
        return allocate(dtype, shape, opts);
    };
    check(out, item, shape, "out")?;
    check_writeable(out)?;
    Ok(out.clone())
}

pub(crate) fn check_writeable(out: &Bound<'_, PyUntypedArray>) -> Result<()> {
    // SAFETY: the array is alive.
    let flags = unsafe { (*out.as_array_ptr()).fields.flags };
    if flags & NPY_ARRAY_WRITEABLE == 0 {
        return Err(Error::ValueShape("out is not writeable; pass an array that is".into()));
    }
    Ok(())
}

/// Rejects an array of the wrong shape or element size.
pub(crate) fn check(
    array: &Bound<'_, PyUntypedArray>,
    item: usize,
    shape: &[usize],
    name: &str,
) -> Result<()> {
    check_dtype(&array.dtype(), item)?;
    check_shape(array, shape, name)
}

/// Rejects an array of the wrong shape.
pub(crate) fn check_shape(
    array: &Bound<'_, PyUntypedArray>,
    shape: &[usize],
    name: &str,
) -> Result<()> {
    if array.shape() == shape {
        Ok(())
    } else {
        Err(Error::ValueShape(format!(
            "{name} has shape {:?}, and the selection has shape {shape:?}",
            array.shape()
        )))
    }
}
