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

/// Makes the class, which a child that is forked meanwhile would wait for.
pub(crate) fn prepare(py: Python<'_>) {
    py.get_type::<Memory>();
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

#[cfg(test)]
mod tests {
    use super::{Memory, POOLED_FROM, pool};

    /// Catches large results whose memory is not reused, and small ones that the pool keeps.
    #[test]
    fn only_the_memory_of_a_large_result_is_used_again() {
        let _alone = pool::alone();
        pool::clear();
        let most = 2 * POOLED_FROM as u64;
        drop(Memory::new(POOLED_FROM - 1, most));
        drop(Memory::new(POOLED_FROM, 0));
        assert_eq!(pool::info(), (0, 0));
        drop(Memory::new(POOLED_FROM, most));
        assert_eq!(pool::info(), (1, POOLED_FROM));
        assert!(Memory::new(POOLED_FROM, 0).is_some() && pool::info().0 == 1);
        let again = Memory::new(POOLED_FROM, most);
        assert!(again.is_some_and(|memory| !memory.start().is_null() && pool::info().0 == 0));
        pool::clear();
    }

    /// Catches an empty result without an address, and an impossible size that is accepted.
    #[test]
    fn memory_of_no_bytes_has_an_address_and_too_much_is_refused() {
        let _alone = pool::alone();
        assert!(Memory::new(0, 0).is_some_and(|memory| !memory.start().is_null()));
        assert!(Memory::new(isize::MAX as usize, 0).is_none());
    }
}
