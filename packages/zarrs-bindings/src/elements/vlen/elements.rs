//! Converts between the elements of `NumPy` arrays and tokens.

#![expect(unsafe_code, reason = "elements of NumPy arrays are objects or NumPy strings")]

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::Borrowed;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::strings::Strings;
use super::{Arena, ITEM, Token};
use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::plan::Dims;

/// The locations of an array's elements, in C order.
struct Places {
    start: *mut u8,
    shape: Dims<usize>,
    strides: Dims<isize>,
}

// SAFETY: this is an address; its user keeps the array alive.
unsafe impl Send for Places {}

impl Places {
    fn of(array: &Bound<'_, PyUntypedArray>, name: &str) -> Result<Self> {
        // SAFETY: the array is alive; its data pointer does not change.
        let start: *mut u8 = unsafe { (*array.as_array_ptr()).fields.data }.cast();
        let (shape, strides): (Dims<usize>, Dims<isize>) =
            (array.shape().into(), array.strides().into());
        let word = align_of::<usize>();
        let even = strides.iter().all(|stride| stride % word as isize == 0);
        if start.addr().is_multiple_of(word) && even {
            return Ok(Self { start, shape, strides });
        }
        Err(Error::ValueShape(format!("{name} is not aligned in memory; pass a copy of it")))
    }

    /// Calls `visit` with the address of each element.
    fn each(&self, mut visit: impl FnMut(*mut u8) -> Result<()>) -> Result<()> {
        if self.shape.contains(&0) {
            return Ok(());
        }
        // The last axis is the innermost loop; an array of rank 0 is treated as one element.
        let (count, step, outer) = match (self.shape.split_last(), self.strides.last()) {
            (Some((count, outer)), Some(step)) => (*count, *step, outer),
            _ => (1, 0, &[][..]),
        };
        let mut at: Dims<usize> = outer.iter().map(|_| 0).collect();
        let mut row = self.start;
        loop {
            for number in 0..count {
                visit(row.wrapping_offset(step.wrapping_mul(number as isize)))?;
            }
            let mut axis = at.len();
            loop {
                if axis == 0 {
                    return Ok(());
                }
                axis -= 1;
                at[axis] += 1;
                row = row.wrapping_offset(self.strides[axis]);
                if at[axis] < outer[axis] {
                    break;
                }
                let back = self.strides[axis].wrapping_mul(outer[axis] as isize);
                row = row.wrapping_offset(back.wrapping_neg());
                at[axis] = 0;
            }
        }
    }
}

impl Arena {
    /// Writes the elements that tokens refer to into an array of as many elements.
    pub(crate) fn put(&self, tokens: &[u8], array: &Bound<'_, PyUntypedArray>) -> Result<()> {
        let places = Places::of(array, "out")?;
        let (tokens, _) = tokens.as_chunks::<ITEM>();
        let mut tokens = tokens.iter().map(|token| Token::of_bytes(*token));
        let mut next = move || tokens.next().unwrap_or(Token::EMPTY);
        if self.text {
            let strings = Strings::of(array)?;
            return array.py().detach(move || {
                let (places, strings) = (places, strings);
                let (blocks, held) = (self.read(), strings.locked());
                // SAFETY: each place is a string of the array.
                places.each(|place| unsafe { held.set(place, blocks.get(next())) })
            });
        }
        let py = array.py();
        let blocks = self.read();
        // Drop the old contents of the array last: that may run arbitrary code.
        let mut before: Vec<Py<PyAny>> = Vec::new();
        places.each(|place| {
            let slot: *mut *mut ffi::PyObject = place.cast();
            let new = PyBytes::new(py, blocks.get(next())).into_ptr();
            // SAFETY: the place is an aligned element of an array of objects. It holds a reference
            // that the array owns, or none; the replacement swaps it for ours.
            let old = unsafe { slot.replace(new) };
            // SAFETY: the array has given up this reference.
            before.extend(unsafe { Bound::from_owned_ptr_or_opt(py, old) }.map(Bound::unbind));
            Ok(())
        })?;
        drop(blocks);
        drop(before);
        Ok(())
    }

    /// Holds the elements of an array, and returns their tokens in C order.
    pub(crate) fn take(&self, array: &Bound<'_, PyUntypedArray>) -> Result<Vec<u8>> {
        let places = Places::of(array, "value")?;
        let mut taken = Taken::new(array.len(), self.number()?)?;
        if self.text {
            let strings = Strings::of(array)?;
            array.py().detach(|| {
                let (places, strings) = (places, strings);
                let held = strings.locked();
                // SAFETY: each place is a string of the array.
                places.each(|place| taken.push(unsafe { held.get(place) }?))
            })?;
        } else {
            places.each(|place| {
                let slot: *mut *mut ffi::PyObject = place.cast();
                // SAFETY: the place is an aligned element of an array of objects, which holds a
                // reference or none.
                let object = unsafe { Borrowed::from_ptr_or_opt(array.py(), slot.read()) };
                taken.object(object)
            })?;
        }
        // The caller already holds these elements, so they do not count against the budget.
        self.hold(taken.block, taken.bytes, u64::MAX)?;
        Ok(taken.tokens)
    }
}

/// Elements taken from an array.
struct Taken {
    block: u32,
    tokens: Vec<u8>,
    bytes: Vec<u8>,
}

impl Taken {
    fn new(count: usize, block: u32) -> Result<Self> {
        let mut tokens = Vec::new();
        reserve(&mut tokens, count.saturating_mul(ITEM), "the value")?;
        Ok(Self { block, tokens, bytes: Vec::new() })
    }

    fn push(&mut self, element: &[u8]) -> Result<()> {
        let size = element.len();
        let length = u32::try_from(size).map_err(|_| {
            Error::ValueShape(format!("an element of value has {size} bytes, which is too long"))
        })?;
        if self.bytes.capacity() - self.bytes.len() < size {
            let refused = |_| Error::too_large("the value", size as u64, u64::MAX);
            self.bytes.try_reserve(size).map_err(refused)?;
        }
        let token = Token { block: self.block, length, at: self.bytes.len() as u64 };
        self.tokens.extend_from_slice(&token.to_bytes());
        self.bytes.extend_from_slice(element);
        Ok(())
    }

    /// Takes bytes. As in zarr-python, a missing element, or one equal to 0, is stored as empty.
    fn object(&mut self, object: Option<Borrowed<'_, '_, PyAny>>) -> Result<()> {
        let element = object.filter(|element| !element.is_none());
        if let Some(bytes) = element.and_then(|e| e.cast_exact::<PyBytes>().ok()) {
            return self.push(bytes.as_bytes());
        }
        // Hold a reference during the comparison, which may run arbitrary code.
        match element.map(Borrowed::to_owned) {
            Some(element) if !element.eq(0).map_err(Error::Python)? => {
                let kind = element.get_type();
                Err(Error::Python(PyTypeError::new_err(format!(
                    "an element of value is of {kind}, and not bytes"
                ))))
            }
            _ => {
                self.tokens.extend_from_slice(&Token::NOTHING.to_bytes());
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arena, Dims, ITEM, Places, Taken, Token};

    /// Offsets of the elements, in the order in which they are visited.
    fn offsets(shape: &[usize], strides: &[isize]) -> Vec<isize> {
        let start = std::ptr::null_mut::<u8>();
        let places = Places { start, shape: Dims::from(shape), strides: Dims::from(strides) };
        let mut found = Vec::new();
        let visit = |place: *mut u8| {
            found.push(place.addr().cast_signed());
            Ok(())
        };
        assert!(places.each(visit).is_ok());
        found
    }

    /// Catches elements out of C order, visits of an empty array, and a scalar that is skipped.
    #[test]
    fn every_element_is_visited_in_c_order() {
        assert_eq!(offsets(&[], &[]), [0]);
        for empty in [[0, 5], [7, 0], [0, 0]] {
            assert!(offsets(&empty, &[16, 16]).is_empty(), "{empty:?}");
        }
        for strides in [[48, 16, 8], [8, 16, 48], [-96, 0, 8], [32, -32, -8]] {
            let expected: Vec<isize> = (0..12)
                .map(|n| [n / 6, n / 2 % 3, n % 2])
                .map(|at| at.iter().zip(strides).map(|(i, stride)| i * stride).sum())
                .collect();
            assert_eq!(offsets(&[2, 3, 2], &strides), expected, "{strides:?}");
        }
    }

    /// Catches an element that is returned in place of another.
    #[test]
    fn taken_elements_come_back_one_by_one() {
        let arena = Arena::new(false, b"fill".to_vec());
        let elements: [&[u8]; 4] = [b"ab", b"", b"c\0", b"ab"];
        let block = arena.number().unwrap_or_default();
        let mut taken = Taken::new(4, block).unwrap_or_else(|error| unreachable!("{error}"));
        assert!(elements.into_iter().all(|element| taken.push(element).is_ok()));
        assert!(taken.object(None).is_ok());
        assert!(arena.hold(block, taken.bytes, u64::MAX).is_ok());
        let (tokens, _) = taken.tokens.as_chunks::<ITEM>();
        let blocks = arena.read();
        let found = tokens.iter().map(|token| blocks.get(Token::of_bytes(*token)));
        assert!(found.eq([&b"ab"[..], b"", b"c\0", b"ab", b""]));
    }
}
