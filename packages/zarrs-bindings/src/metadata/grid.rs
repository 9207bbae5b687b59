//! Chunk grids: the division of an array's axes into chunks.

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::errors::{Error, Result};
use crate::memory::reserve::room;
use crate::metadata::config::extents;
use crate::plan::{ChunkAxis, Dims};

/// Maximum number of chunks that a document may list, along all axes: we expand run lengths.
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
        let mut left = MAX_LISTED;
        for (axis, (listed, length)) in axes.iter().zip(shape).enumerate() {
            grid.push(axis, listed, *length, &mut left)?;
        }
        Ok(grid)
    }

    /// Adds an axis: one extent for all of its chunks, or a list of extents, at most as many as `left`.
    fn push(&mut self, axis: usize, listed: &Value, length: u64, left: &mut u64) -> Result<()> {
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
            let count = runs.iter().fold(0_u64, |n, (_, count)| n.saturating_add(*count));
            *left = left.checked_sub(count).ok_or_else(|| {
                Error::Metadata(format!(
                    "chunk_shapes of chunk_grid lists more than {MAX_LISTED} chunks along all axes"
                ))
            })?;
            let ends = ends(runs, count as usize)?;
            let ends = ends.ok_or_else(|| wrong("reaches beyond 2^63 - 1"))?;
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

/// End of each of `count` chunks; `None` if one is beyond 2^63 - 1.
fn ends(runs: &[(u64, u64)], count: usize) -> Result<Option<Vec<u64>>> {
    let (mut ends, mut end) = (room(count, "a chunk grid")?, 0_u64);
    for (extent, count) in runs {
        for _ in 0..*count {
            end = end.saturating_add(*extent);
            ends.push(end);
        }
    }
    Ok(i64::try_from(end).is_ok().then_some(ends))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::{Grid, MAX_LISTED};
    use crate::errors::{Error, Result};
    use serde_json::{Value, json};

    fn grid(name: &str, configuration: Value, shape: &[u64]) -> Result<Grid> {
        let mut metadata = json!({"name": name});
        metadata["configuration"] = configuration;
        let metadata = serde_json::from_value(metadata);
        Grid::new(&metadata.unwrap_or_else(|error| unreachable!("{error}")), shape)
    }

    fn listed(axes: Value, shape: &[u64]) -> Result<Grid> {
        let mut configuration = json!({"kind": "inline"});
        configuration["chunk_shapes"] = axes;
        grid("rectilinear", configuration, shape)
    }

    /// Catches a missing last chunk, a chunk of an empty axis, and a scalar without a chunk.
    #[test]
    fn a_regular_grid_counts_the_chunks_that_start_on_an_axis() {
        let cases: [(&[u64], &[u64], &[u64]); 4] = [
            (&[7, 5], &[3, 2], &[3, 3]),
            (&[6, 1], &[3, 2], &[2, 1]),
            (&[0, 5], &[3, 9], &[0, 1]),
            (&[], &[], &[]),
        ];
        for (shape, extents, counts) in cases {
            let grid = grid("regular", json!({"chunk_shape": extents}), shape);
            let grid = grid.unwrap_or_else(|error| unreachable!("{error}"));
            assert_eq!((grid.counts.as_slice(), grid.is_even), (counts, true), "{shape:?}");
            assert_eq!((grid.largest.as_slice(), &grid.divisors), (extents, &extents.to_vec()));
            assert_eq!(*grid.chunk_shape(counts.iter().copied()), *extents);
        }
    }

    /// Catches a subchunk that divides only the largest chunk, and lost chunks beyond the array.
    #[test]
    fn a_rectilinear_grid_has_the_largest_extent_and_the_common_divisor() {
        let grid = listed(json!([[4, [6, 2]], 5]), &[11, 11]);
        let grid = grid.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!((grid.counts, grid.is_even), (vec![3, 3], false));
        assert_eq!((grid.largest, grid.divisors), (vec![6, 5], vec![2, 5]));
        assert!(listed(json!([[4, 4]]), &[5]).is_ok_and(|grid| grid.is_even));
        assert!(listed(json!([[4, 4]]), &[0]).is_ok_and(|grid| grid.counts == [0]));
    }

    /// Catches a short document that uses up the memory, and a list that ends before the axis.
    #[test]
    fn a_list_of_chunks_is_as_long_as_its_axis_and_not_longer_than_the_limit() {
        let long = |count: u64| listed(json!([[1, [2, count]]]), &[9]);
        assert!(long(MAX_LISTED - 1).is_ok_and(|grid| grid.counts == [5]));
        assert!(matches!(long(MAX_LISTED), Err(Error::Metadata(_))));
        assert!(matches!(long(u64::MAX >> 1), Err(Error::Metadata(_))));
        assert!(matches!(listed(json!([[4, 4]]), &[9]), Err(Error::Metadata(_))));
        assert!(matches!(listed(json!([[4], [4]]), &[4]), Err(Error::Metadata(_))));
        assert!(matches!(grid("hexagonal", json!({}), &[9]), Err(Error::Unsupported(_))));
    }
}
