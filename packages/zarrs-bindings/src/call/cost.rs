//! The cost of a call's jobs, and their limits.

use crate::call::Call;
use crate::codec::Chain;
use crate::threads::limits::{Limits, Waits, limits};
use crate::tuning::{BATCH_BYTES, BATCH_KEYS, HELD_WAITING, JOB_COST};

impl Call<'_> {
    pub(crate) fn limits(&self) -> Limits<'static> {
        let all = limits(&self.opts);
        let alone = self.entry.info.chain.calls_python();
        if alone { Limits { threads: Some(1), ..all } } else { all }
    }

    /// The limits of jobs that replace files. Most of them wait for the file system, unless their
    /// codecs have more to do.
    pub(crate) fn limits_to_write(&self) -> Limits<'static> {
        let chain = &self.entry.info.chain;
        let held = self.shard().map_or(chain.size, |shard| shard.chunk.size);
        let limits = self.limits();
        let waits = if held > HELD_WAITING || limits.are_few() {
            Waits::Never
        } else if chain.is_quick() {
            Waits::Mostly
        } else {
            Waits::Partly
        };
        Limits { waits, ..limits }
    }

    /// Number of chunks in a batch.
    pub(crate) fn batch(&self) -> usize {
        let most = BATCH_BYTES / self.entry.info.chain.size.max(1);
        (most as usize).clamp(1, BATCH_KEYS)
    }

    /// The cost of some jobs on chunks of `chain`, in bytes that one could decode instead.
    pub(crate) fn work(&self, chain: &Chain, jobs: usize) -> u64 {
        let jobs = jobs as u64;
        let each = if chain.is_raw() {
            // Bytes are only copied, and only the selected ones.
            let wanted = self.plan.elements().saturating_mul(chain.item as u64);
            chain.size.min(wanted / jobs.max(1)) / 4
        } else {
            chain.size
        };
        each.saturating_add(JOB_COST).saturating_mul(jobs)
    }
}
