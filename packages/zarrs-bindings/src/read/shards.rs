//! Reads shards from files or an archive: opens several at once, and shares their subchunks among the threads.

use std::ops::Range;
use std::sync::Arc;

use crate::call::{Call, Flat, Touched};
use crate::chunk_cache::Version;
use crate::codec::shard::{Index, Shard, index_cache};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::read::load::Value;
use crate::read::local::{Files, Reads};
use crate::store::key::Key;
use crate::store::local::{self, LocalFile, Stamp, read_all};
use crate::threads::jobs;
use crate::tuning::{BATCH_BYTES, OPEN_SHARDS};

/// An open shard; `None` for the value and index of a missing one.
struct Open<'a> {
    number: usize,
    key: Key,
    touched: Touched<'a>,
    found: Option<(Value, Arc<Index>)>,
    /// The state of its file, if subchunks are cached.
    version: Option<Version>,
}

impl Open<'_> {
    /// Number of stored subchunks to look for.
    fn len(&self) -> usize {
        self.found.as_ref().map_or(0, |_| self.touched.plan.len())
    }
}

/// The shards of several calls.
struct Shards<'a> {
    reads: &'a Reads<'a>,
    flat: Flat,
}

/// Reads all shards of several calls.
pub(super) fn read(reads: &Reads<'_>) -> Result<()> {
    let count = |call: &Call<'_>| call.shard().map_or(0, |_| call.plan.len());
    let flat = Flat::new(reads.calls.iter().map(|(call, _)| count(call)));
    let Some((call, _)) = reads.calls.first().filter(|_| flat.len() > 0) else {
        return Ok(());
    };
    let shards = Shards { reads, flat };
    let mut first = 0;
    while first < shards.flat.len() {
        let last = shards.last(first);
        let limits = call.limits();
        let open = jobs::collect(last - first, shards.work_to_open(first..last), limits, |job| {
            shards.open(first + job)
        })?;
        let flat = Flat::new(open.iter().map(Open::len));
        jobs::run(flat.len(), shards.work_to_load(&open), limits, |job| {
            let (place, job) = flat.find(job);
            shards.load(&open[place], job)
        })?;
        limits.check_signals()?;
        first = last;
    }
    Ok(())
}

impl<'a> Shards<'a> {
    /// The end of the shards that are open together with the `first`.
    fn last(&self, first: usize) -> usize {
        let most = self.flat.len().min(first + OPEN_SHARDS);
        let mut held = 0_u64;
        let fits = |job: &usize| {
            let (number, job) = self.flat.find(*job);
            let (call, files) = self.reads.calls[number];
            let holds = match files {
                Files::Archive(archive) => archive.held(&call.key(&call.plan.part(job))),
                Files::Folder if call.opts.direct_io => call.entry.info.chain.size,
                Files::Folder => 0,
            };
            held = held.saturating_add(holds);
            held <= BATCH_BYTES
        };
        // One shard always.
        most.min(first + (first..most).take_while(fits).count().max(1))
    }

    fn work_to_open(&self, shards: Range<usize>) -> u64 {
        let each = self.flat.counts(shards).map(|(number, count)| {
            let (call, files) = self.reads.calls[number];
            let chain = match (files, call.shard()) {
                (Files::Folder, Some(shard)) => &shard.chunk,
                // To open a shard is to read all of it.
                _ => &call.entry.info.chain,
            };
            if count == 0 { 0 } else { call.work(chain, count) }
        });
        each.fold(0, u64::saturating_add)
    }

    fn work_to_load(&self, open: &[Open<'_>]) -> u64 {
        let each = open.chunk_by(|one, next| one.number == next.number).map(|some| {
            let (call, _) = self.reads.calls[some[0].number];
            let count = some.iter().map(Open::len).sum();
            call.shard().map_or(0, |shard| call.work(&shard.chunk, count))
        });
        each.fold(0, u64::saturating_add)
    }

    fn open(&self, job: usize) -> Result<Open<'a>> {
        let (number, job) = self.flat.find(job);
        let (call, files) = self.reads.calls[number];
        let shard = call.shard().ok_or_else(|| Error::Internal("no shard".into()))?;
        self.reads.counted(number, open(call, shard, files, (number, job)))
    }

    fn load(&self, open: &Open<'_>, job: usize) -> Result<()> {
        let (call, files) = self.reads.calls[open.number];
        let done = subchunk(call, files, open, job).map_err(|error| error.at(|| open.key.name()));
        self.reads.counted(open.number, done)
    }
}

/// Opens a shard and reads its index; if it is missing, fills its part.
fn open<'a>(
    call: &'a Call<'_>,
    shard: &'a Shard,
    files: Files<'_>,
    (number, job): (usize, usize),
) -> Result<Open<'a>> {
    let touched = Touched::new(call, shard, job)?;
    let key = call.key(&touched.part);
    let found = match files {
        Files::Folder => local::open_sized(&key, None, call.opts.direct_io)?
            .map(|file| open_value(call, &key, file, touched.plan.len()))
            .transpose()
            .map_err(|e| e.at(|| key.name()))?,
        Files::Archive(archive) => {
            let all = touched.plan.len() as u64 == touched.shard.count;
            archive.open(&key, all, &call.opts).map_err(|e| e.at(|| key.name()))?
        }
    };
    let Some(value) = found else {
        call.missing(&touched.part)?;
        return Ok(Open { number, key, touched, found: None, version: None });
    };
    let path = files.path(&key);
    let index = index(call, path, &value, &touched).map_err(|e| e.at(|| key.name()))?;
    let version = if call.caches() { stamp(files, &key, &value).map(Version::File) } else { None };
    Ok(Open { number, key, touched, found: Some((value, index)), version })
}

/// Without the page cache, a shard is read whole if that is cheaper than a read of each subchunk.
fn open_value(call: &Call<'_>, key: &Key, file: LocalFile, wanted: usize) -> Result<Value> {
    let size = file.size();
    let apart = (wanted as u64).saturating_mul(file.read_cost());
    if !call.opts.direct_io || size > BATCH_BYTES || apart < size {
        return Ok(Value::File(file));
    }
    let (mut scratch, mut bytes) = (Scratch::take(), Scratch::take());
    let stored = read_all(&file, key, 0, size, &mut scratch, &call.opts)?;
    reserve(&mut bytes, stored.len(), "a stored chunk")?;
    bytes.extend_from_slice(stored);
    Ok(Value::Bytes(bytes))
}

/// The state of the file of a shard.
fn stamp(files: Files<'_>, key: &Key, value: &Value) -> Option<Stamp> {
    match (files, value) {
        (Files::Archive(archive), _) => archive.stamp(key),
        (Files::Folder, Value::File(file)) => file.stamp(),
        (Files::Folder, Value::Bytes(_)) => None,
    }
}

fn index(call: &Call<'_>, path: &[u8], value: &Value, touched: &Touched<'_>) -> Result<Arc<Index>> {
    let shard = &touched.shard;
    let stamp = match value {
        Value::File(file) => file.stamp(),
        Value::Bytes(_) => None,
    };
    let source = shard.source(stamp);
    let only = (touched.plan.len() == 1).then(|| touched.subchunk(0).1);
    if let Some(index) = source.as_ref().and_then(index_cache::find) {
        // A full check, once: it pays off now. If it fails, unwanted subchunks may still overlap.
        index.check_overlaps(None).or_else(|_| index.check_overlaps(only))?;
        return Ok(index);
    }
    let size = value.size();
    let at = shard.index_at(size)?;
    let mut scratch = Scratch::take();
    let piece = value.piece(path, at, shard.index_size());
    let stored = piece.bytes(&mut scratch, &call.opts)?;
    let index = Arc::new(shard.index(stored, Some(size), &call.opts)?);
    index.check_overlaps(only)?;
    counters::INDEXES_READ.add(1);
    if call.opts.validate_checksums
        && let Some(source) = source
    {
        index_cache::keep(source, &index);
    }
    Ok(index)
}

fn subchunk(call: &Call<'_>, files: Files<'_>, open: &Open<'_>, job: usize) -> Result<()> {
    let Some((value, index)) = &open.found else {
        return Ok(());
    };
    let shard = &open.touched.shard;
    let (part, place) = open.touched.subchunk(job);
    let transfer = Transfer::new(&shard.chunk, &part, &open.touched.view)?;
    match index.get(place) {
        None => {
            counters::CHUNKS_MISSING.add(1);
            transfer.fill(&shard.fill.bytes);
            Ok(())
        }
        Some((at, length)) => {
            let piece = value.piece(files.path(&open.key), at, length);
            let version = || open.version.clone();
            let source = files.source(
                call,
                &shard.chunk,
                &open.touched.part,
                (&open.key, version),
                Some(place),
            );
            transfer.load_from(&piece, source, &call.opts)
        }
    }
}
