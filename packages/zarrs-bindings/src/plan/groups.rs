//! Points grouped by cell. Each group keeps the order of the result, so that of duplicate points
//! the last is written last.

use std::sync::{Arc, OnceLock};

use super::axis_part::Pick;
use super::chunk_axis::ChunkAxis;
use super::points::{Cells, Points, Run};
use crate::errors::{Error, Result};
use crate::plan::Dims;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::POINTS_PER_JOB;

/// The points of each touched cell.
#[derive(Debug)]
pub(crate) struct Groups {
    points: Arc<Points>,
    cells: Cells,
    /// Cell by cell; within a cell in result order.
    runs: Vec<Run>,
    /// End of each group's runs.
    ends: Vec<usize>,
}

impl Groups {
    /// Groups the points of an array by its chunks.
    pub(crate) fn new(
        points: Points,
        shape: &[u64],
        chunk_axes: &[ChunkAxis],
        limits: Limits<'_>,
    ) -> Result<Self> {
        let cells = Cells::of_array(&points, shape, chunk_axes)?;
        let blocks = points.len.div_ceil(POINTS_PER_JOB);
        let slots: Vec<OnceLock<Vec<Run>>> = (0..blocks).map(|_| OnceLock::new()).collect();
        // If there are several blocks, each is worth a thread.
        jobs::run(blocks, u64::MAX, limits, |block| {
            let first = block * POINTS_PER_JOB;
            let mut runs = Vec::new();
            cells.runs(&points, first, POINTS_PER_JOB.min(points.len - first), &mut runs)?;
            slots[block].set(runs).map_err(|_| Error::Internal("a job ran twice".into()))
        })?;
        let mut slots = slots.into_iter().filter_map(OnceLock::into_inner);
        let mut runs = slots.next().unwrap_or_default();
        slots.for_each(|more| runs.extend_from_slice(&more));
        Ok(Self::grouped(Arc::new(points), cells, runs))
    }

    /// Groups the points of one cell by the subcells of `extents`.
    pub(super) fn within(&self, number: usize, extents: &[u64]) -> Result<Self> {
        let group = self.group(number);
        let cells = self.cells.within(group[0].cell, extents);
        if cells.len().is_none() {
            return Err(Error::Unsupported("a shard has too many subchunks".into()));
        }
        let mut runs = Vec::with_capacity(group.len());
        for run in group {
            cells.runs(&self.points, run.first, run.count, &mut runs)?;
        }
        Ok(Self::grouped(Arc::clone(&self.points), cells, runs))
    }

    fn grouped(points: Arc<Points>, cells: Cells, runs: Vec<Run>) -> Self {
        let runs = sorted(runs, cells.len());
        let mut ends: Vec<usize> = Vec::new();
        for (place, run) in runs.iter().enumerate() {
            if place > 0 && runs[place - 1].cell != run.cell {
                ends.push(place);
            }
        }
        if !runs.is_empty() {
            ends.push(runs.len());
        }
        Self { points, cells, runs, ends }
    }

    fn group(&self, number: usize) -> &[Run] {
        let first = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.runs[first..self.ends[number]]
    }

    fn count(&self, number: usize) -> usize {
        self.group(number).iter().map(|run| run.count).sum()
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Number of points.
    pub(super) fn elements(&self) -> u64 {
        self.runs.iter().map(|run| run.count as u64).sum()
    }

    /// Index of the cell of a group.
    pub(super) fn cell(&self, number: usize) -> Dims<u64> {
        self.cells.index(self.group(number)[0].cell)
    }

    /// Byte offsets of the points of a group: in the chunk, by the strides of its axes, and in the
    /// result.
    pub(super) fn picks(
        &self,
        number: usize,
        strides: &[isize],
        at: impl Fn(usize) -> isize,
    ) -> Result<Vec<Pick>> {
        let group = self.group(number);
        let (low, end) = self.cells.bounds(group[0].cell);
        let count = self.count(number);
        let mut picks: Vec<Pick> = Vec::new();
        picks
            .try_reserve_exact(count)
            .map_err(|_| Error::too_large("a list of points", count as u64 * 16, u64::MAX))?;
        for run in group {
            for n in run.first..run.first + run.count {
                let inside = self.points.inside(n, &low, &end, strides)?;
                picks.push(Pick { inside, at: at(n) });
            }
        }
        Ok(picks)
    }

    /// Whether the points of a group include all elements of its cell before `ends`.
    pub(super) fn cover(&self, number: usize, ends: &[u64]) -> bool {
        let volume = ends.iter().try_fold(1_u64, |n, end| n.checked_mul(*end));
        let Some(volume) = volume.filter(|volume| *volume <= self.count(number) as u64) else {
            return false;
        };
        let strides = super::strides(ends, 1);
        let picks = self.picks(number, &strides, |_| 0);
        picks.is_ok_and(|picks| Pick::cover(&picks, volume as usize))
    }
}

/// Sorts runs by cell; a stable sort.
fn sorted(mut runs: Vec<Run>, cells: Option<u64>) -> Vec<Run> {
    if runs.is_sorted_by_key(|run| run.cell) {
        return runs;
    }
    let dense = cells.filter(|cells| cells / 2 <= runs.len() as u64);
    let Some(cells) = dense else {
        runs.sort_by_key(|run| run.cell);
        return runs;
    };
    let mut places = vec![0_usize; cells as usize + 1];
    for run in &runs {
        places[run.cell as usize + 1] += 1;
    }
    for cell in 1..places.len() {
        places[cell] += places[cell - 1];
    }
    let mut sorted = runs.clone();
    for run in &runs {
        let place = &mut places[run.cell as usize];
        sorted[*place] = *run;
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::{Groups, Run, sorted};
    use crate::plan::tests::{LIMITS, even, points};

    /// Catches points that are lost, or in the wrong cell or order, in sparse and dense grids.
    #[test]
    fn every_point_is_in_its_cell_in_the_order_given() {
        let rows: Vec<i64> = (0..500).map(|i| i * 7919 % 101).collect();
        let columns: Vec<i64> = (0..500).map(|i| i * 104_729 % 97).collect();
        for extents in [[1, 1], [3, 2], [10, 97], [101, 97], [200, 5]] {
            let points = points(&[&rows, &columns]);
            let groups = Groups::new(points, &[101, 97], &even(&extents), LIMITS);
            let groups = groups.unwrap_or_else(|error| unreachable!("{error}"));
            let mut seen = Vec::new();
            let mut last = Vec::new();
            for number in 0..groups.len() {
                let cell = groups.cell(number).to_vec();
                assert!(last < cell, "{extents:?}");
                let picks = groups.picks(number, &[1000, 1], |n| n as isize).unwrap_or_default();
                assert!(picks.is_sorted_by_key(|pick| pick.at));
                for pick in picks {
                    let row = (cell[0] * extents[0]) as i64 + pick.inside as i64 / 1000;
                    let column = (cell[1] * extents[1]) as i64 + pick.inside as i64 % 1000;
                    seen.push((pick.at as usize, row, column));
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
            let groups = Groups::new(points(&[rows, columns]), &[2, 3], &even(&[2, 2]), LIMITS);
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
        let groups = Groups::new(points(&[&rows, &columns]), &[4, 12], &even(&[4, 4]), LIMITS);
        let within = groups.and_then(|groups| groups.within(1, &[2, 2]));
        let within = within.unwrap_or_else(|error| unreachable!("{error}"));
        let found: Vec<_> = (0..within.len())
            .map(|number| {
                let picks = within.picks(number, &[2, 1], |n| n as isize).unwrap_or_default();
                let picks: Vec<_> = picks.iter().map(|pick| (pick.inside, pick.at)).collect();
                (within.cell(number).to_vec(), picks)
            })
            .collect();
        let expected = [(vec![0, 0], vec![(0, 0)]), (vec![1, 0], vec![(1, 3)])];
        assert_eq!(found, [&expected[..], &[(vec![1, 1], vec![(3, 1)])]].concat());
        assert_eq!(within.elements(), 3);
    }

    /// Catches a sort, by either of its two methods, that reorders the points of one cell.
    #[test]
    fn runs_of_a_cell_keep_their_order() {
        let cells = [2, 0, 1, 2, 0, 2];
        for limit in [Some(3), Some(1 << 40), None] {
            let runs = cells.iter().enumerate();
            let runs = runs.map(|(first, cell)| Run { cell: *cell, first, count: 1 }).collect();
            let found: Vec<_> =
                sorted(runs, limit).iter().map(|run| (run.cell, run.first)).collect();
            assert_eq!(found, [(0, 1), (0, 4), (1, 2), (2, 0), (2, 3), (2, 5)], "{limit:?}");
        }
    }
}
