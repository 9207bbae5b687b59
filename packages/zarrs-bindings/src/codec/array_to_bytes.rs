//! Conversion of a chunk's elements to bytes, before compression.

use std::sync::Arc;

use super::callback::Callback;
use super::foreign::Foreign;
use super::shard::Shard;
use crate::elements::vlen::Arena;

/// Converts the elements of a chunk to bytes, before compression.
#[derive(Clone, Debug)]
pub(crate) enum ArrayToBytes {
    /// Elements in sequence. Words of `swap` bytes are reversed, unless it is 0.
    Bytes {
        swap: usize,
    },
    Shard(Box<Shard>),
    Foreign(Foreign),
    /// All codecs up to the last one that only Python has.
    Python(Callback),
    /// Strings or bytes of variable length.
    Vlen(Arc<Arena>),
}
