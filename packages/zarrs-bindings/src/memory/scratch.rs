//! Buffers that a thread reuses from chunk to chunk: fresh memory costs page faults.

use std::cell::RefCell;
use std::mem::take;
use std::ops::{Deref, DerefMut};

use crate::tuning::{SCRATCH_BYTES, SCRATCH_COUNT};

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of this thread, returned when dropped.
pub(crate) struct Scratch(Vec<u8>);

impl Scratch {
    pub(crate) fn take() -> Self {
        Self(KEPT.with_borrow_mut(Vec::pop).unwrap_or_default())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = take(&mut self.0);
        if buffer.capacity() > SCRATCH_BYTES {
            return;
        }
        // At thread exit the list may be gone; then the buffer is simply freed.
        KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < SCRATCH_COUNT {
                kept.push(buffer);
            }
        })
        .ok();
    }
}

impl Deref for Scratch {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}
