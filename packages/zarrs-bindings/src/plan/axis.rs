//! One axis of a selection, divided among the cells of a grid.

use super::axis_part::AxisPart;
use super::chunk_axis::ChunkAxis;
use super::list::List;
use crate::errors::Result;

/// The selected positions of one axis.
#[derive(Clone, Debug)]
pub(crate) enum Axis {
    Span(Span),
    Cells(Box<Cells>),
    List(Box<List>),
}

/// The positions `start`, `start + step`, …, divided into cells of `extent`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) step: u64,
    pub(crate) count: u64,
    pub(crate) extent: u64,
}

/// Evenly spaced positions, divided into cells of several extents.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    parts: Vec<AxisPart<'static>>,
    count: u64,
}

impl Axis {
    /// All positions of an axis of length `count`.
    pub(crate) fn all(count: u64, extent: u64) -> Self {
        Self::Span(Span { start: 0, step: 1, count, extent })
    }

    /// The positions `start`, `start + step`, …; the last one must be inside the axis.
    pub(crate) fn span(start: u64, step: u64, count: u64, chunk_axis: &ChunkAxis) -> Self {
        match chunk_axis {
            ChunkAxis::Even(extent) => Self::Span(Span { start, step, count, extent: *extent }),
            ChunkAxis::Ends(_) => Self::Cells(Box::new(Cells::new(start, step, count, chunk_axis))),
        }
    }

    /// All positions of one cell, even beyond the end of the axis.
    pub(crate) fn cell(cell: u64, chunk_axis: &ChunkAxis) -> Self {
        let (start, count) = (chunk_axis.start(cell), chunk_axis.extent(cell));
        match chunk_axis {
            ChunkAxis::Even(extent) => Self::Span(Span { start, step: 1, count, extent: *extent }),
            ChunkAxis::Ends(_) => {
                let part = AxisPart { cell, from: 0, step: 1, count, at: 0, runs: &[] };
                Self::Cells(Box::new(Cells { parts: vec![part], count }))
            }
        }
    }

    /// The positions of a part, divided into subcells of `extent`.
    pub(super) fn within(part: &AxisPart<'_>, extent: u64) -> Result<Self> {
        if part.runs.is_empty() {
            let (start, step, count) = (part.from, part.step, part.count);
            return Ok(Self::Span(Span { start, step, count, extent }));
        }
        List::within(part.runs, extent).map(|list| Self::List(Box::new(list)))
    }

    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::Span(span) => span.count,
            Self::Cells(cells) => cells.count,
            Self::List(list) => list.count(),
        }
    }

    /// Number of cells with at least one selected position.
    pub(super) fn cells(&self) -> u64 {
        match self {
            Self::Span(span) => span.cells(),
            Self::Cells(cells) => cells.parts.len() as u64,
            Self::List(list) => list.cells(),
        }
    }

    /// The `k`-th touched cell.
    pub(super) fn part(&self, k: u64) -> AxisPart<'_> {
        match self {
            Self::Span(span) => span.part(k),
            Self::Cells(cells) => cells.parts[k as usize],
            Self::List(list) => list.part(k as usize),
        }
    }
}

impl Span {
    fn cells(&self) -> u64 {
        if self.count == 0 {
            0
        } else if self.step <= self.extent {
            self.last() / self.extent - self.start / self.extent + 1
        } else {
            self.count
        }
    }

    fn part(&self, k: u64) -> AxisPart<'static> {
        let cell = if self.step <= self.extent {
            self.start / self.extent + k
        } else {
            (self.start + k * self.step) / self.extent
        };
        let low = cell * self.extent;
        let first = low.saturating_sub(self.start).div_ceil(self.step);
        let end = (low + self.extent).saturating_sub(self.start).div_ceil(self.step);
        AxisPart {
            cell,
            from: self.start + first * self.step - low,
            step: self.step,
            count: end.min(self.count) - first,
            at: first,
            runs: &[],
        }
    }

    fn last(&self) -> u64 {
        self.start + (self.count - 1) * self.step
    }
}

impl Cells {
    fn new(start: u64, step: u64, count: u64, chunk_axis: &ChunkAxis) -> Self {
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < count {
            let first = start + at * step;
            let cell = chunk_axis.cell_of(first);
            let end = (chunk_axis.start(cell + 1) - start).div_ceil(step).min(count);
            let (from, count) = (first - chunk_axis.start(cell), end - at);
            parts.push(AxisPart { cell, from, step, count, at, runs: &[] });
            at = end;
        }
        Self { parts, count }
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Span};
    use crate::plan::ChunkAxis;

    /// Catches off-by-one cells and lost elements: every element occurs once, in its cell.
    #[test]
    fn every_selected_position_is_in_exactly_one_part() {
        for extent in 1..5 {
            for (start, step, count) in
                (0..7).flat_map(|a| (1..8).flat_map(move |b| (0..6).map(move |c| (a, b, c))))
            {
                let span = Span { start, step, count, extent };
                let mut seen = Vec::new();
                for k in 0..span.cells() {
                    let s = span.part(k);
                    assert!(s.count > 0, "{span:?} {s:?}");
                    for i in 0..s.count {
                        assert!(s.from + i * s.step < extent, "{span:?} {s:?}");
                        seen.push((s.at + i, s.cell * extent + s.from + i * s.step));
                    }
                }
                let expected: Vec<_> = (0..count).map(|i| (i, start + i * step)).collect();
                assert_eq!(seen, expected, "{span:?}");
            }
        }
    }

    /// Catches off-by-one cells and lost elements if each cell has its own extent.
    #[test]
    fn parts_of_cells_of_several_extents_hold_every_position_once() {
        for ends in [[9, 10, 11, 40], [1, 3, 6, 40], [1, 2, 3, 40], [20, 39, 40, 41]] {
            let chunk_axis = ChunkAxis::Ends(ends.into());
            for (start, step, count) in
                (0..7).flat_map(|a| (1..8).flat_map(move |b| (0..5).map(move |c| (a, b, c))))
            {
                let axis = Axis::span(start, step, count, &chunk_axis);
                assert_eq!(axis.count(), count);
                let mut seen = Vec::new();
                for k in 0..axis.cells() {
                    let s = axis.part(k);
                    assert!(s.count > 0, "{axis:?}");
                    for i in 0..s.count {
                        let inside = s.from + i * s.step;
                        assert!(inside < chunk_axis.extent(s.cell), "{axis:?}");
                        seen.push((s.at + i, chunk_axis.start(s.cell) + inside));
                    }
                }
                let expected: Vec<_> = (0..count).map(|i| (i, start + i * step)).collect();
                assert_eq!(seen, expected, "{axis:?}");
            }
        }
    }
}
