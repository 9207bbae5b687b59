//! Caches constructed arrays by store, path and document. They hold no chunk data.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::array::info::ArrayInfo;
use crate::bounded_cache::BoundedCache;
use crate::errors::{Error, Result};
use crate::store::identity::Identity;
use crate::store::key::Prefix;

/// Maximum number of arrays. An array with a long document counts as several.
const CAPACITY: usize = 1024;

/// Bytes of a document for which it counts as one array.
const DOCUMENT: usize = 16 << 10;

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
static CACHE: Mutex<Option<BoundedCache<u64, Arc<Entry>>>> = Mutex::new(None);
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
    let found = with(|cache| cache.get(&key));
    if let Some(entry) = found
        && entry.is(metadata, identity, path)?
    {
        HITS.fetch_add(1, Ordering::Relaxed);
        return Ok(entry);
    }
    MISSES.fetch_add(1, Ordering::Relaxed);
    let document = text(metadata)?;
    let info = ArrayInfo::parse(document)?;
    // Even the longest documents are cached, but few of them at a time.
    let weight = (1 + document.len() / DOCUMENT).min(CAPACITY / 4);
    let entry = Arc::new(Entry {
        info,
        prefix: Prefix::new(identity.root(), text(path)?)?,
        identity: identity.clone(),
        metadata: metadata.clone().unbind(),
        path: path.clone().unbind(),
    });
    let dropped = with(|cache| cache.insert(key, Arc::clone(&entry), weight));
    drop(dropped);
    Ok(entry)
}

impl Entry {
    /// The number of its store, if that is no directory.
    pub(crate) fn store(&self) -> Option<u64> {
        self.identity.number()
    }

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

fn with<T>(work: impl FnOnce(&mut BoundedCache<u64, Arc<Entry>>) -> T) -> T {
    let mut held = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    work(held.get_or_insert_with(|| BoundedCache::new(CAPACITY)))
}

/// Hits, misses, size and capacity.
pub(crate) fn info() -> (u64, u64, usize, usize) {
    let (hits, misses) = (HITS.load(Ordering::Relaxed), MISSES.load(Ordering::Relaxed));
    let (size, capacity) = with(|cache| (cache.len(), cache.capacity()));
    (hits, misses, size, capacity)
}

/// Removes all arrays, and resets the counts of hits and misses.
pub(crate) fn clear() {
    let old = with(|cache| std::mem::replace(cache, BoundedCache::new(CAPACITY)));
    drop(old);
    HITS.store(0, Ordering::Relaxed);
    MISSES.store(0, Ordering::Relaxed);
}
