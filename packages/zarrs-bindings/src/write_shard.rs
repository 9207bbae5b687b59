//! Writing shards: touched subchunks are encoded anew, the others stay as they are stored.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::call::{Call, Flat, Touched};
use crate::counters;
use crate::errors::{Error, Result};
use crate::jobs;
use crate::load::read_all;
use crate::options::Locking;
use crate::part::{Before, Part};
use crate::scratch::Scratch;
use crate::shard::{Index, Shard};
use crate::store::claim::{self, Found};
use crate::write::{put, work};

/// Writes shards. Those that another process is at work on are waited for at the end, one by
/// one and by the calling thread, which can be interrupted and holds no file then.
pub(crate) fn local(call: &Call<'_>, shard: &Shard, first: usize, count: usize) -> Result<()> {
    let all: Vec<usize> = (first..first + count).collect();
    for job in batch(call, shard, &all, claim::find)? {
        while !batch(call, shard, &[job], |key, locking, keep| {
            claim::wait(key, locking, keep, call.effort().interrupted)
        })?
        .is_empty()
        {}
    }
    Ok(())
}

/// Writes what can be written without waiting, and returns the rest.
fn batch(
    call: &Call<'_>,
    shard: &Shard,
    jobs: &[usize],
    find: impl Fn(&[u8], Locking, bool) -> Result<Found> + Sync,
) -> Result<Vec<usize>> {
    let slots: Vec<OnceLock<Held>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let work = work(call, jobs.len());
    jobs::run(jobs.len(), work, call.effort(), |at| {
        let held = Held::new(call, jobs[at], &find)?;
        slots[at].set(held).map_err(|_| twice())
    })?;
    let (busy, held): (Vec<_>, Vec<_>) = slots
        .into_iter()
        .filter_map(OnceLock::into_inner)
        .partition(|held| matches!(held.found, Found::Busy));
    let mut left: Vec<usize> = busy.into_iter().map(|held| held.job).collect();
    let jobs: Vec<usize> = held.iter().map(|held| held.job).collect();
    let old: Vec<Option<&[u8]>> = held.iter().map(|held| held.old.as_deref()).collect();
    let new = encode(call, shard, &jobs, &old)?;
    let late: Vec<AtomicBool> = jobs.iter().map(|_| AtomicBool::new(false)).collect();
    jobs::run(jobs.len(), work, call.effort(), |at| {
        let key = call.key(&call.plan.part(jobs[at]));
        if !put(&key, new[at].as_deref(), &held[at].found, &call.opts)? {
            late[at].store(true, Ordering::Relaxed);
        }
        Ok(())
    })?;
    let late = late.into_iter().map(AtomicBool::into_inner);
    left.extend(jobs.iter().zip(late).filter_map(|(job, late)| late.then_some(*job)));
    Ok(left)
}

/// A shard that is claimed, and its stored bytes where something of it will be kept.
struct Held {
    job: usize,
    found: Found,
    old: Option<Vec<u8>>,
}

impl Held {
    fn new(
        call: &Call<'_>,
        job: usize,
        find: impl Fn(&[u8], Locking, bool) -> Result<Found>,
    ) -> Result<Self> {
        let take = call.plan.part(job);
        let key = call.key(&take);
        let keep = !call.covered(&take);
        let found = find(&key, call.opts.locking, keep)?;
        let mut old = None;
        if let Found::File(claim) = &found
            && keep
        {
            let (file, mut bytes) = (claim.file(), Vec::new());
            read_all(file, &key, 0, file.size(), &mut bytes, &call.opts)
                .map_err(|error| error.at(|| key.name()))?;
            old = Some(bytes);
        }
        Ok(Self { job, found, old })
    }
}

type Slots = Vec<OnceLock<Option<Vec<u8>>>>;

fn slots(count: usize) -> Slots {
    (0..count).map(|_| OnceLock::new()).collect()
}

fn taken(slots: Slots) -> Vec<Option<Vec<u8>>> {
    slots.into_iter().map(|slot| slot.into_inner().flatten()).collect()
}

fn twice() -> Error {
    Error::Internal("a job ran twice".into())
}

/// A shard that is being rewritten.
struct Rewrite<'a> {
    name: String,
    touched: Touched<'a>,
    old: Option<(&'a [u8], Index)>,
}

/// The new stored values of the shards of `jobs`, of which `old` is what they hold now.
pub(crate) fn encode(
    call: &Call<'_>,
    shard: &Shard,
    jobs: &[usize],
    old: &[Option<&[u8]>],
) -> Result<Vec<Option<Vec<u8>>>> {
    let rewrites = jobs
        .iter()
        .zip(old)
        .map(|(job, old)| Rewrite::new(call, shard, *job, *old))
        .collect::<Result<Vec<_>>>()?;
    let flat = Flat::new(rewrites.iter().map(|r| r.touched.plan.len()));
    let encoded = slots(flat.len());
    let work = call.work(&shard.chunk, flat.len());
    jobs::run(flat.len(), work, call.effort(), |job| {
        let (group, inner) = flat.find(job);
        let rewrite = &rewrites[group];
        let bytes = rewrite.subchunk(call, inner).map_err(|e| e.at(|| rewrite.name.clone()))?;
        encoded[job].set(bytes).map_err(|_| twice())
    })?;
    let mut encoded = taken(encoded).into_iter();
    let mine = rewrites.iter().map(|r| encoded.by_ref().take(r.touched.plan.len()).collect());
    let mine: Vec<Vec<Option<Vec<u8>>>> = mine.collect();
    let joined = slots(rewrites.len());
    jobs::run(rewrites.len(), work, call.effort(), |job| {
        let shard = rewrites[job].join(&mine[job])?;
        joined[job].set(shard).map_err(|_| twice())
    })?;
    Ok(taken(joined))
}

impl<'a> Rewrite<'a> {
    fn new(
        call: &'a Call<'_>,
        shard: &'a Shard,
        job: usize,
        old: Option<&'a [u8]>,
    ) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        let shard = &touched.shard;
        call.opts.allow("a shard index", shard.index_size())?;
        let name = call.key(&touched.take).name();
        let old = match old {
            None => None,
            Some(stored) => {
                let index = whole_index(shard, stored, call).map_err(|e| e.at(|| name.clone()))?;
                Some((stored, index))
            }
        };
        Ok(Self { name, touched, old })
    }

    /// Encodes one touched subchunk; `None` when it is to be absent.
    fn subchunk(&self, call: &Call<'_>, job: usize) -> Result<Option<Vec<u8>>> {
        let shard = &self.touched.shard;
        let (take, place) = self.touched.subchunk(job);
        let part = Part::new(&shard.chunk, &take, &self.touched.view)?;
        let before = if part.is_whole() {
            None
        } else {
            Some(self.kept(place).map_or(Before::Fill(&shard.fill.bytes), Before::Stored))
        };
        let mut scratch = Scratch::take();
        let data = part.gather(&mut scratch, before, &call.opts)?;
        if !call.opts.write_empty_chunks && shard.fill.is_all_of(data) {
            return Ok(None);
        }
        counters::CHUNKS_ENCODED.add(1);
        shard.chunk.encode(data, &call.opts).map(Cow::into_owned).map(Some)
    }

    /// The stored bytes of a subchunk.
    fn kept(&self, place: usize) -> Option<&'a [u8]> {
        let (stored, index) = self.old.as_ref()?;
        let (offset, length) = index.get(place)?;
        Some(&stored[offset as usize..(offset + length) as usize])
    }

    fn join(&self, new: &[Option<Vec<u8>>]) -> Result<Option<Vec<u8>>> {
        let shard = &self.touched.shard;
        let count = shard.count as usize;
        let mut parts: Vec<Option<Cow<'_, [u8]>>> =
            (0..count).map(|place| self.kept(place).map(Cow::Borrowed)).collect();
        for (job, bytes) in new.iter().enumerate() {
            let (_, place) = self.touched.subchunk(job);
            parts[place] = bytes.as_deref().map(Cow::Borrowed);
        }
        shard.join(&parts)
    }
}

fn whole_index(shard: &Shard, stored: &[u8], call: &Call<'_>) -> Result<Index> {
    let size = stored.len() as u64;
    let at = shard.index_at(size)? as usize;
    let bytes = &stored[at..at + shard.index_size() as usize];
    let index = shard.index(bytes, Some(size), &call.opts)?;
    index.check_overlaps(None)?;
    Ok(index)
}
