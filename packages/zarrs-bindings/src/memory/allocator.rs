//! Allocates memory at addresses that are fast to copy to. On some processors, copying more than a
//! few hundred bytes to an address that is not a multiple of 32 takes three times as long.

#![expect(unsafe_code, reason = "implements an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};

use crate::memory::mmap::{is_mapped, map, unmap};
use crate::tuning::ALIGNED_FROM;

/// A cache line.
pub(super) const LINE: usize = 64;

/// The system's allocator, with large buffers aligned to cache lines or mapped.
struct Aligned;

#[global_allocator]
static ALLOCATOR: Aligned = Aligned;

/// The same for all calls on one allocation, because it depends only on its layout.
fn aligned(layout: Layout) -> Layout {
    if layout.size() < ALIGNED_FROM {
        return layout;
    }
    layout.align_to(LINE).unwrap_or(layout)
}

// SAFETY: every call goes to the system or to its allocator; the layout alone decides which. The
// layout passed on is a function of the caller's, and at least as strict.
unsafe impl GlobalAlloc for Aligned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) {
            return map(aligned(layout));
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(aligned(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_mapped(layout) {
            return map(aligned(layout));
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(aligned(layout)) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: allocated with the same layout, which was aligned in the same way, and by the
        // same of the two allocators.
        unsafe {
            if is_mapped(layout) {
                unmap(memory, aligned(layout));
            } else {
                System.dealloc(memory, aligned(layout));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIGNED_FROM, LINE};
    use crate::memory::result::Memory;

    /// Catches buffers that lose their alignment, or bytes, when they grow.
    #[test]
    fn large_buffers_are_aligned_however_they_grow() {
        let mut buffer: Vec<u8> = Vec::new();
        for i in 0..5 * ALIGNED_FROM {
            buffer.push((i % 251) as u8);
            assert!(
                buffer.capacity() < ALIGNED_FROM || buffer.as_ptr().addr().is_multiple_of(LINE)
            );
        }
        assert!(buffer.iter().enumerate().all(|(i, byte)| *byte == (i % 251) as u8));
        buffer.truncate(10);
        buffer.shrink_to_fit();
        assert_eq!(buffer, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        for bytes in [ALIGNED_FROM, 5 << 20] {
            assert!(Memory::new(bytes, 0).is_some_and(|m| m.start().addr().is_multiple_of(LINE)));
        }
    }
}
