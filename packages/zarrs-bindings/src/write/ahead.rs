//! Subchunks of a shard that are encoded before its old value is known: those that are replaced
//! whole.

use std::borrow::Cow;

use crate::call::{Call, Touched};
use crate::codec::shard::Shard;
use crate::codec::transfer::Transfer;
use crate::errors::Result;
use crate::threads::jobs;

/// The new stored bytes of the touched subchunks of a shard, by their number in the call; `None` for
/// those that keep some of the old value.
pub(crate) struct Ahead(Vec<Option<Encoded>>);

/// A subchunk; `None` if it is to be absent.
pub(crate) struct Encoded(pub(crate) Option<Vec<u8>>);

impl Ahead {
    /// Encodes what does not depend on the old value of a shard.
    pub(crate) fn new(call: &Call<'_>, shard: &Shard, job: usize) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        let shard = &touched.shard;
        let encode = |inner| {
            let (part, _) = touched.subchunk(inner);
            let transfer = Transfer::new(&shard.chunk, &part, &touched.view)?;
            if !transfer.is_whole() {
                return Ok(None);
            }
            transfer.encode(None, &shard.fill, &call.opts, |new| {
                Ok(Some(Encoded(new.map(Cow::into_owned))))
            })
        };
        call.opts.allow("a shard index", shard.index_size())?;
        let (count, limits) = (touched.plan.len(), call.limits());
        jobs::collect(count, call.work(&shard.chunk, count), limits, encode)
            .map(Self)
            .map_err(|error| error.at(|| call.key(&touched.part).name()))
    }

    pub(crate) fn get(&self, job: usize) -> Option<&Encoded> {
        self.0.get(job)?.as_ref()
    }
}
