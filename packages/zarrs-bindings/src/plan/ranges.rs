//! Ranges of one axis, in any order, as runs in its chunks.

use std::ops::Range;

use super::chunk_axis::ChunkAxis;
use super::grouped::Places;
use super::run::Run;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;
use crate::memory::reserve::room;

/// Most positions of all ranges: more have no place in any memory.
const MOST: u64 = 1 << 46;

/// Ranges of an axis of an array, in chunks.
pub(super) struct Ranges<'a> {
    /// The first position of each range, and its place in the result. A last one has the end of
    /// the result.
    firsts: Vec<(u64, u64)>,
    length: u64,
    chunk_axis: &'a ChunkAxis,
}

impl<'a> Ranges<'a> {
    /// Checks ranges against the length of their axis. A copy: others may change them meanwhile.
    pub(super) fn new(
        (starts, stops): (&Positions, &Positions),
        number: usize,
        length: u64,
        chunk_axis: &'a ChunkAxis,
    ) -> Result<Self> {
        let count = starts.len();
        if stops.len() != count {
            return Err(Error::Bounds(format!(
                "axis {number} of the selection has {count} starts and {} stops",
                stops.len()
            )));
        }
        let mut firsts = room(count + 1, "a list of ranges")?;
        let mut at = 0_u64;
        for (start, stop) in starts.values().zip(stops.values()) {
            if start > stop || stop > length {
                return Err(Error::Bounds(format!(
                    "axis {number} of the selection has the range from {} to {}, outside of the \
                     array's length {length}",
                    start.cast_signed(),
                    stop.cast_signed(),
                )));
            }
            firsts.push((start, at));
            at = at.saturating_add(stop - start);
        }
        if at > MOST {
            return Err(Error::Unsupported(format!(
                "axis {number} of the selection has {at} positions in ranges; select them in \
                 several calls"
            )));
        }
        firsts.push((length, at));
        Ok(Self { firsts, length, chunk_axis })
    }
}

impl Places for Ranges<'_> {
    fn len(&self) -> usize {
        self.firsts.len() - 1
    }

    fn cells(&self) -> Option<u64> {
        Some(self.chunk_axis.count(self.length))
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        // Most ranges need no lookup of the cell.
        let (mut cell, mut low, mut end) = (0, 0, 0);
        for pair in self.firsts[range.start..=range.end].windows(2) {
            let (mut first, mut at) = pair[0];
            let next = pair[1].1;
            while at < next {
                if first.wrapping_sub(low) >= end - low {
                    cell = self.chunk_axis.cell_of(first);
                    (low, end) = self.chunk_axis.bounds(cell, self.length);
                }
                let count = (end - first).min(next - at).min(Run::LONGEST);
                visit(cell, Run::new((first - low) as isize, at as isize, count))?;
                (first, at) = (first + count, at + count);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MOST;
    use crate::errors::Result;
    use crate::plan::tests::positions;
    use crate::plan::{ChunkAxis, List, Run};
    use crate::threads::limits::ALONE;

    fn list(pairs: &[(i64, i64)], length: u64, chunk_axis: &ChunkAxis) -> Result<List> {
        let starts: Vec<i64> = pairs.iter().map(|(start, _)| *start).collect();
        let stops: Vec<i64> = pairs.iter().map(|(_, stop)| *stop).collect();
        let both = (&positions(&starts), &positions(&stops));
        List::of_ranges(both, 0, length, chunk_axis, ALONE)
    }

    /// Each position in the result and in its chunk, by the number of the part.
    fn places(list: &List) -> Vec<(u64, u64, u64)> {
        let mut found = Vec::new();
        for k in 0..list.cells() as usize {
            let part = list.part(k);
            if part.runs.is_empty() {
                found.extend((0..part.count).map(|i| (part.cell, part.at + i, part.from + i)));
            }
            for run in part.runs {
                let (at, inside) = (run.at() as u64, run.inside as u64);
                found.extend((0..run.count() as u64).map(|i| (part.cell, at + i, inside + i)));
            }
        }
        found
    }

    /// Catches positions that are lost at the borders of chunks, and reordered duplicates.
    #[test]
    fn every_position_of_a_range_is_in_its_chunk_in_the_order_given() {
        let uneven = [[1, 2, 9, 10], [4, 5, 6, 10]].map(|ends| ChunkAxis::Ends(ends.into()));
        let even = [1, 2, 3, 4, 10, 99].map(ChunkAxis::Even);
        for chunk_axis in even.into_iter().chain(uneven) {
            for pairs in [
                &[(0, 10)][..],
                &[(3, 7), (2, 9), (5, 5), (0, 1)],
                &[(9, 10), (0, 0), (0, 10), (0, 10)],
                &[(10, 10), (0, 0)],
                &[],
            ] {
                let list = list(pairs, 10, &chunk_axis);
                let list = list.unwrap_or_else(|error| unreachable!("{error}"));
                let mut seen = places(&list);
                assert!(seen.is_sorted_by_key(|(cell, at, _)| (*cell, *at)));
                seen.sort_unstable_by_key(|(_, at, _)| *at);
                let seen: Vec<_> = (seen.iter())
                    .map(|(cell, _, inside)| chunk_axis.start(*cell) + inside)
                    .collect();
                let all = pairs.iter().flat_map(|(start, stop)| *start as u64..*stop as u64);
                assert_eq!(seen, all.collect::<Vec<_>>(), "{pairs:?} in {chunk_axis:?}");
                assert_eq!(list.count(), seen.len() as u64);
            }
        }
    }

    /// Catches plans with an entry for each position: these ranges have a billion.
    #[test]
    fn long_ranges_have_few_runs() {
        let pairs: Vec<_> = (0..10).map(|n| (n * (1 << 30), n * (1 << 30) + 100_000_000)).collect();
        let list = list(&pairs, 1 << 40, &ChunkAxis::Even(1 << 29));
        let list = list.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!((list.count(), list.cells()), (1_000_000_000, 10));
        assert!((0..10).all(|k| list.part(k).runs.is_empty() && list.part(k).count == 100_000_000));
    }

    /// Catches ranges outside of the axis, of which there is no chunk, and places that overflow.
    #[test]
    fn ranges_that_do_not_fit_are_refused() {
        for wrong in [(-1, 3), (3, 2), (4, 11), (i64::MIN, i64::MAX)] {
            let list = list(&[(0, 1), wrong], 10, &ChunkAxis::Even(3));
            let text = format!("range from {} to {}", wrong.0, wrong.1);
            assert!(list.is_err_and(|error| error.to_string().contains(&text)), "{wrong:?}");
        }
        let all = (0, 1 << 62);
        assert!(MOST < 1 << 62 && list(&[all; 4], 1 << 62, &ChunkAxis::Even(1 << 61)).is_err());
        let both = (&positions(&[1, 2]), &positions(&[3]));
        assert!(List::of_ranges(both, 0, 10, &ChunkAxis::Even(3), ALONE).is_err());
        assert_eq!(Run::LONGEST, 65_535);
    }
}
