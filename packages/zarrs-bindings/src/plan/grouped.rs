//! Positions grouped by cell. Each group keeps the order of the result, so that of duplicate
//! positions the last is written last.

#![expect(unsafe_code, reason = "threads fill different places of one list")]

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::run::Run;
use crate::errors::{Error, Result};
use crate::memory::reserve::room;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::POINTS_PER_JOB;

const WHAT: &str = "a list of positions";

/// Runs are sorted if their average length is at least this.
const FEW: usize = 8;

/// Positions to group: a numbered list of them, or of runs of them.
pub(super) trait Places: Sync {
    /// Length of the list.
    fn len(&self) -> usize;

    /// Number of cells; `None` if there are too many to number.
    fn cells(&self) -> Option<u64>;

    /// Calls `visit` with each run of consecutive positions in one cell, and the cell's number.
    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()>;
}

/// The runs of each touched cell.
#[derive(Clone, Debug)]
pub(super) struct Grouped {
    /// Cell by cell; within a cell in result order.
    runs: Vec<Run>,
    groups: Vec<Group>,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    cell: u64,
    /// End of its runs.
    end: usize,
    /// Number of its positions.
    count: u64,
}

/// What one thread finds in its part of the list.
struct Found {
    /// The runs and their cells, as long as there are few.
    few: Vec<(u64, Run)>,
    /// Number of runs: in total, and in each cell if there are few cells.
    total: usize,
    counts: Vec<usize>,
    positions: u64,
    /// End of this block's places for each cell.
    ends: Vec<usize>,
}

impl Grouped {
    /// Groups positions in two passes, each on all threads: one counts the runs of each cell, the
    /// other puts them in their places. If there are few runs, or many cells, they are sorted.
    pub(super) fn new(places: &impl Places, limits: Limits<'_>) -> Result<Self> {
        let len = places.len();
        let cells = places.cells().filter(|cells| *cells <= len as u64 / 2);
        let most = cells.map_or(usize::MAX, |cells| len / cells.max(1) as usize);
        let blocks = len.div_ceil(POINTS_PER_JOB).min(most);
        let size = len.div_ceil(blocks.max(1));
        let range = |block: usize| (block * size).min(len)..((block + 1) * size).min(len);
        // If there are several blocks, each is worth a thread.
        let found = jobs::collect(blocks, u64::MAX, limits, |block| {
            Found::new(places, range(block), cells.map(|cells| cells as usize))
        })?;
        if found.iter().all(|found| found.few.len() == found.total) {
            return Self::sorted(found);
        }
        Self::counted(places, found, range, limits)
    }

    /// Sorts runs by cell; a stable sort.
    fn sorted(found: Vec<Found>) -> Result<Self> {
        let total = found.iter().map(|found| found.total).sum();
        let mut all: Vec<(u64, Run)> = room(total, WHAT)?;
        for found in found {
            all.extend_from_slice(&found.few);
        }
        if !all.is_sorted_by_key(|(cell, _)| *cell) {
            all.sort_by_key(|(cell, _)| *cell);
        }
        let mut sorted = Self { runs: room(total, WHAT)?, groups: Vec::new() };
        for (cell, run) in all {
            sorted.runs.push(run);
            let (end, count) = (sorted.runs.len(), run.count() as u64);
            match sorted.groups.last_mut().filter(|group| group.cell == cell) {
                Some(group) => (group.end, group.count) = (end, group.count + count),
                None => sorted.groups.push(Group { cell, end, count }),
            }
        }
        Ok(sorted)
    }

    /// Puts runs in their places, by the number of runs of each cell in each block.
    fn counted(
        places: &impl Places,
        mut found: Vec<Found>,
        range: impl Fn(usize) -> Range<usize> + Sync,
        limits: Limits<'_>,
    ) -> Result<Self> {
        let cells = found.first().map_or(0, |found| found.counts.len());
        for block in &mut found {
            block.ends = room(cells, WHAT)?;
            block.ends.resize(cells, 0);
        }
        let (mut groups, mut end): (Vec<Group>, usize) = (Vec::new(), 0);
        for cell in 0..cells {
            let start = end;
            for block in &mut found {
                end += block.counts[cell];
                block.ends[cell] = end;
            }
            if end > start {
                groups.push(Group { cell: cell as u64, end, count: (end - start) as u64 });
            }
        }
        let positions: u64 = found.iter().map(|found| found.positions).sum();
        let mut runs: Vec<Run> = room(end, WHAT)?;
        let target = Target(runs.as_mut_ptr());
        let found: Vec<Mutex<Found>> = found.into_iter().map(Mutex::new).collect();
        jobs::run(found.len(), u64::MAX, limits, |block| {
            let mut found = found[block].lock().unwrap_or_else(PoisonError::into_inner);
            let Found { counts, ends, .. } = &mut *found;
            places.each(range(block), &mut |cell, run| {
                let cell = cell as usize;
                let left = counts.get_mut(cell).filter(|left| **left > 0).ok_or_else(changed)?;
                // SAFETY: the place is below `end`, and no other block or run has it.
                unsafe { target.at(ends[cell] - *left).write(run) };
                *left -= 1;
                Ok(())
            })?;
            if counts.iter().all(|left| *left == 0) { Ok(()) } else { Err(changed()) }
        })?;
        // SAFETY: all places were filled.
        unsafe { runs.set_len(end) };
        if end as u64 != positions {
            let mut first = 0;
            for group in &mut groups {
                group.count = runs[first..group.end].iter().map(|run| run.count() as u64).sum();
                first = group.end;
            }
        }
        Ok(Self { runs, groups })
    }

    /// Number of touched cells.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Number of positions.
    pub(super) fn elements(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// The `k`-th touched cell, the number of its positions, and their runs.
    pub(super) fn group(&self, k: usize) -> (u64, u64, &[Run]) {
        let first = k.checked_sub(1).map_or(0, |before| self.groups[before].end);
        let Group { cell, end, count } = self.groups[k];
        (cell, count, &self.runs[first..end])
    }
}

impl Found {
    fn new(places: &impl Places, range: Range<usize>, cells: Option<usize>) -> Result<Self> {
        let most = if cells.is_some() { range.len() / FEW } else { range.len() };
        let mut few = room(most, WHAT)?;
        let mut counts = room(cells.unwrap_or(0), WHAT)?;
        counts.resize(cells.unwrap_or(0), 0);
        let (mut total, mut positions) = (0, 0);
        places.each(range, &mut |cell, run| {
            total += 1;
            positions += run.count() as u64;
            if let Some(count) = counts.get_mut(cell as usize) {
                *count += 1;
            }
            // A run of runs may be divided into any number of them.
            if few.len() < most || cells.is_none() {
                few.push((cell, run));
            }
            Ok(())
        })?;
        if few.len() < total {
            few = Vec::new();
        }
        Ok(Self { few, total, counts, positions, ends: Vec::new() })
    }
}

/// Others may write to the caller's positions.
pub(super) fn changed() -> Error {
    Error::Bounds("the positions of the selection were changed while they were in use".into())
}

/// The start of a list that several threads fill.
struct Target(*mut Run);

// SAFETY: this is an address; its users agree on who writes where.
unsafe impl Sync for Target {}

impl Target {
    fn at(&self, place: usize) -> *mut Run {
        self.0.wrapping_add(place)
    }
}

#[cfg(test)]
mod tests;
