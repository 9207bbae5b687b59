//! Joins encoded subchunks into a shard.

use std::borrow::Cow;

use super::Shard;
use super::index::ABSENT;
use crate::errors::{Error, Result};
use crate::memory::reserve::{reserve, room};

/// The source of a subchunk's stored bytes.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    New(&'a [u8]),
    /// Offset and length in the old shard.
    Kept(u64, u64),
}

/// A sequence of bytes of a new shard.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    New(Cow<'a, [u8]>),
    /// Neighbors that remain neighbors: offset and length in the old shard.
    Kept(u64, u64),
}

impl Shard {
    /// Arranges encoded subchunks, given by number, in stored order; `None` if there are none.
    pub(crate) fn assemble<'a>(
        &self,
        source: impl Fn(usize) -> Option<Source<'a>>,
    ) -> Result<Option<Vec<Piece<'a>>>> {
        let start = if self.index_first { self.index_size() } else { 0 };
        let mut entries = room(self.count as usize, "a shard index")?;
        entries.resize(self.count as usize, (ABSENT, ABSENT));
        let (mut pieces, mut end) = (Vec::new(), start);
        for (_, place) in self.places()? {
            // For this piece and the index.
            pieces.try_reserve(2).map_err(|_| {
                Error::too_large("a shard", size_of_val(pieces.as_slice()) as u64, u64::MAX)
            })?;
            let length = match source(place) {
                None => continue,
                Some(Source::New(bytes)) => {
                    pieces.push(Piece::New(Cow::Borrowed(bytes)));
                    bytes.len() as u64
                }
                Some(Source::Kept(from, length)) => {
                    match pieces.last_mut() {
                        Some(Piece::Kept(at, run)) if *at + *run == from => *run += length,
                        _ => pieces.push(Piece::Kept(from, length)),
                    }
                    length
                }
            };
            entries[place] = (end, length);
            end += length;
        }
        if pieces.is_empty() {
            return Ok(None);
        }
        let index = Piece::New(Cow::Owned(self.encode_index(entries.into_iter())?));
        pieces.insert(if self.index_first { 0 } else { pieces.len() }, index);
        Ok(Some(pieces))
    }
}

impl Piece<'_> {
    /// The bytes of the piece; `old` is the old shard.
    pub(crate) fn bytes<'b>(&'b self, old: &'b [u8]) -> &'b [u8] {
        match self {
            Self::New(bytes) => bytes,
            Self::Kept(at, length) => &old[*at as usize..(*at + *length) as usize],
        }
    }
}

/// Joins the pieces of a shard in memory; `old` is the old shard.
pub(crate) fn join(pieces: &[Piece<'_>], old: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let size = pieces.iter().map(|piece| piece.bytes(old).len()).sum();
    reserve(&mut out, size, "an encoded shard")?;
    for piece in pieces {
        out.extend_from_slice(piece.bytes(old));
    }
    Ok(out)
}
