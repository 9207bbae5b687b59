//! Memory at addresses that are fast to copy to: on some processors a copy of more than a few
//! hundred bytes to an address that is no multiple of 32 takes three times as long.

use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc};
use std::ptr::NonNull;

use pyo3::prelude::*;

/// Size from which alignment pays.
pub(crate) const LARGE: usize = 2 << 10;

/// A cache line.
const LINE: usize = 64;

/// A huge page, and the size from which results ask for them: page faults dominate large reads.
const HUGE_PAGE: usize = 2 << 20;
const HUGE: usize = 4 << 20;

/// The system's allocator, with large buffers aligned to cache lines.
struct Aligned;

#[global_allocator]
static ALLOCATOR: Aligned = Aligned;

/// The same for all calls on one allocation, since it depends on nothing but its layout.
fn aligned(layout: Layout) -> Layout {
    if layout.size() < LARGE {
        return layout;
    }
    layout.align_to(LINE).unwrap_or(layout)
}

// SAFETY: every call is passed on to the system's allocator, with a layout that is a function of
// the caller's and at least as strict.
unsafe impl GlobalAlloc for Aligned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc(aligned(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(aligned(layout)) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: allocated with the same layout, which was aligned in the same way.
        unsafe { System.dealloc(memory, aligned(layout)) }
    }
}

/// The memory of a result, freed with the last array that shows it.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: an owned block of memory; it is never touched through this object but to free it.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Memory that is not set; `None` when the system refuses it.
    pub(crate) fn new(bytes: usize) -> Option<Self> {
        let line = if bytes < HUGE { LINE } else { HUGE_PAGE };
        let layout = Layout::from_size_align(bytes, line).ok()?;
        // SAFETY: the size is not 0; callers ask for `LARGE` or more.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        if bytes >= HUGE {
            advise(start, bytes);
        }
        Some(Self { start, layout })
    }

    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, freed once.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

#[cfg(target_os = "linux")]
fn advise(start: NonNull<u8>, bytes: usize) {
    // SAFETY: advice on memory of ours; that it may be refused changes nothing.
    unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: NonNull<u8>, _: usize) {}

#[cfg(test)]
mod tests {
    use super::{LARGE, LINE, Memory};

    /// Catches buffers that grow out of their alignment, or lose bytes when they do.
    #[test]
    fn large_buffers_are_aligned_however_they_grow() {
        let mut buffer: Vec<u8> = Vec::new();
        for i in 0..5 * LARGE {
            buffer.push((i % 251) as u8);
            assert!(buffer.capacity() < LARGE || buffer.as_ptr().addr().is_multiple_of(LINE));
        }
        assert!(buffer.iter().enumerate().all(|(i, byte)| *byte == (i % 251) as u8));
        buffer.truncate(10);
        buffer.shrink_to_fit();
        assert_eq!(buffer, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        for bytes in [LARGE, 5 << 20] {
            assert!(Memory::new(bytes).is_some_and(|m| m.start().addr().is_multiple_of(LINE)));
        }
    }
}
