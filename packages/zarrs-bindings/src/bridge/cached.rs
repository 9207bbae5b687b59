//! Cached chunks of a Python store whose values are never replaced: they need no request.

use std::time::Instant;

use crate::bridge::values::Values;
use crate::call::{Call, Touched};
use crate::chunk_cache::{self, Decoded, Home, Key, Version};
use crate::codec::shard::Shard;
use crate::codec::transfer::Transfer;
use crate::errors::Result;
use crate::memory::reserve::room;
use crate::plan::ChunkPart;
use crate::read::load::Source;
use crate::threads::jobs;

/// The chunks or shards of a call that are not cached, by their numbers.
pub(super) enum Jobs {
    All(usize),
    Some(Vec<usize>),
}

impl Jobs {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Some(jobs) => jobs.len(),
        }
    }

    pub(super) fn at(&self, place: usize) -> usize {
        match self {
            Self::All(_) => place,
            Self::Some(jobs) => jobs[place],
        }
    }
}

/// Where the chunks of a call are cached, if the store never replaces values.
#[derive(Clone, Copy)]
pub(crate) struct Caching {
    home: Option<Home>,
    /// When the call began.
    began: Instant,
}

impl Caching {
    pub(super) fn new(call: &Call<'_>, values: Values) -> Self {
        let number = call.entry.store().filter(|_| call.caches() && values == Values::Immutable);
        Self { home: number.map(Home::Python), began: Instant::now() }
    }

    fn key(
        self,
        call: &Call<'_>,
        part: &ChunkPart<'_>,
        inside: Option<(&Shard, usize)>,
    ) -> Result<Option<Key>> {
        let Some(home) = self.home else { return Ok(None) };
        let (value, place) = (call.key(part), inside.map(|(_, place)| place));
        let chain = match inside {
            Some((shard, _)) => std::borrow::Cow::Borrowed(&*shard.chunk),
            None => call.chain(part)?,
        };
        Ok(call.cache_key(&chain, part, (home, &value), place))
    }

    /// The source of a chunk, or of a subchunk with its number.
    pub(super) fn source(
        self,
        call: &Call<'_>,
        part: &ChunkPart<'_>,
        inside: Option<(&Shard, usize)>,
    ) -> Result<Option<Source>> {
        let key = self.key(call, part, inside)?;
        Ok(key.map(|key| Source { key, version: Version::Only, checked: self.began }))
    }

    /// Loads the chunks that are cached, and the shards of which all that is wanted is. The others are
    /// to be requested.
    pub(super) fn load(self, call: &Call<'_>, shard: Option<&Shard>) -> Result<Jobs> {
        let count = call.plan.len();
        if self.home.is_none() {
            return Ok(Jobs::All(count));
        }
        let work = call.work(&call.entry.info.chain, count);
        let loaded = jobs::collect(count, work, call.limits(), |job| match shard {
            Some(shard) => self.load_shard(call, shard, job),
            None => self.load_chunk(call, job),
        })?;
        let mut others = room(count, "a list of chunks")?;
        others.extend(loaded.iter().enumerate().filter(|(_, done)| !**done).map(|(job, _)| job));
        Ok(Jobs::Some(others))
    }

    fn find(
        self,
        call: &Call<'_>,
        part: &ChunkPart<'_>,
        inside: Option<(&Shard, usize)>,
    ) -> Result<Option<Decoded>> {
        let key = self.key(call, part, inside)?;
        let found = key.as_ref().and_then(chunk_cache::find);
        Ok(found.filter(|found| found.is_fresh(0.0, true)).map(|found| found.decoded))
    }

    fn load_chunk(self, call: &Call<'_>, job: usize) -> Result<bool> {
        let part = call.plan.part(job);
        let Some(decoded) = self.find(call, &part, None)? else { return Ok(false) };
        call.transfer(&*call.chain(&part)?, &part)?.scatter(&decoded, 0);
        chunk_cache::hit();
        Ok(true)
    }

    fn load_shard(self, call: &Call<'_>, shard: &Shard, job: usize) -> Result<bool> {
        let touched = Touched::new(call, shard, job)?;
        let mut found = Vec::new();
        for job in 0..touched.plan.len() {
            let place = touched.subchunk(job).1;
            match self.find(call, &touched.part, Some((&touched.shard, place)))? {
                Some(decoded) => found.push(decoded),
                None => return Ok(false),
            }
        }
        for (job, decoded) in found.iter().enumerate() {
            let (part, _) = touched.subchunk(job);
            Transfer::new(&touched.shard.chunk, &part, &touched.view)?.scatter(decoded, 0);
            chunk_cache::hit();
        }
        Ok(true)
    }
}
