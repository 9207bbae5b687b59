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
    /// The chunks that can be dropped, the one that was not used for longest first.
    order: BTreeMap<u64, Arc<Key>>,
    /// Number of complete chunks.
    held: usize,
    uses: u64,
    bytes: usize,
}

pub(super) enum Slot {
    Held(Held),
    /// It was decoded once, directly into its result, and is not kept.
    Seen {
        version: Version,
        used: u64,
    },
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
        let mut dropped = Vec::new();
        if !self.make_room(key, bytes, bound, &mut dropped) {
            return None;
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

    /// Removes the chunk of a key, and drops others until there is room. Returns whether there is.
    fn make_room(
        &mut self,
        key: &Key,
        bytes: usize,
        bound: u64,
        dropped: &mut Vec<Decoded>,
    ) -> bool {
        dropped.extend(self.remove(key));
        while (self.bytes.saturating_add(weight(bytes))) as u64 > bound {
            let Some((_, oldest)) = self.order.pop_first() else { return false };
            dropped.extend(self.remove(&oldest));
        }
        true
    }

    /// Records that a chunk was decoded. Returns whether it already was, and what was dropped.
    pub(super) fn see(
        &mut self,
        key: &Arc<Key>,
        version: &Version,
        bound: u64,
    ) -> (bool, Vec<Decoded>) {
        let mut dropped = Vec::new();
        if let Some(Slot::Seen { version: own, .. }) = self.slots.get(key)
            && own == version
        {
            return (true, dropped);
        }
        if self.make_room(key, 0, bound, &mut dropped) {
            self.uses += 1;
            self.bytes += OVERHEAD;
            self.order.insert(self.uses, Arc::clone(key));
            let seen = Slot::Seen { version: version.clone(), used: self.uses };
            self.slots.insert(Arc::clone(key), seen);
        }
        (false, dropped)
    }

    /// Removes a chunk, unless it is being decoded.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Decoded> {
        if matches!(self.slots.get(key), None | Some(Slot::Filling { .. })) {
            return None;
        }
        let (used, decoded) = match self.slots.remove(key)? {
            Slot::Held(held) => (held.used, Some(held.decoded)),
            Slot::Seen { used, .. } => (used, None),
            Slot::Filling { .. } => return None,
        };
        self.order.remove(&used);
        self.held -= usize::from(decoded.is_some());
        self.bytes -= weight(decoded.as_ref().map_or(0, |decoded| decoded.len()));
        decoded
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
            self.held += 1;
        } else {
            self.bytes -= weight(bytes);
        }
    }

    /// Number of complete chunks, and bytes of all.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.held, self.bytes)
    }

    /// Removes all chunks but those that are being decoded, and returns them.
    pub(super) fn clear(&mut self) -> Vec<Decoded> {
        let keys = mem::take(&mut self.order);
        keys.values().filter_map(|key| self.remove(key)).collect()
    }
}

#[cfg(test)]
mod tests;
