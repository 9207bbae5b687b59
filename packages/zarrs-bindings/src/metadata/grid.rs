//! Chunk grids: the division of an array's axes into chunks.

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::errors::{Error, Result};
use crate::metadata::config::extents;
use crate::plan::{ChunkAxis, Dims};

/// Maximum number of chunks that a document may list along one axis: we expand run lengths.
const MAX_LISTED: u64 = 1 << 24;

/// The chunk grid of an array.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// The division of each axis.
    pub(crate) axes: Vec<ChunkAxis>,
    /// Number of chunks per axis, not counting those beyond the end of the array.
    pub(crate) counts: Vec<u64>,
    /// The largest extent on each axis; in a regular grid, the shape of all chunks.
    pub(crate) largest: Vec<u64>,
    /// Whether all chunks have the largest shape.
    pub(crate) is_even: bool,
    /// Per axis, the greatest common divisor of all chunk extents.
    pub(crate) divisors: Vec<u64>,
}

impl Grid {
    pub(super) fn new(metadata: &MetadataV3, shape: &[u64]) -> Result<Self> {
        match metadata.name() {
            "regular" => Ok(Self::regular(shape, extents(metadata, "chunk_grid", shape.len())?)),
            "rectilinear" => Self::rectilinear(metadata, shape),
            other => Err(Error::Unsupported(format!("chunk grid `{other}` is not supported"))),
        }
    }

    fn regular(shape: &[u64], extents: Vec<u64>) -> Self {
        let axes: Vec<ChunkAxis> = extents.iter().map(|extent| ChunkAxis::Even(*extent)).collect();
        let counts =
            shape.iter().zip(&axes).map(|(length, chunk_axis)| chunk_axis.count(*length)).collect();
        Self { axes, counts, is_even: true, divisors: extents.clone(), largest: extents }
    }

    fn rectilinear(metadata: &MetadataV3, shape: &[u64]) -> Result<Self> {
        let member = |name: &str| metadata.configuration().and_then(|c| c.get(name));
        if member("kind").and_then(Value::as_str) != Some("inline") {
            return Err(Error::Metadata("kind of chunk_grid is not \"inline\"".into()));
        }
        let axes = member("chunk_shapes").and_then(Value::as_array);
        let axes = axes.filter(|axes| axes.len() == shape.len()).ok_or_else(|| {
            Error::Metadata(format!(
                "chunk_shapes of chunk_grid does not list the chunks of {} axes",
                shape.len()
            ))
        })?;
        let none = Vec::new;
        let mut grid = Self {
            axes: Vec::new(),
            counts: none(),
            largest: none(),
            is_even: true,
            divisors: none(),
        };
        for (axis, (listed, length)) in axes.iter().zip(shape).enumerate() {
            grid.push(axis, listed, *length)?;
        }
        Ok(grid)
    }

    /// Adds an axis: one extent for all of its chunks, or a list of extents.
    fn push(&mut self, axis: usize, listed: &Value, length: u64) -> Result<()> {
        let wrong = |what: &str| {
            Error::Metadata(format!("chunk_shapes of chunk_grid {what} on axis {axis}"))
        };
        let runs = match listed.as_array() {
            Some(items) => items.iter().map(run).collect::<Option<Vec<_>>>(),
            None => positive(listed).map(|extent| vec![(extent, 1)]),
        };
        let extents = || runs.iter().flatten().map(|(extent, _)| *extent);
        let (Some(runs), Some(largest)) = (&runs, extents().max()) else {
            return Err(wrong("is neither a positive integer nor a list of them"));
        };
        let divisor = extents().fold(0, gcd);
        let mut chunk_axis = ChunkAxis::Even(largest);
        if listed.is_array() {
            let ends = ends(runs).map_err(|what| wrong(&what))?;
            if ends.last().is_none_or(|end| *end < length) {
                return Err(wrong(&format!("does not cover the {length} elements")));
            }
            if divisor != largest {
                chunk_axis = ChunkAxis::Ends(ends.into());
                self.is_even = false;
            }
        }
        self.counts.push(chunk_axis.count(length));
        self.axes.push(chunk_axis);
        self.largest.push(largest);
        self.divisors.push(divisor);
        Ok(())
    }

    /// The shape of a chunk, including any part beyond the end of the array.
    pub(crate) fn chunk_shape(&self, cell: impl Iterator<Item = u64>) -> Dims<u64> {
        self.axes.iter().zip(cell).map(|(chunk_axis, cell)| chunk_axis.extent(cell)).collect()
    }
}

/// An extent and its number of repetitions.
fn run(item: &Value) -> Option<(u64, u64)> {
    match item.as_array().map(Vec::as_slice) {
        Some([extent, count]) => Some((positive(extent)?, positive(count)?)),
        Some(_) => None,
        None => Some((positive(item)?, 1)),
    }
}

fn positive(item: &Value) -> Option<u64> {
    item.as_u64().filter(|n| *n > 0 && i64::try_from(*n).is_ok())
}

/// End of each chunk.
fn ends(runs: &[(u64, u64)]) -> std::result::Result<Vec<u64>, String> {
    let listed = runs.iter().fold(0_u64, |n, (_, count)| n.saturating_add(*count));
    if listed > MAX_LISTED {
        return Err(format!("lists more than {MAX_LISTED} chunks"));
    }
    let (mut ends, mut end) = (Vec::with_capacity(listed as usize), 0_u64);
    for (extent, count) in runs {
        for _ in 0..*count {
            end = end.saturating_add(*extent);
            ends.push(end);
        }
    }
    if i64::try_from(end).is_err() {
        return Err("reaches beyond 2^63 - 1".into());
    }
    Ok(ends)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
