//! Lists and ranges of positions on one axis, in any order and with duplicates, grouped by cell.

#![expect(unsafe_code, reason = "reads positions by address")]

use std::ops::Range;

use super::axis_part::AxisPart;
use super::chunk_axis::ChunkAxis;
use super::grouped::{Grouped, Places};
use super::ranges::Ranges;
use super::run::Run;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;
use crate::threads::limits::{ALONE, Limits};

/// The positions of one axis.
#[derive(Clone, Debug)]
pub(crate) struct List(Grouped);

/// Positions on one axis of an array, in chunks.
pub(super) struct AxisPositions<'a> {
    pub(super) positions: &'a Positions,
    /// Number of the axis, for messages.
    pub(super) number: usize,
    pub(super) length: u64,
    pub(super) chunk_axis: &'a ChunkAxis,
}

/// Positions in one cell, in subcells of `extent`.
struct InCell<'a> {
    runs: &'a [Run],
    extent: u64,
    cells: u64,
}

impl List {
    /// Groups the positions of an axis by its chunks. Others may change them meanwhile.
    pub(crate) fn new(
        positions: &Positions,
        number: usize,
        length: u64,
        chunk_axis: &ChunkAxis,
        limits: Limits<'_>,
    ) -> Result<Self> {
        let places = AxisPositions { positions, number, length, chunk_axis };
        Grouped::new(&places, limits).map(Self)
    }

    /// Groups the positions of ranges by the chunks of their axis.
    pub(crate) fn of_ranges(
        (starts, stops): (&Positions, &Positions),
        number: usize,
        length: u64,
        chunk_axis: &ChunkAxis,
        limits: Limits<'_>,
    ) -> Result<Self> {
        let places = Ranges::new((starts, stops), number, length, chunk_axis)?;
        Grouped::new(&places, limits).map(Self)
    }

    /// Groups runs inside a cell by its subcells.
    pub(super) fn within(runs: &[Run], extent: u64) -> Result<Self> {
        let last = runs.iter().map(|run| run.end() as u64 - 1).max();
        let cells = last.map_or(0, |last| last / extent + 1);
        Grouped::new(&InCell { runs, extent, cells }, ALONE).map(Self)
    }

    pub(super) fn count(&self) -> u64 {
        self.0.elements()
    }

    pub(super) fn cells(&self) -> u64 {
        self.0.len() as u64
    }

    /// The positions in the `k`-th touched cell.
    pub(super) fn part(&self, k: usize) -> AxisPart<'_> {
        let (cell, count, runs) = self.0.group(k);
        match Run::joined(runs, count) {
            // As a span: a cell that is taken whole may be decoded in its place.
            Some(first) => {
                let (from, at) = (first.inside as u64, first.at() as u64);
                AxisPart { cell, from, step: 1, count, at, runs: &[] }
            }
            None => AxisPart { cell, from: 0, step: 1, count, at: 0, runs },
        }
    }
}

impl Places for AxisPositions<'_> {
    fn len(&self) -> usize {
        self.positions.len()
    }

    fn cells(&self) -> Option<u64> {
        Some(self.chunk_axis.count(self.length))
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        assert!(range.end <= self.positions.len(), "positions that were not given");
        // SAFETY: the range is inside the list.
        let position = |n| unsafe { self.positions.get(n) };
        // Most neighbors need no lookup of the cell.
        let (mut cell, mut low, mut end) = (0, 0, 0);
        let mut n = range.start;
        while n < range.end {
            let first = position(n);
            if first.wrapping_sub(low) >= end - low {
                if first >= self.length {
                    return Err(outside(self.number, first, self.length));
                }
                cell = self.chunk_axis.cell_of(first);
                (low, end) = self.chunk_axis.bounds(cell, self.length);
            }
            let most = (end - first).min((range.end - n) as u64).min(Run::LONGEST);
            let mut count = 1;
            while count < most && position(n + count as usize) == first + count {
                count += 1;
            }
            visit(cell, Run::new((first - low) as isize, n as isize, count))?;
            n += count as usize;
        }
        Ok(())
    }
}

/// The error for a position that is not on its axis.
pub(super) fn outside(number: usize, position: u64, length: u64) -> Error {
    Error::Bounds(format!(
        "axis {number} of the selection has the position {}, outside of the array's length {length}",
        position.cast_signed(),
    ))
}

impl Places for InCell<'_> {
    fn len(&self) -> usize {
        self.runs.len()
    }

    fn cells(&self) -> Option<u64> {
        Some(self.cells)
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        for run in &self.runs[range] {
            let mut rest = *run;
            loop {
                let (cell, inside) =
                    (rest.inside as u64 / self.extent, rest.inside as u64 % self.extent);
                let (count, most) = (rest.count() as u64, self.extent - inside);
                visit(cell, Run::new(inside as isize, rest.at(), count.min(most)))?;
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
