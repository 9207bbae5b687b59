//! Moves selected elements of one chunk between the chunk and arrays.

#![expect(unsafe_code, reason = "copies elements to and from the caller's array")]

mod blocks;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::slice;

use smallvec::{SmallVec, smallvec};

use crate::chunk_cache::Filling;
use crate::codec::Chain;
use crate::codec::part::Part;
use crate::counters;
use crate::elements::fill::{self, Fill};
use crate::elements::gather::Loop;
use crate::elements::view::View;
use crate::errors::{Error, Result, same_length};
#[cfg(feature = "remote")]
use crate::memory::buffer::Buffer;
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::ChunkPart;
use crate::tuning::PARTIAL_DECODE;

/// Selected elements of one chunk, and their places in arrays.
pub(crate) struct Transfer<'a> {
    pub(crate) chain: &'a Chain,
    /// One for each selection; later ones are written after earlier ones.
    parts: SmallVec<[Part<'a>; 1]>,
}

impl<'a> Transfer<'a> {
    pub(crate) fn new(chain: &'a Chain, part: &'a ChunkPart<'_>, view: &'a View) -> Result<Self> {
        let parts = if part.several.is_empty() {
            smallvec![Part::new(chain, part, view)?]
        } else {
            let parts = part.several.iter();
            let parts = parts.map(|(part, number)| Part::new(chain, part, view.nth(*number)));
            parts.collect::<Result<_>>()?
        };
        Ok(Self { chain, parts })
    }

    pub(crate) fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// Offset of the first selected element in decoded data, and bytes to the end of the last.
    pub(crate) fn reach(&self) -> (usize, usize) {
        let ends = self.parts.iter().map(Part::reach);
        let both = ends
            .map(|(at, length)| (at, at + length))
            .reduce(|(low, high), (at, end)| (low.min(at), high.max(end)));
        let (low, high) = both.unwrap_or_default();
        (low, high - low)
    }

    /// Whether a selection takes the whole chunk, each element once.
    pub(crate) fn is_whole(&self) -> bool {
        self.parts.iter().any(Part::is_whole)
    }

    /// The only part, if it is the whole chunk, with the same layout in its array as in decoded data.
    pub(crate) fn run(&self) -> Option<&Part<'a>> {
        match self.parts.as_slice() {
            [only] if only.is_run() => Some(only),
            _ => None,
        }
    }

    /// Writes the fill value to the arrays.
    pub(crate) fn fill(&self, value: &[u8]) {
        self.parts.iter().for_each(|part| part.fill(value));
    }

    /// Copies from decoded data that starts at byte number `skip`.
    pub(crate) fn scatter(&self, decoded: &[u8], skip: usize) {
        self.parts.iter().for_each(|part| part.scatter(decoded, skip));
    }

    /// Decodes a stored chunk into the array.
    pub(crate) fn decode(&self, stored: &[u8], opts: &Opts) -> Result<()> {
        counters::CHUNKS_DECODED.add(1);
        if self.chain.is_raw() {
            same_length(stored.len() as u64, self.chain.size)?;
            self.scatter(stored, 0);
            return Ok(());
        }
        let size = opts.allow("a chunk", self.chain.size)?;
        if let Some(run) = self.run() {
            // SAFETY: the run is inside the array, and no other job touches it. Decoders get the
            // address and use what they wrote only as elements, because the caller may write, too.
            let memory = unsafe { slice::from_raw_parts_mut(run.array.cast(), size) };
            return self.chain.decode(stored, memory, opts);
        }
        let mut scratch = Scratch::take();
        if self.chain.size >= PARTIAL_DECODE {
            let (at, length) = self.reach();
            if self.chain.decode_part(stored, at, &mut scratch, length)? {
                self.scatter(&scratch, at);
                return Ok(());
            }
        }
        self.scatter(decoded(self.chain, stored, size, &mut scratch, opts)?, 0);
        Ok(())
    }

    /// Decodes a stored chunk, caches it and copies it into the array.
    pub(crate) fn decode_and_keep(
        &self,
        stored: &[u8],
        mut filling: Filling,
        opts: &Opts,
    ) -> Result<()> {
        counters::CHUNKS_DECODED.add(1);
        let size = opts.allow("a chunk", self.chain.size)?;
        decoded(self.chain, stored, size, filling.buffer(), opts)?;
        self.scatter(&filling.keep(), 0);
        Ok(())
    }

    /// Passes the new stored value of the chunk to `then`, or `None` if it is to be absent. The
    /// value may be the array's own memory. `stored` is the old value, needed if the part does not
    /// cover the chunk; without it the rest is the fill value.
    pub(crate) fn encode<T>(
        &self,
        stored: Option<&[u8]>,
        fill: &Fill,
        opts: &Opts,
        then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
    ) -> Result<T> {
        self.encode_into(stored, fill, opts, Vec::new, then)
    }

    /// The same; an encoder gets the buffer of `out`, of which nobody needs the bytes.
    pub(crate) fn encode_into<T>(
        &self,
        stored: Option<&[u8]>,
        fill: &Fill,
        opts: &Opts,
        out: impl FnOnce() -> Vec<u8>,
        then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
    ) -> Result<T> {
        if let Some(stored) = stored
            && let Some(new) = self.encode_blocks(stored, fill, opts)?
        {
            return then(Some(Cow::Owned(new)));
        }
        let mut scratch = Scratch::take();
        let data = self.gather(&mut scratch, self.before(stored, fill), opts)?;
        if !opts.write_empty_chunks && fill.is_all_of(data) {
            return then(None);
        }
        counters::CHUNKS_ENCODED.add(1);
        let out = if self.chain.bytes_to_bytes.is_empty() { Vec::new() } else { out() };
        then(Some(self.chain.encode(data, opts, out)?))
    }

    /// Like [`Self::encode`], for a caller that keeps the value: copies it no more than necessary.
    #[cfg(feature = "remote")]
    pub(crate) fn encode_owned(
        &self,
        stored: Option<&[u8]>,
        fill: &Fill,
        opts: &Opts,
    ) -> Result<Option<Buffer>> {
        if !self.chain.is_raw() || self.run().is_some() {
            return self.encode(stored, fill, opts, |new| match new {
                Some(Cow::Borrowed(new)) => {
                    let mut own = Buffer::with_room(new.len(), opts.memory_pool, "a chunk")?;
                    own.room().extend_from_slice(new);
                    Ok(Some(own))
                }
                new => Ok(new.map(|new| new.into_owned().into())),
            });
        }
        let size = opts.allow("a chunk", self.chain.size)?;
        let mut own = Buffer::with_room(size, opts.memory_pool, "a chunk")?;
        self.gather(own.room(), self.before(stored, fill), opts)?;
        if !opts.write_empty_chunks && fill.is_all_of(own.bytes()) {
            return Ok(None);
        }
        counters::CHUNKS_ENCODED.add(1);
        Ok(Some(own))
    }

    fn before<'b>(&self, stored: Option<&'b [u8]>, fill: &'b Fill) -> Option<Before<'b>> {
        match stored {
            Some(stored) => Some(Before::Stored(stored)),
            None if self.is_whole() => None,
            None => Some(Before::Fill(&fill.bytes)),
        }
    }

    /// Decoded data of the chunk, including the array's elements.
    fn gather<'b>(
        &'b self,
        scratch: &'b mut Vec<u8>,
        before: Option<Before<'_>>,
        opts: &Opts,
    ) -> Result<&'b [u8]> {
        let size = opts.allow("a chunk", self.chain.size)?;
        if let Some(run) = self.run().filter(|_| !self.chain.rereads()) {
            // SAFETY: the array is initialized if it is the source. The caller may write to it
            // meanwhile, so users of the slice only compare or copy its bytes, or pass on the
            // address.
            return Ok(unsafe { slice::from_raw_parts(run.array, size) });
        }
        match before {
            Some(Before::Stored(stored)) => {
                counters::CHUNKS_DECODED.add(1);
                decoded(self.chain, stored, size, scratch, opts)?;
            }
            Some(Before::Fill(value)) => {
                let slot = reserve(scratch, size, "a chunk")?;
                let count = size / value.len();
                let axes = [Loop::strided(count, 0, value.len() as isize)];
                // SAFETY: the buffer holds `count` elements.
                unsafe { fill::write(value, axes.into_iter(), slot.as_mut_ptr().cast()) };
                // SAFETY: all of it was filled.
                unsafe { scratch.set_len(size) };
            }
            None => {
                reserve(scratch, size, "a chunk")?;
            }
        }
        // SAFETY: there is room for the chunk's `size` bytes.
        self.parts.iter().for_each(|part| unsafe { part.gather(scratch.as_mut_ptr(), 0) });
        // SAFETY: if `before` is `None`, a part covers the chunk.
        unsafe { scratch.set_len(size) };
        Ok(scratch)
    }
}

/// The contents of a chunk outside the written part.
#[derive(Clone, Copy)]
enum Before<'a> {
    Stored(&'a [u8]),
    Fill(&'a [u8]),
}

/// Decodes a whole chunk into a buffer of `size` bytes.
fn decoded<'b>(
    chain: &Chain,
    stored: &[u8],
    size: usize,
    into: &'b mut Vec<u8>,
    opts: &Opts,
) -> Result<&'b [u8], Error> {
    chain.decode(stored, reserve(into, size, "a chunk")?, opts)?;
    // SAFETY: the successful decoder filled all of it.
    unsafe { into.set_len(size) };
    Ok(into)
}
