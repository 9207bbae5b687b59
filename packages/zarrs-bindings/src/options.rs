//! What a caller can choose for one call.

use crate::errors::{Error, Result};

/// Which writers of one chunk are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locking {
    /// All of the machine where the file system can, otherwise those of this process.
    Auto,
    Threads,
    Processes,
}

/// The choices, as plain values.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opts {
    /// Most threads used by the call; `None` is all of the pool.
    pub(crate) concurrency: Option<usize>,
    pub(crate) validate_checksums: bool,
    pub(crate) missing_is_error: bool,
    pub(crate) write_empty_chunks: bool,
    pub(crate) budget: u64,
    /// Whether a write is on the disk when it returns.
    pub(crate) fsync: bool,
    pub(crate) locking: Locking,
    /// Most bytes of results that were let go that are kept for later ones.
    pub(crate) memory_pool: u64,
    /// Most unwanted bytes that are fetched along with a part of a shard.
    pub(crate) coalesce_max_gap: u64,
    /// Most bytes that parts of a shard are fetched in together.
    pub(crate) coalesce_max_bytes: u64,
}

impl Opts {
    pub(crate) const DEFAULT: Self = Self {
        concurrency: None,
        validate_checksums: true,
        missing_is_error: false,
        write_empty_chunks: false,
        budget: 1 << 38,
        fsync: false,
        locking: Locking::Auto,
        memory_pool: 256 << 20,
        coalesce_max_gap: 1 << 20,
        coalesce_max_bytes: 16 << 20,
    };

    /// Refuses a size above the budget, or one that no allocation can have.
    pub(crate) fn allow(&self, what: &str, bytes: u64) -> Result<usize> {
        if bytes > self.budget || bytes > isize::MAX as u64 {
            return Err(Error::too_large(what, bytes, self.budget));
        }
        Ok(bytes as usize)
    }
}
