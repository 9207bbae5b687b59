//! The codec chain of a chunk: converts stored bytes to elements in native byte order, and back.

#![expect(unsafe_code, reason = "reads bytes that a decoder has written")]

use std::borrow::Cow;
use std::mem::{MaybeUninit, take};
use std::sync::Arc;

use super::bytes_to_bytes::{self, BytesToBytes};
use super::options::codec_options;
use super::{ArrayToBytes, blosc, swap, zstd};
use crate::elements::vlen::Arena;
use crate::errors::Result;
use crate::memory::reserve::reserve;
use crate::options::Opts;
use crate::plan::Dims;

/// A codec chain for chunks of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// Chunk shape, in array axes.
    pub(crate) shape: Vec<u64>,
    /// Byte strides of the array's axes in decoded data; not in C order after `transpose`.
    pub(crate) strides: Dims<isize>,
    /// The array's axes in the order that the array-to-bytes codec sees.
    pub(super) order: Vec<usize>,
    pub(crate) item: usize,
    /// Decoded size; saturates if it exceeds any memory.
    pub(crate) size: u64,
    pub(crate) array_to_bytes: ArrayToBytes,
    /// Bytes-to-bytes codecs in encoding order.
    pub(crate) bytes_to_bytes: Vec<BytesToBytes>,
}

impl Chain {
    /// Whether stored bytes are the elements themselves.
    pub(crate) fn is_raw(&self) -> bool {
        self.bytes_to_bytes.is_empty()
            && matches!(self.array_to_bytes, ArrayToBytes::Bytes { swap: 0 })
    }

    /// Whether encoding takes about as long as copying.
    pub(crate) fn is_quick(&self) -> bool {
        let array_to_bytes = match &self.array_to_bytes {
            ArrayToBytes::Bytes { .. } => true,
            ArrayToBytes::Shard(shard) => shard.chunk.is_quick(),
            _ => false,
        };
        array_to_bytes && self.bytes_to_bytes.iter().all(BytesToBytes::is_quick)
    }

    /// Whether encoding relies on elements not changing after it read them. If so, it must not get
    /// memory to which the caller may write meanwhile.
    pub(crate) fn rereads(&self) -> bool {
        match &self.array_to_bytes {
            ArrayToBytes::Bytes { swap: 0 } => {
                self.bytes_to_bytes.first().is_some_and(BytesToBytes::rereads)
            }
            // These copy the data or get memory of ours; shards check their subchunks separately.
            ArrayToBytes::Bytes { .. }
            | ArrayToBytes::Python(_)
            | ArrayToBytes::Vlen(_)
            | ArrayToBytes::Shard(_) => false,
            ArrayToBytes::Foreign(_) => true,
        }
    }

    /// Whether Python encodes and decodes the chunks. It only runs on the caller's thread.
    pub(crate) fn calls_python(&self) -> bool {
        match &self.array_to_bytes {
            ArrayToBytes::Python(_) => true,
            ArrayToBytes::Shard(shard) => shard.chunk.calls_python(),
            ArrayToBytes::Bytes { .. } | ArrayToBytes::Foreign(_) | ArrayToBytes::Vlen(_) => false,
        }
    }

    /// Whether elements have variable length, so that the length of a chunk is unknown.
    pub(crate) fn has_vlen(&self) -> bool {
        match &self.array_to_bytes {
            ArrayToBytes::Vlen(_) => true,
            ArrayToBytes::Shard(shard) => shard.chunk.has_vlen(),
            ArrayToBytes::Bytes { .. } | ArrayToBytes::Foreign(_) | ArrayToBytes::Python(_) => {
                false
            }
        }
    }

    /// The same codecs, with the variable-length elements of one call.
    pub(crate) fn for_call(&self, arena: &Arc<Arena>) -> Self {
        let mut chain = self.clone();
        match &mut chain.array_to_bytes {
            ArrayToBytes::Vlen(held) => *held = Arc::clone(arena),
            ArrayToBytes::Shard(shard) => {
                shard.chunk = Arc::new(shard.chunk.for_call(arena));
                shard.fill = shard.fill.for_call(arena);
            }
            ArrayToBytes::Bytes { .. } | ArrayToBytes::Foreign(_) | ArrayToBytes::Python(_) => {}
        }
        chain
    }

    /// Decodes into memory of exactly `size` bytes.
    pub(crate) fn decode(
        &self,
        stored: &[u8],
        into: &mut [MaybeUninit<u8>],
        opts: &Opts,
    ) -> Result<()> {
        let options = codec_options(opts);
        let mut data = Cow::Borrowed(stored);
        let mut bytes_to_bytes = self.bytes_to_bytes.as_slice();
        while let Some((codec, earlier)) = bytes_to_bytes.split_last() {
            bytes_to_bytes = earlier;
            if let (true, ArrayToBytes::Bytes { swap }, false) = (
                bytes_to_bytes.is_empty(),
                &self.array_to_bytes,
                matches!(codec, BytesToBytes::Checksum(_)),
            ) {
                codec.decode(&data, into, &options)?;
                swap_decoded(into, *swap);
                return Ok(());
            }
            data = match data {
                Cow::Borrowed(data) => codec.decode_unsized(data, self.limit(opts)?, &options)?,
                Cow::Owned(data) => Cow::Owned(
                    codec.decode_unsized(&data, self.limit(opts)?, &options)?.into_owned(),
                ),
            };
        }
        match &self.array_to_bytes {
            ArrayToBytes::Bytes { swap } => {
                bytes_to_bytes::copy_exact(&data, into)?;
                swap_decoded(into, *swap);
                Ok(())
            }
            ArrayToBytes::Shard(shard) => shard.decode(&data, into, opts),
            ArrayToBytes::Foreign(foreign) => foreign.decode(&data, into, &options),
            ArrayToBytes::Python(callback) => callback.decode(&data, into, &self.shape, opts),
            ArrayToBytes::Vlen(arena) => arena.decode(data, into, opts),
        }
    }

    /// Encodes decoded data; borrows it if the chain leaves it unchanged. A codec may use `out`,
    /// a buffer whose bytes nobody needs.
    pub(crate) fn encode<'a>(
        &self,
        data: &'a [u8],
        opts: &Opts,
        mut out: Vec<u8>,
    ) -> Result<Cow<'a, [u8]>> {
        let options = codec_options(opts);
        let mut made = match &self.array_to_bytes {
            ArrayToBytes::Bytes { swap: 0 } => Cow::Borrowed(data),
            ArrayToBytes::Bytes { swap } => {
                let mut copy = Vec::new();
                reserve(&mut copy, data.len(), "an encoded chunk")?;
                copy.extend_from_slice(data);
                swap::swap(&mut copy, *swap);
                Cow::Owned(copy)
            }
            ArrayToBytes::Shard(shard) => Cow::Owned(shard.encode(data, opts)?),
            ArrayToBytes::Foreign(foreign) => Cow::Owned(foreign.encode(data, &options)?),
            ArrayToBytes::Python(callback) => Cow::Owned(callback.encode(data, &self.shape)?),
            ArrayToBytes::Vlen(arena) => Cow::Owned(arena.encode(data)?),
        };
        for codec in &self.bytes_to_bytes {
            made = Cow::Owned(codec.encode(&made, &options, take(&mut out))?);
        }
        Ok(made)
    }

    /// Decodes only the bytes starting at `at`, if a codec can stop or start within its stream.
    /// Returns `false` if it cannot, or if decoding everything is as cheap.
    pub(crate) fn decode_part(
        &self,
        stored: &[u8],
        at: usize,
        into: &mut Vec<u8>,
        length: usize,
    ) -> Result<bool> {
        let (ArrayToBytes::Bytes { swap: 0 }, [codec]) =
            (&self.array_to_bytes, self.bytes_to_bytes.as_slice())
        else {
            return Ok(false);
        };
        let size = self.size as usize;
        match codec {
            BytesToBytes::Zstd { checksum: false, .. }
                if at + length <= size / 2 && zstd::is_one_frame(stored, self.size) =>
            {
                zstd::decode_start(stored, reserve(into, at + length, "a chunk")?)?;
                // SAFETY: `decode_start` filled everything that was reserved.
                unsafe { into.set_len(at + length) };
                into.drain(..at);
                Ok(true)
            }
            BytesToBytes::Blosc(_) if length <= size / 4 => {
                let slot = reserve(into, length, "a chunk")?;
                let done = blosc::decode_part(stored, size, at, slot)?;
                // SAFETY: `decode_part` filled everything that was reserved if it returns true.
                unsafe { into.set_len(if done { length } else { 0 }) };
                Ok(done)
            }
            _ => Ok(false),
        }
    }

    /// Maximum decoded size of a step between two codecs.
    fn limit(&self, opts: &Opts) -> Result<usize> {
        if self.has_vlen() {
            opts.allow("a chunk", self.size)?;
            return Ok(opts.budget.min(isize::MAX as u64 - 1) as usize);
        }
        // Array codecs may widen an element, at most from one byte to a complex number.
        let widest =
            if matches!(self.array_to_bytes, ArrayToBytes::Bytes { .. } | ArrayToBytes::Shard(_)) {
                2
            } else {
                16
            };
        let most = self.size.saturating_mul(widest).saturating_add(1 << 20);
        opts.allow("a chunk", self.size)?;
        Ok(usize::try_from(most).unwrap_or(usize::MAX - 1))
    }
}

fn swap_decoded(data: &mut [MaybeUninit<u8>], width: usize) {
    if width > 1 {
        // SAFETY: called after a decoder has filled all of it.
        swap::swap(unsafe { data.assume_init_mut() }, width);
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::options::codec_options;
    use crate::codec::tests::{BIG, BLOSC, GZIP, LITTLE, SHARD, TURNED, ZSTD};
    use crate::codec::tests::{array, data, decode, encode};
    use crate::errors::Error;
    use crate::options::Opts;

    /// Catches a slow chain that counts as a copy, and an encoder that gets memory to which the
    /// caller may write during the call.
    #[test]
    fn a_chain_knows_how_it_encodes() {
        let sum = r#"{"name":"crc32c"}"#;
        let bits = r#"{"name":"packbits"}"#;
        let deep = SHARD.replacen(BIG, &format!("{LITTLE},{GZIP}"), 1);
        let cases: [(&[&str], [bool; 3]); 11] = [
            // Whether the chain is raw, is quick, and rereads its input.
            (&[LITTLE], [true, true, false]),
            (&[TURNED, LITTLE], [true, true, false]),
            (&[BIG], [false, true, false]),
            (&[LITTLE, sum], [false, true, false]),
            (&[LITTLE, BLOSC], [false, true, false]),
            (&[LITTLE, GZIP], [false, false, true]),
            (&[BIG, GZIP], [false, false, false]),
            (&[LITTLE, sum, GZIP], [false, false, false]),
            (&[bits], [false, false, true]),
            (&[SHARD], [false, true, false]),
            (&[&deep], [false, false, false]),
        ];
        for (codecs, expected) in cases {
            let chain = array(codecs).chain;
            assert_eq!([chain.is_raw(), chain.is_quick(), chain.rereads()], expected, "{codecs:?}");
            assert!(!chain.calls_python());
        }
    }

    /// Catches a decompression bomb that is decoded before it is rejected.
    #[test]
    fn a_bomb_is_refused_without_unpacking_it() {
        let zeros = vec![0_u8; 64 << 20];
        for codecs in [[LITTLE, ZSTD, GZIP], [LITTLE, GZIP, ZSTD]] {
            let info = array(&codecs);
            let options = codec_options(&Opts::DEFAULT);
            let bomb = info.chain.bytes_to_bytes[1]
                .encode(&zeros, &options, Vec::new())
                .unwrap_or_default();
            assert!(matches!(decode(&info, &bomb), Err(Error::DecodeFailed { .. })), "{codecs:?}");
        }
    }

    /// Catches a decoder that starts or stops at the wrong place in a stream.
    #[test]
    fn a_part_of_a_stream_is_the_part_of_the_whole() {
        for codec in [ZSTD, BLOSC] {
            let info = array(&[LITTLE, codec]);
            let data = data(&info);
            let stored = encode(&info, &data);
            let mut part = Vec::new();
            for (at, length) in [(0, 4), (40, 100), (200, 300)] {
                let done = info.chain.decode_part(&stored, at, &mut part, length);
                assert!(done.is_ok_and(|done| done), "{codec}");
                assert_eq!(part, data[at..at + length], "{codec} {at}");
            }
        }
    }
}
