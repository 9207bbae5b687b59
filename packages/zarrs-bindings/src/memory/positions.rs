//! Positions in an array of the caller. Others may write to it while we read.

#![expect(unsafe_code, reason = "reads positions by address")]

use std::array::from_fn;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// 64-bit integers at a fixed stride. Each is read in one load. A caller that checks a position
/// must use the value that it checked, and not read it again.
#[derive(Debug)]
pub(crate) struct Positions {
    start: *const AtomicU64,
    /// In bytes.
    stride: isize,
    len: usize,
    /// The memory at `start` if the caller's positions are not word-aligned.
    #[expect(dead_code, reason = "owns the memory")]
    copy: Option<Vec<u64>>,
}

// SAFETY: an address of memory that is only read, as plain numbers. The creator of the positions
// keeps that memory alive as long as they are in use.
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
            // SAFETY: promised by the caller. A relaxed load is allowed while others change the
            // memory, and on read-only memory.
            let byte = |i| unsafe { &*place.wrapping_add(i).cast::<AtomicU8>() };
            u64::from_ne_bytes(from_fn(|i| byte(i).load(Ordering::Relaxed)))
        };
        let copy: Vec<u64> = (0..len).map(position).collect();
        Self { start: copy.as_ptr().cast(), stride: word as isize, len, copy: Some(copy) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The current value of a position. Negative positions become huge.
    ///
    /// # Safety
    /// `n` must be below the number of positions: a check here would cost more than the read.
    pub(crate) unsafe fn get(&self, n: usize) -> u64 {
        debug_assert!(n < self.len, "a position that was not given");
        let place = self.start.wrapping_byte_offset(n as isize * self.stride);
        // SAFETY: promised by the callers of `new` and `get`, and aligned; a relaxed load, as in
        // `new`.
        unsafe { &*place }.load(Ordering::Relaxed)
    }

    /// A copy, which nobody else can change.
    pub(crate) fn copied(&self) -> Vec<i64> {
        // SAFETY: all numbers are below the length.
        (0..self.len).map(|n| unsafe { self.get(n) }.cast_signed()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Positions;

    /// Catches a stride that is not followed, for example a negative or unaligned one.
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
                    // SAFETY: the four positions are inside the memory.
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
