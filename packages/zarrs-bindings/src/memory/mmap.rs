//! Maps large buffers from the system and returns them to it. The C library would keep freed
//! buffers of some MiB for each thread, many times the memory in use.

#![expect(unsafe_code, reason = "calls functions of the system")]

use std::alloc::Layout;
#[cfg(unix)]
use std::ptr::null_mut;

#[cfg(target_os = "linux")]
use rustix::mm::{Advice, madvise};
#[cfg(unix)]
use rustix::{
    mm::{MapFlags, ProtFlags, mmap_anonymous, munmap},
    param::page_size,
};

use crate::tuning::{MAPPED_BYTES, MAPPED_FROM};

pub(crate) const HUGE_PAGE: usize = 2 << 20;

/// Whether memory of a layout is mapped. The same for all calls on one allocation. Not under a
/// fuzzer, which can only limit memory of the C library.
pub(crate) fn is_mapped(layout: Layout) -> bool {
    let from = if layout.align() == 1 { MAPPED_BYTES } else { MAPPED_FROM };
    cfg!(all(unix, not(fuzzing))) && layout.size() >= from
}

/// Zeroed memory; null if the system has none.
#[cfg(unix)]
pub(crate) fn map(layout: Layout) -> *mut u8 {
    let least = if layout.size() < HUGE_PAGE { 1 } else { HUGE_PAGE };
    let (page, align) = (page_size(), layout.align().max(least));
    // Small pages are not aligned to `align`: map too many, and unmap the surplus.
    let surplus = align.saturating_sub(page);
    let Some(length) = whole_pages(layout, page) else {
        return null_mut();
    };
    let Some(all) = length.checked_add(surplus) else {
        return null_mut();
    };
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: this maps new memory, at an address that the system chooses.
    let Ok(start) = (unsafe { mmap_anonymous(null_mut(), all, access, MapFlags::PRIVATE) }) else {
        return null_mut();
    };
    let start: *mut u8 = start.cast();
    let before = start.align_offset(align).min(surplus);
    let memory = start.wrapping_add(before);
    let after = surplus - before;
    // SAFETY: these are whole pages of the new mapping, before and after the part that is used.
    unsafe {
        if before > 0 {
            munmap(start.cast(), before).ok();
        }
        if after > 0 {
            munmap(memory.wrapping_add(length).cast(), after).ok();
        }
        // New memory mostly costs its page faults, so ask for few, huge pages.
        #[cfg(target_os = "linux")]
        madvise(memory.cast(), length / HUGE_PAGE * HUGE_PAGE, Advice::LinuxHugepage).ok();
    }
    memory
}

/// Returns memory to the system.
///
/// # Safety
/// It was mapped here with the same layout, and nobody uses it any more.
#[cfg(unix)]
pub(crate) unsafe fn unmap(memory: *mut u8, layout: Layout) {
    if let Some(length) = whole_pages(layout, page_size()) {
        // SAFETY: as the caller promises.
        unsafe { munmap(memory.cast(), length) }.ok();
    }
}

#[cfg(unix)]
fn whole_pages(layout: Layout, page: usize) -> Option<usize> {
    layout.size().checked_next_multiple_of(page)
}

/// Other systems map nothing.
#[cfg(not(unix))]
pub(crate) fn map(_: Layout) -> *mut u8 {
    std::ptr::null_mut()
}

/// # Safety
/// Never called.
#[cfg(not(unix))]
pub(crate) unsafe fn unmap(_: *mut u8, _: Layout) {}

#[cfg(all(test, unix))]
mod tests {
    use super::{MAPPED_BYTES, MAPPED_FROM, is_mapped, map, unmap};
    use std::alloc::Layout;

    /// Catches memory that is misaligned, too short, or not returned to where it came from.
    #[test]
    fn memory_is_aligned_set_to_zero_and_as_long_as_asked_for() {
        let large = MAPPED_FROM + 4096;
        for (size, align) in
            [(MAPPED_BYTES, 1), (MAPPED_FROM, 64), (large, 2 << 20), (9 << 20, 4096)]
        {
            let layout = Layout::from_size_align(size, align).unwrap_or(Layout::new::<u8>());
            assert!(is_mapped(layout));
            for _ in 0..20 {
                let memory = map(layout);
                assert!(!memory.is_null() && memory.addr().is_multiple_of(align));
                // SAFETY: `size` bytes were mapped, and they are unmapped once.
                unsafe {
                    assert_eq!((*memory, *memory.add(size - 1)), (0, 0));
                    memory.write_bytes(7, size);
                    unmap(memory, layout);
                }
            }
        }
        assert!(!is_mapped(Layout::new::<u64>()));
    }

    /// Catches a size that overflows on its way to the system.
    #[test]
    fn what_nobody_has_is_refused() {
        let most = isize::MAX as usize;
        for size in [most & !0xfff, 1 << 61] {
            let layout = Layout::from_size_align(size, 64).unwrap_or(Layout::new::<u8>());
            assert!(is_mapped(layout) && map(layout).is_null());
        }
    }
}
