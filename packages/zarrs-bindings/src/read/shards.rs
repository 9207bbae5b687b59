//! Reads shards from files: opens several at once, and shares their subchunks among the threads.

use std::sync::{Arc, OnceLock};

use crate::call::{Call, Flat, Touched};
use crate::codec::shard::{Index, Shard, index_cache};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::scratch::Scratch;
use crate::read::load::Piece;
use crate::store::key::Key;
use crate::store::local::{self, LocalFile, read_all};
use crate::threads::jobs;
use crate::tuning::OPEN_SHARDS;

/// An open shard; `None` for the file and index of a missing one.
struct Open<'a> {
    key: Key,
    touched: Touched<'a>,
    found: Option<(LocalFile, Arc<Index>)>,
}

/// Reads all shards of a call.
pub(super) fn read(call: &Call<'_>, shard: &Shard) -> Result<()> {
    let mut first = 0;
    while first < call.plan.len() {
        let last = call.plan.len().min(first + OPEN_SHARDS);
        let slots: Vec<OnceLock<Open<'_>>> = (first..last).map(|_| OnceLock::new()).collect();
        let work = call.work(&shard.chunk, last - first);
        jobs::run(last - first, work, call.limits(), |job| {
            let open = open(call, shard, first + job)?;
            slots[job].set(open).map_err(|_| Error::Internal("a job ran twice".into()))
        })?;
        let open: Vec<Open<'_>> = slots.into_iter().filter_map(OnceLock::into_inner).collect();
        let flat =
            Flat::new(open.iter().map(|o| o.found.as_ref().map_or(0, |_| o.touched.plan.len())));
        let work = call.work(&shard.chunk, flat.len());
        jobs::run(flat.len(), work, call.limits(), |job| {
            let (group, job) = flat.find(job);
            let open = &open[group];
            subchunk(call, open, job).map_err(|error| error.at(|| open.key.name()))
        })?;
        call.limits().check_signals()?;
        first = last;
    }
    Ok(())
}

/// Opens a shard and reads its index; if it is missing, fills its part.
fn open<'a>(call: &'a Call<'_>, shard: &'a Shard, job: usize) -> Result<Open<'a>> {
    let touched = Touched::new(call, shard, job)?;
    let key = call.key(&touched.part);
    let Some(file) = local::open(&key)? else {
        call.missing(&touched.part)?;
        return Ok(Open { key, touched, found: None });
    };
    let index = index(call, &key, &file, &touched).map_err(|e| e.at(|| key.name()))?;
    Ok(Open { key, touched, found: Some((file, index)) })
}

fn index(
    call: &Call<'_>,
    key: &Key,
    file: &LocalFile,
    touched: &Touched<'_>,
) -> Result<Arc<Index>> {
    let shard = &touched.shard;
    let source = shard.source(file.stamp());
    let only = (touched.plan.len() == 1).then(|| touched.subchunk(0).1);
    if let Some(index) = source.as_ref().and_then(index_cache::find) {
        // A full check, once: it pays off now. If it fails, unwanted subchunks may still overlap.
        index.check_overlaps(None).or_else(|_| index.check_overlaps(only))?;
        return Ok(index);
    }
    let size = file.size();
    let at = shard.index_at(size)?;
    let mut scratch = Scratch::take();
    let stored = read_all(file, key, at, shard.index_size(), &mut scratch, &call.opts)?;
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

fn subchunk(call: &Call<'_>, open: &Open<'_>, job: usize) -> Result<()> {
    let Some((file, index)) = &open.found else {
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
            let piece = Piece::File { file, key: &open.key, at, length };
            transfer.load(&piece, &call.opts)
        }
    }
}
