//! Shards: chunks that contain subchunks and an index of them.

mod index;
pub(crate) mod index_cache;
mod join;
mod order;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::sync::Arc;

use serde_json::Value;
use zarrs::metadata::v3::MetadataV3;

use crate::codec::Chain;
use crate::codec::transfer::Transfer;
use crate::elements::fill::Fill;
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::memory::reserve::room;
use crate::metadata::config::endian;
use crate::options::Opts;
use crate::plan::{Axis, Plan, strides};

use index::ABSENT;
pub(crate) use index::Index;
pub(crate) use join::{Piece, Source, join};
use order::Order;

/// Size in bytes of an index entry: offset and length.
const ENTRY: u64 = 16;

#[derive(Clone, Debug)]
pub(crate) struct Shard {
    /// The codec chain of the subchunks.
    pub(crate) chunk: Arc<Chain>,
    /// Shape of the shard, in its own axes.
    shape: Vec<u64>,
    /// Subchunks per axis.
    pub(crate) per: Vec<u64>,
    pub(crate) count: u64,
    pub(crate) fill: Fill,
    order: Order,
    pub(crate) index_first: bool,
    index_swap: bool,
    index_checksum: bool,
}

impl Shard {
    /// The codecs of the subchunks.
    pub(crate) fn inner_codecs(metadata: &MetadataV3) -> Result<Vec<MetadataV3>> {
        codecs(metadata, "codecs")
    }

    pub(crate) fn new(
        metadata: &MetadataV3,
        shape: &[u64],
        chunk: Chain,
        fill: Fill,
    ) -> Result<Self> {
        let (per, count) = subchunks(shape, &chunk.shape)?;
        let location = metadata.configuration().and_then(|c| c.get("index_location"));
        let index_first = match location.map(Value::as_str) {
            None | Some(Some("end")) => false,
            Some(Some("start")) => true,
            Some(_) => return Err(wrong("index_location is neither \"start\" nor \"end\"")),
        };
        let index = codecs(metadata, "index_codecs")?;
        let (index_swap, index_checksum) = match index.as_slice() {
            [bytes] if bytes.name() == "bytes" => (endian(bytes, 8)? > 0, false),
            [bytes, sum] if bytes.name() == "bytes" && sum.name() == "crc32c" => {
                (endian(bytes, 8)? > 0, true)
            }
            other => {
                let names: Vec<&str> = other.iter().map(MetadataV3::name).collect();
                return Err(Error::Unsupported(format!(
                    "codec `sharding_indexed` with index_codecs {names:?} is not supported"
                )));
            }
        };
        let order = Order::new(metadata)?;
        let (shape, chunk) = (shape.to_vec(), Arc::new(chunk));
        Ok(Self { chunk, shape, per, count, fill, order, index_first, index_swap, index_checksum })
    }

    /// The same codec for shards of another shape.
    pub(crate) fn reshaped(&self, shape: &[u64]) -> Result<Self> {
        let (per, count) = subchunks(shape, &self.chunk.shape)?;
        Ok(Self { shape: shape.to_vec(), per, count, ..self.clone() })
    }

    /// Stored size of the index.
    pub(crate) fn index_size(&self) -> u64 {
        let sum = if self.index_checksum { 4 } else { 0 };
        self.count.saturating_mul(ENTRY).saturating_add(sum)
    }

    /// Offset of the index in a shard of `size` bytes.
    pub(crate) fn index_at(&self, size: u64) -> Result<u64> {
        let at = size.checked_sub(self.index_size()).ok_or_else(|| self.too_short(size))?;
        Ok(if self.index_first { 0 } else { at })
    }

    fn too_short(&self, size: u64) -> Error {
        let index = self.index_size();
        Error::damaged(format!(
            "the shard is too short to hold its index: it has {size} of {index} bytes"
        ))
    }

    /// All subchunks of the shard, as a plan.
    fn everything(&self) -> Result<Plan> {
        let axes = self.shape.iter().zip(&self.chunk.shape);
        Plan::new(axes.map(|(count, extent)| Axis::all(*count, *extent)).collect())
            .map_err(|_| Error::Unsupported("a shard has too many subchunks".into()))
    }

    /// Decodes a whole shard from memory, in its own C order.
    pub(crate) fn decode(
        &self,
        stored: &[u8],
        into: &mut [MaybeUninit<u8>],
        opts: &Opts,
    ) -> Result<()> {
        let size = stored.len() as u64;
        let at = self.index_at(size)? as usize;
        let index = &stored[at..at + self.index_size() as usize];
        let index = self.index(index, Some(size), opts)?;
        index.check_overlaps(None)?;
        let plan = self.everything()?;
        let view = View::new(into.as_mut_ptr().cast(), strides(&self.shape, self.chunk.item));
        for job in 0..plan.len() {
            let part = plan.part(job);
            let transfer = Transfer::new(&self.chunk, &part, &view)?;
            match index.get(job) {
                None => transfer.fill(&self.fill.bytes),
                Some((offset, length)) => {
                    transfer.decode(&stored[offset as usize..(offset + length) as usize], opts)?;
                }
            }
        }
        Ok(())
    }

    /// Encodes a whole shard from its decoded data. A shard with only absent subchunks is still
    /// encoded, because the chain around it cannot omit it.
    pub(crate) fn encode(&self, data: &[u8], opts: &Opts) -> Result<Vec<u8>> {
        let plan = self.everything()?;
        let view = View::new(data.as_ptr().cast_mut(), strides(&self.shape, self.chunk.item));
        let mut parts: Vec<Option<Vec<u8>>> = room(plan.len(), "an encoded shard")?;
        for job in 0..plan.len() {
            let part = plan.part(job);
            let transfer = Transfer::new(&self.chunk, &part, &view)?;
            parts
                .push(transfer.encode(None, &self.fill, opts, |new| Ok(new.map(Cow::into_owned)))?);
        }
        match self.assemble(|place| parts[place].as_deref().map(Source::New))? {
            Some(pieces) => join(&pieces, &[]),
            None => self.encode_empty(),
        }
    }

    /// A shard of which every subchunk is absent.
    pub(crate) fn encode_empty(&self) -> Result<Vec<u8>> {
        self.encode_index((0..self.count).map(|_| (ABSENT, ABSENT)))
    }
}

fn wrong(what: &str) -> Error {
    Error::Metadata(format!("codec `sharding_indexed`: {what}"))
}

/// Number of subchunks per axis, and in total.
fn subchunks(shape: &[u64], chunk: &[u64]) -> Result<(Vec<u64>, u64)> {
    if shape.iter().zip(chunk).any(|(outer, inner)| outer % inner != 0) {
        return Err(wrong("its chunk_shape does not divide the shape of a shard"));
    }
    let per: Vec<u64> = shape.iter().zip(chunk).map(|(o, i)| o / i).collect();
    let count = per.iter().fold(1_u64, |n, p| n.saturating_mul(*p));
    Ok((per, count))
}

fn codecs(metadata: &MetadataV3, name: &str) -> Result<Vec<MetadataV3>> {
    let list = metadata.configuration().and_then(|c| c.get(name)).cloned();
    list.and_then(|list| serde_json::from_value(list).ok()).ok_or_else(|| {
        Error::Metadata(format!("{name} of codec `sharding_indexed` is not a list of codecs"))
    })
}
