//! One call: an array, a selection of it, and the caller's memory.

mod cached;
mod cost;
mod flat;
mod touched;

use std::borrow::Cow;

use crate::array::cache::Entry;
use crate::codec::Chain;
use crate::codec::shard::Shard;
use crate::codec::transfer::Transfer;
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::{ChunkPart, Dims, Plan};
use crate::store::key::Key;

pub(crate) use flat::Flat;
pub(crate) use touched::Touched;

pub(crate) struct Call<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) plan: Plan,
    pub(crate) view: View,
    pub(crate) opts: Opts,
}

impl<'a> Call<'a> {
    pub(crate) fn key(&self, part: &ChunkPart<'_>) -> Key {
        self.entry.prefix.key(self.entry.info.keys, part.cell())
    }

    /// The codecs of a chunk.
    pub(crate) fn chain(&self, part: &ChunkPart<'_>) -> Result<Cow<'a, Chain>> {
        self.entry.info.chain(part.cell())
    }

    pub(crate) fn transfer<'b>(
        &'b self,
        chain: &'b Chain,
        part: &'b ChunkPart<'_>,
    ) -> Result<Transfer<'b>> {
        Transfer::new(chain, part, &self.view)
    }

    /// The shard codec, if subchunks can be read and written separately.
    pub(crate) fn shard(&self) -> Option<&'a Shard> {
        self.entry.info.shard()
    }

    /// The codec of one shard, given that of the largest.
    fn shard_of<'b>(&self, shard: &'b Shard, part: &ChunkPart<'_>) -> Result<Cow<'b, Shard>> {
        let grid = &self.entry.info.grid;
        if grid.is_even {
            return Ok(Cow::Borrowed(shard));
        }
        shard.reshaped(&grid.chunk_shape(part.cell())).map(Cow::Owned)
    }

    /// Fills the part of a missing chunk, or returns an error.
    pub(crate) fn missing(&self, part: &ChunkPart<'_>) -> Result<()> {
        crate::counters::CHUNKS_MISSING.add(1);
        if self.opts.missing_is_error {
            return Err(Error::ChunkNotFound {
                key: self.key(part).name(),
                index: part.cell().collect(),
            });
        }
        self.transfer(&*self.chain(part)?, part)?.fill(&self.entry.info.fill.bytes);
        Ok(())
    }

    /// Whether a write covers all of a chunk that is inside the array, or all of a shard. As in
    /// zarr-python, a shard keeps its data beyond the array's end, in case the array grows.
    pub(crate) fn covered(&self, part: &ChunkPart<'_>) -> bool {
        let info = &self.entry.info;
        let extents = info.grid.chunk_shape(part.cell());
        if self.shard().is_some() {
            return part.covers(&extents, &extents);
        }
        let axes = part.cell().zip(&info.grid.axes).zip(&info.shape).zip(&extents);
        let ends: Dims<u64> = axes
            .map(|(((cell, chunk_axis), length), extent)| {
                length.saturating_sub(chunk_axis.start(cell)).min(*extent)
            })
            .collect();
        part.covers(&extents, &ends)
    }
}
