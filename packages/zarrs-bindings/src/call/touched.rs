//! The part of a call that is in one shard.

use std::borrow::Cow;

use crate::call::Call;
use crate::codec::shard::Shard;
use crate::elements::view::View;
use crate::errors::Result;
use crate::plan::{ChunkPart, Plan};

/// The subchunks of one shard that a call touches.
pub(crate) struct Touched<'a> {
    pub(crate) shard: Cow<'a, Shard>,
    pub(crate) part: ChunkPart<'a>,
    pub(crate) plan: Plan,
    pub(crate) view: View,
}

impl<'a> Touched<'a> {
    pub(crate) fn new(call: &'a Call<'_>, shard: &'a Shard, job: usize) -> Result<Self> {
        let part = call.plan.part(job);
        let shard = call.shard_of(shard, &part)?;
        let plan = Plan::within(&part, &shard.chunk.shape)?;
        let view = call.view.of(&part);
        Ok(Self { shard, part, plan, view })
    }

    /// The part of a touched subchunk, and the subchunk's number in the shard.
    pub(crate) fn subchunk(&self, job: usize) -> (ChunkPart<'_>, usize) {
        let part = self.plan.part(job);
        let place = part.cell().zip(&self.shard.per).fold(0, |n, (cell, per)| n * per + cell);
        (part, place as usize)
    }

    /// The most subchunks with consecutive numbers of which none is touched.
    pub(crate) fn longest_gap(&self) -> u64 {
        let mut places: Vec<u64> =
            (0..self.plan.len()).map(|j| self.subchunk(j).1 as u64).collect();
        places.sort_unstable();
        places.push(self.shard.count);
        let mut next = 0;
        let gaps = places.into_iter().map(|place| place - std::mem::replace(&mut next, place + 1));
        gaps.max().unwrap_or_default()
    }
}
