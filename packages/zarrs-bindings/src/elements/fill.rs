//! Writes the fill value, and checks whether a chunk holds nothing else.

#![expect(unsafe_code, reason = "writes to addresses")]

use std::sync::Arc;

use crate::elements::gather::{Loop, Walk};
use crate::elements::vlen::Arena;

#[derive(Clone, Debug)]
pub(crate) struct Fill {
    /// One element in native byte order; its token if the length is variable.
    pub(crate) bytes: Vec<u8>,
    /// Holds the bytes of variable-length elements.
    arena: Option<Arc<Arena>>,
}

impl Fill {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, arena: None }
    }

    /// The fill value of variable-length elements.
    pub(crate) fn of_vlen(arena: &Arc<Arena>) -> Self {
        Self { bytes: arena.fill().to_vec(), arena: Some(Arc::clone(arena)) }
    }

    /// The same, among the variable-length elements of one call.
    pub(crate) fn for_call(&self, arena: &Arc<Arena>) -> Self {
        Self { bytes: self.bytes.clone(), arena: Some(Arc::clone(arena)) }
    }

    /// Whether every element of `data` equals the fill value byte for byte. A value that merely
    /// compares equal, such as a zero of the other sign, or another NaN, is distinct.
    pub(crate) fn is_all_of(&self, data: &[u8]) -> bool {
        if let Some(arena) = &self.arena {
            return arena.is_fill(data);
        }
        // Compare the first element with the fill value, and each other with its predecessor.
        let item = self.bytes.len();
        data.get(..item).is_none_or(|first| first == self.bytes)
            && data.get(item..).is_none_or(|rest| rest == &data[..data.len() - item])
    }
}

/// Writes `value` to every destination of the loops.
///
/// # Safety
/// Every position reached from `to` must be writable for the length of `value`.
pub(crate) unsafe fn write<'a>(value: &[u8], loops: impl Iterator<Item = Loop<'a>>, to: *mut u8) {
    Walk::new(value.len(), loops.map(Loop::written)).each_run(|offset, bytes| {
        // SAFETY: the run starts inside the caller's bounds and has this many bytes.
        unsafe { fill_run(value, to.wrapping_offset(offset), bytes) };
    });
}

/// # Safety
/// `to` must be writable for `bytes`, a multiple of the length of `value`.
unsafe fn fill_run(value: &[u8], to: *mut u8, bytes: usize) {
    let Some((first, rest)) = value.split_first() else {
        return;
    };
    // SAFETY: all writes stay below `bytes`; each doubling copy reads bytes already written.
    unsafe {
        if rest.iter().all(|b| b == first) {
            to.write_bytes(*first, bytes);
            return;
        }
        to.copy_from_nonoverlapping(value.as_ptr(), value.len());
        let mut done = value.len();
        while done < bytes {
            let next = done.min(bytes - done);
            to.copy_to_nonoverlapping(to.add(done), next);
            done += next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fill, write};
    use crate::elements::gather::Loop;

    fn bytes<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
        values.concat()
    }

    /// Catches an erased `-0.0`, which would be read as `0.0`, and an erased NaN payload.
    #[test]
    fn what_only_compares_like_the_fill_value_is_kept() {
        let fill = Fill::new(0.0_f64.to_ne_bytes().to_vec());
        assert!(fill.is_all_of(&bytes(&[0.0_f64.to_ne_bytes(); 3])));
        assert!(!fill.is_all_of(&bytes(&[0.0_f64.to_ne_bytes(), (-0.0_f64).to_ne_bytes()])));
        let nan = Fill::new(f32::NAN.to_ne_bytes().to_vec());
        let other = f32::from_bits(0xffc0_1234);
        assert!(nan.is_all_of(&bytes(&[f32::NAN.to_ne_bytes(); 2])));
        assert!(!nan.is_all_of(&bytes(&[f32::NAN.to_ne_bytes(), other.to_ne_bytes()])));
    }

    /// Catches a pattern that is only compared at the start or the end.
    #[test]
    fn every_element_is_looked_at() {
        let fill = Fill::new(vec![1, 2, 3]);
        assert!(fill.is_all_of(&[1, 2, 3, 1, 2, 3]));
        for at in 0..6 {
            let mut data = [1, 2, 3, 1, 2, 3];
            data[at] = 9;
            assert!(!fill.is_all_of(&data), "{at}");
        }
    }

    /// Catches a fill that misses the tail, or mishandles a negative stride.
    #[test]
    fn a_fill_writes_every_item_and_nothing_else() {
        let mut to = vec![9_u8; 33];
        let axes = [Loop::strided(2, 0, 16), Loop::strided(3, 0, 4)];
        // SAFETY: the largest offset is 16 + 2 * 4 + 3 = 27.
        unsafe { write(&[1, 2, 3, 4], axes.into_iter(), to.as_mut_ptr()) };
        assert_eq!(to[..12], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
        assert_eq!(to[12..16], [9; 4]);
        assert_eq!(to[28..], [9; 5]);
        let backwards = [Loop::strided(9, 0, -1)];
        // SAFETY: offsets 32 down to 24.
        unsafe { write(&[7], backwards.into_iter(), to.as_mut_ptr().add(32)) };
        assert_eq!(to[24..], [7; 9]);
    }
}
