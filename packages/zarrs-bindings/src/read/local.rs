//! Reading from files, or from an archive.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::call::{Call, Flat};
use crate::errors::Result;
use crate::plan::ChunkPart;
use crate::read::archive::Archive;
use crate::read::load::Value;
use crate::read::shards;
use crate::store::key::Key;
use crate::store::local;
use crate::threads::jobs;

/// Where the values of a call are.
#[derive(Clone, Copy)]
pub(crate) enum Files<'a> {
    Folder,
    Archive(&'a Archive),
}

impl<'a> Files<'a> {
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
    let found = match files {
        Files::Folder => {
            let expected = chain.is_raw().then_some(chain.size);
            local::open_sized(key, expected)?.map(Value::File)
        }
        Files::Archive(archive) => {
            let all = !chain.is_raw() || call.transfer(&chain, part)?.is_whole();
            archive.open(key, all, &call.opts)?
        }
    };
    match found {
        None => call.missing(part),
        Some(value) => {
            let piece = value.piece(files.path(key), 0, value.size());
            call.transfer(&chain, part)?.load(&piece, &call.opts)
        }
    }
}
