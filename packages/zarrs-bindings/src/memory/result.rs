//! The memory of large results, taken from the pool and returned to it.

use std::ptr::null_mut;

use pyo3::prelude::*;

use crate::memory::allocator::LINE;
use crate::memory::pool::{self, Block};
use crate::tuning::POOLED_FROM;

/// The memory of a result, freed with the last array that uses it.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct Memory {
    block: Option<Block>,
    /// Maximum number of bytes to keep for later results.
    keep: u64,
}

impl Memory {
    /// Uninitialized memory, which may hold data of an earlier result; `None` if the system refuses
    /// it.
    pub(crate) fn new(bytes: usize, keep: u64) -> Option<Self> {
        let old = (keep > 0 && bytes >= POOLED_FROM).then(|| pool::take(bytes)).flatten();
        let new = || Block::new(bytes, LINE);
        let again = || {
            pool::clear();
            new()
        };
        let block = old.or_else(new).or_else(again)?;
        Some(Self { block: Some(block), keep })
    }

    pub(crate) fn start(&self) -> *mut u8 {
        self.block.as_ref().map_or(null_mut(), Block::start)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(block) = self.block.take_if(|block| block.size() >= POOLED_FROM) {
            pool::keep(block, self.keep);
        }
    }
}
