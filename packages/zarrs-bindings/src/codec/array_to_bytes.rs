//! How the elements of a chunk become bytes, before compression.

use std::sync::Arc;

use super::callback::Callback;
use super::foreign::Foreign;
use super::shard::Shard;
use crate::elements::vlen::Arena;

/// How the elements of a chunk become bytes, before compression.
#[derive(Clone, Debug)]
pub(crate) enum ArrayToBytes {
    /// Element after element; words of `swap` bytes are reversed, unless it is 0.
    Bytes {
        swap: usize,
    },
    Shard(Box<Shard>),
    Foreign(Foreign),
    /// Everything up to the last codec that only Python has.
    Python(Callback),
    /// Strings or bytes of variable length.
    Vlen(Arc<Arena>),
}
