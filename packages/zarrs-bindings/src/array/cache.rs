//! Caches constructed arrays by store, path and document. They hold no chunk data.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::store::identity::Identity;
use crate::store::key::Prefix;

const CAPACITY: NonZeroUsize = match NonZeroUsize::new(256) {
    Some(capacity) => capacity,
    None => NonZeroUsize::MIN,
};

/// A constructed array.
pub(crate) struct Entry {
    pub(crate) info: ArrayInfo,
    pub(crate) prefix: Prefix,
    identity: Identity,
    metadata: Py<PyString>,
    path: Py<PyString>,
}

/// The lock is only taken while attached, and nothing else happens while it is held. A fork also
/// happens attached, so it never copies the lock while it is held.
static CACHE: Mutex<Option<LruCache<u64, Arc<Entry>>>> = Mutex::new(None);
static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);

/// The array of a document; constructed at its first use.
pub(crate) fn entry(
    metadata: &Bound<'_, PyString>,
    identity: &Identity,
    path: &Bound<'_, PyString>,
) -> Result<Arc<Entry>> {
    let store = identity.hash();
    // Strings cache their hashes, so the document is hashed once, not in every call.
    let hash = |text: &Bound<'_, PyString>| text.hash().map_err(Error::Python);
    let key = mix(mix(store, hash(metadata)? as u64), hash(path)? as u64);
    let found = with(|cache| cache.get(&key).cloned());
    if let Some(entry) = found
        && entry.is(metadata, identity, path)?
    {
        HITS.fetch_add(1, Ordering::Relaxed);
        return Ok(entry);
    }
    MISSES.fetch_add(1, Ordering::Relaxed);
    let info = ArrayInfo::parse(text(metadata)?)?;
    let entry = Arc::new(Entry {
        info,
        prefix: Prefix::new(identity.root(), text(path)?)?,
        identity: identity.clone(),
        metadata: metadata.clone().unbind(),
        path: path.clone().unbind(),
    });
    let evicted = with(|cache| cache.push(key, Arc::clone(&entry)));
    drop(evicted);
    Ok(entry)
}

impl Entry {
    /// The entry for one call, with another array in the same location.
    pub(crate) fn with_info(&self, py: Python<'_>, info: ArrayInfo) -> Self {
        Self {
            info,
            prefix: self.prefix.clone(),
            identity: self.identity.clone(),
            metadata: self.metadata.clone_ref(py),
            path: self.path.clone_ref(py),
        }
    }

    /// Whether this is the requested entry, and not another with the same hash.
    fn is(
        &self,
        metadata: &Bound<'_, PyString>,
        identity: &Identity,
        path: &Bound<'_, PyString>,
    ) -> Result<bool> {
        Ok(same(&self.metadata, metadata)? && same(&self.path, path)? && self.identity == *identity)
    }
}

fn same(held: &Py<PyString>, given: &Bound<'_, PyString>) -> Result<bool> {
    Ok(held.is(given) || text(held.bind(given.py()))? == text(given)?)
}

fn text<'a>(string: &'a Bound<'_, PyString>) -> Result<&'a str> {
    string.to_str().map_err(|_| {
        Error::InvalidPath(format!("{string:?} holds half a surrogate pair and is not text"))
    })
}

fn mix(a: u64, b: u64) -> u64 {
    (a.rotate_left(25) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn with<T>(work: impl FnOnce(&mut LruCache<u64, Arc<Entry>>) -> T) -> T {
    let mut held = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    work(held.get_or_insert_with(|| LruCache::new(CAPACITY)))
}

/// Hits, misses, size and capacity.
pub(crate) fn info() -> (u64, u64, usize, usize) {
    let (hits, misses) = (HITS.load(Ordering::Relaxed), MISSES.load(Ordering::Relaxed));
    let (size, capacity) = with(|cache| (cache.len(), cache.cap().get()));
    (hits, misses, size, capacity)
}

/// Removes all arrays, and resets the counts of hits and misses.
pub(crate) fn clear() {
    let old = with(|cache| std::mem::replace(cache, LruCache::new(CAPACITY)));
    drop(old);
    HITS.store(0, Ordering::Relaxed);
    MISSES.store(0, Ordering::Relaxed);
}
