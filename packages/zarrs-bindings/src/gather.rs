//! Strided copies between a chunk and an array.

use crate::plan::Dims;

#[derive(Clone, Copy)]
struct Loop {
    count: usize,
    from: isize,
    to: isize,
}

/// A copy of `count` items per axis with its own strides on either side, reduced to fewest loops.
pub(crate) struct Walk {
    loops: Dims<Loop>,
    /// Bytes moved at once: an item, or as many as lie together on both sides.
    unit: usize,
    empty: bool,
}

impl Walk {
    /// Takes `(count, source stride, destination stride)` per axis.
    pub(crate) fn new(item: usize, axes: impl Iterator<Item = (usize, isize, isize)>) -> Self {
        let mut empty = false;
        let mut loops: Dims<Loop> = Dims::new();
        for (count, from, to) in axes {
            empty |= count == 0;
            if count != 1 {
                loops.push(Loop { count, from, to });
            }
        }
        if !loops.is_sorted_by(|a, b| a.to.abs() >= b.to.abs()) {
            loops.sort_by_key(|l| std::cmp::Reverse(l.to.abs()));
        }
        let mut walk = Self { loops, unit: item, empty };
        walk.merge();
        walk
    }

    /// Joins neighbouring loops that are one run on both sides, and the innermost with the item.
    fn merge(&mut self) {
        let mut kept: Dims<Loop> = Dims::new();
        for next in self.loops.iter().rev() {
            match kept.last_mut() {
                None if next.from == self.unit as isize && next.to == self.unit as isize => {
                    self.unit = self.unit.saturating_mul(next.count);
                }
                Some(inner)
                    if next.from == inner.from.saturating_mul(inner.count as isize)
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

    /// Calls with the destination offset of each run, of `unit` bytes.
    pub(crate) fn each_run(&self, mut visit: impl FnMut(isize, usize)) {
        if !self.empty {
            each(&self.loops, |_, to| visit(to, self.unit));
        }
    }

    /// Bytes of the single run that the copy is, if it is one.
    pub(crate) fn run(&self) -> Option<usize> {
        (self.loops.is_empty() && !self.empty).then_some(self.unit)
    }

    /// Copies.
    ///
    /// # Safety
    /// Every position that the counts and strides reach from `from` must be readable, from `to`
    /// writable, and the two must not overlap.
    pub(crate) unsafe fn copy(&self, from: *const u8, to: *mut u8) {
        if self.empty {
            return;
        }
        let Some((inner, outer)) = self.loops.split_last() else {
            // SAFETY: one run of `unit` bytes; promised by the caller.
            unsafe { from.copy_to_nonoverlapping(to, self.unit) };
            return;
        };
        each(outer, |a, b| {
            // SAFETY: the offsets are those of positions inside the caller's bounds.
            unsafe { row(from.offset(a), to.offset(b), *inner, self.unit) };
        });
    }
}

/// Calls with the source and destination offset of each outer position.
fn each(outer: &[Loop], mut visit: impl FnMut(isize, isize)) {
    let mut at: Dims<usize> = outer.iter().map(|_| 0).collect();
    let (mut a, mut b) = (0_isize, 0_isize);
    loop {
        visit(a, b);
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            let l = outer[axis];
            at[axis] += 1;
            a += l.from;
            b += l.to;
            if at[axis] < l.count {
                break;
            }
            a -= l.from * l.count as isize;
            b -= l.to * l.count as isize;
            at[axis] = 0;
        }
    }
}

/// # Safety
/// As [`Walk::copy`], for one loop of units.
unsafe fn row(from: *const u8, to: *mut u8, l: Loop, unit: usize) {
    // SAFETY: promised by the caller for each arm.
    unsafe {
        match unit {
            1 => typed::<u8>(from, to, l),
            2 => typed::<u16>(from, to, l),
            4 => typed::<u32>(from, to, l),
            8 => typed::<u64>(from, to, l),
            16 => typed::<u128>(from, to, l),
            _ => {
                for i in 0..l.count as isize {
                    from.offset(i * l.from).copy_to_nonoverlapping(to.offset(i * l.to), unit);
                }
            }
        }
    }
}

/// # Safety
/// As [`row`], with units of the size of `T`.
unsafe fn typed<T: Copy>(from: *const u8, to: *mut u8, l: Loop) {
    if l.to == size_of::<T>() as isize {
        for i in 0..l.count as isize {
            // SAFETY: promised by the caller; no alignment is assumed.
            unsafe {
                let value = from.offset(i * l.from).cast::<T>().read_unaligned();
                to.cast::<T>().offset(i).write_unaligned(value);
            }
        }
    } else {
        for i in 0..l.count as isize {
            // SAFETY: as above.
            unsafe {
                let value = from.offset(i * l.from).cast::<T>().read_unaligned();
                to.offset(i * l.to).cast::<T>().write_unaligned(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Walk;

    /// Catches wrong strides, lost items and wrong item sizes in every kernel.
    #[test]
    fn a_transposed_copy_moves_every_item() {
        for item in [1, 2, 3, 4, 8, 16, 24] {
            let (rows, columns) = (7_usize, 5_usize);
            let from: Vec<u8> = (0..rows * columns * item).map(|i| (i % 251) as u8).collect();
            let mut to = vec![0_u8; from.len()];
            let axes = [
                (rows, (columns * item) as isize, item as isize),
                (columns, item as isize, (rows * item) as isize),
            ];
            let walk = Walk::new(item, axes.into_iter());
            // SAFETY: both buffers hold rows * columns items.
            unsafe { walk.copy(from.as_ptr(), to.as_mut_ptr()) };
            for r in 0..rows {
                for c in 0..columns {
                    let a = (r * columns + c) * item;
                    let b = (c * rows + r) * item;
                    assert_eq!(from[a..a + item], to[b..b + item], "item {item} at {r},{c}");
                }
            }
        }
    }

    /// Catches a contiguous copy that is not recognised as one run, and the reverse.
    #[test]
    fn only_a_contiguous_copy_is_one_run() {
        let whole = [(7, 20, 20), (1, 99, 99), (5, 4, 4)];
        assert_eq!(Walk::new(4, whole.into_iter()).run(), Some(140));
        let part = [(7, 20, 24), (5, 4, 4)];
        assert_eq!(Walk::new(4, part.into_iter()).run(), None);
        let none = [(0, 20, 20), (5, 4, 4)];
        assert_eq!(Walk::new(4, none.into_iter()).run(), None);
    }
}
