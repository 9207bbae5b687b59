//! The division of an axis into cells, of one extent or of individual extents.

use std::sync::Arc;

/// The cells of an axis.
#[derive(Clone, Debug)]
pub(crate) enum ChunkAxis {
    /// Any number of cells of one extent.
    Even(u64),
    /// End of each cell, ascending.
    Ends(Arc<[u64]>),
}

impl ChunkAxis {
    /// The cell that contains a position.
    pub(crate) fn cell_of(&self, position: u64) -> u64 {
        match self {
            Self::Even(extent) => position / extent,
            Self::Ends(ends) => ends.partition_point(|end| *end <= position) as u64,
        }
    }

    /// Start of a cell.
    pub(crate) fn start(&self, cell: u64) -> u64 {
        match (self, cell.checked_sub(1)) {
            (Self::Even(extent), _) => cell.saturating_mul(*extent),
            (Self::Ends(_), None) => 0,
            (Self::Ends(ends), Some(before)) => {
                ends.get(before as usize).copied().unwrap_or(u64::MAX)
            }
        }
    }

    /// Length of a cell, including any part beyond the end of the axis.
    pub(crate) fn extent(&self, cell: u64) -> u64 {
        match self {
            Self::Even(extent) => *extent,
            Self::Ends(_) => self.start(cell.saturating_add(1)) - self.start(cell),
        }
    }

    /// Length of the longest cell.
    pub(super) fn largest(&self) -> u64 {
        match self {
            Self::Even(extent) => *extent,
            Self::Ends(ends) => (0..ends.len() as u64).map(|n| self.extent(n)).max().unwrap_or(0),
        }
    }

    /// Start and end of a cell, cut off at the end of an axis of `length`.
    pub(super) fn bounds(&self, cell: u64, length: u64) -> (u64, u64) {
        let low = self.start(cell);
        (low, low.saturating_add(self.extent(cell)).min(length))
    }

    /// Number of cells that start on an axis of `length`.
    pub(crate) fn count(&self, length: u64) -> u64 {
        length.checked_sub(1).map_or(0, |last| self.cell_of(last) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkAxis;

    /// Catches border positions that are assigned to the previous or next cell.
    #[test]
    fn every_position_lies_between_the_borders_of_its_cell() {
        for (chunk_axis, extents) in [
            (ChunkAxis::Even(3), [3, 3, 3]),
            (ChunkAxis::Ends([3, 6, 9].into()), [3, 3, 3]),
            (ChunkAxis::Ends([1, 5, 9].into()), [1, 4, 4]),
        ] {
            let found: Vec<u64> = (0..3).map(|cell| chunk_axis.extent(cell)).collect();
            assert_eq!(found, extents, "{chunk_axis:?}");
            for position in 0..9 {
                let cell = chunk_axis.cell_of(position);
                let inside = chunk_axis.start(cell)..chunk_axis.start(cell + 1);
                assert!(inside.contains(&position), "{chunk_axis:?} {position}");
            }
        }
    }

    /// Catches cells that are counted beyond the end of an axis, and a cell of an empty axis.
    #[test]
    fn cells_are_counted_that_begin_on_the_axis() {
        let counts = |chunk_axis: ChunkAxis| [0, 1, 5, 6, 9].map(|length| chunk_axis.count(length));
        assert_eq!(counts(ChunkAxis::Even(3)), [0, 1, 2, 2, 3]);
        assert_eq!(counts(ChunkAxis::Ends([1, 5, 9].into())), [0, 1, 2, 3, 3]);
    }
}
