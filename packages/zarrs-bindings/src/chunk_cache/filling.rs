//! Looks up a chunk, or takes the task to decode it: one thread for a chunk, others wait for it.

use std::mem::take;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::lru::Slot;
use super::{BOUND, Decoded, HITS, Key, MISSES, Version, shared};

/// What to do for a chunk.
pub(crate) enum Claim {
    Found(Decoded),
    /// Decode it into the buffer.
    Fill(Filling),
    /// Decode it; it is not cached.
    Decode,
}

/// A chunk that this thread is to decode. If it is dropped before, others do it.
pub(crate) struct Filling {
    key: Arc<Key>,
    ticket: u64,
    buffer: Vec<u8>,
    is_kept: bool,
}

/// When a chunk is kept that a read decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Never,
    /// When it is decoded for the second time. Until then it is decoded directly into its result.
    Again,
    Now,
}

/// The chunk of a key if it is of this version, which its source had at `checked`.
///
/// Waits only for a thread that is decoding, which waits for no other.
pub(crate) fn claim(
    key: Key,
    version: &Version,
    checked: Instant,
    size: usize,
    keep: Keep,
) -> Claim {
    let shared = shared();
    // A process that has written a store reads it anew, if nothing else tells versions apart.
    let home = key.home;
    let holds = |own: &Version, then: Instant| {
        own == version && (*own != Version::Only || shared.is_untouched(home, then))
    };
    let mut chunks = shared.chunks();
    loop {
        let found = chunks.get(&key, |held| {
            let same = holds(&held.version, held.checked);
            if same {
                held.checked = held.checked.max(checked);
            }
            same
        });
        if let Some((decoded, ..)) = found {
            drop(chunks);
            HITS.fetch_add(1, Ordering::Relaxed);
            return Claim::Found(decoded);
        }
        match chunks.slot(&key) {
            Some(Slot::Filling { version: own, checked: then, .. }) => {
                if !holds(own, *then) {
                    drop(chunks);
                    MISSES.fetch_add(1, Ordering::Relaxed);
                    return Claim::Decode;
                }
                chunks = shared.ended.wait(chunks).unwrap_or_else(PoisonError::into_inner);
            }
            Some(Slot::Held(_) | Slot::Seen { .. }) | None => break,
        }
    }
    MISSES.fetch_add(1, Ordering::Relaxed);
    if keep == Keep::Never || !version.is_reliable() {
        // An older version is of no use.
        let old = chunks.remove(&key);
        drop(chunks);
        drop(old);
        return Claim::Decode;
    }
    let key = Arc::new(key);
    let bound = BOUND.load(Ordering::Relaxed);
    if keep == Keep::Again {
        let (again, dropped) = chunks.see(&key, version, bound);
        if !again {
            drop(chunks);
            drop(dropped);
            return Claim::Decode;
        }
    }
    let room = chunks.reserve(&key, (version, checked), size, bound);
    drop(chunks);
    match room {
        Some(room) => {
            let (ticket, buffer) = (room.ticket, room.buffer);
            drop(room.dropped);
            Claim::Fill(Filling { key, ticket, buffer, is_kept: false })
        }
        None => Claim::Decode,
    }
}

impl Filling {
    /// The buffer to decode into.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Caches the decoded chunk.
    pub(crate) fn keep(mut self) -> Decoded {
        let decoded: Decoded = Arc::new(take(&mut self.buffer));
        self.is_kept = true;
        self.end(Some(Arc::clone(&decoded)));
        decoded
    }

    fn end(&self, decoded: Option<Decoded>) {
        shared().chunks().end(&self.key, self.ticket, decoded);
        shared().ended.notify_all();
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if !self.is_kept {
            self.end(None);
        }
    }
}
