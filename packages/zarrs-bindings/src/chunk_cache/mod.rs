//! A cache of decoded chunks and subchunks, for calls whose options ask for one.
//!
//! Nothing is found for a source that has changed: each entry has the version of the value that it
//! was decoded from, and the caller says which version there is now.

mod filling;
mod key;
mod lru;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub(crate) use filling::{Claim, Filling, Keep, claim};
pub(crate) use key::{Decoding, Home, Key, Version};
use lru::Chunks;

use crate::per_process::PerProcess;

/// A decoded chunk. Reads copy from it without a lock.
pub(crate) type Decoded = Arc<Vec<u8>>;

/// What an entry counts besides its decoded bytes: at least the memory of its keys and tables.
pub(crate) const OVERHEAD: usize = 512;

/// Number of stores whose last write is remembered. With more, all of them count as just written.
const WRITTEN_STORES: usize = 1024;

/// The largest bound that a call has given.
static BOUND: AtomicU64 = AtomicU64::new(0);

static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);
static REVALIDATIONS: AtomicU64 = AtomicU64::new(0);

/// The cache of one process.
struct Shared {
    chunks: Mutex<Chunks>,
    /// Notified when a chunk that threads wait for is complete, or was given up.
    ended: Condvar,
    written: Mutex<Written>,
}

/// When this process last changed values of a store.
#[derive(Default)]
struct Written {
    each: HashMap<Home, Instant>,
    any: Option<Instant>,
}

static SHARED: PerProcess<Shared> = PerProcess::new();

fn shared() -> &'static Shared {
    SHARED.get(|_| Shared {
        chunks: Mutex::new(Chunks::default()),
        ended: Condvar::new(),
        written: Mutex::new(Written::default()),
    })
}

impl Shared {
    fn chunks(&self) -> MutexGuard<'_, Chunks> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no value of a store was changed by this process since `then`.
    fn is_untouched(&self, home: Home, then: Instant) -> bool {
        let written = self.written();
        let last = written.each.get(&home).copied().max(written.any);
        last.is_none_or(|last| last < then)
    }
}

/// A cached chunk, and what is known of its source.
pub(crate) struct Found {
    pub(crate) decoded: Decoded,
    pub(crate) version: Version,
    /// The latest moment at which the source is known to have had this version.
    checked: Instant,
    home: Home,
}

impl Found {
    /// Whether the source need not be asked: it never changes, or was asked less than so many seconds
    /// ago, and this process has not changed it since.
    pub(crate) fn is_fresh(&self, max_age: f64, immutable: bool) -> bool {
        let is_young = immutable || self.checked.elapsed().as_secs_f64() < max_age;
        is_young && shared().is_untouched(self.home, self.checked)
    }

    pub(crate) fn tag(&self) -> Option<&Arc<str>> {
        match &self.version {
            Version::Tag(tag) => Some(tag),
            Version::File(_) | Version::Only => None,
        }
    }
}

/// Lets the cache grow up to `bytes`.
pub(crate) fn allow(bytes: u64) {
    // Reading first: writing would take the cache line from other threads.
    if BOUND.load(Ordering::Relaxed) < bytes {
        BOUND.fetch_max(bytes, Ordering::Relaxed);
    }
}

/// Whether a chunk of this size may be cached.
pub(crate) fn fits(size: u64) -> bool {
    size.saturating_add(OVERHEAD as u64) <= BOUND.load(Ordering::Relaxed)
}

/// The cached chunk of a key, of whatever version.
pub(crate) fn find(key: &Key) -> Option<Found> {
    shared().chunks().get(key, |_| true).map(|(decoded, version, checked)| Found {
        decoded,
        version,
        checked,
        home: key.home,
    })
}

/// The cached chunk of a key and a version. It counts as a hit.
pub(crate) fn find_of(key: &Key, version: &Version) -> Option<Decoded> {
    let (decoded, ..) = shared().chunks().get(key, |held| held.version == *version)?;
    hit();
    Some(decoded)
}

/// Counts a chunk that was copied out of the cache.
pub(crate) fn hit() {
    HITS.fetch_add(1, Ordering::Relaxed);
}

/// Records that the server has confirmed a version, for the chunks of some keys. It was asked at `then`.
pub(crate) fn confirm<'a>(keys: impl Iterator<Item = &'a Key>, version: &Version, then: Instant) {
    let mut chunks = shared().chunks();
    keys.for_each(|key| chunks.confirm(key, version, then));
    REVALIDATIONS.fetch_add(1, Ordering::Relaxed);
}

/// Records that this process has changed values of a store.
pub(crate) fn written(home: Home) {
    if BOUND.load(Ordering::Relaxed) == 0 {
        return;
    }
    let mut written = shared().written();
    // Locked first: a later write has a later time.
    let now = Instant::now();
    if written.each.len() >= WRITTEN_STORES && !written.each.contains_key(&home) {
        written.each.clear();
        written.any = Some(now);
    }
    written.each.insert(home, now);
}

/// Hits, misses, entries, bytes, revalidations, and the bound.
pub(crate) fn info() -> (u64, u64, usize, usize, u64, u64) {
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (entries, bytes) = shared().chunks().size();
    (load(&HITS), load(&MISSES), entries, bytes, load(&REVALIDATIONS), load(&BOUND))
}

/// Removes all chunks, resets the counts, and forgets the bound.
pub(crate) fn clear() {
    let old = shared().chunks().clear();
    drop(old);
    for count in [&HITS, &MISSES, &REVALIDATIONS, &BOUND] {
        count.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
