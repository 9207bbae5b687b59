//! Decodes whole chunks of files, and forgets them.

use crate::array::cache::Entry;
use crate::codec::ArrayToBytes;
use crate::counters;
use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::Dims;
use crate::store::folder::Folder;
use crate::store::local::read_all;
use crate::threads::jobs;
use crate::threads::limits::limits;
use crate::tuning::{JOB_COST, VERIFIED_BYTES, VERIFIED_CHUNKS};

/// The place of a chunk in the grid.
pub(crate) type Cell = Dims<u64>;

/// Whether a chunk of the array needs no more than a file, a buffer and codecs of ours.
pub(crate) fn is_plain(entry: &Entry, opts: &Opts) -> bool {
    let chain = &entry.info.chain;
    let is_shard = matches!(chain.array_to_bytes, ArrayToBytes::Shard(_));
    let is_own = !(is_shard || chain.has_vlen() || chain.calls_python());
    is_own && opts.chunk_cache == 0 && !opts.direct_io
}

/// The stored size of each chunk that decodes; `None` for one that is missing or does not.
pub(crate) fn verify_chunks(
    entry: &Entry,
    cells: &[Cell],
    opts: &Opts,
) -> Result<Vec<Option<u64>>> {
    let counts = &entry.info.grid.counts;
    let is_inside = |cell: &Cell| {
        cell.len() == counts.len() && cell.iter().zip(counts).all(|(at, count)| at < count)
    };
    if let Some(cell) = cells.iter().find(|cell| !is_inside(cell)) {
        return Err(Error::Bounds(format!(
            "chunk {cell:?} is outside of the chunk grid {counts:?}"
        )));
    }
    let chain = &entry.info.chain;
    // What follows in one folder is one job, unless that would take long.
    let each = (VERIFIED_BYTES / chain.size.max(1)).clamp(1, VERIFIED_CHUNKS) as usize;
    let one = if chain.is_raw() { chain.size / 4 } else { chain.size };
    let work = one.saturating_add(JOB_COST).saturating_mul(cells.len() as u64);
    let jobs: Vec<&[Cell]> = cells.chunks(each).collect();
    let found = jobs::collect(jobs.len(), work, limits(opts), |job| {
        let mut folder = Folder::default();
        // Whoever wants to know why a chunk does not decode reads it.
        let sizes = jobs[job].iter().map(|cell| decode(entry, cell, &mut folder, opts).ok());
        Ok(sizes.map(Option::flatten).collect::<Vec<_>>())
    })?;
    Ok(found.concat())
}

fn decode(entry: &Entry, cell: &Cell, folder: &mut Folder, opts: &Opts) -> Result<Option<u64>> {
    let chain = entry.info.chain(cell.iter().copied())?;
    let key = entry.prefix.key(entry.info.keys, cell.iter().copied());
    let Some(file) = folder.open(&key, chain.is_raw().then_some(chain.size))? else {
        return Ok(None);
    };
    if chain.is_raw() {
        same_length(file.size(), chain.size)?;
    }
    let mut scratch = Scratch::take();
    let stored = read_all(&file, &key, 0, file.size(), &mut scratch, opts)?;
    if !chain.is_raw() {
        let (size, mut decoded) = (opts.allow("a chunk", chain.size)?, Scratch::take());
        chain.decode(stored, reserve(&mut decoded, size, "a chunk")?, opts)?;
    }
    counters::CHUNKS_DECODED.add(1);
    Ok(Some(file.size()))
}
