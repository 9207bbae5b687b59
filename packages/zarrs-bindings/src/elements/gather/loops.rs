//! One axis of a copy.

use crate::plan::Pick;

/// One loop of a copy: items at a fixed stride on both sides, or picked items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop<'a> {
    pub(crate) count: usize,
    /// Stride on the source side, of items or of the unit of the picks.
    pub(crate) from: isize,
    pub(crate) to: isize,
    /// The picked items; empty if all are copied.
    pub(crate) picks: &'a [Pick],
    /// Whether the chunk is the destination, so that the picks' `inside` applies there.
    pub(super) back: bool,
}

impl<'a> Loop<'a> {
    pub(crate) fn strided(count: usize, from: isize, to: isize) -> Self {
        Self { count, from, to, picks: &[], back: false }
    }

    pub(crate) fn picked(picks: &'a [Pick], from: isize, to: isize) -> Self {
        Self { count: picks.len(), from, to, picks, back: false }
    }

    /// Whether its items are picked.
    pub(crate) fn is_list(&self) -> bool {
        !self.picks.is_empty()
    }

    /// The loop in the other direction.
    pub(crate) fn back(self) -> Self {
        Self { from: self.to, to: self.from, back: !self.back, ..self }
    }

    /// Uses the destination stride on both sides, so that adjacent destination items form a run.
    pub(crate) fn written(self) -> Self {
        Self { from: self.to, ..self }
    }

    /// Source and destination offset of an item.
    pub(crate) fn place(&self, i: usize) -> (isize, isize) {
        let Some(pick) = self.picks.get(i) else {
            return (i as isize * self.from, i as isize * self.to);
        };
        let (from, to) = if self.back { (pick.at, pick.inside) } else { (pick.inside, pick.at) };
        (from * self.from, to * self.to)
    }

    /// Advances to the next item, or from the last to the first, and returns the offset changes.
    pub(super) fn advance(&self, at: &mut usize) -> (isize, isize) {
        let old = *at;
        *at = if old + 1 < self.count { old + 1 } else { 0 };
        if self.picks.is_empty() {
            let by = *at as isize - old as isize;
            return (by * self.from, by * self.to);
        }
        let ((a, b), (c, d)) = (self.place(old), self.place(*at));
        (c - a, d - b)
    }

    /// Lowest and highest source offset.
    pub(crate) fn ends(&self) -> (isize, isize) {
        let all = self.picks.iter().map(|pick| pick.inside * self.from);
        match (all.clone().min(), all.max()) {
            (Some(low), Some(high)) => (low, high),
            _ => (0, self.count.saturating_sub(1) as isize * self.from),
        }
    }

    /// The loop relative to its first item; drops the picks if they are evenly spaced.
    pub(super) fn simple(self) -> Self {
        let [first, second, rest @ ..] = self.picks else {
            return Self { picks: &[], ..self };
        };
        let step = |a: &Pick, b: &Pick| (b.inside - a.inside, b.at - a.at);
        let even = step(first, second);
        let mut last = second;
        for pick in rest {
            if step(last, pick) != even {
                return self;
            }
            last = pick;
        }
        let (from, to) = if self.back { (even.1, even.0) } else { even };
        Self::strided(self.count, from * self.from, to * self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::{Loop, Pick};

    const PICKS: [Pick; 3] =
        [Pick { inside: 4, at: 0 }, Pick { inside: 1, at: 2 }, Pick { inside: 5, at: 3 }];

    fn places(one: Loop<'_>) -> Vec<(isize, isize)> {
        (0..one.count).map(|i| one.place(i)).collect()
    }

    /// Catches picks that stay on their side when the copy is reversed.
    #[test]
    fn the_way_back_has_the_places_with_their_sides_exchanged() {
        for one in [Loop::strided(3, 4, -8), Loop::picked(&PICKS, 10, 100)] {
            let turned: Vec<_> = places(one).into_iter().map(|(from, to)| (to, from)).collect();
            assert_eq!(places(one.back()), turned);
            assert_eq!(places(one.back().back()), places(one));
        }
        assert_eq!(places(Loop::picked(&PICKS, 10, 100)), [(40, 0), (10, 200), (50, 300)]);
        assert_eq!(places(Loop::strided(3, 4, -8).written()), [(0, 0), (-8, -8), (-16, -16)]);
    }

    /// Catches steps that lead to another place than the computed one, as after the last item.
    #[test]
    fn steps_go_round_all_places() {
        for one in [Loop::strided(3, 4, -8), Loop::picked(&PICKS, 10, 100).back()] {
            let (mut at, mut place) = (0, one.place(0));
            for next in [1, 2, 0, 1] {
                let (from, to) = one.advance(&mut at);
                place = (place.0 + from, place.1 + to);
                assert_eq!((at, place), (next, one.place(next)));
            }
        }
    }

    /// Catches a lowest offset that is taken from the first pick.
    #[test]
    fn the_ends_are_the_lowest_and_highest_offsets() {
        assert_eq!(Loop::picked(&PICKS, 10, 100).ends(), (10, 50));
        assert_eq!(Loop::strided(3, 4, 8).ends(), (0, 8));
        assert_eq!(Loop::strided(0, 4, 8).ends(), (0, 0));
    }

    /// Catches uneven picks that pass for strided ones because of the first two.
    #[test]
    fn only_even_picks_become_strides() {
        let pick = |(inside, at)| Pick { inside, at };
        let even = [(3, 1), (5, 2), (7, 3)].map(pick);
        let (forth, back) = (Loop::picked(&even, 10, 100), Loop::picked(&even, 10, 100).back());
        assert_eq!(places(forth.simple()), [(0, 0), (20, 100), (40, 200)]);
        assert_eq!(places(back.simple()), [(0, 0), (100, 20), (200, 40)]);
        assert!(!forth.simple().is_list());
        for uneven in [[(3, 1), (5, 2), (8, 3)].map(pick), [(3, 1), (5, 2), (7, 4)].map(pick)] {
            assert!(Loop::picked(&uneven, 10, 100).simple().is_list());
        }
    }
}
