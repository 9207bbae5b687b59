//! Caches shard indexes, so that reading one element of a large shard does not have to read, sum
//! and check its whole index again.
//!
//! For a file, the cache key is not a name but a file in a certain state, by all that the system
//! reports of it. A file that replaces a shard is another file, so nothing is found for it. For a
//! value in an object store, the key is its name, and the tag of the version is kept with the index:
//! the request for subchunks says which version it is for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::{Index, Shard};
use crate::bounded_cache::BoundedCache;
use crate::counters;
use crate::per_process::PerProcess;
use crate::store::local::Stamp;

/// Maximum total bytes of the cached indexes.
const CAPACITY: usize = 32 << 20;

/// Where a shard is, and the format of its index.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    place: Place,
    count: u64,
    first: bool,
    swap: bool,
    checksum: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    /// A file in a certain state.
    File(Stamp),
    /// The number of a store, and the key of a value.
    #[cfg(feature = "remote")]
    Value(u64, String),
}

/// An index, and the version of the value that has it.
#[derive(Clone)]
struct Known {
    index: Arc<Index>,
    #[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "files have no tags"))]
    tag: Option<Arc<str>>,
}

type Indexes = BoundedCache<Source, Known>;

static KEPT: PerProcess<Mutex<Indexes>> = PerProcess::new();

fn with<T>(work: impl FnOnce(&mut Indexes) -> T) -> T {
    let kept = KEPT.get(|_| Mutex::new(Indexes::new(CAPACITY)));
    work(&mut kept.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Shard {
    /// The cache key for the index of a file; `None` if the system reports too little of it.
    pub(crate) fn source(&self, stamp: Option<Stamp>) -> Option<Source> {
        Some(self.source_at(Place::File(stamp?)))
    }

    /// The cache key for the index of a value in an object store.
    #[cfg(feature = "remote")]
    pub(crate) fn source_of(&self, store: u64, key: &str) -> Source {
        self.source_at(Place::Value(store, key.to_owned()))
    }

    fn source_at(&self, place: Place) -> Source {
        Source {
            place,
            count: self.count,
            first: self.index_first,
            swap: self.index_swap,
            checksum: self.index_checksum,
        }
    }
}

/// The cached index of the same file.
pub(crate) fn find(source: &Source) -> Option<Arc<Index>> {
    let found = with(|kept| kept.get(source))?;
    counters::INDEXES_REUSED.add(1);
    Some(found.index)
}

/// The cached index of a value, and the tag of the version that has it.
#[cfg(feature = "remote")]
pub(crate) fn find_tagged(source: &Source) -> Option<(Arc<Index>, String)> {
    let found = with(|kept| kept.get(source))?;
    let tag = found.tag?.as_ref().to_owned();
    Some((found.index, tag))
}

/// Caches the index of a file whose checksum was verified.
pub(crate) fn keep(source: Source, index: &Arc<Index>) {
    let rests = match &source.place {
        Place::File(stamp) => stamp.is_at_rest(SystemTime::now()),
        #[cfg(feature = "remote")]
        Place::Value(..) => false,
    };
    if rests {
        insert(source, index, None);
    }
}

/// Caches the index of a value of this version, whose checksum was verified.
#[cfg(feature = "remote")]
pub(crate) fn keep_tagged(source: Source, index: &Arc<Index>, tag: &str) {
    insert(source, index, Some(tag.into()));
}

fn insert(source: Source, index: &Arc<Index>, tag: Option<Arc<str>>) {
    let bytes = index.bytes();
    if bytes <= CAPACITY / 4 {
        let known = Known { index: Arc::clone(index), tag };
        let dropped = with(|kept| kept.insert(source, known, bytes));
        drop(dropped);
    }
}

/// Number and total bytes of the cached indexes, and the maximum bytes.
pub(crate) fn info() -> (usize, usize, usize) {
    with(|kept| (kept.len(), kept.weight(), kept.capacity()))
}

pub(crate) fn clear() {
    drop(with(|kept| std::mem::replace(kept, Indexes::new(CAPACITY))));
}
