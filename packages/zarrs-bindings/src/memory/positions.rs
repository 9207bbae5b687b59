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

    /// The current values, one after the other, as `get` reads them.
    pub(crate) fn values(&self) -> impl Iterator<Item = u64> + '_ {
        // SAFETY: all numbers are below the length.
        (0..self.len).map(|n| unsafe { self.get(n) })
    }

    /// The first position and the step, if all ascend evenly. Later they may be others.
    pub(crate) fn even(&self) -> Option<(i64, i64)> {
        // SAFETY: all numbers that are asked for are below the length.
        let position = |n| unsafe { self.get(n) }.cast_signed();
        if self.len < 2 {
            return Some(if self.len == 0 { (0, 1) } else { (position(0), 1) });
        }
        let first = position(0);
        let step = position(1).checked_sub(first).filter(|step| *step > 0)?;
        let mut last = position(1);
        for n in 2..self.len {
            last = last.checked_add(step).filter(|next| *next == position(n))?;
        }
        Some((first, step))
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
                    // SAFETY: there are four.
                    let position = |n| unsafe { all.get(n) }.cast_signed();
                    assert!((0..4).map(position).eq(all.values().map(u64::cast_signed)));
                    (0..4).map(position).collect::<Vec<i64>>()
                };
                assert_eq!(read(shift, gap as isize), values);
                let backwards: Vec<i64> = values.into_iter().rev().collect();
                assert_eq!(read(shift + 3 * gap, -(gap as isize)), backwards);
            }
        }
    }

    /// Catches a list that passes for even because of its first positions, or with a step of 0.
    #[test]
    fn only_evenly_ascending_positions_are_even() {
        let even = |values: &[i64]| {
            // SAFETY: the values outlive the positions.
            unsafe { Positions::new(values.as_ptr().cast(), 8, values.len()) }.even()
        };
        assert_eq!(even(&[]), Some((0, 1)));
        assert_eq!(even(&[5]), Some((5, 1)));
        assert_eq!(even(&[3, 5, 7]), Some((3, 2)));
        let most = i64::MAX;
        for uneven in [[3, 5, 6], [3, 3, 3], [5, 4, 3], [i64::MIN, most, 0], [0, most, most]] {
            assert_eq!(even(&uneven), None, "{uneven:?}");
        }
    }
}
