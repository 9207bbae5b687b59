//! Buffers that a thread reuses from chunk to chunk: fresh memory costs page faults.

use std::cell::RefCell;
use std::mem::{forget, take};
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

    /// The buffer alone, for a value that is passed on. It is kept if it is made `Scratch` again.
    pub(crate) fn into_inner(mut self) -> Vec<u8> {
        let buffer = take(&mut self.0);
        // It would keep the empty buffer, and have no room for a full one.
        forget(self);
        buffer
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

impl From<Vec<u8>> for Scratch {
    fn from(buffer: Vec<u8>) -> Self {
        Self(buffer)
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

#[cfg(test)]
mod tests {
    use super::{SCRATCH_BYTES, SCRATCH_COUNT, Scratch};
    use crate::memory::reserve::reserve;

    fn with_room(bytes: usize) -> Scratch {
        let mut scratch = Scratch::take();
        assert!(reserve(&mut scratch, bytes, "a buffer").is_ok());
        scratch
    }

    /// Catches buffers that are not reused, and a thread that keeps more memory than its share.
    #[test]
    fn a_thread_reuses_a_few_buffers_that_are_not_too_large() {
        // In a new thread, because other threads may run several tests.
        let kept = std::thread::spawn(|| {
            drop(with_room(SCRATCH_BYTES + 1));
            assert_eq!(Scratch::take().capacity(), 0);
            let many: Vec<Scratch> = (0..SCRATCH_COUNT + 2).map(|_| with_room(100)).collect();
            drop(many);
            let taken: Vec<Scratch> = (0..SCRATCH_COUNT + 2).map(|_| Scratch::take()).collect();
            taken.iter().filter(|scratch| scratch.capacity() >= 100).count()
        });
        assert!(kept.join().is_ok_and(|kept| kept == SCRATCH_COUNT));
    }

    /// Catches a buffer that is lost, or replaced by an empty one, each time that a value is passed
    /// on.
    #[test]
    fn a_buffer_that_is_passed_on_comes_back() {
        let reused = std::thread::spawn(|| {
            drop(Scratch::from(with_room(100).into_inner()));
            (0..2 * SCRATCH_COUNT).all(|_| {
                let buffer = Scratch::take().into_inner();
                let room = buffer.capacity();
                drop(Scratch::from(buffer));
                room >= 100
            })
        });
        assert!(reused.join().is_ok_and(|reused| reused));
    }
}
