//! The stored form: the number of elements, then the length and bytes of each.

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::str;

use super::{Arena, ITEM, Token};
use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::options::Opts;

/// Size in bytes of a length, and of the number of elements.
const WORD: usize = 4;

impl Arena {
    /// Creates tokens for the elements of a chunk, and holds the bytes that they refer to.
    pub(crate) fn decode(
        &self,
        data: Cow<'_, [u8]>,
        into: &mut [MaybeUninit<u8>],
        opts: &Opts,
    ) -> Result<()> {
        let count = into.len() / ITEM;
        let stored = word(&data, 0)
            .ok_or_else(|| Error::damaged("it ends before the number of its elements"))?;
        if stored as usize != count {
            return Err(Error::damaged(format!(
                "it has {stored} elements where {count} are expected"
            )));
        }
        let data = match data {
            Cow::Owned(data) => data,
            Cow::Borrowed(data) => {
                let mut copy = Vec::new();
                reserve(&mut copy, data.len(), "a chunk")?;
                copy.extend_from_slice(data);
                copy
            }
        };
        let block = self.number()?;
        let mut at = WORD;
        for (number, slot) in into.chunks_exact_mut(ITEM).enumerate() {
            let length = word(&data, at);
            at += WORD;
            let bytes = length.and_then(|length| data.get(at..at + length as usize));
            let bytes = bytes.ok_or_else(|| {
                Error::damaged(format!("it ends within element {number} of {count}"))
            })?;
            if self.text && str::from_utf8(bytes).is_err() {
                return Err(Error::damaged(format!("element {number} is not UTF-8")));
            }
            let token = Token { block, length: bytes.len() as u32, at: at as u64 };
            slot.write_copy_of_slice(&token.to_bytes());
            at += bytes.len();
        }
        self.hold(block, data, opts.budget)
    }

    /// The stored form of the elements that tokens refer to.
    pub(crate) fn encode(&self, tokens: &[u8]) -> Result<Vec<u8>> {
        let (tokens, _) = tokens.as_chunks::<ITEM>();
        let count = u32::try_from(tokens.len()).map_err(|_| {
            let count = tokens.len();
            Error::Unsupported(format!("a chunk of {count} elements of variable length"))
        })?;
        let tokens = || tokens.iter().map(|token| Token::of_bytes(*token));
        let size = tokens().fold(WORD, |n, token| n + WORD + token.length as usize);
        let mut out = Vec::new();
        reserve(&mut out, size, "an encoded chunk")?;
        out.extend_from_slice(&count.to_le_bytes());
        let blocks = self.read();
        for token in tokens() {
            let bytes = blocks.get(token);
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Ok(out)
    }
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk::<WORD>().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::Arena;
    use crate::elements::vlen::tests::{decoded, stored};

    /// Catches elements that are swapped, lost at the end, or cut at a NUL.
    #[test]
    fn what_is_decoded_encodes_to_the_same() {
        let data = stored(&[b"", b"ab", b"x\0", b"", "\u{65e5}".as_bytes()]);
        let arena = Arena::new(true, b"fill".to_vec());
        let tokens = decoded(&arena, &data, 5, 1 << 20);
        assert!(tokens.is_ok_and(|tokens| arena.encode(&tokens).is_ok_and(|again| again == data)));
    }

    /// Catches reads beyond the end, trust in counts and lengths, and text that is not UTF-8.
    #[test]
    fn damaged_bytes_are_refused() {
        let arena = Arena::new(true, Vec::new());
        let good = stored(&[b"abc", b"de"]);
        for length in 0..good.len() {
            assert!(decoded(&arena, &good[..length], 2, 1 << 20).is_err(), "{length}");
        }
        for count in [0, 1, 3] {
            assert!(decoded(&arena, &good, count, 1 << 20).is_err(), "{count}");
        }
        let mut long = good.clone();
        long[4..8].fill(0xff);
        assert!(decoded(&arena, &long, 2, 1 << 20).is_err());
        let latin = stored(&[b"\xe9"]);
        assert!(decoded(&arena, &latin, 1, 1 << 20).is_err());
        assert!(decoded(&Arena::new(false, Vec::new()), &latin, 1, 1 << 20).is_ok());
    }
}
