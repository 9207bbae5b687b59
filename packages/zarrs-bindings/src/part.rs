//! One chunk's part of a call: elements that move between a chunk and an array.

use std::slice;

use crate::codec::{Chain, same_length};
use crate::counters;
use crate::errors::{Error, Result};
use crate::fill;
use crate::gather::Walk;
use crate::options::{Opts, reserve};
use crate::plan::Segment;
use crate::scratch::Scratch;
use crate::view::View;

/// Decoded size from which it pays to decode only what is wanted of a chunk.
const PARTIAL_DECODE: u64 = 256 << 10;

/// Selected elements of one chunk, and where they are in the array.
pub(crate) struct Part<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) segments: &'a [Segment],
    pub(crate) strides: &'a [isize],
    /// First selected element in the array.
    pub(crate) array: *mut u8,
}

impl<'a> Part<'a> {
    pub(crate) fn new(chain: &'a Chain, segments: &'a [Segment], view: &'a View) -> Self {
        Self { chain, segments, strides: &view.strides, array: view.at(segments) }
    }

    /// Bytes from the start of decoded data to the first selected element.
    pub(crate) fn offset(&self) -> usize {
        let axes = self.segments.iter().zip(&self.chain.strides);
        axes.map(|(s, stride)| s.from as usize * *stride as usize).sum()
    }

    /// Bytes from the first selected element to the end of the last.
    pub(crate) fn span(&self) -> usize {
        let axes = self.segments.iter().zip(&self.chain.strides);
        let last: usize = axes
            .map(|(s, stride)| (s.count - 1) as usize * s.step as usize * *stride as usize)
            .sum();
        last + self.chain.item
    }

    /// Whether the part is the whole chunk.
    pub(crate) fn is_whole(&self) -> bool {
        let mut axes = self.segments.iter().zip(&self.chain.shape);
        axes.all(|(segment, extent)| segment.covers(*extent))
    }

    /// Whether the part is the whole chunk, laid out in the array as in decoded data.
    pub(crate) fn is_run(&self) -> bool {
        self.segments.iter().enumerate().all(|(axis, segment)| {
            let extent = self.chain.shape[axis];
            segment.covers(extent)
                && (extent == 1 || self.strides[axis] == self.chain.strides[axis])
        })
    }

    /// `(count, stride in decoded data, stride in the array)` per axis.
    pub(crate) fn axes(&self) -> impl Iterator<Item = (usize, isize, isize)> + Clone + '_ {
        self.segments.iter().enumerate().map(|(axis, s)| {
            let stride = self.chain.strides[axis].wrapping_mul(s.step as isize);
            (s.count as usize, stride, self.strides[axis])
        })
    }

    /// Writes the fill value to the array.
    pub(crate) fn fill(&self, value: &[u8]) {
        let axes = self.axes().map(|(count, _, stride)| (count, stride));
        // SAFETY: the part's elements lie inside the array.
        unsafe { fill::write(value, axes, self.array) };
    }

    /// Copies from decoded data, of which the first byte is number `skip`.
    pub(crate) fn scatter(&self, decoded: &[u8], skip: usize) {
        let walk = Walk::new(self.chain.item, self.axes());
        debug_assert!(self.offset() + self.span() <= skip + decoded.len());
        // SAFETY: `offset` and `span` of the part lie inside the decoded data, which the callers
        // size by them or by the chunk, and the elements inside the array.
        unsafe { walk.copy(decoded.as_ptr().add(self.offset() - skip), self.array) };
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
        if self.is_run() {
            // SAFETY: the run lies inside the array, and no other job touches it.
            let memory = unsafe { slice::from_raw_parts_mut(self.array.cast(), size) };
            return self.chain.decode(stored, memory, opts);
        }
        let mut scratch = Scratch::take();
        let (at, length) = (self.offset(), self.span());
        if self.chain.size >= PARTIAL_DECODE
            && self.chain.decode_part(stored, at, &mut scratch, length)?
        {
            self.scatter(&scratch, at);
            return Ok(());
        }
        self.scatter(decoded(self.chain, stored, size, &mut scratch, opts)?, 0);
        Ok(())
    }

    /// Decoded data of the chunk with the array's elements in it. `stored` is what the chunk
    /// held before, where the part does not cover it; the rest is the fill value.
    pub(crate) fn gather<'b>(
        &'b self,
        scratch: &'b mut Scratch,
        before: Option<Before<'_>>,
        opts: &Opts,
    ) -> Result<&'b [u8]> {
        let size = opts.allow("a chunk", self.chain.size)?;
        if self.is_run() {
            // SAFETY: the array is initialised where it is the source.
            return Ok(unsafe { slice::from_raw_parts(self.array, size) });
        }
        match before {
            Some(Before::Stored(stored)) => {
                counters::CHUNKS_DECODED.add(1);
                decoded(self.chain, stored, size, scratch, opts)?;
            }
            Some(Before::Fill(value)) => {
                let slot = reserve(scratch, size, "a chunk")?;
                let count = size / value.len();
                let axes = [(count, value.len() as isize)];
                // SAFETY: the buffer holds `count` elements.
                unsafe { fill::write(value, axes.into_iter(), slot.as_mut_ptr().cast()) };
                // SAFETY: all of it was filled.
                unsafe { scratch.set_len(size) };
            }
            None => {
                reserve(scratch, size, "a chunk")?;
            }
        }
        let axes = self.axes().map(|(count, chunk, array)| (count, array, chunk));
        let walk = Walk::new(self.chain.item, axes);
        // SAFETY: the part's elements lie inside the array and inside the chunk's `size` bytes,
        // for which there is room; with no `before` the part covers the chunk.
        unsafe {
            walk.copy(self.array, scratch.as_mut_ptr().add(self.offset()));
            scratch.set_len(size);
        }
        Ok(scratch)
    }
}

/// What a chunk holds where a write does not reach.
#[derive(Clone, Copy)]
pub(crate) enum Before<'a> {
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
    // SAFETY: a decoder that succeeds has filled all of it.
    unsafe { into.set_len(size) };
    Ok(into)
}
