//! Identities of stores.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Equal for equal stores: the absolute root of a local store, a number for any other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    Root(Arc<[u8]>, u64),
    Number(u64),
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);

impl Identity {
    /// An identity that no other store has.
    pub(crate) fn new() -> Self {
        Self::Number(NUMBERS.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn local(root: Vec<u8>) -> Self {
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        Self::Root(root.into(), hasher.finish())
    }

    pub(crate) fn hash(&self) -> u64 {
        match self {
            Self::Root(_, hash) => *hash,
            Self::Number(number) => number.wrapping_mul(0xd6e8_feb8_6659_fd93),
        }
    }

    /// The number of a store that is no directory.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Root(..) => None,
            Self::Number(number) => Some(*number),
        }
    }

    pub(crate) fn root(&self) -> Option<&[u8]> {
        match self {
            Self::Root(root, _) => Some(root),
            Self::Number(_) => None,
        }
    }
}
