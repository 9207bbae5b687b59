//! Locates the elements of `NumPy` arrays.

#![expect(unsafe_code, reason = "the address of an array's elements")]

use numpy::{PyArray1, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::memory::positions::Positions;

/// The address of the first element.
pub(super) fn start(array: &Bound<'_, PyUntypedArray>) -> *mut u8 {
    // SAFETY: the array is alive; its data pointer does not change.
    let data = unsafe { (*array.as_array_ptr()).fields.data };
    data.cast()
}

/// The positions in an array. They are not copied, and the caller must keep the array alive while
/// they are in use.
pub(super) fn positions(given: &Bound<'_, PyArray1<i64>>) -> Positions {
    let (start, stride) = (given.data().cast(), given.strides()[0]);
    // SAFETY: the array has that many elements, a stride apart.
    unsafe { Positions::new(start, stride, given.len()) }
}
