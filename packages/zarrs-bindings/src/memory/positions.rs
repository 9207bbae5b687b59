//! Positions in an array of the caller, to which others may write while we read.

#![expect(unsafe_code, reason = "positions by address")]

use std::array::from_fn;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Integers of 64 bits, a stride apart. Each is read at once and as it is then: who checks a position
/// must go on with the one that was checked, and not read it again.
#[derive(Debug)]
pub(crate) struct Positions {
    start: *const AtomicU64,
    /// In bytes.
    stride: isize,
    len: usize,
    /// What `start` leads to where the caller has them at addresses that are read piece by piece.
    #[expect(dead_code, reason = "keeps the memory")]
    copy: Option<Vec<u64>>,
}

// SAFETY: an address of memory that is only read, as plain numbers, and that whoever made the
// positions keeps alive as long as they are in use.
unsafe impl Send for Positions {}
// SAFETY: as above.
unsafe impl Sync for Positions {}

impl Positions {
    /// # Safety
    /// `start`, and every place up to `len` times `stride` from it, must be readable as an `i64` as
    /// long as the positions are in use.
    pub(crate) unsafe fn new(start: *const u8, stride: isize, len: usize) -> Self {
        let word = align_of::<AtomicU64>();
        if start.addr().is_multiple_of(word) && stride.unsigned_abs().is_multiple_of(word) {
            return Self { start: start.cast(), stride, len, copy: None };
        }
        let position = |n: usize| {
            let place = start.wrapping_offset(n as isize * stride);
            // SAFETY: promised by the caller. A relaxed load is allowed where memory is changed
            // meanwhile, and where it may only be read.
            let byte = |i| unsafe { &*place.wrapping_add(i).cast::<AtomicU8>() };
            u64::from_ne_bytes(from_fn(|i| byte(i).load(Ordering::Relaxed)))
        };
        let copy: Vec<u64> = (0..len).map(position).collect();
        Self { start: copy.as_ptr().cast(), stride: word as isize, len, copy: Some(copy) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A position as it is now. A negative one is a huge one here.
    ///
    /// # Safety
    /// `n` must be below the number of positions: to ask here would take longer than to read.
    pub(crate) unsafe fn get(&self, n: usize) -> u64 {
        debug_assert!(n < self.len, "a position that was not given");
        let place = self.start.wrapping_byte_offset(n as isize * self.stride);
        // SAFETY: promised to `new` and here, and aligned; a relaxed load as there.
        unsafe { &*place }.load(Ordering::Relaxed)
    }

    /// A copy, which nobody can change any more.
    pub(crate) fn copied(&self) -> Vec<i64> {
        // SAFETY: all numbers are below the length.
        (0..self.len).map(|n| unsafe { self.get(n) }.cast_signed()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    /// Catches a stride that is not followed, backwards or between words.
    #[test]
    fn positions_are_found_at_any_stride_and_address() {
        let values = [3_i64, -1, i64::MIN, 7];
        for shift in 0..9 {
            for gap in [8, 9, 16] {
                let mut memory = [0_u8; 100];
                for (n, value) in values.iter().enumerate() {
                    memory[shift + n * gap..][..8].copy_from_slice(&value.to_ne_bytes());
                }
                let read = |first: usize, stride: isize| {
                    // SAFETY: four positions, which lie in the memory.
                    let all = unsafe { Positions::new(memory[first..].as_ptr(), stride, 4) };
                    all.copied()
                };
                assert_eq!(read(shift, gap as isize), values);
                let backwards: Vec<i64> = values.into_iter().rev().collect();
                assert_eq!(read(shift + 3 * gap, -(gap as isize)), backwards);
            }
        }
    }
}
