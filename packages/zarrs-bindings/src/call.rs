//! What a call works on: an array, a selection of it, and the memory of the other side.

use std::borrow::Cow;

use crate::array::cache::Entry;
use crate::codec::part::Part;
use crate::codec::shard::Shard;
use crate::codec::{Body, Chain};
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::{Dims, Plan, Take};
use crate::store::key::Key;
use crate::threads::limits::{Effort, effort};

/// Most decoded bytes, and most keys, that are held at once for a store that works in batches.
const BATCH_BYTES: u64 = 64 << 20;
const BATCH_KEYS: usize = 1024;

/// Largest chunk that is held by threads that wait, of which there are more than cores: beside what
/// it takes to write a larger one, waiting is nothing.
const HELD_WAITING: u64 = 8 << 20;

/// What opening a file, or finding a subchunk, costs in the same unit.
const JOB_COST: u64 = 4 << 10;

pub(crate) struct Call<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) plan: Plan,
    pub(crate) view: View,
    pub(crate) opts: Opts,
}

impl<'a> Call<'a> {
    pub(crate) fn effort(&self) -> Effort<'static> {
        let all = effort(&self.opts);
        let alone = self.entry.info.chain.calls_python();
        if alone { Effort { threads: Some(1), ..all } } else { all }
    }

    /// The same for jobs that put files in place, most of which wait for the file system unless
    /// their codecs have more to do.
    pub(crate) fn effort_to_write(&self) -> Effort<'static> {
        let chain = &self.entry.info.chain;
        let held = self.shard().map_or(chain.size, |shard| shard.chunk.size);
        Effort { waits: chain.is_quick() && held <= HELD_WAITING, ..self.effort() }
    }

    pub(crate) fn key(&self, take: &Take<'_>) -> Key {
        self.entry.prefix.key(self.entry.info.keys, take.cell())
    }

    /// The codecs of a chunk.
    pub(crate) fn chain(&self, take: &Take<'_>) -> Result<Cow<'a, Chain>> {
        self.entry.info.chain(take.cell())
    }

    pub(crate) fn part<'b>(&'b self, chain: &'b Chain, take: &'b Take<'_>) -> Result<Part<'b>> {
        Part::new(chain, take, &self.view)
    }

    /// The shard codec, where subchunks can be read and written one by one.
    pub(crate) fn shard(&self) -> Option<&'a Shard> {
        let chain = &self.entry.info.chain;
        let Body::Shard(shard) = &chain.body else {
            return None;
        };
        // After a transposition the axes of the shard are not those of the array.
        (chain.stages.is_empty() && chain.keeps_order()).then_some(shard)
    }

    /// The shard codec of one shard, given that of the largest.
    fn shard_of<'b>(&self, shard: &'b Shard, take: &Take<'_>) -> Result<Cow<'b, Shard>> {
        let grid = &self.entry.info.grid;
        if grid.is_even {
            return Ok(Cow::Borrowed(shard));
        }
        shard.reshaped(&grid.chunk_shape(take.cell())).map(Cow::Owned)
    }

    /// Fills a missing chunk's part, or refuses.
    pub(crate) fn missing(&self, take: &Take<'_>) -> Result<()> {
        crate::counters::CHUNKS_MISSING.add(1);
        if self.opts.missing_is_error {
            return Err(Error::ChunkNotFound {
                key: self.key(take).name(),
                index: take.cell().collect(),
            });
        }
        self.part(&*self.chain(take)?, take)?.fill(&self.entry.info.fill.bytes);
        Ok(())
    }

    /// Chunks in one batch.
    pub(crate) fn batch(&self) -> usize {
        let most = BATCH_BYTES / self.entry.info.chain.size.max(1);
        (most as usize).clamp(1, BATCH_KEYS)
    }

    /// What a number of jobs on chunks of `chain` costs, in bytes that could be decoded instead.
    pub(crate) fn work(&self, chain: &Chain, jobs: usize) -> u64 {
        let jobs = jobs as u64;
        let each = if chain.is_raw() {
            // Bytes that are only copied, and only those that are wanted.
            let wanted = self.plan.elements().saturating_mul(chain.item as u64);
            chain.size.min(wanted / jobs.max(1)) / 4
        } else {
            chain.size
        };
        each.saturating_add(JOB_COST).saturating_mul(jobs)
    }

    /// Whether a write covers all of a chunk that lies inside the array, or all of a shard: what
    /// a shard holds beyond the array's end is kept, as zarr-python does, for when it grows.
    pub(crate) fn covered(&self, take: &Take<'_>) -> bool {
        let info = &self.entry.info;
        let extents = info.grid.chunk_shape(take.cell());
        if self.shard().is_some() {
            return take.covers(&extents, &extents);
        }
        let axes = take.cell().zip(&info.grid.cuts).zip(&info.shape).zip(&extents);
        let ends: Dims<u64> = axes
            .map(|(((cell, cut), length), extent)| {
                length.saturating_sub(cut.start(cell)).min(*extent)
            })
            .collect();
        take.covers(&extents, &ends)
    }
}

/// The subchunks of one shard that a call touches.
pub(crate) struct Touched<'a> {
    pub(crate) shard: Cow<'a, Shard>,
    pub(crate) take: Take<'a>,
    pub(crate) plan: Plan,
    pub(crate) view: View,
}

impl<'a> Touched<'a> {
    pub(crate) fn new(call: &'a Call<'_>, shard: &'a Shard, job: usize) -> Result<Self> {
        let take = call.plan.part(job);
        let shard = call.shard_of(shard, &take)?;
        let plan = Plan::within(&take, &shard.chunk.shape)?;
        let view = call.view.of(&take);
        Ok(Self { shard, take, plan, view })
    }

    /// What is taken from a touched subchunk, and its number in the shard.
    pub(crate) fn subchunk(&self, job: usize) -> (Take<'_>, usize) {
        let take = self.plan.part(job);
        let place = take.cell().zip(&self.shard.per).fold(0, |n, (cell, per)| n * per + cell);
        (take, place as usize)
    }
}

/// Numbers the jobs of several groups one after the other.
pub(crate) struct Flat(Vec<usize>);

impl Flat {
    pub(crate) fn new(lengths: impl Iterator<Item = usize>) -> Self {
        let mut total = 0;
        let ends = lengths.map(|n| {
            total += n;
            total
        });
        Self(ends.collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.last().copied().unwrap_or(0)
    }

    /// The group of a job, and its number there.
    pub(crate) fn find(&self, job: usize) -> (usize, usize) {
        let group = self.0.partition_point(|end| *end <= job);
        let before = group.checked_sub(1).map_or(0, |g| self.0[g]);
        (group, job - before)
    }
}

#[cfg(test)]
mod tests {
    use super::Flat;

    /// Catches jobs of empty groups, and the wrong group at a border.
    #[test]
    fn jobs_of_groups_are_numbered_without_gaps() {
        let flat = Flat::new([2, 0, 3].into_iter());
        let all: Vec<_> = (0..flat.len()).map(|job| flat.find(job)).collect();
        assert_eq!(all, [(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)]);
    }
}
