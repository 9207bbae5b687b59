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

#[cfg(test)]
mod tests {
    use super::{ArrayToBytes, Chain};
    use crate::codec::tests::{SHARD, TURNED, array};
    use crate::errors::Error;

    fn chain(shape: &[u64], order: &[usize], item: usize) -> Chain {
        Chain::new(shape, order.to_vec(), item, ArrayToBytes::Bytes { swap: 0 }, Vec::new())
    }

    /// Catches the strides of the stored axes instead of the array's. With fewer than three axes
    /// there is no difference.
    #[test]
    fn strides_are_those_of_the_axes_of_the_array() {
        let cases: [(&[u64], &[usize], &[isize]); 4] = [
            (&[], &[], &[]),
            (&[7, 5], &[0, 1], &[20, 4]),
            (&[7, 5], &[1, 0], &[4, 28]),
            // Stored as 5 x 2 x 3.
            (&[2, 3, 5], &[2, 0, 1], &[12, 4, 24]),
        ];
        for (shape, order, strides) in cases {
            let chain = chain(shape, order, 4);
            assert_eq!(chain.strides.as_slice(), strides, "{shape:?} {order:?}");
            assert_eq!(chain.size, 4 * shape.iter().product::<u64>());
            assert_eq!(chain.keeps_order(), order.is_sorted());
        }
        assert_eq!(chain(&[1 << 40, 1 << 40], &[0, 1], 4).size, u64::MAX);
    }

    /// Catches a chunk of another shape that keeps the size, the order or the subchunks of the
    /// first.
    #[test]
    fn a_chain_is_made_for_another_shape() {
        let turned = chain(&[2, 3, 5], &[2, 0, 1], 4).reshaped(&[1, 3, 2]);
        assert!(turned.is_ok_and(|turned| turned.size == 24 && *turned.strides == [12, 4, 12]));
        let shard = SHARD.replace("[7,5]", "[5,7]");
        let sharded = array(&[TURNED, &shard]);
        // The subchunks are 5 x 7 in the transposed axes.
        let per = |shape: &[u64]| match sharded.chain.reshaped(shape)?.array_to_bytes {
            ArrayToBytes::Shard(shard) => Ok(shard.per),
            other => unreachable!("{other:?}"),
        };
        assert!(per(&[7, 15]).is_ok_and(|per| per == [3, 1]));
        assert!(matches!(per(&[15, 7]), Err(Error::Metadata(_))));
    }
}
