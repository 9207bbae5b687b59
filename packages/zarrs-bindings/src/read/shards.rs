//! Reads shards from files or an archive: opens several at once, and shares their subchunks among the threads.

use std::sync::{Arc, OnceLock};

use crate::call::{Call, Flat, Touched};
use crate::codec::shard::{Index, Shard, index_cache};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::scratch::Scratch;
use crate::read::load::Value;
use crate::read::local::Files;
use crate::store::key::Key;
use crate::store::local;
use crate::threads::jobs;
use crate::tuning::{BATCH_BYTES, OPEN_SHARDS};

/// An open shard; `None` for the value and index of a missing one.
struct Open<'a> {
    key: Key,
    touched: Touched<'a>,
    found: Option<(Value, Arc<Index>)>,
}

/// Reads all shards of a call.
pub(super) fn read(call: &Call<'_>, shard: &Shard, files: Files<'_>) -> Result<()> {
    let mut first = 0;
    while first < call.plan.len() {
        let last = last(call, files, first);
        let slots: Vec<OnceLock<Open<'_>>> = (first..last).map(|_| OnceLock::new()).collect();
        let chain = match files {
            Files::Folder => &shard.chunk,
            // To open a shard is to read all of it.
            Files::Archive(_) => &call.entry.info.chain,
        };
        let work = call.work(chain, last - first);
        jobs::run(last - first, work, call.limits(), |job| {
            let open = open(call, shard, files, first + job)?;
            slots[job].set(open).map_err(|_| Error::Internal("a job ran twice".into()))
        })?;
        let open: Vec<Open<'_>> = slots.into_iter().filter_map(OnceLock::into_inner).collect();
        let flat =
            Flat::new(open.iter().map(|o| o.found.as_ref().map_or(0, |_| o.touched.plan.len())));
        let work = call.work(&shard.chunk, flat.len());
        jobs::run(flat.len(), work, call.limits(), |job| {
            let (group, job) = flat.find(job);
            let open = &open[group];
            subchunk(call, files, open, job).map_err(|error| error.at(|| open.key.name()))
        })?;
        call.limits().check_signals()?;
        first = last;
    }
    Ok(())
}

/// The end of the shards that are open together with the `first`.
fn last(call: &Call<'_>, files: Files<'_>, first: usize) -> usize {
    let most = call.plan.len().min(first + OPEN_SHARDS);
    let Files::Archive(archive) = files else {
        return most;
    };
    let mut held = 0_u64;
    let fits = |job: &usize| {
        held = held.saturating_add(archive.held(&call.key(&call.plan.part(*job))));
        held <= BATCH_BYTES
    };
    // One shard always.
    most.min(first + (first..most).take_while(fits).count().max(1))
}

/// Opens a shard and reads its index; if it is missing, fills its part.
fn open<'a>(
    call: &'a Call<'_>,
    shard: &'a Shard,
    files: Files<'_>,
    job: usize,
) -> Result<Open<'a>> {
    let touched = Touched::new(call, shard, job)?;
    let key = call.key(&touched.part);
    let found = match files {
        Files::Folder => local::open(&key)?.map(Value::File),
        Files::Archive(archive) => {
            let all = touched.plan.len() as u64 == touched.shard.count;
            archive.open(&key, all, &call.opts).map_err(|e| e.at(|| key.name()))?
        }
    };
    let Some(value) = found else {
        call.missing(&touched.part)?;
        return Ok(Open { key, touched, found: None });
    };
    let path = files.path(&key);
    let index = index(call, path, &value, &touched).map_err(|e| e.at(|| key.name()))?;
    Ok(Open { key, touched, found: Some((value, index)) })
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
            transfer.load(&piece, &call.opts)
        }
    }
}
