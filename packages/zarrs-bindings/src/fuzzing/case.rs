//! Small arrays with any chunk grid, as an input describes them.

use serde_json::{Value, json};

use super::decoding::parsed;
use super::input::Input;
use crate::array::info::ArrayInfo;

/// The size of an element.
pub(super) const ITEM: usize = 4;

/// An array, and an array of its subchunks.
pub(super) struct Case {
    pub(super) info: ArrayInfo,
    pub(super) subchunk: ArrayInfo,
    /// The extents of the chunks on each axis. The last one may repeat.
    pub(super) extents: Vec<Vec<u64>>,
}

impl Case {
    pub(super) fn new(input: &mut Input<'_>) -> Self {
        let rank = input.below(4);
        let (even, codecs) = (input.flag(), input.below(4));
        let mut shape = Vec::new();
        let (mut extents, mut subchunk) = (Vec::new(), Vec::new());
        for _ in 0..rank {
            let (length, unit) = (input.below(8), 1 + input.below(3));
            let number = if even { 1 } else { 1 + input.below(3) };
            let mut listed: Vec<u64> = (0..number).map(|_| unit * (1 + input.below(3))).collect();
            // The last chunk must reach the end of the array.
            let missing = length.saturating_sub(listed.iter().sum());
            if let (false, Some(last)) = (even, listed.last_mut()) {
                *last += missing.next_multiple_of(unit);
            }
            shape.push(length);
            extents.push(listed);
            subchunk.push(unit);
        }
        let regular =
            |shape: &[u64]| json!({"name": "regular", "configuration": {"chunk_shape": shape}});
        let grid = if even {
            regular(&extents.iter().map(|listed| listed[0]).collect::<Vec<_>>())
        } else {
            let configuration = json!({"kind": "inline", "chunk_shapes": extents});
            json!({"name": "rectilinear", "configuration": configuration})
        };
        let codecs = codecs_of(codecs, rank);
        let info = numbers(&shape, &grid, &codecs);
        Self { info, subchunk: numbers(&shape, &regular(&subchunk), &codecs), extents }
    }

    /// Start and shape of a chunk.
    pub(super) fn chunk(&self, cell: impl Iterator<Item = u64>) -> (Vec<u64>, Vec<u64>) {
        let axis = |(cell, listed): (u64, &Vec<u64>)| {
            let extent = |number: u64| listed[(number as usize).min(listed.len() - 1)];
            ((0..cell).map(extent).sum::<u64>(), extent(cell))
        };
        cell.zip(&self.extents).map(axis).unzip()
    }
}

fn codecs_of(number: u64, rank: u64) -> Value {
    let bytes = |order: &str| json!({"name": "bytes", "configuration": {"endian": order}});
    let order: Vec<u64> = (0..rank).map(|axis| (axis + 1) % rank).collect();
    let turned = json!({"name": "transpose", "configuration": {"order": order}});
    match number {
        0 => json!([bytes("little")]),
        1 => json!([bytes("big")]),
        2 => json!([turned, bytes("little")]),
        _ => json!([turned, bytes("little"), {"name": "crc32c"}]),
    }
}

fn numbers(shape: &[u64], grid: &Value, codecs: &Value) -> ArrayInfo {
    parsed(&json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint32",
        "chunk_grid": grid, "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
        "codecs": codecs,
    }))
}

/// The element at a position, different from that at any other position.
pub(super) fn element(position: &[u64]) -> u32 {
    position.iter().fold(1, |n, p| n * 64 + *p as u32)
}

#[cfg(test)]
mod tests {
    use super::{Case, Input, element};

    /// Catches equal elements at two positions, and chunks that do not match the grid.
    #[test]
    fn chunks_follow_each_other_and_elements_differ() {
        // One axis of length 7, in chunks of 2, 4 and 6 elements.
        let case = Case::new(&mut Input(&[1, 0, 0, 7, 1, 2, 0, 1, 2]));
        let chunks = [0, 1, 2].map(|cell| case.chunk([cell].into_iter()));
        assert_eq!(chunks, [([0], [2]), ([2], [4]), ([6], [6])].map(|(a, b)| (a.into(), b.into())));
        assert_ne!(element(&[0, 1]), element(&[1, 0]));
    }
}
