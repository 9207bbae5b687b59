//! The layout of chunks in decoded data, and chains for chunks of another shape.

use std::num::NonZeroU64;

use super::bytes_to_bytes::BytesToBytes;
use super::foreign::Foreign;
use super::{ArrayToBytes, Chain};
use crate::errors::Result;
use crate::plan::strides;

impl Chain {
    /// A chain whose codecs see the axes of a chunk in `order`.
    pub(crate) fn new(
        shape: &[u64],
        order: Vec<usize>,
        item: usize,
        array_to_bytes: ArrayToBytes,
        bytes_to_bytes: Vec<BytesToBytes>,
    ) -> Self {
        let by_stored = strides(&stored(shape, &order), item);
        let mut by_axis = by_stored.clone();
        for (place, axis) in order.iter().enumerate() {
            by_axis[*axis] = by_stored[place];
        }
        let size = shape.iter().fold(item as u64, |n, extent| n.saturating_mul(*extent));
        Self {
            shape: shape.to_vec(),
            strides: by_axis,
            order,
            item,
            size,
            array_to_bytes,
            bytes_to_bytes,
        }
    }

    /// The same codecs for chunks of another shape.
    pub(crate) fn reshaped(&self, shape: &[u64]) -> Result<Self> {
        let array_to_bytes = match &self.array_to_bytes {
            ArrayToBytes::Shard(shard) => {
                ArrayToBytes::Shard(Box::new(shard.reshaped(&stored(shape, &self.order))?))
            }
            ArrayToBytes::Foreign(foreign) => {
                let shape = stored(shape, &self.order);
                let shape = shape.into_iter().filter_map(NonZeroU64::new).collect();
                ArrayToBytes::Foreign(Foreign { shape, ..foreign.clone() })
            }
            ArrayToBytes::Bytes { .. } | ArrayToBytes::Python(_) | ArrayToBytes::Vlen(_) => {
                self.array_to_bytes.clone()
            }
        };
        Ok(Self::new(
            shape,
            self.order.clone(),
            self.item,
            array_to_bytes,
            self.bytes_to_bytes.clone(),
        ))
    }

    /// Whether no codec changes the order of the axes.
    pub(crate) fn keeps_order(&self) -> bool {
        self.order.is_sorted()
    }
}

fn stored(shape: &[u64], order: &[usize]) -> Vec<u64> {
    order.iter().map(|axis| shape[*axis]).collect()
}
