//! Points grouped by cell.

use std::borrow::Cow;

use super::chunk_axis::ChunkAxis;
use super::grouped::Grouped;
use super::points::{ArrayPoints, CellPoints, Cells, Points};
use super::run::Run;
use crate::errors::Result;
use crate::memory::reserve::room;
use crate::plan::Dims;
use crate::threads::limits::{ALONE, Limits};

/// The points of each touched cell.
#[derive(Debug)]
pub(crate) struct Groups {
    cells: Cells,
    /// Runs whose `inside` is the number of an element of the cell, see `Cells::shape`.
    grouped: Grouped,
}

impl Groups {
    /// Groups the points of an array by its chunks.
    pub(crate) fn new(
        points: &Points,
        shape: &[u64],
        chunk_axes: &[ChunkAxis],
        limits: Limits<'_>,
    ) -> Result<Self> {
        let cells = Cells::of_array(points, shape, chunk_axes)?;
        let grouped = Grouped::new(&ArrayPoints { points, cells: &cells }, limits)?;
        Ok(Self { cells, grouped })
    }

    /// Groups the points of one cell by the subcells of `extents`.
    pub(super) fn within(&self, number: usize, extents: &[u64]) -> Result<Self> {
        let (cell, _, runs) = self.grouped.group(number);
        let cells = self.cells.within(cell, extents)?;
        let places = CellPoints { runs, strides: &self.cells.strides, cells: &cells };
        let grouped = Grouped::new(&places, ALONE)?;
        Ok(Self { cells, grouped })
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.grouped.len()
    }

    /// Number of points.
    pub(super) fn elements(&self) -> u64 {
        self.grouped.elements()
    }

    /// Number of points of a group.
    pub(super) fn count(&self, number: usize) -> u64 {
        self.grouped.group(number).1
    }

    /// Index of the cell of a group.
    pub(super) fn cell(&self, number: usize) -> Dims<u64> {
        self.cells.index(self.grouped.group(number).0)
    }

    /// The points of a group as runs of elements of a chunk with these strides, in elements.
    pub(super) fn runs(&self, number: usize, strides: &[u64]) -> Result<Cow<'_, [Run]>> {
        let (_, count, runs) = self.grouped.group(number);
        let mut axes = self.cells.strides.iter().zip(strides).zip(&self.cells.shape);
        if axes.all(|((numbered, stride), extent)| *extent == 1 || numbered == stride) {
            return Ok(Cow::Borrowed(runs));
        }
        let mut found = room(count as usize, "a list of points")?;
        for (n, place) in each(runs) {
            let (mut rest, mut inside) = (place as u64, 0_u64);
            for (numbered, stride) in self.cells.strides.iter().zip(strides) {
                inside = (rest / numbered).wrapping_mul(*stride).wrapping_add(inside);
                rest %= numbered;
            }
            found.push(Run::new(inside as isize, n, 1));
        }
        Ok(Cow::Owned(found))
    }

    /// Whether the points of a group include all elements of its cell before `ends`.
    pub(super) fn cover(&self, number: usize, ends: &[u64]) -> bool {
        let volume = ends.iter().try_fold(1_u64, |n, end| n.checked_mul(*end));
        let Some(volume) = volume.filter(|volume| *volume <= self.count(number)) else {
            return false;
        };
        let strides: Dims<u64> = super::strides(ends, 1).iter().map(|s| *s as u64).collect();
        let runs = self.runs(number, &strides);
        runs.is_ok_and(|runs| Run::cover(&runs, volume as usize))
    }
}

/// Number and place of each point.
pub(super) fn each(runs: &[Run]) -> impl Iterator<Item = (isize, isize)> + '_ {
    runs.iter().flat_map(|run| (0..run.count()).map(|i| (run.at() + i, run.inside + i)))
}

#[cfg(test)]
mod tests {
    use super::{Groups, each};
    use crate::plan::tests::{even, points};
    use crate::threads::limits::ALONE;

    /// Catches points that are lost, or in the wrong cell or order, in sparse and dense grids.
    #[test]
    fn every_point_is_in_its_cell_in_the_order_given() {
        let rows: Vec<i64> = (0..500).map(|i| i * 7919 % 101).collect();
        let columns: Vec<i64> = (0..500).map(|i| i * 104_729 % 97).collect();
        for extents in [[1, 1], [3, 2], [10, 97], [101, 97], [200, 5]] {
            let points = points(&[&rows, &columns]);
            let groups = Groups::new(&points, &[101, 97], &even(&extents), ALONE);
            let groups = groups.unwrap_or_else(|error| unreachable!("{error}"));
            let mut seen = Vec::new();
            let mut last = Vec::new();
            for number in 0..groups.len() {
                let cell = groups.cell(number).to_vec();
                assert!(last < cell, "{extents:?}");
                let runs = groups.runs(number, &[1000, 1]).unwrap_or_default();
                assert!(each(&runs).is_sorted_by_key(|(at, _)| at));
                assert_eq!(each(&runs).count() as u64, groups.count(number));
                for (at, inside) in each(&runs) {
                    let row = (cell[0] * extents[0]) as i64 + inside as i64 / 1000;
                    let column = (cell[1] * extents[1]) as i64 + inside as i64 % 1000;
                    seen.push((at as usize, row, column));
                }
                last = cell;
            }
            seen.sort_unstable();
            let all = rows.iter().zip(&columns).enumerate().map(|(n, (r, c))| (n, *r, *c));
            assert_eq!(seen, all.collect::<Vec<_>>(), "{extents:?}");
        }
    }

    /// Catches a chunk that counts as covered because of duplicate points.
    #[test]
    fn only_distinct_points_cover_a_chunk() {
        let covers = |rows: &[i64], columns: &[i64]| {
            let groups = Groups::new(&points(&[rows, columns]), &[2, 3], &even(&[2, 2]), ALONE);
            groups.is_ok_and(|groups| groups.cover(0, &[2, 2]))
        };
        assert!(covers(&[0, 1, 1, 0], &[0, 1, 0, 1]));
        assert!(covers(&[0, 1, 1, 0, 0], &[0, 1, 0, 1, 1]));
        assert!(!covers(&[0, 1, 1, 0], &[0, 1, 0, 0]));
    }

    /// Catches points of a shard whose subchunk is counted from the start of the array.
    #[test]
    fn points_are_grouped_by_the_subcells_of_a_cell() {
        // Three points in the last of three cells of 4 x 4, and one in the first.
        let (rows, columns) = ([0, 3, 0, 2], [8, 11, 1, 9]);
        let groups = Groups::new(&points(&[&rows, &columns]), &[4, 12], &even(&[4, 4]), ALONE);
        let within = groups.and_then(|groups| groups.within(1, &[2, 2]));
        let within = within.unwrap_or_else(|error| unreachable!("{error}"));
        let found: Vec<_> = (0..within.len())
            .map(|number| {
                let runs = within.runs(number, &[2, 1]).unwrap_or_default();
                let places: Vec<_> = each(&runs).map(|(at, inside)| (inside, at)).collect();
                (within.cell(number).to_vec(), places)
            })
            .collect();
        let expected = [(vec![0, 0], vec![(0, 0)]), (vec![1, 0], vec![(1, 3)])];
        assert_eq!(found, [&expected[..], &[(vec![1, 1], vec![(3, 1)])]].concat());
        assert_eq!(within.elements(), 3);
    }
}
