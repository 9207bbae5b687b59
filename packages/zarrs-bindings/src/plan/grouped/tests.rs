use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FEW, Grouped, Places, Run};
use crate::errors::Result;
use crate::threads::limits::{ALONE, Limits};
use crate::tuning::POINTS_PER_JOB;

/// Runs in these cells, of which there are `cells`.
struct Listed {
    runs: Vec<(u64, Run)>,
    cells: Option<u64>,
    visits: AtomicUsize,
}

impl Places for Listed {
    fn len(&self) -> usize {
        self.runs.len()
    }

    fn cells(&self) -> Option<u64> {
        self.cells
    }

    fn each(
        &self,
        range: Range<usize>,
        visit: &mut impl FnMut(u64, Run) -> Result<()>,
    ) -> Result<()> {
        self.visits.fetch_add(range.len(), Ordering::Relaxed);
        self.runs[range].iter().try_for_each(|(cell, run)| visit(*cell, *run))
    }
}

/// A list of runs of `count`, in cells that follow each other by `step`.
fn listed(len: usize, step: u64, count: u64, cells: Option<u64>) -> Listed {
    let run = |n: usize| (n as u64 * step % 41, Run::new(n as isize, n as isize, count));
    Listed { runs: (0..len).map(run).collect(), cells, visits: AtomicUsize::new(0) }
}

/// Catches runs that are lost or reordered by any of the ways to group them, on one thread or
/// several.
#[test]
fn runs_are_grouped_in_their_order() {
    let many = Limits { threads: None, ..ALONE };
    for len in [0, 1, 5, 90, 1000, 2 * POINTS_PER_JOB + 3] {
        if cfg!(miri) && len > 1000 {
            continue;
        }
        for (count, limits) in [(1, ALONE), (3, ALONE), (1, many), (3, many)] {
            for cells in [Some(41), Some(1 << 40), None] {
                let places = listed(len, 17, count, cells);
                let grouped = Grouped::new(&places, limits);
                let grouped = grouped.unwrap_or_else(|error| unreachable!("{error}"));
                assert_eq!(grouped.len(), len.min(41));
                assert_eq!(grouped.elements(), len as u64 * count);
                let mut expected = places.runs.clone();
                expected.sort_by_key(|(cell, _)| *cell);
                let mut found = Vec::new();
                for k in 0..grouped.len() {
                    let (cell, positions, runs) = grouped.group(k);
                    assert_eq!(positions, runs.len() as u64 * count);
                    found.extend(runs.iter().map(|run| (cell, *run)));
                }
                assert_eq!(found, expected, "{len} {count} {cells:?}");
            }
        }
    }
}

/// Catches parts of a list that are grouped in different ways because only some are in order.
#[test]
fn a_list_may_be_in_order_in_parts() {
    /// Runs of 64 on one side of the middle, of one on the other.
    struct Parts {
        len: usize,
        first: bool,
    }
    impl Places for Parts {
        fn len(&self) -> usize {
            self.len
        }
        fn cells(&self) -> Option<u64> {
            Some(41)
        }
        fn each(
            &self,
            range: Range<usize>,
            visit: &mut impl FnMut(u64, Run) -> Result<()>,
        ) -> Result<()> {
            let mut at = range.start;
            while at < range.end {
                let long = (at < self.len / 2) == self.first;
                let end = if long { (at / 64 + 1) * 64 } else { at + 1 }.min(range.end);
                visit(
                    (at / 64 % 41) as u64,
                    Run::new(at as isize, at as isize, (end - at) as u64),
                )?;
                at = end;
            }
            Ok(())
        }
    }
    let len = if cfg!(miri) { 1000 } else { 4 * POINTS_PER_JOB };
    for first in [true, false] {
        let places = Parts { len, first };
        let grouped = Grouped::new(&places, Limits { threads: None, ..ALONE });
        let grouped = grouped.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(grouped.elements(), len as u64);
        let mut seen = vec![false; len];
        for k in 0..grouped.len() {
            let (cell, _, runs) = grouped.group(k);
            for run in runs {
                for at in run.at()..run.at() + run.count() {
                    assert_eq!((at / 64 % 41) as u64, cell);
                    assert!(!std::mem::replace(&mut seen[at as usize], true));
                }
            }
        }
        assert!(seen.iter().all(|seen| *seen));
    }
}

/// Catches a second look at positions that are in few runs.
#[test]
fn long_runs_are_found_in_one_pass() {
    struct Long(Listed);
    impl Places for Long {
        fn len(&self) -> usize {
            self.0.len() * FEW * 2
        }
        fn cells(&self) -> Option<u64> {
            self.0.cells
        }
        fn each(
            &self,
            range: Range<usize>,
            visit: &mut impl FnMut(u64, Run) -> Result<()>,
        ) -> Result<()> {
            self.0.each(range.start / FEW / 2..range.end / FEW / 2, visit)
        }
    }
    let long = Long(listed(100, 17, FEW as u64 * 2, Some(41)));
    assert!(Grouped::new(&long, ALONE).is_ok_and(|grouped| grouped.len() == 41));
    assert_eq!(long.0.visits.into_inner(), 100);
    let short = listed(100, 17, 1, Some(41));
    assert!(Grouped::new(&short, ALONE).is_ok());
    assert_eq!(short.visits.into_inner(), 200);
}

/// Catches places of a list that stay empty because others changed the positions in between.
#[test]
fn positions_that_change_between_the_passes_are_an_error() {
    struct Changing(Listed, AtomicUsize);
    impl Places for Changing {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn cells(&self) -> Option<u64> {
            self.0.cells
        }
        fn each(
            &self,
            range: Range<usize>,
            visit: &mut impl FnMut(u64, Run) -> Result<()>,
        ) -> Result<()> {
            let turn = self.1.fetch_add(1, Ordering::Relaxed) as u64;
            self.0.each(range, &mut |cell, run| visit((cell + turn) % 41, run))
        }
    }
    let changing = Changing(listed(100, 17, 1, Some(41)), AtomicUsize::new(0));
    let found = Grouped::new(&changing, ALONE);
    assert!(found.is_err_and(|error| error.to_string().contains("changed")));
}
