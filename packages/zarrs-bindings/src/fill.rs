//! The fill value: writing it, and telling as zarr-python does whether a chunk holds nothing else.

use std::sync::Arc;

use serde_json::Value;

use crate::gather::{Loop, Walk};
use crate::vlen::Arena;

mod rule;

use rule::{Rule, Words};

#[derive(Clone, Debug)]
pub(crate) struct Fill {
    /// One element in native byte order.
    pub(crate) bytes: Vec<u8>,
    rule: Rule,
}

impl Fill {
    /// `data_type` is the name in the metadata document.
    pub(crate) fn new(data_type: &str, bytes: Vec<u8>) -> Self {
        let words = |width| Words { width, swap: false };
        let rule = match data_type {
            "float16" | "float32" | "float64" => Rule::of_floats(words(bytes.len()), &bytes),
            "complex64" | "complex_float32" => Rule::Complex(words(4)),
            "complex128" | "complex_float64" => Rule::Complex(words(8)),
            _ => Rule::Bits,
        };
        Self { bytes, rule }
    }

    /// A fill value whose rule is told; `None` when it does not suit the value.
    pub(crate) fn with_rule(rule: &Value, bytes: Vec<u8>) -> Option<Self> {
        Rule::parse(rule, &bytes).map(|rule| Self { bytes, rule })
    }

    /// The fill value of elements of variable length.
    pub(crate) fn of_vlen(arena: &Arc<Arena>) -> Self {
        Self { bytes: arena.fill().to_vec(), rule: Rule::Vlen(Arc::clone(arena)) }
    }

    /// The same among the elements of variable length of one call.
    pub(crate) fn for_call(&self, arena: &Arc<Arena>) -> Self {
        Self { bytes: self.bytes.clone(), rule: Rule::Vlen(Arc::clone(arena)) }
    }

    /// Whether every element of `data` equals the fill value.
    pub(crate) fn is_all_of(&self, data: &[u8]) -> bool {
        let item = self.bytes.len();
        let mut elements = data.chunks_exact(item);
        match &self.rule {
            // The first element is the fill value, and each element is the one before it.
            Rule::Bits => {
                data.get(..item).is_none_or(|first| first == self.bytes)
                    && data.get(item..).is_none_or(|rest| rest == &data[..data.len() - item])
            }
            Rule::Vlen(arena) => arena.is_fill(data),
            Rule::AnyNan(words) => words.read(data).all(rule::Float::is_nan),
            Rule::Complex(words) => elements.all(|element| {
                let nan = |bytes| words.read(bytes).any(rule::Float::is_nan);
                if nan(element) {
                    return nan(&self.bytes);
                }
                words.read(element).zip(words.read(&self.bytes)).all(|(a, b)| a.equals(b))
            }),
            Rule::Fields(fields) => {
                elements.all(|element| fields.iter().all(|field| field.equal(element, &self.bytes)))
            }
        }
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
    // SAFETY: all writes stay below `bytes`; the source of a doubling copy is written already.
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
    use serde_json::json;

    use super::{Fill, write};
    use crate::gather::Loop;

    fn bytes<const N: usize>(values: &[[u8; N]]) -> Vec<u8> {
        values.concat()
    }

    /// Catches an erased `-0.0`, which would come back as `0.0`.
    #[test]
    fn zeros_of_floats_are_compared_by_their_bits() {
        let fill = Fill::new("float64", 0.0_f64.to_ne_bytes().to_vec());
        assert!(fill.is_all_of(&bytes(&[0.0_f64.to_ne_bytes(); 3])));
        let negative = [0.0_f64.to_ne_bytes(), (-0.0_f64).to_ne_bytes()];
        assert!(!fill.is_all_of(&bytes(&negative)));
    }

    /// Catches NaN chunks that are kept although the fill value is a NaN, for all widths.
    #[test]
    fn any_nan_equals_a_nan_fill_value() {
        let other = f32::from_bits(0xffc0_1234);
        let fill = Fill::new("float32", f32::NAN.to_ne_bytes().to_vec());
        assert!(fill.is_all_of(&bytes(&[other.to_ne_bytes(), f32::NAN.to_ne_bytes()])));
        assert!(!fill.is_all_of(&bytes(&[other.to_ne_bytes(), 1.0_f32.to_ne_bytes()])));
        let half = Fill::new("float16", 0x7e00_u16.to_ne_bytes().to_vec());
        assert!(half.is_all_of(&bytes(&[0xfe01_u16.to_ne_bytes()])));
        assert!(!half.is_all_of(&bytes(&[0x7c00_u16.to_ne_bytes()])));
    }

    /// Catches halves, words of the other byte order and fields that are compared as plain bytes.
    #[test]
    fn a_rule_tells_where_the_numbers_are() {
        let float = json!({"kind": "float", "swap": true});
        let nan = [0x7f, 0xf8, 0, 0, 0, 0, 0, 1];
        let big = |value: f64| value.to_be_bytes();
        let nans = Fill::with_rule(&float, nan.to_vec());
        assert_eq!(nans.as_ref().map(|f| f.is_all_of(&big(f64::NAN))), Some(true));
        assert_eq!(nans.map(|f| f.is_all_of(&big(f64::INFINITY))), Some(false));
        let field = |kind: &str, at, size| json!({"kind": kind, "at": at, "size": size});
        let fields = json!({"kind": "fields", "fields": [
            field("bits", 0, 1), field("float", 2, 2), field("complex", 4, 8)]});
        let fill = Fill::with_rule(&fields, vec![0; 12]);
        let same = |change: &dyn Fn(&mut [u8])| {
            let mut element = [0; 12];
            change(&mut element);
            fill.as_ref().map(|f| f.is_all_of(&element))
        };
        let minus = |at: usize| if cfg!(target_endian = "big") { at } else { at + 1 };
        assert_eq!(same(&|e| e[1] = 9), Some(true));
        assert_eq!(same(&|e| e[0] = 9), Some(false));
        assert_eq!(same(&|e| e[minus(2)] = 0x80), Some(true));
        assert_eq!(same(&|e| e[2..4].fill(0xff)), Some(false));
        assert_eq!(same(&|e| e[8] = 1), Some(false));
        for wrong in [field("float", 0, 3), field("bits", 9, 9), field("text", 0, 1)] {
            let rule = json!({"kind": "fields", "fields": [wrong]});
            assert!(Fill::with_rule(&rule, vec![0; 12]).is_none());
        }
    }

    /// Catches complex numbers compared by their bits, where zarr-python compares numbers.
    #[test]
    fn complex_numbers_are_compared_numerically() {
        let number = |a: f32, b: f32| [a.to_ne_bytes(), b.to_ne_bytes()].concat();
        let zero = Fill::new("complex64", number(0.0, 0.0));
        assert!(zero.is_all_of(&number(-0.0, 0.0)));
        assert!(!zero.is_all_of(&number(0.0, 1.0)));
        let nan = Fill::new("complex64", number(f32::NAN, 1.0));
        assert!(nan.is_all_of(&number(3.0, f32::NAN)));
        assert!(!nan.is_all_of(&number(f32::INFINITY, 1.0)));
    }

    /// Catches a pattern that matches only at the start or at the end.
    #[test]
    fn every_element_is_looked_at() {
        let fill = Fill::new("r24", vec![1, 2, 3]);
        assert!(fill.is_all_of(&[1, 2, 3, 1, 2, 3]));
        for at in 0..6 {
            let mut data = [1, 2, 3, 1, 2, 3];
            data[at] = 9;
            assert!(!fill.is_all_of(&data), "{at}");
        }
    }

    /// Catches a fill that misses the tail, or runs backwards over a negative stride wrongly.
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
