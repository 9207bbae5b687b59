//! Encodes only those blocks of a chunk that a part touches.

#![expect(unsafe_code, reason = "copies elements from the caller's array")]

use super::{Fill, Opts, Scratch, Transfer, counters, reserve};
use crate::codec::ArrayToBytes;
use crate::codec::blosc::blocks::Blocks;
use crate::codec::bytes_to_bytes::BytesToBytes;
use crate::errors::Result;

impl Transfer<'_> {
    /// The new stored value, in which blocks that the part does not touch are as in the old one.
    /// `None` if the whole chunk has to be encoded.
    pub(super) fn encode_blocks(
        &self,
        stored: &[u8],
        fill: &Fill,
        opts: &Opts,
    ) -> Result<Option<Vec<u8>>> {
        let (ArrayToBytes::Bytes { swap: 0 }, [BytesToBytes::Blosc(encoder)]) =
            (&self.chain.array_to_bytes, self.chain.bytes_to_bytes.as_slice())
        else {
            return Ok(None);
        };
        let size = opts.allow("a chunk", self.chain.size)?;
        let (at, length) = self.reach();
        let Some(blocks) = Blocks::around(stored, size, at, length)? else {
            return Ok(None);
        };
        let (range, item) = (blocks.range(), self.chain.item);
        let mut data = Scratch::take();
        let slot = reserve(&mut data, range.len(), "a chunk")?;
        if !range.start.is_multiple_of(item)
            || !range.len().is_multiple_of(item)
            || !blocks.decode(slot)?
        {
            return Ok(None);
        }
        // SAFETY: the decoder filled the range.
        unsafe { data.set_len(range.len()) };
        for part in &self.parts {
            // SAFETY: the range holds the `reach` of each part.
            unsafe { part.gather(data.as_mut_ptr(), range.start) };
        }
        // Then the rest of the chunk may be fill values, too.
        if !opts.write_empty_chunks && fill.is_all_of(&data) {
            return Ok(None);
        }
        let new = blocks.encode(encoder, &data)?;
        if new.is_some() {
            counters::CHUNKS_DECODED.add(1);
            counters::CHUNKS_ENCODED.add(1);
        }
        Ok(new)
    }
}
