//! Which part of which chunk a selection touches, by arithmetic: nothing is listed in advance.

use smallvec::SmallVec;

/// Per-axis values; arrays of up to six axes need no allocation.
pub(crate) type Dims<T> = SmallVec<[T; 6]>;

/// The selected positions of one axis, `start`, `start + step`, …, cut into cells of `extent`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) start: u64,
    pub(crate) step: u64,
    pub(crate) count: u64,
    pub(crate) extent: u64,
}

/// The part of an axis that falls into one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Index of the cell in the grid.
    pub(crate) cell: u64,
    /// First selected position, counted from the start of the cell.
    pub(crate) from: u64,
    pub(crate) step: u64,
    pub(crate) count: u64,
    /// Position of the first selected element in the result.
    pub(crate) at: u64,
}

impl Axis {
    /// Number of cells with at least one selected position.
    pub(crate) fn cells(&self) -> u64 {
        if self.count == 0 {
            0
        } else if self.step <= self.extent {
            self.last() / self.extent - self.start / self.extent + 1
        } else {
            self.count
        }
    }

    /// The `k`-th touched cell.
    pub(crate) fn segment(&self, k: u64) -> Segment {
        let cell = if self.step <= self.extent {
            self.start / self.extent + k
        } else {
            (self.start + k * self.step) / self.extent
        };
        let low = cell * self.extent;
        let first = low.saturating_sub(self.start).div_ceil(self.step);
        let end = (low + self.extent).saturating_sub(self.start).div_ceil(self.step);
        Segment {
            cell,
            from: self.start + first * self.step - low,
            step: self.step,
            count: end.min(self.count) - first,
            at: first,
        }
    }

    fn last(&self) -> u64 {
        self.start + (self.count - 1) * self.step
    }
}

impl Segment {
    /// Whether the segment takes all of the first `extent` positions of its cell.
    pub(crate) fn covers(&self, extent: u64) -> bool {
        self.from == 0 && self.count == extent && (self.step == 1 || self.count == 1)
    }
}

/// A selection over a regular grid of cells.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    axes: Dims<Axis>,
    cells: Dims<u64>,
    len: usize,
}

impl Plan {
    /// Returns `None` when the cells are too many to be counted.
    pub(crate) fn new(axes: Dims<Axis>) -> Option<Self> {
        let cells: Dims<u64> = axes.iter().map(Axis::cells).collect();
        let product = if cells.contains(&0) {
            Some(0)
        } else {
            cells.iter().try_fold(1_u64, |n, c| n.checked_mul(*c))
        };
        let len = usize::try_from(product?).ok()?;
        Some(Self { axes, cells, len })
    }

    /// The plan over the subcells of `extents` inside one cell of another plan.
    pub(crate) fn within(part: &[Segment], extents: &[u64]) -> Option<Self> {
        let axes = part.iter().zip(extents).map(|(segment, extent)| Axis {
            start: segment.from,
            step: segment.step,
            count: segment.count,
            extent: *extent,
        });
        Self::new(axes.collect())
    }

    /// Number of touched cells.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of selected elements.
    pub(crate) fn elements(&self) -> u64 {
        self.axes.iter().fold(1, |n, axis| n.saturating_mul(axis.count))
    }

    /// The `job`-th touched cell, in C order of the grid.
    pub(crate) fn part(&self, job: usize) -> Dims<Segment> {
        let mut rest = job as u64;
        let mut part: Dims<Segment> = SmallVec::with_capacity(self.axes.len());
        for (axis, cells) in self.axes.iter().zip(&self.cells).rev() {
            part.push(axis.segment(rest % cells));
            rest /= cells;
        }
        part.reverse();
        part
    }
}

/// C-contiguous strides, in bytes, of an array of `extents`.
pub(crate) fn strides(extents: &[u64], item: usize) -> Dims<isize> {
    let mut stride = item as isize;
    let mut all: Dims<isize> = extents
        .iter()
        .rev()
        .map(|extent| {
            let this = stride;
            stride = stride.saturating_mul(*extent as isize);
            this
        })
        .collect();
    all.reverse();
    all
}

#[cfg(test)]
mod tests {
    use super::{Axis, Dims, Plan, Segment, strides};
    use smallvec::smallvec;

    /// Catches off-by-one cells and lost elements: every element is found once, in its cell.
    #[test]
    fn every_selected_position_is_in_exactly_one_segment() {
        for extent in 1..5 {
            for (start, step, count) in
                (0..7).flat_map(|a| (1..8).flat_map(move |b| (0..6).map(move |c| (a, b, c))))
            {
                let axis = Axis { start, step, count, extent };
                let mut seen = Vec::new();
                for k in 0..axis.cells() {
                    let s = axis.segment(k);
                    assert!(s.count > 0, "{axis:?} {s:?}");
                    for i in 0..s.count {
                        assert!(s.from + i * s.step < extent, "{axis:?} {s:?}");
                        seen.push((s.at + i, s.cell * extent + s.from + i * s.step));
                    }
                }
                let expected: Vec<_> = (0..count).map(|i| (i, start + i * step)).collect();
                assert_eq!(seen, expected, "{axis:?}");
            }
        }
    }

    /// Catches a wrong unravelling of the job number on ragged shapes.
    #[test]
    fn jobs_are_enumerated_in_c_order() {
        let axes: Dims<Axis> = smallvec![
            Axis { start: 0, step: 1, count: 7, extent: 3 },
            Axis { start: 1, step: 2, count: 2, extent: 2 },
        ];
        let plan = Plan::new(axes).unwrap_or_else(|| unreachable!());
        let cells: Vec<(u64, u64)> =
            (0..plan.len()).map(|job| (plan.part(job)[0].cell, plan.part(job)[1].cell)).collect();
        assert_eq!(cells, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]);
    }

    /// Catches a multiplication overflow that would give a small number of jobs.
    #[test]
    fn too_many_cells_are_refused() {
        let axis = Axis { start: 0, step: 1, count: 1 << 40, extent: 1 };
        assert!(Plan::new(smallvec![axis, axis]).is_none());
    }

    /// Catches a partly covered cell that is taken for whole.
    #[test]
    fn a_stepped_segment_covers_only_single_positions() {
        let s = Segment { cell: 0, from: 0, step: 2, count: 1, at: 0 };
        assert!(s.covers(1) && !s.covers(2));
        assert_eq!(strides(&[7, 5], 4).as_slice(), [20, 4]);
    }
}
