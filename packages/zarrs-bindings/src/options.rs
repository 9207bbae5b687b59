//! The options of one call.

use crate::errors::{Error, Result};

/// Which writers of one chunk exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locking {
    /// All writers as far as the store can tell: by conditions, or on the machine if the file system
    /// supports it, otherwise those of this process.
    Auto,
    Threads,
    Processes,
    /// All writers of a store that puts a value on the condition that the old one is unchanged.
    Conditional,
}

/// The options, as plain values.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opts {
    /// Maximum number of threads for the call; `None` for all of the pool.
    pub(crate) concurrency: Option<usize>,
    pub(crate) validate_checksums: bool,
    pub(crate) missing_is_error: bool,
    pub(crate) write_empty_chunks: bool,
    pub(crate) budget: u64,
    /// Whether a write must be on disk when it returns.
    pub(crate) fsync: bool,
    /// Whether files are read and written without the page cache.
    pub(crate) direct_io: bool,
    pub(crate) locking: Locking,
    /// Maximum number of bytes of freed results to keep for later ones.
    pub(crate) memory_pool: u64,
    /// Maximum number of unwanted bytes to fetch along with a part of a shard.
    pub(crate) coalesce_max_gap: u64,
    /// Maximum number of bytes in a joint request for parts of a shard.
    pub(crate) coalesce_max_bytes: u64,
    /// Whether values of the store are never replaced; `None` if only the store knows.
    pub(crate) immutable_store: Option<bool>,
    /// Maximum number of bytes in flight over the network.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "nothing is in flight"))]
    pub(crate) in_flight_bytes: u64,
    /// Maximum number of bytes of decoded chunks to keep for later reads; 0 to keep and use none.
    pub(crate) chunk_cache: u64,
    /// For how many seconds a server is not asked again whether a cached chunk has changed.
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "no server is asked"))]
    pub(crate) chunk_cache_max_age: f64,
}

impl Opts {
    pub(crate) const DEFAULT: Self = Self {
        concurrency: None,
        validate_checksums: true,
        missing_is_error: false,
        write_empty_chunks: false,
        budget: 1 << 38,
        fsync: false,
        direct_io: false,
        locking: Locking::Auto,
        memory_pool: 256 << 20,
        coalesce_max_gap: 1 << 20,
        coalesce_max_bytes: 16 << 20,
        immutable_store: None,
        in_flight_bytes: 256 << 20,
        chunk_cache: 0,
        chunk_cache_max_age: 0.0,
    };

    /// Rejects a size that exceeds the budget or any possible allocation.
    pub(crate) fn allow(&self, what: &str, bytes: u64) -> Result<usize> {
        if bytes > self.budget || bytes > isize::MAX as u64 {
            return Err(Error::too_large(what, bytes, self.budget));
        }
        Ok(bytes as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::Opts;
    use crate::errors::Error;

    /// Catches a limit that is off by one, and an impossible size that an unlimited budget allows.
    #[test]
    fn a_size_is_allowed_up_to_the_budget_and_up_to_what_can_be_allocated() {
        let allow = |budget, bytes| Opts { budget, ..Opts::DEFAULT }.allow("a chunk", bytes);
        for (budget, most) in [(0, 0), (10, 10), (u64::MAX, isize::MAX as u64)] {
            assert!(allow(budget, most).is_ok_and(|bytes| bytes as u64 == most), "{budget}");
            assert!(matches!(allow(budget, most + 1), Err(Error::Budget(_))), "{budget}");
        }
    }
}
