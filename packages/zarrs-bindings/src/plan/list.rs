//! Lists of positions, in any order and with duplicates, grouped by cell.

use super::axis_part::{AxisPart, Pick};
use super::chunk_axis::ChunkAxis;

/// The positions of one axis.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// Cell by cell, relative to the start of the cell; within a cell in result order.
    picks: Vec<Pick>,
    /// Each touched cell, and the end of its picks.
    cells: Vec<(u64, usize)>,
}

impl List {
    /// Takes nonnegative positions, in result order.
    pub(crate) fn new(mut picks: Vec<Pick>, chunk_axis: &ChunkAxis) -> Self {
        let cell = |pick: &Pick| chunk_axis.cell_of(pick.inside as u64);
        if !picks.is_sorted_by_key(cell) {
            picks.sort_by_cached_key(cell);
        }
        let mut cells: Vec<(u64, usize)> = Vec::new();
        // Bounds of the current cell: most neighbors need no lookup.
        let (mut low, mut end) = (0, 0);
        for (place, pick) in picks.iter_mut().enumerate() {
            if pick.inside >= end {
                let number = cell(pick);
                low = chunk_axis.start(number) as isize;
                end = chunk_axis.start(number + 1) as isize;
                cells.push((number, place));
            }
            pick.inside -= low;
            if let Some((_, end)) = cells.last_mut() {
                *end = place + 1;
            }
        }
        Self { picks, cells }
    }

    pub(super) fn count(&self) -> u64 {
        self.picks.len() as u64
    }

    pub(super) fn cells(&self) -> u64 {
        self.cells.len() as u64
    }

    /// The picks of the `k`-th touched cell.
    pub(super) fn part(&self, k: usize) -> AxisPart<'_> {
        let first = k.checked_sub(1).map_or(0, |before| self.cells[before].1);
        let (cell, end) = self.cells[k];
        let picks = &self.picks[first..end];
        AxisPart { cell, from: 0, step: 1, count: picks.len() as u64, at: 0, picks }
    }
}

#[cfg(test)]
mod tests {
    use super::{List, Pick};
    use crate::plan::ChunkAxis;

    fn list(positions: &[isize], chunk_axis: &ChunkAxis) -> List {
        let picks = positions.iter().enumerate();
        List::new(picks.map(|(at, p)| Pick { inside: *p, at: at as isize }).collect(), chunk_axis)
    }

    /// Catches lost positions, wrong cells, and reordered duplicates.
    #[test]
    fn every_position_is_in_its_cell_in_the_order_of_the_list() {
        for positions in [
            [0, 1, 2, 3, 4, 5, 6].as_slice(),
            &[6, 0, 6, 3, 2, 2, 0, 5],
            &[4],
            &[],
            &[5, 5, 5, 0, 0],
        ] {
            let uneven = [[1, 2, 9, 10], [4, 5, 6, 7]].map(|ends| ChunkAxis::Ends(ends.into()));
            for chunk_axis in (1..5).map(ChunkAxis::Even).chain(uneven) {
                let list = list(positions, &chunk_axis);
                let mut seen = Vec::new();
                let mut before = None;
                for k in 0..list.cells() {
                    let s = list.part(k as usize);
                    assert!(before < Some(s.cell) && s.count == s.picks.len() as u64);
                    assert!(s.picks.is_sorted_by_key(|pick| pick.at));
                    before = Some(s.cell);
                    let place =
                        |p: &Pick| (p.at as usize, chunk_axis.start(s.cell) as isize + p.inside);
                    seen.extend(s.picks.iter().map(place));
                }
                seen.sort_unstable();
                let expected: Vec<_> = positions.iter().copied().enumerate().collect();
                assert_eq!(seen, expected, "{positions:?} in {chunk_axis:?}");
            }
        }
    }

    /// Catches a cell that counts as covered because of duplicates.
    #[test]
    fn duplicates_do_not_cover() {
        let nine = ChunkAxis::Even(9);
        let covers = |positions: &[isize], extent| list(positions, &nine).part(0).covers(extent);
        assert!(covers(&[2, 0, 1, 1], 3) && covers(&[1, 0], 2));
        assert!(!covers(&[2, 0, 2, 0], 3) && !covers(&[0, 1], 3));
    }
}
