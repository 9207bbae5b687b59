//! Reading from files, or from an archive.

use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::Instant;

use crate::call::{Call, Flat};
use crate::chunk_cache::{self, Home, Version};
use crate::codec::Chain;
use crate::errors::Result;
use crate::plan::ChunkPart;
use crate::read::archive::Archive;
use crate::read::load::{Source, Value};
use crate::read::shards;
use crate::store::key::Key;
use crate::store::local::{self, LocalFile};
use crate::threads::jobs;

/// Where the values of a call are.
#[derive(Clone, Copy)]
pub(crate) enum Files<'a> {
    Folder,
    Archive(&'a Archive),
}

impl<'a> Files<'a> {
    /// The source of a chunk or subchunk, if its decoded data is cached. What is raw in a file is read
    /// from there at no higher cost.
    pub(super) fn source(
        self,
        call: &Call<'_>,
        chain: &Chain,
        part: &ChunkPart<'_>,
        (key, version): (&[u8], impl FnOnce() -> Option<Version>),
        place: Option<usize>,
    ) -> Option<Source> {
        if !call.caches() {
            return None;
        }
        let key = match self {
            _ if chain.is_raw() && !self.is_deflated(key) => return None,
            Self::Folder => call.cache_key(chain, part, (Home::Files, key), place),
            Self::Archive(archive) => {
                let entry = [archive.path(), b"\0", key].concat();
                call.cache_key(chain, part, (Home::Files, &entry), place)
            }
        };
        let (key, version) = (key?, version()?);
        Some(Source { key, version, checked: Instant::now() })
    }

    fn is_deflated(self, key: &[u8]) -> bool {
        matches!(self, Self::Archive(archive) if archive.is_deflated(key))
    }

    /// The file that has the value of a key, for messages.
    pub(super) fn path<'b>(self, key: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Self::Folder => key,
            Self::Archive(archive) => archive.path(),
        }
    }
}

/// Calls that are read together: their chunks are jobs of one set.
pub(super) struct Reads<'a> {
    pub(super) calls: &'a [(&'a Call<'a>, Files<'a>)],
    /// The lowest number of a call that failed.
    failed: &'a AtomicUsize,
}

impl Reads<'_> {
    pub(super) fn counted<T>(&self, number: usize, done: Result<T>) -> Result<T> {
        done.inspect_err(|_| {
            self.failed.fetch_min(number, Ordering::Relaxed);
        })
    }

    /// Reads the chunks of all calls whose chunks are not shards.
    fn read_chunks(&self) -> Result<()> {
        let count = |call: &Call<'_>| call.shard().map_or(call.plan.len(), |_| 0);
        let flat = Flat::new(self.calls.iter().map(|(call, _)| count(call)));
        let work = self.calls.iter().map(|(call, _)| match count(call) {
            0 => 0,
            count => call.work(&call.entry.info.chain, count),
        });
        let work = work.fold(0, u64::saturating_add);
        let Some((first, _)) = self.calls.first() else {
            return Ok(());
        };
        jobs::run(flat.len(), work, first.limits(), |job| {
            let (number, job) = flat.find(job);
            let (call, files) = self.calls[number];
            let part = call.plan.part(job);
            let key = call.key(&part);
            let done = whole(call, files, &part, &key).map_err(|error| error.at(|| key.name()));
            self.counted(number, done)
        })
    }
}

/// Reads several calls together. The failed one is counted in `failed`, with the lowest number.
pub(crate) fn read_each<'a>(
    calls: &'a [(&'a Call<'a>, Files<'a>)],
    failed: &'a AtomicUsize,
) -> Result<()> {
    let reads = Reads { calls, failed };
    reads.read_chunks()?;
    shards::read(&reads)
}

/// Reads all parts of a call.
pub(crate) fn read(call: &Call<'_>, files: Files<'_>) -> Result<()> {
    read_each(&[(call, files)], &AtomicUsize::new(usize::MAX))
}

fn whole(call: &Call<'_>, files: Files<'_>, part: &ChunkPart<'_>, key: &Key) -> Result<()> {
    let chain = call.chain(part)?;
    let (source, found) = match files {
        Files::Folder => {
            let expected = chain.is_raw().then_some(chain.size);
            let found = local::open_sized(key, expected, call.opts.direct_io)?;
            let stamp = || found.as_ref().and_then(LocalFile::stamp).map(Version::File);
            let source = files.source(call, &chain, part, (key, stamp), None);
            (source, found.map(Value::File))
        }
        Files::Archive(archive) => {
            let stamp = || archive.stamp(key).map(Version::File);
            let source = files.source(call, &chain, part, (key, stamp), None);
            if let Some(source) = &source
                && let Some(decoded) = chunk_cache::find_of(&source.key, &source.version)
            {
                // The value need not be opened, which may be to inflate it.
                call.transfer(&chain, part)?.scatter(&decoded, 0);
                return Ok(());
            }
            let all =
                source.is_some() || !chain.is_raw() || call.transfer(&chain, part)?.is_whole();
            (source, archive.open(key, all, &call.opts)?)
        }
    };
    match found {
        None => call.missing(part),
        Some(value) => {
            let piece = value.piece(files.path(key), 0, value.size());
            call.transfer(&chain, part)?.load_from(&piece, source, &call.opts)
        }
    }
}
