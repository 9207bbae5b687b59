//! Which part of which chunk a selection touches, from arithmetic or from lists grouped by chunk.

mod axis;
mod axis_part;
mod chunk_axis;
mod dense;
mod grouped;
mod groups;
mod list;
mod points;
mod ranges;
mod run;
mod several;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use smallvec::SmallVec;

pub(crate) use axis::Axis;
pub(crate) use axis_part::AxisPart;
pub(crate) use chunk_axis::ChunkAxis;
pub(crate) use dense::{Dense, around};
pub(crate) use groups::Groups;
pub(crate) use list::List;
pub(crate) use points::Points;
pub(crate) use run::Run;
pub(crate) use several::Several;

use crate::errors::{Error, Result};

/// Per-axis values; arrays of up to six axes need no allocation.
pub(crate) type Dims<T> = SmallVec<[T; 6]>;

/// A selection over a grid of cells.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "created once for each call, where an allocation would be measurable"
)]
pub(crate) enum Plan {
    Grid(Grid),
    Points(Box<Groups>),
    Several(Box<Several>),
}

/// The outer product of the axes.
#[derive(Debug)]
pub(crate) struct Grid {
    axes: Dims<Axis>,
    cells: Dims<u64>,
    len: usize,
}

/// The part of one cell that a selection takes.
#[derive(Debug)]
pub(crate) struct ChunkPart<'a> {
    /// The part of each axis; for points, and for several selections, only the cell.
    pub(crate) axes: Dims<AxisPart<'a>>,
    /// For points: the groups, and the number of this cell's group.
    group: Option<(&'a Groups, usize)>,
    /// For several selections: the part of each that touches the cell, and the selection's number.
    pub(crate) several: Vec<(ChunkPart<'a>, usize)>,
}

impl Plan {
    /// The outer product of the axes.
    pub(crate) fn new(axes: Dims<Axis>) -> Result<Self> {
        let cells: Dims<u64> = axes.iter().map(Axis::cells).collect();
        let product = if cells.contains(&0) {
            Some(0)
        } else {
            cells.iter().try_fold(1_u64, |n, c| n.checked_mul(*c))
        };
        let len = product.and_then(|len| usize::try_from(len).ok());
        let len =
            len.ok_or_else(|| Error::Bounds("the selection touches too many chunks".into()))?;
        Ok(Self::Grid(Grid { axes, cells, len }))
    }

    /// The plan over subcells of `extents` inside one cell of another plan.
    pub(crate) fn within(part: &ChunkPart<'_>, extents: &[u64]) -> Result<Self> {
        if !part.several.is_empty() {
            return Ok(Self::Several(Box::new(Several::within(part, extents)?)));
        }
        if let Some((groups, number)) = part.group {
            return Ok(Self::Points(Box::new(groups.within(number, extents)?)));
        }
        let axes = part.axes.iter().zip(extents);
        let axes = axes.map(|(part, extent)| Axis::within(part, *extent));
        Self::new(axes.collect::<Result<_>>()?)
            .map_err(|_| Error::Unsupported("a shard has too many subchunks".into()))
    }

    /// Number of touched cells.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Grid(grid) => grid.len,
            Self::Points(groups) => groups.len(),
            Self::Several(several) => several.len(),
        }
    }

    /// Number of selected elements.
    pub(crate) fn elements(&self) -> u64 {
        match self {
            Self::Grid(grid) => grid.axes.iter().fold(1, |n, axis| n.saturating_mul(axis.count())),
            Self::Points(groups) => groups.elements(),
            Self::Several(several) => several.elements(),
        }
    }

    /// The `job`-th touched cell, in C order of the grid.
    pub(crate) fn part(&self, job: usize) -> ChunkPart<'_> {
        match self {
            Self::Grid(grid) => {
                ChunkPart { axes: grid.parts(job), group: None, several: Vec::new() }
            }
            Self::Points(groups) => {
                let axes = groups.cell(job).into_iter().map(AxisPart::only).collect();
                ChunkPart { axes, group: Some((groups, job)), several: Vec::new() }
            }
            Self::Several(several) => several.part(job),
        }
    }
}

impl Grid {
    fn parts(&self, job: usize) -> Dims<AxisPart<'_>> {
        let mut rest = job as u64;
        let mut parts: Dims<AxisPart<'_>> = SmallVec::with_capacity(self.axes.len());
        for (axis, cells) in self.axes.iter().zip(&self.cells).rev() {
            parts.push(axis.part(rest % cells));
            rest /= cells;
        }
        parts.reverse();
        parts
    }
}

impl ChunkPart<'_> {
    /// Index of the cell in the grid.
    pub(crate) fn cell(&self) -> impl Iterator<Item = u64> + Clone + '_ {
        self.axes.iter().map(|part| part.cell)
    }

    /// Whether the part takes everything before `ends` in a cell of `extents`. `ends` count from
    /// the start of the cell.
    pub(crate) fn covers(&self, extents: &[u64], ends: &[u64]) -> bool {
        if !self.several.is_empty() {
            return self.several.iter().any(|(part, _)| part.covers(extents, ends));
        }
        if let Some((groups, number)) = self.group {
            return groups.cover(number, ends);
        }
        let mut axes = self.axes.iter().zip(extents).zip(ends);
        axes.all(|((part, extent), end)| part.covers(*extent) || part.covers(*end.min(extent)))
    }

    /// For points: their runs, by elements of a chunk with these strides in bytes, and their number.
    pub(crate) fn points(
        &self,
        strides: &[isize],
        item: usize,
    ) -> Option<(Result<Cow<'_, [Run]>>, u64)> {
        let (groups, number) = self.group?;
        let strides: Dims<u64> = strides.iter().map(|s| *s as u64 / item.max(1) as u64).collect();
        Some((groups.runs(number, &strides), groups.count(number)))
    }
}

/// C-contiguous strides, in bytes, of an array of shape `extents`.
pub(crate) fn strides(extents: &[u64], item: usize) -> Dims<isize> {
    let mut stride = item as isize;
    let mut all: Dims<isize> = extents
        .iter()
        .rev()
        .map(|extent| {
            let this = stride;
            stride = stride.saturating_mul(*extent as isize);
            this
        })
        .collect();
    all.reverse();
    all
}
