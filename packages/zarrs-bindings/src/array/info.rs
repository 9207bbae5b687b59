//! The properties of an array that reads and writes need.

use std::borrow::Cow;
use std::sync::Arc;

use crate::chunk_cache::Decoding;
use crate::codec::shard::Shard;
use crate::codec::{ArrayToBytes, Chain, build};
use crate::elements::fill::Fill;
use crate::elements::vlen::Arena;
use crate::errors::{Error, Result};
use crate::metadata::document::Document;
use crate::metadata::grid::Grid;
use crate::plan::ChunkAxis;
use crate::store::key::KeyEncoding;

/// An array as its document describes it.
#[derive(Clone, Debug)]
pub(crate) struct ArrayInfo {
    pub(crate) shape: Vec<u64>,
    pub(crate) grid: Grid,
    pub(crate) keys: KeyEncoding,
    pub(crate) fill: Fill,
    /// The codecs of chunks of the largest shape.
    pub(crate) chain: Chain,
    /// Holds the variable-length elements; empty here, because each call has its own.
    vlen: Option<Arc<Arena>>,
    /// What the decoded bytes of a chunk of the largest shape depend on.
    decoding: Arc<Decoding>,
}

impl ArrayInfo {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let Document { shape, grid, keys, element, fill, codecs } = Document::parse(text)?;
        let chain = build::chain(&codecs, &grid.largest, &element, &fill)?;
        // Subchunks that divide these extents divide the chunks of every shape.
        chain.reshaped(&grid.divisors)?;
        // All that `build::chain` has got.
        let json = |error| Error::Internal(format!("the codecs are no JSON: {error}"));
        let text = format!(
            "{} {} {:?} {}",
            element.name,
            element.item,
            fill.bytes,
            serde_json::to_string(&codecs).map_err(json)?
        );
        let decoding = Decoding::new(text.into(), &grid.largest);
        Ok(Self { shape, grid, keys, fill, chain, vlen: element.vlen, decoding })
    }

    /// The array for one call, and the call's elements, if their length is variable.
    pub(crate) fn for_call(&self) -> Option<(Self, Arc<Arena>)> {
        let arena = self.vlen.as_ref()?.for_call();
        let (fill, chain) = (self.fill.for_call(&arena), self.chain.for_call(&arena));
        Some((Self { fill, chain, ..self.clone() }, arena))
    }

    /// Whether elements have variable length.
    pub(crate) fn has_vlen(&self) -> bool {
        self.vlen.is_some()
    }

    /// The shard codec, if subchunks can be read and written separately.
    pub(crate) fn shard(&self) -> Option<&Shard> {
        let ArrayToBytes::Shard(shard) = &self.chain.array_to_bytes else {
            return None;
        };
        // After a transposition, the axes of the shard differ from those of the array.
        (self.chain.bytes_to_bytes.is_empty() && self.chain.keeps_order()).then_some(shard)
    }

    /// The grid of what can be read separately: of chunks, or of subchunks.
    pub(crate) fn pieces(&self) -> Vec<ChunkAxis> {
        match self.shard().filter(|_| self.grid.is_even) {
            Some(shard) => shard.chunk.shape.iter().map(|n| ChunkAxis::Even(*n)).collect(),
            None => self.grid.axes.clone(),
        }
    }

    /// The codecs of a chunk.
    pub(crate) fn chain(&self, cell: impl Iterator<Item = u64>) -> Result<Cow<'_, Chain>> {
        if self.grid.is_even {
            return Ok(Cow::Borrowed(&self.chain));
        }
        let shape = self.grid.chunk_shape(cell);
        if *shape == *self.chain.shape {
            return Ok(Cow::Borrowed(&self.chain));
        }
        self.chain.reshaped(&shape).map(Cow::Owned)
    }

    /// What the decoded bytes of a chunk or of its subchunks depend on.
    pub(crate) fn decoding(&self, cell: impl Iterator<Item = u64>) -> Arc<Decoding> {
        if self.grid.is_even {
            return Arc::clone(&self.decoding);
        }
        self.decoding.reshaped(&self.grid.chunk_shape(cell))
    }

    pub(crate) fn item(&self) -> usize {
        self.chain.item
    }
}

#[cfg(test)]
mod tests;
