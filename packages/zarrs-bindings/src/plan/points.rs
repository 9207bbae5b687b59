//! Points, as one list of positions per axis, and the grid of cells that contain them.

#![expect(unsafe_code, reason = "reads positions by address")]

use super::Dims;
use super::chunk_axis::ChunkAxis;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;

/// The points of a selection, in result order. Others may change them while they are in use, so
/// each read of a position must be followed by a check.
#[derive(Debug)]
pub(crate) struct Points {
    axes: Dims<Positions>,
    pub(super) len: usize,
}

/// Consecutive points in result order that are in one cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) cell: u64,
    pub(super) first: usize,
    pub(super) count: usize,
}

/// A grid over the array, or over one of its chunks.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// Start of the grid, and end of the positions.
    low: Dims<u64>,
    end: Dims<u64>,
    chunk_axes: Dims<ChunkAxis>,
    /// First numbered cell, and the number of cells, on each axis.
    first: Dims<u64>,
    counts: Dims<u64>,
}

/// The current position of a point on an axis.
fn position(axis: &Positions, n: usize) -> u64 {
    // SAFETY: all axes have as many positions as there are points, and point numbers are those that
    // `Cells::runs` was given.
    unsafe { axis.get(n) }
}

impl Points {
    /// Points with `len` positions per axis.
    pub(crate) fn new(axes: Dims<Positions>, len: usize) -> Result<Self> {
        if axes.iter().any(|axis| axis.len() != len) {
            return Err(Error::Internal("the points have axes of several lengths".into()));
        }
        Ok(Self { axes, len })
    }

    fn is_inside(&self, n: usize, low: &[u64], end: &[u64]) -> bool {
        let mut axes = self.axes.iter().zip(low).zip(end);
        axes.all(|((axis, low), end)| position(axis, n).wrapping_sub(*low) < end.wrapping_sub(*low))
    }

    /// The sum of a point's positions, relative to `low` and below `end`, times their strides.
    pub(super) fn inside(
        &self,
        n: usize,
        low: &[u64],
        end: &[u64],
        strides: &[isize],
    ) -> Result<isize> {
        let axes = self.axes.iter().zip(low).zip(end).zip(strides);
        let mut sum = 0;
        for (((axis, low), end), stride) in axes {
            let inside = position(axis, n).wrapping_sub(*low);
            if inside >= end.wrapping_sub(*low) {
                return Err(Error::Bounds(
                    "the positions of the selection were changed while they were in use".into(),
                ));
            }
            sum += inside as isize * stride;
        }
        Ok(sum)
    }

    /// Lowest and highest position on an axis.
    fn range(&self, axis: usize) -> (u64, u64) {
        let all = (0..self.len).map(|n| position(&self.axes[axis], n));
        all.fold((u64::MAX, 0), |(low, high), p| (low.min(p), high.max(p)))
    }
}

impl Cells {
    /// The chunk grid of an array.
    pub(super) fn of_array(
        points: &Points,
        shape: &[u64],
        chunk_axes: &[ChunkAxis],
    ) -> Result<Self> {
        let low = shape.iter().map(|_| 0).collect();
        let mut cells = Self::new(low, shape.into(), chunk_axes.iter().cloned().collect());
        if cells.len().is_none() {
            // Number only the range of the points, which is smaller unless they are far apart.
            for (axis, chunk_axis) in chunk_axes.iter().enumerate() {
                let (low, high) = points.range(axis);
                let last = chunk_axis.cell_of(high.min(shape[axis].saturating_sub(1)));
                cells.first[axis] = chunk_axis.cell_of(low).min(last);
                cells.counts[axis] = last - cells.first[axis] + 1;
            }
        }
        match cells.len() {
            Some(_) => Ok(cells),
            None => Err(Error::Bounds("the points are spread over too many chunks".into())),
        }
    }

    fn new(low: Dims<u64>, end: Dims<u64>, chunk_axes: Dims<ChunkAxis>) -> Self {
        let first = low.iter().map(|_| 0).collect();
        let counts = low.iter().zip(&end).zip(&chunk_axes);
        let counts = counts.map(|((low, end), chunk_axis)| chunk_axis.count(end - low)).collect();
        Self { low, end, chunk_axes, first, counts }
    }

    /// The grid of `extents` inside one cell.
    pub(super) fn within(&self, number: u64, extents: &[u64]) -> Self {
        let (low, end) = self.bounds(number);
        Self::new(low, end, extents.iter().map(|extent| ChunkAxis::Even(*extent)).collect())
    }

    /// Number of cells; `None` if there are too many to number.
    pub(super) fn len(&self) -> Option<u64> {
        self.counts.iter().try_fold(1_u64, |n, count| n.checked_mul(*count))
    }

    /// Index of a cell.
    pub(super) fn index(&self, number: u64) -> Dims<u64> {
        let mut rest = number;
        let mut index = self.first.clone();
        for (place, count) in index.iter_mut().zip(&self.counts).rev() {
            *place += rest % count;
            rest /= count;
        }
        index
    }

    /// Start and end of a cell, cut off at the end of the array.
    pub(super) fn bounds(&self, number: u64) -> (Dims<u64>, Dims<u64>) {
        let index = self.index(number);
        let low = index.iter().zip(&self.chunk_axes).zip(&self.low);
        let low: Dims<u64> =
            low.map(|((cell, chunk_axis), low)| low + chunk_axis.start(*cell)).collect();
        let sizes =
            index.iter().zip(&self.chunk_axes).map(|(cell, chunk_axis)| chunk_axis.extent(*cell));
        let end = low.iter().zip(sizes).zip(&self.end);
        let end = end.map(|((low, size), end)| low.saturating_add(size).min(*end)).collect();
        (low, end)
    }

    /// The number of the cell that contains a point.
    fn locate(&self, points: &Points, n: usize) -> Result<u64> {
        let mut number = 0;
        for (axis, positions) in points.axes.iter().enumerate() {
            let (low, end) = (self.low[axis], self.end[axis]);
            let position = position(positions, n);
            let cell = self.chunk_axes[axis].cell_of(position.wrapping_sub(low));
            let place = cell.wrapping_sub(self.first[axis]);
            if !(low..end).contains(&position) || place >= self.counts[axis] {
                return Err(Error::Bounds(format!(
                    "axis {axis} of the selection has the position {}, which is not in {low}..{end}",
                    position.cast_signed(),
                )));
            }
            number = number * self.counts[axis] + place;
        }
        Ok(number)
    }

    /// Divides consecutive points into runs of one cell each.
    pub(super) fn runs(
        &self,
        points: &Points,
        first: usize,
        count: usize,
        into: &mut Vec<Run>,
    ) -> Result<()> {
        let last = first + count;
        let mut n = first;
        while n < last {
            let (cell, from) = (self.locate(points, n)?, n);
            n += 1;
            if n < last {
                let (low, end) = self.bounds(cell);
                while n < last && points.is_inside(n, &low, &end) {
                    n += 1;
                }
            }
            into.push(Run { cell, first: from, count: n - from });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
