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

#[cfg(test)]
mod tests {
    use super::{Piece, Source, join};
    use crate::codec::shard::tests::shard;
    use crate::options::Opts;

    /// Catches a wrong order of subchunks, or an index that does not match it.
    #[test]
    fn subchunks_are_stored_in_morton_order() {
        let shard = shard("end", [2, 3]);
        let parts: Vec<Vec<u8>> = (0..6).map(|i| vec![i]).collect();
        let pieces = shard.assemble(|place| Some(Source::New(&parts[place])));
        let pieces = pieces.ok().flatten().unwrap_or_default();
        let joined = join(&pieces, &[]).unwrap_or_default();
        // Rows of three, the first axis varying fastest: (0,0) (1,0) (0,1) (1,1) (0,2) (1,2).
        assert_eq!(joined[..6], [0, 3, 1, 4, 2, 5]);
        let index = shard.index(&joined[6..], Some(joined.len() as u64), &Opts::DEFAULT);
        let index = index.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(index.get(3), Some((1, 1)));
        assert_eq!(index.get(5), Some((5, 1)));
    }

    /// Catches a shard that is stored although it is empty.
    #[test]
    fn a_shard_without_subchunks_is_no_shard() {
        assert!(shard("end", [1, 2]).assemble(|_| None).is_ok_and(|pieces| pieces.is_none()));
    }

    /// Catches separate copies of neighbors, or a joint copy of subchunks no longer adjacent.
    #[test]
    fn neighbours_that_are_kept_are_copied_together() {
        for (location, head) in [("end", 0), ("start", 64)] {
            let shard = shard(location, [1, 4]);
            // Stored consecutively from offset 100; the second to last is replaced.
            let kept = |place: usize| Source::Kept(100 + 10 * place as u64, 10);
            let source = |place| Some(if place == 2 { Source::New(b"new") } else { kept(place) });
            let pieces = shard.assemble(source).ok().flatten().unwrap_or_default();
            let body = if head > 0 { &pieces[1..] } else { &pieces[..3] };
            assert!(
                matches!(body, [Piece::Kept(100, 20), Piece::New(new), Piece::Kept(130, 10)]
                    if **new == *b"new"),
                "{body:?}"
            );
            let old: Vec<u8> = (0..140).collect();
            let joined = join(&pieces, &old).unwrap_or_default();
            assert_eq!(joined[head..head + 20], old[100..120]);
            assert_eq!(joined[head + 23..head + 33], old[130..]);
        }
    }
}
