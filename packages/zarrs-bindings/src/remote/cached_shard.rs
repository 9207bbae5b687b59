//! The cached subchunks of a shard that is read.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::call::Call;
use crate::chunk_cache::{self, Decoded, Found, Home, Key, Version};
use crate::codec::shard::Index;
use crate::codec::shard::index_cache;
use crate::read::load::Source;
use crate::remote::get::version_of;
use crate::remote::shard::{Part, Stored, Wanted};

/// What is known of the cached subchunks of one shard.
pub(super) struct Cached {
    /// The number of the store.
    store: u64,
    /// When the reading of the shard began.
    began: Instant,
    /// All wanted subchunks of one version, if the server is asked whether it still has that.
    ready: OnceLock<Ready>,
}

/// All wanted subchunks, without a request for their bytes.
pub(super) struct Ready {
    parts: Vec<Part>,
    tag: Option<Arc<str>>,
    /// Whether the server need not be asked.
    is_fresh: bool,
    keys: Vec<Key>,
}

/// How a shard begins of which all that is wanted is cached.
pub(super) enum Begun {
    Load(Vec<Part>),
    /// With a request whether the shard still has this version.
    Ask(Arc<str>),
}

impl Cached {
    pub(super) fn new(store: u64) -> Self {
        Self { store, began: Instant::now(), ready: OnceLock::new() }
    }

    /// What to do with cached subchunks.
    pub(super) fn begin(&self, ready: Ready) -> Begun {
        match ready.tag.clone() {
            Some(tag) if !ready.is_fresh => {
                self.ready.set(ready).ok();
                Begun::Ask(tag)
            }
            _ => {
                count_hits(&ready.parts);
                Begun::Load(ready.parts)
            }
        }
    }

    /// The server still has the version: the subchunks to load.
    pub(super) fn confirmed(&self) -> Option<Vec<Part>> {
        let ready = self.ready.get()?;
        let version = Version::Tag(Arc::clone(ready.tag.as_ref()?));
        chunk_cache::confirm(ready.keys.iter(), &version, self.began);
        count_hits(&ready.parts);
        Some(ready.parts.clone())
    }
}

/// Counts the cached ones among some subchunks.
fn count_hits(parts: &[Part]) {
    let cached = parts.iter().filter(|(_, stored)| matches!(stored, Stored::Cached(_)));
    cached.for_each(|_| chunk_cache::hit());
}

impl Wanted<'_> {
    fn cache_key(&self, call: &Call<'_>, job: usize) -> Option<Key> {
        if !call.caches() {
            return None;
        }
        let (touched, home) = (&self.touched, Home::Remote(self.cached.store));
        let place = touched.subchunk(job).1;
        let value = (home, self.name.as_bytes());
        call.cache_key(&touched.shard.chunk, &touched.part, value, Some(place))
    }

    /// The cached subchunk of a version of the shard.
    pub(super) fn cached_of(
        &self,
        call: &Call<'_>,
        job: usize,
        tag: Option<&str>,
    ) -> Option<Decoded> {
        let version = Version::Tag(tag?.into());
        chunk_cache::find_of(&self.cache_key(call, job)?, &version)
    }

    /// Where to cache a subchunk of this version.
    pub(super) fn cache_source(
        &self,
        call: &Call<'_>,
        job: usize,
        tag: Option<&str>,
    ) -> Option<Source> {
        let key = self.cache_key(call, job)?;
        let version = version_of(tag, &call.opts)?;
        Some(Source { key, version, checked: self.cached.began })
    }

    /// All wanted subchunks, if those that are not absent are cached and of one version.
    pub(super) fn ready(&self, call: &Call<'_>) -> Option<Ready> {
        if !call.caches() {
            return None;
        }
        let known = index_cache::find_tagged(&self.source);
        let mut ready = Ready { parts: Vec::new(), tag: None, is_fresh: true, keys: Vec::new() };
        let mut version = None;
        if let Some((index, tag)) = &known {
            // A full check, once: it pays off now. If it fails, the shard is read anew.
            if index.check_overlaps(None).is_err() {
                return None;
            }
            version = Some(Version::Tag(tag.as_str().into()));
        }
        let index = known.as_ref().map(|(index, _)| &**index);
        for job in 0..self.touched.plan.len() {
            let part = self.part(call, job, index, &mut version, &mut ready)?;
            ready.parts.push((job, part));
        }
        ready.tag = version.as_ref().and_then(|version| match version {
            Version::Tag(tag) => Some(Arc::clone(tag)),
            Version::File(_) | Version::Only => None,
        });
        // Of absent subchunks alone it is not known when the server was asked.
        let can_be_asked = ready.is_fresh || ready.tag.is_some();
        (!ready.keys.is_empty() && can_be_asked).then_some(ready)
    }

    /// One wanted subchunk; `None` if it has to be requested.
    fn part(
        &self,
        call: &Call<'_>,
        job: usize,
        index: Option<&Index>,
        version: &mut Option<Version>,
        ready: &mut Ready,
    ) -> Option<Stored> {
        if index.is_some_and(|index| index.get(self.touched.subchunk(job).1).is_none()) {
            return Some(Stored::Absent);
        }
        let key = self.cache_key(call, job)?;
        let found: Found = chunk_cache::find(&key)?;
        if *version.get_or_insert_with(|| found.version.clone()) != found.version {
            return None;
        }
        let (age, immutable) = (call.opts.chunk_cache_max_age, call.opts.immutable_store);
        ready.is_fresh &= found.is_fresh(age, immutable == Some(true));
        ready.keys.push(key);
        Some(Stored::Cached(found.decoded))
    }
}
