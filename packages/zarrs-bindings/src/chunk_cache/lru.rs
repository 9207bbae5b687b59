//! The entries, and their order of use.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::{Decoded, Key, OVERHEAD, Version};

/// Cached chunks, and those that threads are about to cache, up to a number of bytes.
#[derive(Default)]
pub(super) struct Chunks {
    slots: HashMap<Arc<Key>, Slot>,
    /// The complete chunks, the one that was not used for longest first.
    order: BTreeMap<u64, Arc<Key>>,
    uses: u64,
    bytes: usize,
}

pub(super) enum Slot {
    Held(Held),
    /// A thread decodes it. The number distinguishes it from later attempts.
    Filling {
        version: Version,
        checked: Instant,
        ticket: u64,
        bytes: usize,
    },
}

pub(super) struct Held {
    pub(super) decoded: Decoded,
    pub(super) version: Version,
    pub(super) checked: Instant,
    used: u64,
}

/// Room in the cache: an empty buffer, of this size if one was dropped, and what was dropped.
pub(super) struct Room {
    pub(super) ticket: u64,
    pub(super) buffer: Vec<u8>,
    /// To be freed without the lock.
    pub(super) dropped: Vec<Decoded>,
}

fn weight(bytes: usize) -> usize {
    bytes.saturating_add(OVERHEAD)
}

impl Chunks {
    /// A complete chunk, if it is as wanted. It counts as used.
    pub(super) fn get(
        &mut self,
        key: &Key,
        wanted: impl FnOnce(&mut Held) -> bool,
    ) -> Option<(Decoded, Version, Instant)> {
        let Some(Slot::Held(held)) = self.slots.get_mut(key) else { return None };
        if !wanted(held) {
            return None;
        }
        self.uses += 1;
        if let Some(key) = self.order.remove(&mem::replace(&mut held.used, self.uses)) {
            self.order.insert(self.uses, key);
        }
        Some((Arc::clone(&held.decoded), held.version.clone(), held.checked))
    }

    pub(super) fn slot(&self, key: &Key) -> Option<&Slot> {
        self.slots.get(key)
    }

    pub(super) fn confirm(&mut self, key: &Key, version: &Version, then: Instant) {
        if let Some(Slot::Held(held)) = self.slots.get_mut(key)
            && held.version == *version
        {
            held.checked = held.checked.max(then);
        }
    }

    /// Makes room for a chunk in place of an older version of it. `None` if there is none, because
    /// other chunks that are being decoded take it.
    pub(super) fn reserve(
        &mut self,
        key: &Arc<Key>,
        (version, checked): (&Version, Instant),
        bytes: usize,
        bound: u64,
    ) -> Option<Room> {
        let mut dropped: Vec<Decoded> = self.remove(key).into_iter().collect();
        while (self.bytes.saturating_add(weight(bytes))) as u64 > bound {
            let (_, oldest) = self.order.pop_first()?;
            dropped.extend(self.remove(&oldest));
        }
        self.uses += 1;
        self.bytes += weight(bytes);
        let (version, ticket) = (version.clone(), self.uses);
        let filling = Slot::Filling { version, checked, ticket, bytes };
        self.slots.insert(Arc::clone(key), filling);
        // Fresh memory costs page faults.
        let usable = dropped.iter().position(|old| old.capacity() == bytes);
        let buffer = usable.and_then(|place| match Arc::try_unwrap(dropped.swap_remove(place)) {
            Ok(mut buffer) => {
                buffer.clear();
                Some(buffer)
            }
            Err(in_use) => {
                dropped.push(in_use);
                None
            }
        });
        Some(Room { ticket, buffer: buffer.unwrap_or_default(), dropped })
    }

    /// Removes a complete chunk.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Decoded> {
        if !matches!(self.slots.get(key), Some(Slot::Held(_))) {
            return None;
        }
        let Some(Slot::Held(held)) = self.slots.remove(key) else { return None };
        self.order.remove(&held.used);
        self.bytes -= weight(held.decoded.len());
        Some(held.decoded)
    }

    /// Ends an attempt: with the chunk, or without.
    pub(super) fn end(&mut self, key: &Arc<Key>, ticket: u64, decoded: Option<Decoded>) {
        let Some(Slot::Filling { ticket: own, .. }) = self.slots.get(key) else { return };
        if *own != ticket {
            return;
        }
        let Some(Slot::Filling { version, checked, bytes, .. }) = self.slots.remove(key) else {
            return;
        };
        if let Some(decoded) = decoded {
            self.uses += 1;
            self.order.insert(self.uses, Arc::clone(key));
            let held = Held { decoded, version, checked, used: self.uses };
            self.slots.insert(Arc::clone(key), Slot::Held(held));
        } else {
            self.bytes -= weight(bytes);
        }
    }

    /// Number of complete chunks, and bytes of all.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.order.len(), self.bytes)
    }

    /// Removes all complete chunks, and returns them.
    pub(super) fn clear(&mut self) -> Vec<Decoded> {
        let keys = mem::take(&mut self.order);
        keys.values().filter_map(|key| self.remove(key)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Chunks, OVERHEAD, Room, weight};
    use crate::chunk_cache::{Decoding, Home, Key, Version};
    use std::sync::Arc;
    use std::time::Instant;

    fn key(number: u64) -> Arc<Key> {
        let decoding = Decoding::new("raw".into(), &[1]);
        Arc::new(Key::new(Home::Files, b"a", Some(number), decoding))
    }

    fn reserve(chunks: &mut Chunks, number: u64, bytes: usize, bound: usize) -> Option<Room> {
        let version = (&Version::Only, Instant::now());
        chunks.reserve(&key(number), version, bytes, bound as u64)
    }

    fn put(chunks: &mut Chunks, number: u64, bytes: usize, bound: usize) -> bool {
        let room = reserve(chunks, number, bytes, bound);
        room.is_some_and(|room| {
            chunks.end(&key(number), room.ticket, Some(Arc::new(vec![number as u8; bytes])));
            true
        })
    }

    fn numbers(chunks: &Chunks) -> Vec<u64> {
        (0..10).filter(|n| chunks.slot(&key(*n)).is_some()).collect()
    }

    /// Catches a chunk in use that is dropped before an older one, and bytes that are counted wrongly.
    #[test]
    fn the_least_recently_used_chunk_goes_first() {
        let (mut chunks, bound) = (Chunks::default(), 3 * weight(10));
        assert!((0..3).all(|number| put(&mut chunks, number, 10, bound)));
        assert!(chunks.get(&key(0), |_| true).is_some_and(|(decoded, ..)| *decoded == [0; 10]));
        assert!(put(&mut chunks, 3, 10, bound));
        assert_eq!((numbers(&chunks), chunks.size()), (vec![0, 2, 3], (3, bound)));
        // The smaller one takes the place of two, because both together were too large.
        assert!(put(&mut chunks, 4, 11, bound));
        assert_eq!(numbers(&chunks), [0, 3, 4][1..]);
        assert_eq!(chunks.size(), (2, 21 + 2 * OVERHEAD));
        // The same chunk anew takes its own place.
        assert!(put(&mut chunks, 4, 12, bound));
        assert_eq!((numbers(&chunks), chunks.size()), (vec![3, 4], (2, 22 + 2 * OVERHEAD)));
        assert_eq!(chunks.clear().len(), 2);
        assert_eq!(chunks.size(), (0, 0));
    }

    /// Catches room that is given twice, or that an attempt which failed takes for ever.
    #[test]
    fn chunks_that_are_being_decoded_count_and_stay() {
        let (mut chunks, bound) = (Chunks::default(), 2 * weight(10));
        let tickets = [0, 1].map(|number| reserve(&mut chunks, number, 10, bound));
        let [Some(first), Some(second)] = tickets else { unreachable!() };
        assert!(!put(&mut chunks, 2, 10, bound));
        assert!(chunks.clear().is_empty());
        assert_eq!(chunks.size(), (0, bound));
        // Another attempt's number ends nothing.
        chunks.end(&key(0), second.ticket, None);
        assert_eq!(chunks.size(), (0, bound));
        chunks.end(&key(0), first.ticket, None);
        assert_eq!(chunks.size(), (0, weight(10)));
        assert!(put(&mut chunks, 2, 10, bound));
        chunks.end(&key(1), second.ticket, Some(Arc::new(vec![1; 10])));
        assert_eq!((numbers(&chunks), chunks.size()), (vec![1, 2], (2, bound)));
    }

    /// Catches memory that is not used again, or is while a read still copies from it.
    #[test]
    fn the_memory_of_a_dropped_chunk_is_used_again() {
        let (mut chunks, bound) = (Chunks::default(), weight(10));
        assert!(put(&mut chunks, 0, 10, bound));
        let in_use = chunks.get(&key(0), |_| true);
        assert!(reserve(&mut chunks, 1, 10, bound).is_some_and(|room| {
            chunks.end(&key(1), room.ticket, Some(Arc::new(vec![1; 10])));
            room.buffer.capacity() == 0 && room.dropped.len() == 1
        }));
        drop(in_use);
        let room = reserve(&mut chunks, 2, 10, bound);
        assert!(room.is_some_and(|room| room.buffer.capacity() == 10 && room.dropped.is_empty()));
    }
}
