//! One axis of a copy.

use crate::plan::Run;

/// One loop of a copy: items at a fixed stride on both sides, or items of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop<'a> {
    pub(crate) count: usize,
    /// Stride on the source side, of items or of the unit of the runs.
    pub(crate) from: isize,
    pub(crate) to: isize,
    /// The items of a list; empty if all are copied.
    pub(crate) runs: &'a [Run],
    /// Whether the chunk is the destination, so that the runs' `inside` applies there.
    back: bool,
}

impl<'a> Loop<'a> {
    pub(crate) fn strided(count: usize, from: isize, to: isize) -> Self {
        Self { count, from, to, runs: &[], back: false }
    }

    /// The items of a list, of which there are `count`.
    pub(crate) fn listed(runs: &'a [Run], count: usize, from: isize, to: isize) -> Self {
        Self { count, from, to, runs, back: false }
    }

    /// Whether its items are those of a list.
    pub(crate) fn is_list(&self) -> bool {
        !self.runs.is_empty()
    }

    /// The loop in the other direction.
    pub(crate) fn back(self) -> Self {
        Self { from: self.to, to: self.from, back: !self.back, ..self }
    }

    /// Uses the destination stride on both sides, so that adjacent destination items form a run.
    pub(crate) fn written(self) -> Self {
        Self { from: self.to, ..self }
    }

    /// Source and destination offset of the first item of a run.
    pub(super) fn start(&self, run: Run) -> (isize, isize) {
        let (from, to) = if self.back { (run.at(), run.inside) } else { (run.inside, run.at()) };
        (from * self.from, to * self.to)
    }

    /// Calls `visit` with the source and destination offset of each item.
    pub(super) fn each(&self, mut visit: impl FnMut(isize, isize)) {
        if self.runs.is_empty() {
            (0..self.count as isize).for_each(|i| visit(i * self.from, i * self.to));
        }
        for run in self.runs {
            let (from, to) = self.start(*run);
            (0..run.count()).for_each(|i| visit(from + i * self.from, to + i * self.to));
        }
    }

    /// Calls `visit` with the offsets and the number of items that are next to each other on both
    /// sides, if an item has this size.
    pub(super) fn units(&self, unit: usize, mut visit: impl FnMut(isize, isize, usize)) {
        if self.from != unit as isize || self.to != unit as isize {
            return self.each(|from, to| visit(from, to, 1));
        }
        if self.runs.is_empty() {
            visit(0, 0, self.count);
        }
        for run in self.runs {
            let (from, to) = self.start(*run);
            visit(from, to, run.count() as usize);
        }
    }

    /// Lowest and highest offset on the chunk's side, which must be the source.
    pub(crate) fn ends(&self) -> (isize, isize) {
        let low = self.runs.iter().map(|run| run.inside).min();
        match (low, self.runs.iter().map(|run| run.end() - 1).max()) {
            (Some(low), Some(high)) => (low * self.from, high * self.from),
            _ => (0, self.count.saturating_sub(1) as isize * self.from),
        }
    }

    /// The loop relative to its first item, and that item's offsets; without runs if the items are
    /// evenly spaced.
    pub(super) fn simple(self) -> (Self, (isize, isize)) {
        let Some((first, rest)) = self.runs.split_first() else {
            return (self, (0, 0));
        };
        let step = match rest.first() {
            Some(second) if first.count() == 1 => {
                (second.inside - first.inside, second.at() - first.at())
            }
            _ => (1, 1),
        };
        let mut last = first;
        for run in rest {
            let far = (run.inside - last.inside, run.at() - last.at());
            let even = far == (step.0 * last.count(), step.1 * last.count());
            if !even || (run.count() > 1 && step != (1, 1)) {
                return (self, (0, 0));
            }
            last = run;
        }
        let (from, to) = if self.back { (step.1, step.0) } else { step };
        (Self::strided(self.count, from * self.from, to * self.to), self.start(*first))
    }
}

/// Calls `visit` with the source and destination offset of each position of nested loops.
pub(crate) fn each(
    loops: &[Loop<'_>],
    (from, to): (isize, isize),
    visit: &mut dyn FnMut(isize, isize),
) {
    match loops.split_first() {
        None => visit(from, to),
        Some((outer, rest)) => outer.each(|a, b| each(rest, (from + a, to + b), visit)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Loop, Run};

    fn runs() -> [Run; 2] {
        [Run::new(4, 0, 1), Run::new(1, 2, 2)]
    }

    fn places(one: Loop<'_>) -> Vec<(isize, isize)> {
        let mut found = Vec::new();
        one.each(|from, to| found.push((from, to)));
        found
    }

    /// Catches runs that stay on their side when the copy is reversed.
    #[test]
    fn the_way_back_has_the_places_with_their_sides_exchanged() {
        for one in [Loop::strided(3, 4, -8), Loop::listed(&runs(), 3, 10, 100)] {
            let turned: Vec<_> = places(one).into_iter().map(|(from, to)| (to, from)).collect();
            assert_eq!(places(one.back()), turned);
            assert_eq!(places(one.back().back()), places(one));
        }
        assert_eq!(places(Loop::listed(&runs(), 3, 10, 100)), [(40, 0), (10, 200), (20, 300)]);
        assert_eq!(places(Loop::strided(3, 4, -8).written()), [(0, 0), (-8, -8), (-16, -16)]);
    }

    /// Catches a lowest offset that is taken from the first run.
    #[test]
    fn the_ends_are_the_lowest_and_highest_offsets() {
        assert_eq!(Loop::listed(&runs(), 3, 10, 100).ends(), (10, 40));
        assert_eq!(Loop::strided(3, 4, 8).ends(), (0, 8));
        assert_eq!(Loop::strided(0, 4, 8).ends(), (0, 0));
    }

    /// Catches uneven runs that pass for strided ones because of the first two.
    #[test]
    fn only_even_runs_become_strides() {
        let run = |(inside, at, count)| Run::new(inside, at, count);
        let even = [(3, 1, 1), (5, 2, 1), (7, 3, 1)].map(run);
        let (forth, first) = Loop::listed(&even, 3, 10, 100).simple();
        assert_eq!((places(forth), first), (vec![(0, 0), (20, 100), (40, 200)], (30, 100)));
        let (back, first) = Loop::listed(&even, 3, 10, 100).back().simple();
        assert_eq!((places(back), first), (vec![(0, 0), (100, 20), (200, 40)], (100, 30)));
        let joined = [(3, 1, 2), (5, 3, 4), (9, 7, 1)].map(run);
        for runs in [&joined[..], &joined[..1], &joined[1..]] {
            let (all, _) = Loop::listed(runs, 4, 1, 1).simple();
            assert!(!all.is_list() && (all.from, all.to) == (1, 1));
        }
        for uneven in [
            [(3, 1, 1), (5, 2, 1), (8, 3, 1)],
            [(3, 1, 1), (5, 2, 1), (7, 4, 1)],
            [(3, 1, 2), (5, 2, 2), (7, 3, 1)],
            [(3, 1, 1), (5, 2, 1), (7, 3, 2)],
            [(3, 1, 2), (5, 3, 2), (8, 5, 1)],
        ] {
            assert!(Loop::listed(&uneven.map(run), 3, 10, 100).simple().0.is_list(), "{uneven:?}");
        }
    }

    /// Catches items that are copied one by one although they are next to each other, and gaps
    /// that are copied.
    #[test]
    fn items_next_to_each_other_are_one_unit() {
        let units = |one: Loop<'_>| {
            let mut found = Vec::new();
            one.units(4, |from, to, count| found.push((from, to, count)));
            found
        };
        let runs = runs();
        assert_eq!(units(Loop::listed(&runs, 3, 4, 4)), [(16, 0, 1), (4, 8, 2)]);
        assert_eq!(units(Loop::strided(3, 4, 4)), [(0, 0, 3)]);
        assert_eq!(units(Loop::listed(&runs, 3, 8, 4)), [(32, 0, 1), (8, 8, 1), (16, 12, 1)]);
    }
}
