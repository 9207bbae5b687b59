//! From stored bytes, in memory or in a file, to the elements of an array.

use std::slice;

use crate::codec::same_length;
use crate::counters;
use crate::errors::Result;
use crate::gather::Walk;
use crate::options::{Opts, reserve};
use crate::part::Part;
use crate::plan::Dims;
use crate::scratch::Scratch;
use crate::store::local::LocalFile;

/// What one more read costs, in bytes that could be read instead.
const READ_COST: u64 = 6 << 10;

/// A stored chunk or subchunk.
pub(crate) enum Piece<'a> {
    Bytes(&'a [u8]),
    File { file: &'a LocalFile, key: &'a [u8], at: u64, length: u64 },
}

impl Part<'_> {
    /// Decodes a stored chunk into the array, reading no more of a file than is worth it.
    pub(crate) fn load(&self, piece: &Piece<'_>, opts: &Opts) -> Result<()> {
        match *piece {
            Piece::Bytes(stored) => self.decode(stored, opts),
            Piece::File { file, key, at, length } if self.chain.is_raw() => {
                same_length(length, self.chain.size)?;
                counters::CHUNKS_DECODED.add(1);
                Raw { part: self, file, key, at }.read(opts)
            }
            Piece::File { file, key, at, length } => {
                let mut scratch = Scratch::take();
                let stored = read_all(file, key, at, length, &mut scratch, opts)?;
                self.decode(stored, opts)
            }
        }
    }
}

/// Reads a range of a file into a buffer.
pub(crate) fn read_all<'a>(
    file: &LocalFile,
    key: &[u8],
    at: u64,
    length: u64,
    into: &'a mut Vec<u8>,
    opts: &Opts,
) -> Result<&'a [u8]> {
    let length = opts.allow("a stored chunk", length)?;
    file.read(key, at, reserve(into, length, "a stored chunk")?)?;
    // SAFETY: a read that succeeds has filled all of it.
    unsafe { into.set_len(length) };
    Ok(into)
}

/// A chunk whose stored bytes are its elements.
struct Raw<'a> {
    part: &'a Part<'a>,
    file: &'a LocalFile,
    key: &'a [u8],
    at: u64,
}

impl Raw<'_> {
    /// Reads in as many pieces as is cheapest, straight into the array where a piece is one run.
    fn read(&self, opts: &Opts) -> Result<()> {
        // Outermost axis of the stored order first.
        let mut axes: Dims<(usize, isize, isize)> =
            self.part.axes().filter(|(count, ..)| *count > 1).collect();
        axes.sort_by_key(|(_, stored, _)| std::cmp::Reverse(*stored));
        let (outer, inner) = axes.split_at(self.cheapest(&axes));
        let walk = Walk::new(self.part.chain.item, inner.iter().copied());
        let span = span(inner, self.part.chain.item);
        let mut scratch = Scratch::take();
        let mut at: Dims<usize> = outer.iter().map(|_| 0).collect();
        loop {
            let axes = outer.iter().zip(&at);
            let (mut from, mut to) = (self.part.offset() as u64 + self.at, 0_isize);
            for ((_, stored, array), i) in axes {
                from += (*stored as u64) * *i as u64;
                to += array * *i as isize;
            }
            self.read_span(
                from,
                span,
                &walk,
                self.part.array.wrapping_offset(to),
                &mut scratch,
                opts,
            )?;
            if !advance(&mut at, outer) {
                return Ok(());
            }
        }
    }

    /// Number of axes over which to read piece by piece.
    fn cheapest(&self, axes: &[(usize, isize, isize)]) -> usize {
        let item = self.part.chain.item;
        let mut reads = 1_u64;
        let mut best = (u64::MAX, 0);
        for level in 0..=axes.len() {
            let each = span(&axes[level..], item) as u64;
            best = best.min((reads.saturating_mul(each.saturating_add(READ_COST)), level));
            if let Some((count, ..)) = axes.get(level) {
                reads = reads.saturating_mul(*count as u64);
            }
        }
        best.1
    }

    fn read_span(
        &self,
        from: u64,
        span: usize,
        walk: &Walk,
        to: *mut u8,
        scratch: &mut Vec<u8>,
        opts: &Opts,
    ) -> Result<()> {
        if walk.run() == Some(span) {
            // SAFETY: the run lies inside the array, and no other job touches it.
            let memory = unsafe { slice::from_raw_parts_mut(to.cast(), span) };
            return self.file.read(self.key, from, memory);
        }
        let data = read_all(self.file, self.key, from, span as u64, scratch, opts)?;
        // SAFETY: the walk spans the bytes just read, and its elements lie inside the array.
        unsafe { walk.copy(data.as_ptr(), to) };
        Ok(())
    }
}

/// Bytes from the first to the end of the last of the elements.
fn span(axes: &[(usize, isize, isize)], item: usize) -> usize {
    let last: usize = axes.iter().map(|(count, stored, _)| (count - 1) * *stored as usize).sum();
    last + item
}

fn advance(at: &mut [usize], axes: &[(usize, isize, isize)]) -> bool {
    for (i, (count, ..)) in at.iter_mut().zip(axes).rev() {
        *i += 1;
        if *i < *count {
            return true;
        }
        *i = 0;
    }
    false
}
