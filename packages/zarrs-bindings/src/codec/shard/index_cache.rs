//! Caches shard indexes, so that reading one element of a large shard does not have to read, sum
//! and check its whole index again.
//!
//! The cache key is not a name but a file in a certain state, by all that the system reports of it.
//! A file that replaces a shard is another file, so nothing is found for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Index, Shard};
use crate::bounded_cache::BoundedCache;
use crate::counters;
use crate::per_process::PerProcess;
use crate::store::local::Stamp;

/// Maximum total bytes of the cached indexes.
const CAPACITY: usize = 32 << 20;

/// File times may be as coarse as two seconds, and a file that is changed twice within one step
/// looks the same after the second change. So a file must be unchanged for longer than that.
const AT_REST: Duration = Duration::from_secs(3);

/// A file in a certain state, and the format of its index.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    stamp: Stamp,
    count: u64,
    first: bool,
    swap: bool,
    checksum: bool,
}

type Indexes = BoundedCache<Source, Arc<Index>>;

static KEPT: PerProcess<Mutex<Indexes>> = PerProcess::new();

fn with<T>(work: impl FnOnce(&mut Indexes) -> T) -> T {
    let kept = KEPT.get(|_| Mutex::new(Indexes::new(CAPACITY)));
    work(&mut kept.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Shard {
    /// The cache key for the index of a file; `None` if the system reports too little of it.
    pub(crate) fn source(&self, stamp: Option<Stamp>) -> Option<Source> {
        Some(Source {
            stamp: stamp?,
            count: self.count,
            first: self.index_first,
            swap: self.index_swap,
            checksum: self.index_checksum,
        })
    }
}

/// The cached index of the same file.
pub(crate) fn find(source: &Source) -> Option<Arc<Index>> {
    let found = with(|kept| kept.get(source))?;
    counters::INDEXES_REUSED.add(1);
    Some(found)
}

/// Caches an index whose checksum was verified.
pub(crate) fn keep(source: Source, index: &Arc<Index>) {
    let bytes = index.bytes();
    if bytes > CAPACITY / 4 || !at_rest(&source.stamp, SystemTime::now()) {
        return;
    }
    let dropped = with(|kept| kept.insert(source, Arc::clone(index), bytes));
    drop(dropped);
}

fn at_rest(stamp: &Stamp, now: SystemTime) -> bool {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    stamp.changed().is_some_and(|changed| changed + AT_REST < now)
}

/// Number and total bytes of the cached indexes, and the maximum bytes.
pub(crate) fn info() -> (usize, usize, usize) {
    with(|kept| (kept.len(), kept.weight(), kept.capacity()))
}

pub(crate) fn clear() {
    drop(with(|kept| std::mem::replace(kept, Indexes::new(CAPACITY))));
}

#[cfg(test)]
mod tests {
    use super::{AT_REST, at_rest};
    use crate::store::local::Stamp;
    use std::time::{Duration, UNIX_EPOCH};

    /// Catches an index that is trusted although the file can still change within its time step.
    #[test]
    fn a_file_that_was_just_changed_is_not_at_rest() {
        let second = Duration::from_secs(1);
        let (old, just) = (1000 * second, 1001 * second);
        let now = UNIX_EPOCH + old + AT_REST + second / 2;
        assert!(at_rest(&Stamp::at(old, old), now));
        assert!(!at_rest(&Stamp::at(old, just), now) && !at_rest(&Stamp::at(just, old), now));
        let ahead = 2 * old;
        assert!(!at_rest(&Stamp::at(ahead, ahead), now) && !at_rest(&Stamp::at(old, ahead), now));
    }
}
