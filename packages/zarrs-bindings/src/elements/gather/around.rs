//! The elements of a box around points, from which the points are copied.

#![expect(unsafe_code, reason = "copies between addresses")]

use std::ops::Range;

use super::one;
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::memory::result::Memory;
use crate::options::Opts;
use crate::plan::{Dense, Dims, strides};
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::POINTS_PER_JOB;

/// Number of points whose places are found before they are copied.
const BATCH: usize = 128;

/// Memory for a box of elements, in C order.
pub(crate) struct Around<'a> {
    dense: &'a Dense,
    memory: Memory,
    strides: Dims<isize>,
    item: usize,
}

impl<'a> Around<'a> {
    pub(crate) fn new(dense: &'a Dense, item: usize, opts: &Opts) -> Result<Self> {
        let shape: Dims<u64> = dense.axes.iter().map(|(_, count)| *count).collect();
        let bytes = shape.iter().fold(item as u64, |n, count| n.saturating_mul(*count));
        let bytes = opts.allow("the box around the points", bytes)?;
        let memory = Memory::new(bytes, opts.memory_pool);
        let refused = || Error::too_large("the box around the points", bytes as u64, u64::MAX);
        let memory = memory.ok_or_else(refused)?;
        Ok(Self { dense, memory, strides: strides(&shape, item), item })
    }

    /// The memory as the target of a read of the box.
    pub(crate) fn view(&self) -> View {
        View::new(self.memory.start(), self.strides.clone())
    }

    /// Copies the points from the box, which must have been read, to an array.
    pub(crate) fn copy(&self, to: &View, limits: Limits<'_>) -> Result<()> {
        let count = self.dense.count();
        jobs::run(count.div_ceil(POINTS_PER_JOB), u64::MAX, limits, |block| {
            let first = block * POINTS_PER_JOB;
            let range = first..(first + POINTS_PER_JOB).min(count);
            // SAFETY: all of the box was read, its places are inside it, and the points are inside
            // the array. No other job has these points.
            unsafe {
                match self.item {
                    1 => self.each(range, to, |from, to| one::<u8>(from, to)),
                    2 => self.each(range, to, |from, to| one::<u16>(from, to)),
                    4 => self.each(range, to, |from, to| one::<u32>(from, to)),
                    8 => self.each(range, to, |from, to| one::<u64>(from, to)),
                    16 => self.each(range, to, |from, to| one::<u128>(from, to)),
                    item => self.each(range, to, |from, to| from.copy_to_nonoverlapping(to, item)),
                }
            }
        })
    }

    /// Calls `copy` with the addresses of each point in the box and in the array.
    fn each(
        &self,
        range: Range<usize>,
        to: &View,
        copy: impl Fn(*const u8, *mut u8),
    ) -> Result<()> {
        let from = self.memory.start().cast_const();
        let mut places = [0; BATCH];
        let mut first = range.start;
        while first < range.end {
            let places = &mut places[..BATCH.min(range.end - first)];
            self.dense.places(first, &self.strides, places)?;
            // A short loop that only copies lets the processor wait for many elements at once.
            if let Some((start, stride)) = to.even() {
                let start = start.wrapping_offset(first as isize * stride);
                for (n, place) in places.iter().enumerate() {
                    copy(from.wrapping_offset(*place), start.wrapping_offset(n as isize * stride));
                }
            } else {
                for (n, place) in places.iter().enumerate() {
                    copy(from.wrapping_offset(*place), to.place(first + n));
                }
            }
            first += places.len();
        }
        Ok(())
    }
}
