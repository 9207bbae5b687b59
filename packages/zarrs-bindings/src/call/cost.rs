//! What the jobs of a call cost, and what they may use.

use crate::call::Call;
use crate::codec::Chain;
use crate::threads::limits::{Limits, limits};
use crate::tuning::{BATCH_BYTES, BATCH_KEYS, HELD_WAITING, JOB_COST};

impl Call<'_> {
    pub(crate) fn limits(&self) -> Limits<'static> {
        let all = limits(&self.opts);
        let alone = self.entry.info.chain.calls_python();
        if alone { Limits { threads: Some(1), ..all } } else { all }
    }

    /// The same for jobs that put files in place, most of which wait for the file system unless
    /// their codecs have more to do.
    pub(crate) fn limits_to_write(&self) -> Limits<'static> {
        let chain = &self.entry.info.chain;
        let held = self.shard().map_or(chain.size, |shard| shard.chunk.size);
        Limits { waits: chain.is_quick() && held <= HELD_WAITING, ..self.limits() }
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
}
