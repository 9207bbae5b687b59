//! The part of one axis that a selection takes from one cell.

/// One position, in the chunk and in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) inside: isize,
    pub(crate) at: isize,
}

/// The part of an axis that is in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AxisPart<'a> {
    /// Index of the cell in the grid.
    pub(crate) cell: u64,
    /// First selected position, relative to the start of the cell.
    pub(crate) from: u64,
    pub(crate) step: u64,
    pub(crate) count: u64,
    /// Position of the first selected element in the result.
    pub(crate) at: u64,
    /// The positions of a list, in result order; `from` and `at` are then 0.
    pub(crate) picks: &'a [Pick],
}

impl Pick {
    /// Whether the picks include all of the first `extent` positions.
    pub(super) fn cover(picks: &[Self], extent: usize) -> bool {
        if picks.len() < extent {
            return false;
        }
        let mut missing = extent;
        let mut seen = vec![false; extent];
        for pick in picks {
            if let Some(seen) = seen.get_mut(pick.inside as usize)
                && !std::mem::replace(seen, true)
            {
                missing -= 1;
            }
        }
        missing == 0
    }
}

impl AxisPart<'_> {
    /// Whether the part takes the first `extent` positions of its cell, in order.
    pub(crate) fn is_all(&self, extent: u64) -> bool {
        self.picks.is_empty()
            && self.from == 0
            && self.count == extent
            && (self.step == 1 || self.count == 1)
    }

    /// Whether the part takes all of the first `extent` positions of its cell, in any order.
    pub(super) fn covers(&self, extent: u64) -> bool {
        self.is_all(extent) || (!self.picks.is_empty() && Pick::cover(self.picks, extent as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::AxisPart;

    /// Catches a partly covered cell that counts as covered.
    #[test]
    fn a_stepped_part_covers_only_single_positions() {
        let s = AxisPart { cell: 0, from: 0, step: 2, count: 1, at: 0, picks: &[] };
        assert!(s.covers(1) && !s.covers(2));
    }
}
