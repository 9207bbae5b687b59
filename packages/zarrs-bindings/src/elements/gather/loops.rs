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
