//! The part of one axis that a selection takes from one cell.

use super::run::Run;

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
    pub(crate) runs: &'a [Run],
}

impl AxisPart<'_> {
    /// A part of which only the cell matters.
    pub(super) fn only(cell: u64) -> Self {
        Self { cell, from: 0, step: 1, count: 1, at: 0, runs: &[] }
    }

    /// Whether the part takes the first `extent` positions of its cell, in order.
    pub(crate) fn is_all(&self, extent: u64) -> bool {
        self.runs.is_empty()
            && self.from == 0
            && self.count == extent
            && (self.step == 1 || self.count == 1)
    }

    /// Whether the part takes all of the first `extent` positions of its cell, in any order.
    pub(super) fn covers(&self, extent: u64) -> bool {
        self.is_all(extent)
            || (!self.runs.is_empty()
                && self.count >= extent
                && Run::cover(self.runs, extent as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::AxisPart;

    /// Catches a partly covered cell that counts as covered.
    #[test]
    fn a_stepped_part_covers_only_single_positions() {
        let s = AxisPart { cell: 0, from: 0, step: 2, count: 1, at: 0, runs: &[] };
        assert!(s.covers(1) && !s.covers(2));
    }
}
