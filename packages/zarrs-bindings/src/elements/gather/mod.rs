//! Strided and listed copies between a chunk and an array.

#![expect(unsafe_code, reason = "copies between addresses")]

mod around;
mod loops;
#[cfg(feature = "remote")]
mod rows;
use crate::plan::Dims;

pub(crate) use around::Around;
pub(crate) use loops::{Loop, each};
#[cfg(feature = "remote")]
pub(crate) use rows::Rows;

/// A copy by nested loops, reduced to as few as possible.
pub(crate) struct Walk<'a> {
    loops: Dims<Loop<'a>>,
    /// Bytes moved at once: one item, or as many as are contiguous on both sides.
    unit: usize,
    empty: bool,
    /// Source and destination offset of the first item, summed over loops that dropped their runs.
    base: (isize, isize),
}

impl<'a> Walk<'a> {
    pub(crate) fn new(item: usize, axes: impl Iterator<Item = Loop<'a>>) -> Self {
        let mut walk = Self { loops: Dims::new(), unit: item, empty: false, base: (0, 0) };
        for mut next in axes {
            walk.empty |= next.count == 0;
            let (simple, first) = next.simple();
            next = simple;
            walk.base = (walk.base.0 + first.0, walk.base.1 + first.1);
            if next.count != 1 {
                walk.loops.push(next);
            }
        }
        if !walk.loops.is_sorted_by(|a, b| a.to.abs() >= b.to.abs()) {
            walk.loops.sort_by_key(|l| std::cmp::Reverse(l.to.abs()));
        }
        walk.merge();
        walk
    }

    /// Merges adjacent loops that form one run on both sides, and the innermost with the item.
    fn merge(&mut self) {
        let mut kept: Dims<Loop<'a>> = Dims::new();
        for next in self.loops.iter().rev() {
            match kept.last_mut() {
                _ if next.is_list() => kept.push(*next),
                None if next.from == self.unit as isize && next.to == self.unit as isize => {
                    self.unit = self.unit.saturating_mul(next.count);
                }
                Some(inner)
                    if !inner.is_list()
                        && next.from == inner.from.saturating_mul(inner.count as isize)
                        && next.to == inner.to.saturating_mul(inner.count as isize) =>
                {
                    inner.count = inner.count.saturating_mul(next.count);
                }
                _ => kept.push(*next),
            }
        }
        kept.reverse();
        self.loops = kept;
    }

    /// Calls `visit` with the destination offset of each run and its size, a multiple of `unit`.
    pub(crate) fn each_run(&self, mut visit: impl FnMut(isize, usize)) {
        if self.empty {
            return;
        }
        match self.loops.split_last() {
            Some((inner, outer)) if inner.is_list() && inner.to == self.unit as isize => {
                each(outer, self.base, &mut |_, to| {
                    for run in inner.runs {
                        let bytes = run.count() as usize * self.unit;
                        visit(to + inner.start(*run).1, bytes);
                    }
                });
            }
            _ => each(&self.loops, self.base, &mut |_, to| visit(to, self.unit)),
        }
    }

    /// Destination offset and size of the run, if the copy is a single one.
    pub(crate) fn run(&self) -> Option<(isize, usize)> {
        (self.loops.is_empty() && !self.empty).then_some((self.base.1, self.unit))
    }

    /// Copies all items.
    ///
    /// # Safety
    /// Every position that the loops reach must be readable, counted from `from`, and writable,
    /// counted from `to`. The two must not overlap.
    pub(crate) unsafe fn copy(&self, from: *const u8, to: *mut u8) {
        if self.empty {
            return;
        }
        let (from, to) = (from.wrapping_offset(self.base.0), to.wrapping_offset(self.base.1));
        let Some((inner, outer)) = self.loops.split_last() else {
            // SAFETY: promised by the caller; this is one run of `unit` bytes.
            unsafe { from.copy_to_nonoverlapping(to, self.unit) };
            return;
        };
        // SAFETY: promised by the caller for each arm.
        unsafe {
            match self.unit {
                1 => rows::<u8>(from, to, outer, *inner),
                2 => rows::<u16>(from, to, outer, *inner),
                4 => rows::<u32>(from, to, outer, *inner),
                8 => rows::<u64>(from, to, outer, *inner),
                16 => rows::<u128>(from, to, outer, *inner),
                unit => each(outer, (0, 0), &mut |a, b| {
                    inner.units(unit, |c, d, count| {
                        let from = from.wrapping_offset(a + c);
                        from.copy_to_nonoverlapping(to.wrapping_offset(b + d), count * unit);
                    });
                }),
            }
        }
    }
}

/// Copies items of the size of `T`, with `inner` as the innermost loop.
///
/// # Safety
/// As [`Walk::copy`].
unsafe fn rows<T: Copy>(from: *const u8, to: *mut u8, outer: &[Loop<'_>], inner: Loop<'_>) {
    let size = size_of::<T>() as isize;
    let count = inner.count as isize;
    each(outer, (0, 0), &mut |a, b| {
        let (from, to) = (from.wrapping_offset(a), to.wrapping_offset(b));
        // SAFETY: the offsets are those of positions inside the caller's bounds.
        let step = move |a, b| unsafe { one::<T>(from.wrapping_offset(a), to.wrapping_offset(b)) };
        match inner {
            Loop { runs: [], from, to, .. } if to == size => {
                (0..count).for_each(|i| step(i * from, i * size));
            }
            Loop { runs: [], from, to, .. } => (0..count).for_each(|i| step(i * from, i * to)),
            _ => inner.units(size as usize, move |a, b, count| {
                if count == 1 {
                    step(a, b);
                    return;
                }
                let (from, to) = (from.wrapping_offset(a), to.wrapping_offset(b));
                // SAFETY: the items are next to each other on both sides, and as above.
                unsafe { from.copy_to_nonoverlapping(to, count * size as usize) };
            }),
        }
    });
}

/// Copies one item; assumes no alignment.
///
/// # Safety
/// `from` must be readable, and `to` writable, for a `T`.
unsafe fn one<T: Copy>(from: *const u8, to: *mut u8) {
    // SAFETY: promised by the caller.
    unsafe { to.cast::<T>().write_unaligned(from.cast::<T>().read_unaligned()) };
}

#[cfg(test)]
mod tests;
