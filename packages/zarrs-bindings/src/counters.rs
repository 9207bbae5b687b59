//! Counts operations since import, with relaxed atomics, which are cheap enough to be always on.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($name:ident),+ $(,)?) => {
        $(pub(crate) static $name: Counter = Counter(AtomicU64::new(0));)+

        /// All counters, by lower-case name.
        pub(crate) fn all() -> Vec<(String, u64)> {
            vec![$((stringify!($name).to_lowercase(), $name.0.load(Ordering::Relaxed))),+]
        }
    };
}

/// A count that never decreases.
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }
}

counters! {
    READ_REGION,
    WRITE_REGION,
    READ_CHUNK,
    WRITE_CHUNK,
    READ_REGIONS,
    WRITE_REGIONS,
    ASSEMBLE_FILES,
    VERIFY_CHUNKS,
    CHUNKS_DECODED,
    CHUNKS_ENCODED,
    CHUNKS_MISSING,
    CHUNKS_DELETED,
    INDEXES_READ,
    INDEXES_REUSED,
    BYTES_READ,
    BYTES_WRITTEN,
    BYTES_READ_DIRECTLY,
    BYTES_WRITTEN_DIRECTLY,
    REQUESTS,
}

#[cfg(test)]
mod tests {
    use super::{READ_REGION, all};

    /// Catches a count that is reset when it is read, or reported under another name.
    #[test]
    fn a_count_grows_under_its_own_name() {
        let counts = || all().into_iter().filter(|(name, _)| name.ends_with("_region"));
        let before: Vec<_> = counts().collect();
        assert_eq!(before.len(), 2);
        READ_REGION.add(3);
        READ_REGION.add(4);
        for ((name, before), (_, after)) in before.into_iter().zip(counts()) {
            assert_eq!(after - before, if name == "read_region" { 7 } else { 0 }, "{name}");
        }
    }
}
