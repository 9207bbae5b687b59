//! Closes the descriptors of locked files in a forked child.
//!
//! A child shares the locks of its parent. If the parent died during a write, an idle child would
//! keep the chunk locked for as long as it lives.

#![expect(unsafe_code, reason = "calls functions of the system")]

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Locked files beyond this number are not closed in a child.
const SLOTS: usize = 256;

const FREE: i32 = -1;

static LOCKED: [AtomicI32; SLOTS] = [const { AtomicI32::new(FREE) }; SLOTS];

/// Keeps a descriptor in the list until this is dropped. Drop it before closing the descriptor.
pub(super) struct Remembered(Option<&'static AtomicI32>);

pub(super) fn remember(descriptor: i32) -> Remembered {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    // Threads may each register it. A lock would stay locked in a child that is forked meanwhile.
    if !REGISTERED.load(Ordering::Acquire) {
        // SAFETY: the handler only uses atomics and `close`, which are allowed after a fork. If
        // there is no memory to register it, children keep their copies; nothing else is lost.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(close_all)) };
        REGISTERED.store(true, Ordering::Release);
    }
    let slot = LOCKED.iter().find(|slot| {
        slot.compare_exchange(FREE, descriptor, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    });
    Remembered(slot)
}

impl Remembered {
    /// Whether a child closes its copy.
    pub(super) fn is_kept(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Remembered {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            slot.store(FREE, Ordering::Release);
        }
    }
}

extern "C" fn close_all() {
    for slot in &LOCKED {
        let descriptor = slot.swap(FREE, Ordering::AcqRel);
        if descriptor != FREE {
            // SAFETY: the descriptor was open in the parent at the fork, so it is open here.
            unsafe { libc::close(descriptor) };
        }
    }
}
