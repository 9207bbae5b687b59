//! Consecutive positions of a list.

/// Positions that are consecutive both in the chunk and in the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first position in the chunk.
    pub(crate) inside: isize,
    /// The first position in the result in the upper bits, the count in the others: a list may have
    /// one run for each position.
    packed: i64,
}

const COUNT_BITS: u32 = 16;

impl Run {
    /// The largest count.
    pub(crate) const LONGEST: u64 = (1 << COUNT_BITS) - 1;

    /// The count is from 1 to `LONGEST`, and `at` a position or an offset of something in memory.
    pub(crate) fn new(inside: isize, at: isize, count: u64) -> Self {
        debug_assert!((1..=Self::LONGEST).contains(&count), "a run that is empty or too long");
        debug_assert!((at << COUNT_BITS) >> COUNT_BITS == at, "a place outside of any memory");
        Self { inside, packed: ((at as i64) << COUNT_BITS) | count as i64 }
    }

    /// The first position in the result.
    pub(crate) fn at(self) -> isize {
        (self.packed >> COUNT_BITS) as isize
    }

    /// The number of positions.
    pub(crate) fn count(self) -> isize {
        (self.packed & Self::LONGEST as i64) as isize
    }

    /// The place after the last in the chunk.
    pub(crate) fn end(self) -> isize {
        self.inside + self.count()
    }

    /// Some of its positions.
    pub(super) fn part(self, first: isize, count: u64) -> Self {
        Self::new(self.inside + first, self.at() + first, count)
    }

    /// The first run, if the others go on where the one before ends, so that all `count` positions
    /// are consecutive. It looks at no more runs than that many positions need.
    pub(super) fn joined(runs: &[Self], count: u64) -> Option<Self> {
        let (first, rest) = runs.split_first()?;
        if runs.len() as u64 > count.div_ceil(Self::LONGEST) + 1 {
            return None;
        }
        let mut last = first;
        for run in rest {
            if run.inside != last.end() || run.at() != last.at() + last.count() {
                return None;
            }
            last = run;
        }
        Some(*first)
    }

    /// Whether the runs include all of the first `extent` positions.
    pub(super) fn cover(runs: &[Self], extent: usize) -> bool {
        let mut missing = extent;
        let mut seen = vec![false; extent];
        for run in runs {
            let (first, end) =
                ((run.inside as usize).min(extent), (run.end() as usize).min(extent));
            for seen in &mut seen[first..end] {
                missing -= usize::from(!std::mem::replace(seen, true));
            }
        }
        missing == 0
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {} ({})", self.inside, self.at(), self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::Run;

    /// Catches a count that runs into the position, and a negative offset that loses its sign.
    #[test]
    fn a_run_gives_back_what_it_was_made_of() {
        let far = (1_isize << 47) - 1;
        for at in [0, 1, -1, far, -far] {
            for count in [1, 2, Run::LONGEST] {
                let run = Run::new(isize::MAX - 70_000, at, count);
                assert_eq!((run.at(), run.count() as u64), (at, count));
                assert_eq!(run.end() - run.inside, count as isize);
            }
        }
        assert_eq!(Run::new(7, 40, 5).part(2, 3), Run::new(9, 42, 3));
        assert_eq!(size_of::<Run>(), 16);
    }

    /// Catches runs with a gap, or in another order, that pass for one, and many that are searched.
    #[test]
    fn only_runs_that_go_on_are_joined() {
        let run = |(inside, at, count)| Run::new(inside, at, count);
        let joined = |list: &[(isize, isize, u64)]| {
            let runs: Vec<Run> = list.iter().copied().map(run).collect();
            Run::joined(&runs, list.iter().map(|(_, _, count)| count).sum())
        };
        let most = Run::LONGEST;
        let (end, far) = (3 + most as isize, 40 + most as isize);
        assert_eq!(joined(&[(3, 40, most), (end, far, 2)]), Some(run((3, 40, most))));
        assert_eq!(joined(&[(3, 40, 7)]), Some(run((3, 40, 7))));
        for apart in [(end + 1, far, 2), (end, far + 1, 2), (0, far, 2)] {
            assert_eq!(joined(&[(3, 40, most), apart]), None);
        }
        assert_eq!(joined(&[(0, 0, 1), (1, 1, 1), (2, 2, 1)]), None);
        assert_eq!(Run::joined(&[], 0), None);
    }

    /// Catches positions that count twice, and those beyond the extent that count at all.
    #[test]
    fn only_distinct_positions_before_the_extent_cover_it() {
        let runs = |list: &[(isize, u64)]| -> Vec<Run> {
            list.iter().map(|(inside, count)| Run::new(*inside, 0, *count)).collect()
        };
        assert!(Run::cover(&runs(&[(2, 3), (0, 2)]), 5) && Run::cover(&runs(&[(0, 9)]), 5));
        assert!(!Run::cover(&runs(&[(0, 3), (0, 3), (5, 4)]), 5));
        assert!(!Run::cover(&runs(&[(7, 2), (1, 4)]), 5));
    }
}
