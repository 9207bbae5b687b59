//! Reading from files, or from an archive.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::call::Call;
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

/// Reads several calls at a time. The failed one is counted in `failed`, with the lowest number.
pub(crate) fn read_each(calls: &[(&Call<'_>, Files<'_>)], failed: &AtomicUsize) -> Result<()> {
    let Some((first, _)) = calls.first() else {
        return Ok(());
    };
    let work = calls.iter().map(|(call, _)| call.work(&call.entry.info.chain, call.plan.len()));
    let work = work.fold(0, u64::saturating_add);
    jobs::run(calls.len(), work, first.limits(), |number| {
        let (call, files) = calls[number];
        read(call, files).inspect_err(|_| {
            failed.fetch_min(number, Ordering::Relaxed);
        })
    })
}

/// Reads all parts of a call.
pub(crate) fn read(call: &Call<'_>, files: Files<'_>) -> Result<()> {
    if let Some(shard) = call.shard() {
        return shards::read(call, shard, files);
    }
    let count = call.plan.len();
    jobs::run(count, call.work(&call.entry.info.chain, count), call.limits(), |job| {
        let part = call.plan.part(job);
        let key = call.key(&part);
        whole(call, files, &part, &key).map_err(|error| error.at(|| key.name()))
    })
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
