//! The order in which the subchunks of a shard are stored.

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use super::{Shard, wrong};
use crate::errors::Result;
use crate::memory::reserve::room;
use crate::metadata::config::option;
use crate::plan::Dims;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Keeps neighbors together; the first axis varies fastest.
    Morton,
    /// The last axis varies fastest.
    C,
    /// The first axis varies fastest.
    F,
}

impl Order {
    /// The requested order. Stored documents do not contain it; the default is zarr-python's.
    pub(super) fn new(metadata: &MetadataV3) -> Result<Self> {
        match option(metadata, "subchunk_write_order").map(Value::as_str) {
            None | Some(Some("morton")) => Ok(Self::Morton),
            Some(Some("lexicographic")) => Ok(Self::C),
            Some(Some("colexicographic")) => Ok(Self::F),
            Some(_) => Err(wrong("subchunk_write_order is not the name of an order")),
        }
    }
}

impl Shard {
    /// The sort keys and numbers of the subchunks, in stored order.
    pub(super) fn places(&self) -> Result<Vec<(u128, usize)>> {
        let mut places = room(self.count as usize, "the order of a shard")?;
        let numbers = 0..self.count as usize;
        match self.order {
            Order::C => places.extend(numbers.map(|place| (place as u128, place))),
            Order::Morton => {
                let widths = self.per.iter().map(|p| u64::BITS - (p - 1).leading_zeros());
                let widths: Dims<u32> = widths.collect();
                places.extend(numbers.map(|place| (morton(&self.at(place), &widths), place)));
            }
            Order::F => places.extend(numbers.map(|place| (self.reversed(place), place))),
        }
        // The keys are distinct, so an unstable sort is fine.
        places.sort_unstable();
        Ok(places)
    }

    /// Grid position of a subchunk.
    fn at(&self, place: usize) -> Dims<u64> {
        let mut rest = place as u64;
        let mut at: Dims<u64> = self.per.iter().map(|_| 0).collect();
        for (axis, per) in self.per.iter().enumerate().rev() {
            at[axis] = rest % per;
            rest /= per;
        }
        at
    }

    /// Its number if the first axis varied fastest.
    fn reversed(&self, place: usize) -> u128 {
        let axes = self.at(place).into_iter().zip(&self.per);
        axes.rev().fold(0, |number, (at, per)| number * u128::from(*per) + u128::from(at))
    }
}

/// Interleaves the bits of all coordinates, lowest first; each axis has its own width.
fn morton(at: &[u64], widths: &[u32]) -> u128 {
    let (mut code, mut shift) = (0, 0);
    for bit in 0..widths.iter().copied().max().unwrap_or(0) {
        for (coordinate, _) in at.iter().zip(widths).filter(|(_, width)| bit < **width) {
            code |= u128::from((coordinate >> bit) & 1) << shift;
            shift += 1;
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::morton;
    use crate::codec::shard::tests::ordered;

    /// Catches an order of subchunks other than the requested one.
    #[test]
    fn subchunks_are_stored_in_the_order_of_the_codec() {
        for (name, order) in [
            ("morton", [0, 3, 1, 4, 6, 9, 7, 10, 2, 5, 8, 11]),
            ("lexicographic", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            ("colexicographic", [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]),
        ] {
            let places = ordered("end", [4, 3], name).places().unwrap_or_default();
            assert!(places.iter().map(|(_, place)| *place).eq(order), "{name}: {places:?}");
        }
    }

    /// Catches gaps that are left for the bits of a short axis, or two subchunks with one number.
    #[test]
    fn a_morton_code_interleaves_the_bits_of_axes_of_any_width() {
        assert_eq!(morton(&[], &[]), 0);
        assert_eq!(morton(&[0b101, 0b0, 0b11], &[3, 0, 2]), 0b11011);
        assert_eq!(morton(&[u64::MAX, 0], &[64, 64]), u128::MAX / 3);
        assert_eq!(morton(&[0, u64::MAX], &[64, 64]), u128::MAX / 3 * 2);
    }
}
