//! Keeps the memory of large results after they are freed: apart from its copies, a large read
//! mostly costs pages that the system has to zero.
//!
//! The system may reclaim kept memory when it runs short.

#![expect(unsafe_code, reason = "owns memory by address")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::memory::mmap::{HUGE_PAGE, is_mapped};
use crate::per_process::PerProcess;
use crate::tuning::POOLED_FROM;

/// An owned block of memory.
#[derive(Debug)]
pub(crate) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the block is owned, and this object only touches its memory to free it.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// Uninitialized memory; `None` if the system refuses it.
    pub(crate) fn new(bytes: usize, align: usize) -> Option<Self> {
        let align = if bytes < POOLED_FROM { align } else { HUGE_PAGE };
        let layout = Layout::from_size_align(bytes.max(1), align).ok()?;
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        let block = Self { start, layout };
        // Mapped memory already got this advice.
        if bytes >= POOLED_FROM && !is_mapped(layout) {
            advise(&block, Advice::HugePages);
        }
        Some(block)
    }

    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(crate) fn size(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, freed once.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Blocks, oldest first.
type Blocks = Mutex<Vec<Block>>;

static KEPT: PerProcess<Blocks> = PerProcess::new();

/// Runs `work` on the kept blocks, unless another thread is using them.
fn with<T>(work: impl FnOnce(&mut Vec<Block>) -> T) -> Option<T> {
    let kept = KEPT.get(|inherited| {
        // Writing to pages shared with the parent costs more than getting new ones.
        if let Some(mut blocks) = inherited.and_then(unlocked) {
            blocks.clear();
        }
        Mutex::new(Vec::new())
    });
    unlocked(kept).map(|mut blocks| work(&mut blocks))
}

/// The blocks, unless another thread is using them.
fn unlocked(blocks: &Blocks) -> Option<MutexGuard<'_, Vec<Block>>> {
    match blocks.try_lock() {
        Ok(blocks) => Some(blocks),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The smallest kept block with room for `bytes` and at most an eighth of them to spare.
pub(crate) fn take(bytes: usize) -> Option<Block> {
    with(|blocks| {
        let fits = |block: &Block| block.size() >= bytes && block.size() - bytes <= bytes / 8;
        let fitting = blocks.iter().enumerate().filter(|(_, block)| fits(block));
        let (place, _) = fitting.min_by_key(|(_, block)| block.size())?;
        Some(blocks.remove(place))
    })?
}

/// Keeps a block, and as many of the newest earlier blocks as fit in `most` bytes.
pub(crate) fn keep(block: Block, most: u64) {
    if block.size() as u64 > most {
        return;
    }
    advise(&block, Advice::TakeIfShort);
    with(move |blocks| {
        blocks.push(block);
        let mut sum = 0;
        let held = |block: &&Block| {
            sum += block.size() as u64;
            sum <= most
        };
        let newest = blocks.iter().rev().take_while(held).count();
        blocks.drain(..blocks.len() - newest);
    });
}

/// Number and total bytes of the kept blocks.
pub(crate) fn info() -> (usize, usize) {
    with(|blocks| (blocks.len(), blocks.iter().map(Block::size).sum())).unwrap_or_default()
}

/// Returns all kept memory to the system.
pub(crate) fn clear() {
    with(Vec::clear);
}

#[derive(Clone, Copy)]
enum Advice {
    HugePages,
    TakeIfShort,
}

#[cfg(target_os = "linux")]
fn advise(block: &Block, advice: Advice) {
    let advice = match advice {
        Advice::HugePages => rustix::mm::Advice::LinuxHugepage,
        Advice::TakeIfShort => rustix::mm::Advice::LinuxFree,
    };
    // The last page may also hold memory of others.
    let whole = block.size() / HUGE_PAGE * HUGE_PAGE;
    // SAFETY: the memory is ours, and nobody reads it before it is written. If the system ignores
    // the advice, nothing changes.
    unsafe { rustix::mm::madvise(block.start().cast(), whole, advice) }.ok();
}

#[cfg(not(target_os = "linux"))]
fn advise(_: &Block, _: Advice) {}

/// Held by each test that counts the kept blocks: the pool belongs to the whole process.
#[cfg(test)]
pub(super) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Block, POOLED_FROM, alone, clear, info, keep, take};

    /// Catches a pool that grows, keeps the oldest block, or returns one that is too small or far
    /// too large.
    #[test]
    fn blocks_are_kept_within_bounds_and_given_to_what_fits() {
        let _alone = alone();
        let block = |bytes| Block::new(bytes, 64).unwrap_or_else(|| unreachable!("no memory"));
        let most = 3 * POOLED_FROM as u64;
        clear();
        keep(block(4 * POOLED_FROM), most);
        assert_eq!(info(), (0, 0));
        keep(block(POOLED_FROM), most);
        keep(block(2 * POOLED_FROM), most);
        assert_eq!(info(), (2, 3 * POOLED_FROM));
        keep(block(POOLED_FROM + 5), most);
        assert_eq!(info(), (1, POOLED_FROM + 5));
        keep(block(POOLED_FROM), most);
        assert!(take(POOLED_FROM / 2).is_none() && take(POOLED_FROM + 6).is_none());
        assert!(take(POOLED_FROM).is_some_and(|found| found.size() == POOLED_FROM));
        assert!(take(POOLED_FROM).is_some_and(|found| found.size() == POOLED_FROM + 5));
        assert!(take(POOLED_FROM).is_none());
        keep(block(POOLED_FROM), 0);
        assert_eq!(info(), (0, 0));
    }
}
