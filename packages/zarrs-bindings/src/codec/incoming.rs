//! Elements that are written while the bytes of their chunk arrive, until their call ends.

#![expect(unsafe_code, reason = "copies elements to the caller's array")]

use std::sync::{Arc, PoisonError, RwLock};

use super::part::Part;
use super::transfer::Transfer;
use crate::elements::gather::{Rows, Walk};
use crate::tuning::INCOMING_FROM;

/// A call that may be written to. When this is dropped, nothing is written any more; so it must be
/// dropped before the memory of the call.
pub(crate) struct Open(Arc<RwLock<bool>>);

impl Open {
    pub(crate) fn new() -> Self {
        Self(Arc::new(RwLock::new(true)))
    }
}

impl Drop for Open {
    /// Waits for copies that are under way.
    fn drop(&mut self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

/// The place of the elements of one chunk without codecs.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    rows: Rows,
    array: *mut u8,
    is_open: Arc<RwLock<bool>>,
    /// Size of the whole chunk.
    pub(crate) size: u64,
}

// SAFETY: it is used only while the call is open, whose creator keeps the memory alive; nothing else
// touches these elements meanwhile.
unsafe impl Send for Incoming {}
// SAFETY: as above.
unsafe impl Sync for Incoming {}

impl Incoming {
    /// Whether these bytes of a chunk have all elements that are wanted.
    pub(crate) fn is_in(&self, start: u64, end: u64) -> bool {
        let (low, high) = self.rows.span();
        start <= low as u64 && high as u64 <= end && end <= self.size
    }

    /// Writes what a piece has of the elements. The pieces follow each other; `at` is the first byte
    /// of this one, and `next` is 0 before the first. Returns whether the call is still open.
    pub(crate) fn write(&self, next: &mut usize, at: u64, piece: &[u8]) -> bool {
        let is_open = self.is_open.read().unwrap_or_else(PoisonError::into_inner);
        if *is_open {
            self.rows.each(next, (at as usize, piece.len()), |from, to, length| {
                let from = piece[from..from + length].as_ptr();
                // SAFETY: rows of a part are inside the array, which lives while the call is open.
                unsafe { from.copy_to_nonoverlapping(self.array.wrapping_offset(to), length) };
            });
        }
        *is_open
    }
}

impl Transfer<'_> {
    /// Where the elements are written as they arrive; `None` if the stored bytes are not elements, or
    /// too few.
    pub(crate) fn incoming(&self, open: &Open) -> Option<Incoming> {
        let [part] = self.parts() else {
            return None;
        };
        let is_good = self.chain.is_raw() && self.chain.size >= INCOMING_FROM;
        let rows = is_good.then(|| rows(part)).flatten()?;
        let is_open = Arc::clone(&open.0);
        Some(Incoming { rows, array: part.array, is_open, size: self.chain.size })
    }
}

fn rows(part: &Part<'_>) -> Option<Rows> {
    Rows::new(&Walk::new(part.chain.item, part.loops()), part.base())
}

#[cfg(test)]
mod tests {
    use super::{Arc, Incoming, Open, Rows, Walk};
    use crate::elements::gather::Loop;

    fn incoming(array: &mut [u8], open: &Open) -> Incoming {
        let loops = [Loop::strided(2, 300, 400), Loop::strided(300, 1, 1)];
        let Some(rows) = Rows::new(&Walk::new(1, loops.into_iter()), 10) else { unreachable!() };
        Incoming { rows, array: array.as_mut_ptr(), is_open: Arc::clone(&open.0), size: 700 }
    }

    /// Catches bytes at another place, and elements that are written after their call has ended.
    #[test]
    fn elements_are_written_until_the_call_ends() {
        let (mut array, open, stored) = (vec![0_u8; 700], Open::new(), [7_u8; 700]);
        let (place, mut next) = (incoming(&mut array, &open), 0);
        assert!(
            place.write(&mut next, 0, &stored[..9]) && place.write(&mut next, 9, &stored[..302])
        );
        let late = place.clone();
        drop(open);
        assert!(!late.write(&mut next, 311, &stored[311..]) && next == 1);
        assert_eq!(array.iter().position(|byte| *byte == 0), Some(300));
        assert_eq!((array[399], array[400], array[401]), (0, 7, 0));
    }

    /// Catches a range that lacks elements, and a value that is longer than its chunk.
    #[test]
    fn all_elements_must_be_in_what_is_sent() {
        let (mut array, open) = (vec![0_u8; 700], Open::new());
        let place = incoming(&mut array, &open);
        assert!(place.is_in(0, 700) && place.is_in(10, 610));
        assert!(!place.is_in(11, 700) && !place.is_in(0, 609) && !place.is_in(0, 701));
    }
}
