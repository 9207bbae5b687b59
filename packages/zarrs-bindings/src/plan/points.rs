//! Points, as one list of positions per axis, and the grid of cells that contain them.

#![expect(unsafe_code, reason = "reads positions by address")]

use std::ops::Range;

use super::Dims;
use super::chunk_axis::ChunkAxis;
use super::grouped::{Places, changed};
use super::list::{AxisPositions, outside};
use super::run::Run;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;

/// The points of a selection, in result order. Others may change them while they are in use, so
/// each position must be checked, and not read again.
#[derive(Debug)]
pub(crate) struct Points {
    pub(super) axes: Dims<Positions>,
    pub(super) len: usize,
}

/// A grid over the array, or over one of its chunks.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// Length of the axes.
    length: Dims<u64>,
    chunk_axes: Dims<ChunkAxis>,
    /// First numbered cell, and the number of cells, on each axis.
    first: Dims<u64>,
    counts: Dims<u64>,
    /// A shape that contains every cell. A position in a cell is numbered in its C order.
    pub(super) shape: Dims<u64>,
    pub(super) strides: Dims<u64>,
}

/// Points of an array, in the cells of its grid.
pub(super) struct ArrayPoints<'a> {
    pub(super) points: &'a Points,
    pub(super) cells: &'a Cells,
}

/// Points of one cell, numbered in C order of a shape, in the cells of a grid inside it.
pub(super) struct CellPoints<'a> {
    pub(super) runs: &'a [Run],
    pub(super) strides: &'a [u64],
    pub(super) cells: &'a Cells,
}

/// The current position of a point on an axis.
fn position(axis: &Positions, n: usize) -> u64 {
    // SAFETY: all axes have as many positions as there are points, and `ArrayPoints` checks the
    // point numbers that it is given.
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

    /// Whether the next point is the neighbor on the last axis.
    pub(super) fn is_followed(&self, n: usize) -> bool {
        let both = |axis: &Positions| position(axis, n + 1).wrapping_sub(position(axis, n));
        self.axes.iter().rev().enumerate().all(|(k, axis)| both(axis) == u64::from(k == 0))
    }

    /// Adds the offsets of points from `first` on, along one axis, from a start; whether all are
    /// below a count.
    pub(super) fn offsets(
        &self,
        axis: usize,
        first: usize,
        (start, count): (u64, u64),
        stride: isize,
        into: &mut [isize],
    ) -> bool {
        assert!(first + into.len() <= self.len, "points that were not given");
        let mut inside = true;
        for (n, offset) in into.iter_mut().enumerate() {
            let place = position(&self.axes[axis], first + n).wrapping_sub(start);
            inside &= place < count;
            *offset = offset.wrapping_add((place as isize).wrapping_mul(stride));
        }
        inside
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
        let mut cells = Self::new(shape.into(), chunk_axes.iter().cloned().collect())?;
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

    /// A grid over axes of this length.
    pub(super) fn new(length: Dims<u64>, chunk_axes: Dims<ChunkAxis>) -> Result<Self> {
        let first = length.iter().map(|_| 0).collect();
        let axes = || length.iter().zip(&chunk_axes);
        let counts = axes().map(|(length, chunk_axis)| chunk_axis.count(*length)).collect();
        let mut shape: Dims<u64> = chunk_axes.iter().map(ChunkAxis::largest).collect();
        let strides = strides(&shape).or_else(|| {
            shape = axes().map(|(length, axis)| axis.largest().min(*length)).collect();
            strides(&shape)
        });
        let strides = strides.ok_or_else(too_many)?;
        Ok(Self { length, chunk_axes, first, counts, shape, strides })
    }

    /// The grid of `extents` inside one cell.
    pub(super) fn within(&self, number: u64, extents: &[u64]) -> Result<Self> {
        let (low, end) = self.bounds(number);
        let length = low.iter().zip(&end).map(|(low, end)| end - low).collect();
        Self::new(length, extents.iter().map(|extent| ChunkAxis::Even(*extent)).collect())
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
        let axes = index.iter().zip(&self.chunk_axes).zip(&self.length);
        axes.map(|((cell, axis), length)| axis.bounds(*cell, *length)).unzip()
    }

    /// The cell that contains a position of an axis: its number on the axis, start and end.
    fn locate(&self, axis: usize, position: u64) -> Result<(u64, u64, u64)> {
        let (length, chunk_axis) = (self.length[axis], &self.chunk_axes[axis]);
        let place = chunk_axis.cell_of(position).wrapping_sub(self.first[axis]);
        if position >= length || place >= self.counts[axis] {
            return Err(outside(axis, position, length));
        }
        let (low, end) = chunk_axis.bounds(place + self.first[axis], length);
        Ok((place, low, end))
    }
}

fn too_many() -> Error {
    Error::Unsupported("the chunks have too many elements to select points of them".into())
}

/// C-contiguous strides, in elements; `None` if there are too many elements to number.
fn strides(shape: &[u64]) -> Option<Dims<u64>> {
    let mut stride = 1_u64;
    let mut strides: Dims<u64> = Dims::new();
    for extent in shape.iter().rev() {
        strides.push(stride);
        stride = stride.checked_mul(*extent)?;
    }
    strides.reverse();
    i64::try_from(stride).ok().map(|_| strides)
}

impl Places for ArrayPoints<'_> {
    fn len(&self) -> usize {
        self.points.len
    }

    fn cells(&self) -> Option<u64> {
        self.cells.len()
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        assert!(range.end <= self.points.len, "points that were not given");
        let Some((last, outer)) = self.points.axes.split_last() else {
            return range.into_iter().try_for_each(|n| visit(0, Run::new(0, n as isize, 1)));
        };
        if outer.is_empty() {
            let (length, chunk_axis) = (self.cells.length[0], &self.cells.chunk_axes[0]);
            let places = AxisPositions { positions: last, number: 0, length, chunk_axis };
            let (first, count) = (self.cells.first[0], self.cells.counts[0]);
            return places.each(range, &mut |cell, run| match cell.wrapping_sub(first) {
                place if place < count => visit(place, run),
                _ => Err(changed()),
            });
        }
        // Most neighbors need no lookup of the cell.
        let mut cell: Dims<(u64, u64, u64)> = Dims::from_elem((0, 0, 0), outer.len() + 1);
        let mut at: Dims<u64> = Dims::from_elem(0, outer.len() + 1);
        let mut n = range.start;
        while n < range.end {
            let (mut number, mut inside) = (0, 0);
            for (axis, positions) in self.points.axes.iter().enumerate() {
                at[axis] = position(positions, n);
                let (_, low, end) = cell[axis];
                if at[axis].wrapping_sub(low) >= end - low {
                    cell[axis] = self.cells.locate(axis, at[axis])?;
                }
                let (place, low, _) = cell[axis];
                number = number * self.cells.counts[axis] + place;
                inside += (at[axis] - low) * self.cells.strides[axis];
            }
            let (first, (_, _, end)) = (at[outer.len()], cell[outer.len()]);
            let most = (end - first).min((range.end - n) as u64).min(Run::LONGEST);
            let mut count = 1;
            while count < most
                && position(last, n + count as usize) == first + count
                && outer.iter().zip(&at).all(|(axis, at)| position(axis, n + count as usize) == *at)
            {
                count += 1;
            }
            visit(number, Run::new(inside as isize, n as isize, count))?;
            n += count as usize;
        }
        Ok(())
    }
}

impl Places for CellPoints<'_> {
    fn len(&self) -> usize {
        self.runs.len()
    }

    fn cells(&self) -> Option<u64> {
        self.cells.len()
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        let extents: Dims<u64> = self.cells.chunk_axes.iter().map(ChunkAxis::largest).collect();
        for run in &self.runs[range] {
            let mut rest = *run;
            loop {
                let (mut number, mut inside, mut most) = (0, 0, 1);
                let mut offset = rest.inside as u64;
                for (axis, stride) in self.strides.iter().enumerate() {
                    let (place, extent) = (offset / stride, extents[axis]);
                    offset %= stride;
                    number = number * self.cells.counts[axis] + place / extent;
                    inside += place % extent * self.cells.strides[axis];
                    most = extent - place % extent;
                }
                let count = rest.count() as u64;
                visit(number, Run::new(inside as isize, rest.at(), count.min(most)))?;
                if count <= most {
                    break;
                }
                rest = rest.part(most as isize, count - most);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
