//! Variable-length strings and bytes. During a call, an element is a token: it refers to bytes that
//! the call holds, and moves like a fixed-size element.

mod codec;
mod elements;
mod strings;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::errors::{Error, Result};

/// The name of such elements, and of their codec, in a document.
pub(crate) const NAME: &str = "vlen";

/// Size of a token in bytes.
pub(crate) const ITEM: usize = 16;

/// The block that holds the fill value.
const FILL: u32 = 0;

/// Stands for an element that is neither text nor bytes, and is stored as an empty one.
const NOTHING: u32 = u32::MAX;

/// A range of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    block: u32,
    length: u32,
    at: u64,
}

impl Token {
    const EMPTY: Self = Self { block: FILL, length: 0, at: 0 };
    const NOTHING: Self = Self { block: NOTHING, length: 0, at: 0 };

    fn to_bytes(self) -> [u8; ITEM] {
        let low = u64::from(self.block) | u64::from(self.length) << 32;
        (u128::from(low) | u128::from(self.at) << 64).to_ne_bytes()
    }

    fn of_bytes(bytes: [u8; ITEM]) -> Self {
        let both = u128::from_ne_bytes(bytes);
        Self { block: both as u32, length: (both >> 32) as u32, at: (both >> 64) as u64 }
    }
}

/// The bytes that tokens refer to.
#[derive(Debug)]
pub(crate) struct Arena {
    /// Whether the bytes are text.
    pub(crate) text: bool,
    blocks: RwLock<Blocks>,
}

#[derive(Debug)]
struct Blocks {
    all: Vec<Vec<u8>>,
    bytes: u64,
}

impl Arena {
    pub(crate) fn new(text: bool, fill: Vec<u8>) -> Self {
        Self { text, blocks: RwLock::new(Blocks { all: vec![fill], bytes: 0 }) }
    }

    /// An arena for one call, with only the same fill value.
    pub(crate) fn for_call(&self) -> Arc<Self> {
        let fill = self.read().all.first().cloned().unwrap_or_default();
        Arc::new(Self::new(self.text, fill))
    }

    /// The token of the fill value.
    pub(crate) fn fill(&self) -> [u8; ITEM] {
        let length = self.read().all.first().map_or(0, Vec::len);
        Token { length: length as u32, ..Token::EMPTY }.to_bytes()
    }

    /// Reserves an empty block, and returns its number.
    fn number(&self) -> Result<u32> {
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(blocks.all.len()).ok().filter(|number| *number != NOTHING);
        let number = number.ok_or_else(|| {
            Error::Unsupported("one call touches too many chunks; select less".into())
        })?;
        blocks.all.push(Vec::new());
        Ok(number)
    }

    /// Holds the bytes of a block until the call ends. `budget` limits the total of all blocks.
    fn hold(&self, number: u32, bytes: Vec<u8>, budget: u64) -> Result<()> {
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        let sum = blocks.bytes.saturating_add(bytes.len() as u64);
        if sum > budget {
            return Err(Error::too_large("the elements of the chunks", sum, budget));
        }
        blocks.bytes = sum;
        if let Some(block) = blocks.all.get_mut(number as usize) {
            *block = bytes;
        }
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Blocks> {
        self.blocks.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every element, given by its token, is the fill value.
    pub(crate) fn is_fill(&self, tokens: &[u8]) -> bool {
        let blocks = self.read();
        let fill = blocks.all.first().map_or(&[][..], Vec::as_slice);
        let (tokens, _) = tokens.as_chunks::<ITEM>();
        tokens.iter().map(|token| Token::of_bytes(*token)).all(|token| {
            token.block == FILL && token.length as usize == fill.len()
                || token.block != NOTHING && blocks.get(token) == fill
        })
    }
}

impl Blocks {
    /// The bytes of an element.
    fn get(&self, token: Token) -> &[u8] {
        let start = token.at as usize;
        let block = self.all.get(token.block as usize);
        block.and_then(|b| b.get(start..start + token.length as usize)).unwrap_or_default()
    }
}
