//! The index of a shard: offset and length of each subchunk.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Shard;
use crate::codec::checksum::Checksum;
use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::room;
use crate::options::Opts;

/// Stored as both offset and length of an absent subchunk.
pub(super) const ABSENT: u64 = u64::MAX;

/// Locations of the subchunks of one shard, in C order.
pub(crate) struct Index {
    entries: Vec<(u64, u64)>,
    /// Whether it is known that no two subchunks overlap.
    checked: AtomicBool,
}

impl Shard {
    /// Reads an index, and checks every entry against the size of the shard if it is known.
    pub(crate) fn index(&self, stored: &[u8], size: Option<u64>, opts: &Opts) -> Result<Index> {
        if (stored.len() as u64) < self.index_size() {
            return Err(self.too_short(stored.len() as u64));
        }
        same_length(stored.len() as u64, self.index_size())?;
        let stored = if self.index_checksum {
            Checksum::CRC32C.checked(stored, opts.validate_checksums)?
        } else {
            stored
        };
        let (low, high) = match (self.index_first, size) {
            (true, size) => (self.index_size(), size.unwrap_or(u64::MAX)),
            (false, Some(size)) => (0, self.index_at(size)?),
            (false, None) => (0, u64::MAX),
        };
        let (words, _) = stored.as_chunks::<8>();
        let number = |word: [u8; 8]| {
            if self.index_swap {
                u64::from_ne_bytes(word).swap_bytes()
            } else {
                u64::from_ne_bytes(word)
            }
        };
        let mut entries = room(words.len() / 2, "a shard index")?;
        let (pairs, _) = words.as_chunks::<2>();
        for (place, pair) in pairs.iter().enumerate() {
            let (offset, length) = (number(pair[0]), number(pair[1]));
            let inside = offset >= low && offset.checked_add(length).is_some_and(|e| e <= high);
            if !inside && (offset, length) != (ABSENT, ABSENT) {
                return Err(Error::damaged(format!(
                    "the shard index puts subchunk {place} at {offset} with {length} bytes, \
                     outside of the shard"
                )));
            }
            entries.push((offset, length));
        }
        Ok(Index { entries, checked: AtomicBool::new(false) })
    }

    pub(super) fn encode_index(
        &self,
        entries: impl Iterator<Item = (u64, u64)>,
    ) -> Result<Vec<u8>> {
        let mut out = room(self.index_size() as usize, "a shard index")?;
        for word in entries.flat_map(|(offset, length)| [offset, length]) {
            let word = if self.index_swap { word.swap_bytes() } else { word };
            out.extend_from_slice(&word.to_ne_bytes());
        }
        if self.index_checksum {
            let sum = crc32c::crc32c(&out);
            out.extend_from_slice(&sum.to_le_bytes());
        }
        Ok(out)
    }
}

impl Index {
    /// Offset and length of a subchunk.
    pub(crate) fn get(&self, place: usize) -> Option<(u64, u64)> {
        self.entries.get(place).copied().filter(|entry| *entry != (ABSENT, ABSENT))
    }

    /// Offsets and lengths of the subchunks that are present.
    pub(crate) fn present(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.entries.iter().copied().filter(|entry| *entry != (ABSENT, ABSENT))
    }

    /// Approximate memory use.
    pub(super) fn bytes(&self) -> usize {
        256 + size_of_val(self.entries.as_slice())
    }

    /// Rejects overlapping subchunks: checks the whole index, or one entry against the rest. A
    /// subchunk without bytes overlaps no other.
    pub(crate) fn check_overlaps(&self, only: Option<usize>) -> Result<()> {
        let lies = || Error::damaged("the shard index puts two subchunks on the same bytes");
        if self.checked.load(Ordering::Relaxed) {
            return Ok(());
        }
        let filled = || self.present().filter(|(_, length)| *length > 0);
        if let Some(place) = only {
            let Some((offset, length)) = self.get(place).filter(|(_, length)| *length > 0) else {
                return Ok(());
            };
            let shared = filled().filter(|(o, l)| *o < offset + length && offset < o + l).count();
            return if shared > 1 { Err(lies()) } else { Ok(()) };
        }
        let mut sorted = room(self.entries.len(), "a shard index")?;
        sorted.extend(filled());
        sorted.sort_unstable();
        let shared = sorted.windows(2).any(|two: &[(u64, u64)]| two[0].0 + two[0].1 > two[1].0);
        if shared {
            return Err(lies());
        }
        self.checked.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ABSENT;
    use crate::codec::shard::tests::shard;
    use crate::options::Opts;

    fn index_of(entries: &[(u64, u64)]) -> Vec<u8> {
        entries.iter().flat_map(|(o, l)| [*o, *l]).flat_map(u64::to_le_bytes).collect()
    }

    /// Catches trust in index entries, for each way in which an offset or a length can be wrong.
    #[test]
    fn an_index_that_points_outside_is_refused() {
        for (location, low, high) in [("end", 0, 68), ("start", 32, 100)] {
            let shard = shard(location, [1, 2]);
            let check = |entry: (u64, u64)| {
                let stored = index_of(&[entry, (ABSENT, ABSENT)]);
                shard.index(&stored, Some(100), &Opts::DEFAULT).is_ok()
            };
            assert!(check((low, high - low)) && check((high - 1, 1)) && check((ABSENT, ABSENT)));
            let lies = [
                (low, high - low + 1),
                (high, 1),
                (1 << 62, 1 << 62),
                (ABSENT, 1),
                (1, ABSENT),
                (ABSENT - 1, 1),
            ];
            for lie in lies {
                assert!(!check(lie), "{location} {lie:?}");
            }
        }
        assert!(!shard("start", [1, 2]).index_at(31).is_ok_and(|_| true));
    }

    /// Catches subchunks that share bytes; raw codecs would silently return wrong data.
    #[test]
    fn an_index_with_overlaps_is_refused() {
        let shard = shard("end", [1, 3]);
        let index = |entries: &[(u64, u64)]| {
            let index = shard.index(&index_of(entries), Some(100), &Opts::DEFAULT);
            index.unwrap_or_else(|error| unreachable!("{error}"))
        };
        let apart = index(&[(8, 4), (ABSENT, ABSENT), (4, 4)]);
        assert!(apart.check_overlaps(None).is_ok() && apart.check_overlaps(Some(0)).is_ok());
        let doubled = index(&[(8, 4), (20, 1), (5, 4)]);
        assert!(doubled.check_overlaps(None).is_err());
        assert!(
            doubled.check_overlaps(Some(0)).is_err() && doubled.check_overlaps(Some(1)).is_ok()
        );
        // A subchunk of no bytes passes every check, whichever subchunks a call needs.
        let empty = index(&[(8, 4), (10, 0), (10, 0)]);
        assert!([None, Some(0), Some(1)].iter().all(|only| empty.check_overlaps(*only).is_ok()));
    }
}
