//! Encoded subchunks put together to a shard.

use std::borrow::Cow;

use super::Shard;
use super::index::ABSENT;
use crate::errors::Result;
use crate::options::reserve;

impl Shard {
    /// Joins encoded subchunks into a shard; `None` when there is none. The order is that of
    /// zarr-python, which keeps neighbours together.
    pub(crate) fn join(&self, parts: &[Option<Cow<'_, [u8]>>]) -> Result<Option<Vec<u8>>> {
        let body: usize = parts.iter().flatten().map(|part| part.len()).sum();
        if parts.iter().all(Option::is_none) {
            return Ok(None);
        }
        let head = if self.index_first { self.index_size() as usize } else { 0 };
        let mut out = Vec::new();
        reserve(&mut out, self.index_size() as usize + body, "an encoded shard")?;
        out.resize(head, 0);
        let mut entries = vec![(ABSENT, ABSENT); parts.len()];
        for place in self.morton() {
            if let Some(part) = &parts[place] {
                entries[place] = (out.len() as u64, part.len() as u64);
                out.extend_from_slice(part);
            }
        }
        let index = self.encode_index(&entries);
        if self.index_first {
            out[..head].copy_from_slice(&index);
        } else {
            out.extend_from_slice(&index);
        }
        Ok(Some(out))
    }

    /// Subchunk numbers in Morton order, the first axis varying fastest.
    fn morton(&self) -> Vec<usize> {
        let bits: Vec<u32> = self.per.iter().map(|p| u64::BITS - (p - 1).leading_zeros()).collect();
        let code = |place: &usize| {
            let mut rest = *place as u64;
            let mut at = vec![0_u64; self.per.len()];
            for (axis, per) in self.per.iter().enumerate().rev() {
                at[axis] = rest % per;
                rest /= per;
            }
            let (mut code, mut shift) = (0_u128, 0);
            for bit in 0..bits.iter().copied().max().unwrap_or(0) {
                for (axis, width) in bits.iter().enumerate() {
                    if bit < *width {
                        code |= u128::from((at[axis] >> bit) & 1) << shift;
                        shift += 1;
                    }
                }
            }
            code
        };
        let mut order: Vec<usize> = (0..self.count as usize).collect();
        order.sort_by_cached_key(code);
        order
    }
}
