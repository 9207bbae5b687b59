//! Keeps the memory of large results after they are freed: apart from its copies, a large read
//! mostly costs pages that the system has to zero. So does a write over the network, so buffers of
//! sent values are kept, too.
//!
//! The system may reclaim kept memory of results when it runs short.

#![expect(unsafe_code, reason = "owns memory by address")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::memory::mmap::{HUGE_PAGE, is_mapped};
use crate::per_process::PerProcess;
use crate::tuning::{BUFFERS_SHARE, POOLED_FROM};

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

/// What is kept, oldest first.
#[derive(Default)]
struct Kept {
    /// Of results.
    blocks: Vec<Block>,
    /// Of stored values.
    buffers: Vec<Vec<u8>>,
}

impl Kept {
    fn bytes(&self) -> (usize, usize) {
        let buffers = self.buffers.iter().map(Vec::capacity).sum();
        (self.blocks.iter().map(Block::size).sum(), buffers)
    }

    /// Drops the oldest, so that no more than `most` bytes are kept, and of buffers their share.
    /// Results take precedence.
    fn shorten(&mut self, most: u64) {
        let sizes = self.blocks.iter().map(|block| block.size() as u64);
        self.blocks.drain(..excess(sizes, most));
        let (taken, sizes) = (self.bytes().0, self.buffers.iter().map(|it| it.capacity() as u64));
        let share = (most / BUFFERS_SHARE).min(most.saturating_sub(taken as u64));
        self.buffers.drain(..excess(sizes, share));
    }
}

/// How many of the first must go, so that the others have at most so many bytes.
fn excess(sizes: impl DoubleEndedIterator<Item = u64> + ExactSizeIterator, most: u64) -> usize {
    let (count, mut sum) = (sizes.len(), 0);
    let held = |size: &u64| {
        sum += size;
        sum <= most
    };
    count - sizes.rev().take_while(held).count()
}

static KEPT: PerProcess<Mutex<Kept>> = PerProcess::new();

/// Runs `work` on what is kept, unless another thread is using it.
fn with<T>(work: impl FnOnce(&mut Kept) -> T) -> Option<T> {
    let kept = KEPT.get(|inherited| {
        // Writing to pages shared with the parent costs more than getting new ones.
        if let Some(mut kept) = inherited.and_then(unlocked) {
            *kept = Kept::default();
        }
        Mutex::default()
    });
    unlocked(kept).map(|mut kept| work(&mut kept))
}

/// What is kept, unless another thread is using it.
fn unlocked(kept: &Mutex<Kept>) -> Option<MutexGuard<'_, Kept>> {
    match kept.try_lock() {
        Ok(kept) => Some(kept),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The smallest kept block with room for `bytes` and at most an eighth of them to spare.
pub(crate) fn take(bytes: usize) -> Option<Block> {
    with(|Kept { blocks, .. }| {
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
    with(move |kept| {
        kept.blocks.push(block);
        kept.shorten(most);
    });
}

/// An empty buffer with room for `bytes` and at most an eighth of them to spare. The latest one that
/// fits: some of it may still be in the cache of a core.
#[cfg(feature = "remote")]
pub(super) fn take_buffer(bytes: usize) -> Option<Vec<u8>> {
    with(|Kept { buffers, .. }| {
        let fits = |it: &Vec<u8>| it.capacity() >= bytes && it.capacity() - bytes <= bytes / 8;
        buffers.iter().rposition(fits).map(|place| buffers.remove(place))
    })?
}

/// Keeps the memory of a buffer, and as many of the newest earlier ones as their share of `most`
/// bytes allows.
#[cfg(feature = "remote")]
pub(super) fn keep_buffer(mut buffer: Vec<u8>, most: u64) {
    if (buffer.capacity() as u64) > most / BUFFERS_SHARE {
        return;
    }
    buffer.clear();
    with(move |kept| {
        kept.buffers.push(buffer);
        kept.shorten(most);
    });
}

/// Number and total bytes of the kept blocks and buffers.
pub(crate) fn info() -> (usize, usize) {
    with(|kept| {
        let (blocks, buffers) = kept.bytes();
        (kept.blocks.len() + kept.buffers.len(), blocks + buffers)
    })
    .unwrap_or_default()
}

/// Returns all kept memory to the system.
pub(crate) fn clear() {
    with(|kept| *kept = Kept::default());
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
    #[cfg(feature = "remote")]
    use super::{keep_buffer, take_buffer};

    fn block(bytes: usize) -> Block {
        Block::new(bytes, 64).unwrap_or_else(|| unreachable!("no memory"))
    }

    /// Catches a pool that grows, keeps the oldest block, or returns one that is too small or far
    /// too large.
    #[test]
    fn blocks_are_kept_within_bounds_and_given_to_what_fits() {
        let _alone = alone();
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

    /// Catches buffers without a bound or with old bytes, and buffers that displace results.
    #[cfg(feature = "remote")]
    #[test]
    fn buffers_have_a_share_that_results_do_not_need() {
        let _alone = alone();
        let buffer = |bytes| Vec::with_capacity(bytes);
        let most = 4 * POOLED_FROM as u64;
        clear();
        keep_buffer(buffer(POOLED_FROM + 1), most);
        assert_eq!(info(), (0, 0));
        keep_buffer(vec![1; POOLED_FROM / 2], most);
        keep_buffer(buffer(POOLED_FROM / 4), most);
        keep_buffer(buffer(POOLED_FROM / 4 + 1), most);
        assert_eq!(info(), (2, POOLED_FROM / 2 + 1));
        assert!(take_buffer(POOLED_FROM / 2).is_none() && take_buffer(POOLED_FROM / 8).is_none());
        let taken = take_buffer(POOLED_FROM / 4);
        assert!(taken.is_some_and(|it| it.is_empty() && it.capacity() == POOLED_FROM / 4 + 1));
        keep_buffer(vec![1; POOLED_FROM / 2], most);
        assert!(take_buffer(POOLED_FROM / 2).is_some_and(|buffer| buffer.is_empty()));
        for _ in 0..4 {
            keep(block(POOLED_FROM), most);
        }
        assert_eq!(info(), (4, 4 * POOLED_FROM));
        keep_buffer(buffer(POOLED_FROM / 2), most);
        assert_eq!(info(), (4, 4 * POOLED_FROM));
        clear();
    }
}
