//! Replaces some blocks of a blosc buffer, and keeps the stored bytes of the others.
//!
//! After its header, a buffer has the starts of its blocks, each of which is encoded by itself. A
//! buffer of a single block has the same bytes in its block as a longer one.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::{Blosc, HEADER, OVERHEAD, declared, decode_part};
use crate::errors::{Result, same_length};
use crate::memory::reserve::room;

/// Bytes at the start of the header that tell how blocks are encoded.
const ENCODING: usize = 4;

/// Places in the header, and bits of its flags.
const FLAGS: usize = 2;
const TYPE_SIZE: usize = 3;
const BLOCK_SIZE: usize = 8;
const STORED_SIZE: usize = 12;
const IS_COPY: u8 = 0x02;
const IS_NEVER_SPLIT: u8 = 0x10;

/// Bytes of the start of a block, and of the length of a part of it.
const START: usize = 4;
const LENGTH: usize = 4;

/// Which blocks are split into a part for each byte of an item.
const MOST_PARTS: usize = 16;
const LEAST_SPLIT: usize = 128;

/// Some blocks of a buffer, to be replaced.
pub(crate) struct Blocks<'a> {
    stored: &'a [u8],
    /// Decoded size of the buffer, and of a block; the last one may be shorter.
    size: usize,
    block: usize,
    touched: Range<usize>,
    /// The stored bytes of all blocks.
    old: Vec<&'a [u8]>,
}

impl<'a> Blocks<'a> {
    /// The blocks that hold `length` decoded bytes from `at` on. `None` if they are almost all, if
    /// they cannot be encoded separately, or if the bytes of others are not where they should be.
    pub(crate) fn around(
        stored: &'a [u8],
        size: usize,
        at: usize,
        length: usize,
    ) -> Result<Option<Self>> {
        same_length(declared(stored)? as u64, size as u64)?;
        let (flags, block) = (stored[FLAGS], word(stored, BLOCK_SIZE));
        if flags & IS_COPY != 0 || block == 0 {
            return Ok(None);
        }
        let touched = at / block..(at + length).div_ceil(block);
        let (count, is_split) = (size.div_ceil(block), flags & IS_NEVER_SPLIT == 0);
        // The last block is encoded in another way if it is shorter and the others are split.
        let is_other = is_split && touched.end == count && !size.is_multiple_of(block);
        if is_other || touched.len() * 4 > count * 3 {
            return Ok(None);
        }
        let old = pieces(stored, size, block)?;
        Ok(old.map(|old| Self { stored, size, block, touched, old }))
    }

    /// The decoded bytes of the blocks.
    pub(crate) fn range(&self) -> Range<usize> {
        self.touched.start * self.block..self.size.min(self.touched.end * self.block)
    }

    /// Decodes the blocks; `false` if that is not possible without the others.
    pub(crate) fn decode(&self, into: &mut [MaybeUninit<u8>]) -> Result<bool> {
        decode_part(self.stored, self.size, self.range().start, into)
    }

    /// The buffer with other data in the blocks. `None` if the whole buffer has to be encoded: it
    /// was made by another encoder, or the new blocks have no room.
    pub(crate) fn encode(&self, encoder: &Blosc, data: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut new: Vec<Vec<u8>> = room(self.touched.len(), "encoded blocks")?;
        for block in data.chunks(self.block) {
            let one = encoder.encode_in_blocks(block, block.len(), Vec::new())?;
            let is_alike = one[..ENCODING] == self.stored[..ENCODING];
            let is_single = word(&one, BLOCK_SIZE) == block.len();
            if !is_alike || !is_single || one.len() < HEADER + START {
                return Ok(None);
            }
            new.push(one);
        }
        self.join(&new)
    }

    fn join(&self, new: &[Vec<u8>]) -> Result<Option<Vec<u8>>> {
        let mut pieces: Vec<&[u8]> = room(self.old.len(), "encoded blocks")?;
        pieces.extend_from_slice(&self.old);
        for (piece, one) in pieces[self.touched.clone()].iter_mut().zip(new) {
            *piece = &one[HEADER + START..];
        }
        let mut start = HEADER + START * pieces.len();
        let total = pieces.iter().fold(start, |sum, piece| sum + piece.len());
        if total > self.size + OVERHEAD {
            return Ok(None);
        }
        let mut out: Vec<u8> = room(total, "an encoded chunk")?;
        out.extend_from_slice(&self.stored[..STORED_SIZE]);
        out.extend_from_slice(&(total as u32).to_le_bytes());
        for piece in &pieces {
            out.extend_from_slice(&(start as u32).to_le_bytes());
            start += piece.len();
        }
        for piece in pieces {
            out.extend_from_slice(piece);
        }
        Ok(Some(out))
    }
}

/// The stored bytes of all blocks, which threads may have stored in any order. `None` if they do not
/// fill the buffer exactly: to move a block, one must know where it ends.
fn pieces(stored: &[u8], size: usize, block: usize) -> Result<Option<Vec<&[u8]>>> {
    let count = size.div_ceil(block);
    let mut starts: Vec<usize> = room(count, "the starts of blocks")?;
    starts.extend((0..count).map(|n| word(stored, HEADER + START * n)));
    let mut sorted: Vec<usize> = room(count + 1, "the starts of blocks")?;
    sorted.extend_from_slice(&starts);
    sorted.push(stored.len());
    sorted.sort_unstable();
    if sorted.first() != Some(&(HEADER + START * count)) {
        return Ok(None);
    }
    let mut pieces: Vec<&[u8]> = room(count, "stored blocks")?;
    for (n, start) in starts.into_iter().enumerate() {
        let end = sorted.get(sorted.partition_point(|other| *other <= start));
        let piece = end.and_then(|end| stored.get(start..*end));
        let parts = parts(stored, block, size - n * block);
        match piece.filter(|piece| are_parts(piece, parts)) {
            Some(piece) => pieces.push(piece),
            None => return Ok(None),
        }
    }
    Ok(Some(pieces))
}

/// Number of parts of a block, of which so many bytes are left.
fn parts(stored: &[u8], block: usize, left: usize) -> usize {
    let item = usize::from(stored[TYPE_SIZE]).max(1);
    let is_split = stored[FLAGS] & IS_NEVER_SPLIT == 0 && left >= block;
    if is_split && item <= MOST_PARTS && block / item >= LEAST_SPLIT { item } else { 1 }
}

/// Whether the bytes are so many parts, each after its length.
fn are_parts(bytes: &[u8], count: usize) -> bool {
    let next = |at: usize, _| {
        bytes.get(at..at + LENGTH)?;
        Some(at + LENGTH + word(bytes, at)).filter(|end| *end <= bytes.len())
    };
    (0..count).try_fold(0, next) == Some(bytes.len())
}

/// A number of the buffer; 0 if it is not there.
fn word(data: &[u8], at: usize) -> usize {
    let bytes = data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_le_bytes) as usize
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::{Blocks, Blosc, HEADER};
    use crate::codec::tests::filled;

    /// Not a multiple of a block.
    const SIZE: usize = 1_000_000;

    fn data() -> Vec<u8> {
        (0..SIZE as u32 / 4).flat_map(|i| (i / 3 % 50 + i % 7).to_le_bytes()).collect()
    }

    fn blosc(name: &'static std::ffi::CStr, shuffle: i32, block: u64) -> Blosc {
        Blosc::new(name, 5, shuffle, 4, block).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// Writes zeros to a range, through the blocks around it.
    fn rewritten(codec: &Blosc, stored: &[u8], at: usize, length: usize) -> Option<Vec<u8>> {
        let blocks = Blocks::around(stored, SIZE, at, length).ok()??;
        let range = blocks.range();
        assert!(range.start <= at && at + length <= range.end && range.end <= SIZE);
        let mut part = filled(range.len(), |into| blocks.decode(into).map(drop)).ok()?;
        part[at - range.start..][..length].fill(0);
        blocks.encode(codec, &part).ok()?
    }

    /// Catches blocks in the wrong order, with wrong starts, or encoded unlike those of a whole
    /// buffer.
    #[test]
    fn a_rewritten_buffer_is_the_encoded_buffer() {
        for name in [c"lz4", c"lz4hc", c"blosclz", c"zlib", c"zstd"] {
            for shuffle in 0..3 {
                // All but zstd multiply the block size by that of an item, and split blocks.
                let codec = blosc(name, shuffle, 16 << 10);
                let stored = codec.encode(&data(), Vec::new()).unwrap_or_default();
                let mut done = 0;
                for (at, length) in [(0, 1), (65_532, 8), (400_000, 200_000), (SIZE - 1, 1)] {
                    let Some(new) = rewritten(&codec, &stored, at, length) else { continue };
                    let mut data = data();
                    data[at..at + length].fill(0);
                    let back = filled(SIZE, |into| decode(&new, into));
                    assert!(back.is_ok_and(|back| back == data), "{name:?} {shuffle} {at}");
                    assert!(
                        codec.encode(&data, Vec::new()).is_ok_and(|whole| whole == new),
                        "{name:?} {at}"
                    );
                    done += 1;
                }
                assert_eq!(done, if name == c"zstd" { 4 } else { 3 }, "{name:?} {shuffle}");
            }
        }
    }

    /// Catches blocks of another encoder beside ours under one header, and a copy of the data that
    /// is taken for blocks.
    #[test]
    fn what_another_encoder_made_is_not_rewritten() {
        let codec = blosc(c"lz4", 1, 16 << 10);
        let copies = Blosc { level: 0, ..codec.clone() };
        for other in [blosc(c"zstd", 1, 16 << 10), blosc(c"lz4", 2, 0), blosc(c"lz4", 0, 0), copies]
        {
            let stored = other.encode(&data(), Vec::new()).unwrap_or_default();
            assert!(rewritten(&codec, &stored, 0, 4).is_none());
        }
        let stored = codec.encode(&data(), Vec::new()).unwrap_or_default();
        assert!(rewritten(&codec, &stored, 0, 700_000).is_some());
        assert!(rewritten(&codec, &stored, 0, 800_000).is_none());
    }

    /// Catches good blocks that are cut or moved because the start or the length of another is wrong.
    #[test]
    fn a_buffer_with_a_wrong_place_is_not_rewritten() {
        let codec = blosc(c"lz4", 1, 16 << 10);
        let stored = codec.encode(&data(), Vec::new()).unwrap_or_default();
        let word = |at: usize| super::word(&stored, at) as u32;
        let (third, fifth, end) = (HEADER + 12, HEADER + 20, stored.len() as u32);
        let in_another = [word(third), word(third) + 8, word(fifth) - 1, word(fifth) + 1];
        for start in in_another.into_iter().chain([0, HEADER as u32, end, end + 1, u32::MAX]) {
            let mut damaged = stored.clone();
            damaged[fifth..fifth + 4].copy_from_slice(&start.to_le_bytes());
            assert!(rewritten(&codec, &damaged, 0, 4).is_none(), "{start}");
        }
        let mut damaged = stored.clone();
        damaged[word(third) as usize] ^= 1;
        assert!(rewritten(&codec, &damaged, 0, 4).is_none());
        assert!(rewritten(&codec, &stored, 0, 4).is_some());
        assert!(Blocks::around(&stored[..stored.len() - 1], SIZE, 0, 4).is_err());
    }

    /// Catches blocks that are taken to be in their order, which threads may have changed.
    #[test]
    fn blocks_may_be_stored_in_any_order() {
        let codec = blosc(c"zstd", 1, 400_000);
        let data = data();
        let stored = codec.encode(&data, Vec::new()).unwrap_or_default();
        let starts: Vec<usize> = (0..3).map(|n| super::word(&stored, HEADER + 4 * n)).collect();
        let mut turned = stored[..HEADER + 12].to_vec();
        for (n, end) in [(2, stored.len()), (1, starts[2]), (0, starts[1])] {
            let start = (turned.len() as u32).to_le_bytes();
            turned[HEADER + 4 * n..HEADER + 4 * n + 4].copy_from_slice(&start);
            turned.extend_from_slice(&stored[starts[n]..end]);
        }
        let new = rewritten(&codec, &turned, 500_000, 4).unwrap_or_default();
        let mut expected = data;
        expected[500_000..500_004].fill(0);
        assert!(filled(SIZE, |into| decode(&new, into)).is_ok_and(|back| back == expected));
    }
}
