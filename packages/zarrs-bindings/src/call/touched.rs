//! The part of a call that falls into one shard.

use std::borrow::Cow;

use crate::call::Call;
use crate::codec::shard::Shard;
use crate::elements::view::View;
use crate::errors::Result;
use crate::plan::{Plan, Take};

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
