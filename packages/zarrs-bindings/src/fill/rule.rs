//! When an element counts as the fill value, as zarr-python compares them.

use std::sync::Arc;

use serde_json::Value;

use crate::vlen::Arena;

/// How an element is compared with the fill value.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Bit for bit; so `-0.0` is not `0.0`.
    Bits,
    /// Any NaN equals a NaN fill value.
    AnyNan(Words),
    /// Numerically: zeros of both signs are equal, and numbers with any NaN are equal.
    Complex(Words),
    /// Field by field, numbers numerically; a NaN equals nothing, and what lies between is ignored.
    Fields(Box<[Field]>),
    /// Byte for byte, where tokens tell that they are.
    Vlen(Arc<Arena>),
}

/// The width of floats in bytes, and whether they are in the other byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) width: usize,
    pub(super) swap: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    at: usize,
    size: usize,
    /// The floats that it consists of; `None` for anything else.
    floats: Option<Words>,
}

impl Rule {
    pub(super) fn of_floats(words: Words, fill: &[u8]) -> Self {
        if words.read(fill).any(Float::is_nan) { Self::AnyNan(words) } else { Self::Bits }
    }

    /// Reads a rule for elements of which `fill` is one; `None` when it is not valid for them.
    pub(super) fn parse(value: &Value, fill: &[u8]) -> Option<Self> {
        let kind = value.get("kind")?.as_str()?;
        let swap = value.get("swap").is_some_and(|swap| swap == &Value::Bool(true));
        match kind {
            "bits" => Some(Self::Bits),
            "float" => Some(Self::of_floats(Words::of(fill.len(), swap)?, fill)),
            "complex" if fill.len().is_multiple_of(2) => {
                Words::of(fill.len() / 2, swap).map(Self::Complex)
            }
            "fields" => {
                let fields = value.get("fields")?.as_array()?;
                let fields = fields.iter().map(|field| Field::parse(field, fill.len()));
                fields.collect::<Option<Box<[Field]>>>().map(Self::Fields)
            }
            _ => None,
        }
    }
}

impl Field {
    fn parse(value: &Value, item: usize) -> Option<Self> {
        let number = |name| usize::try_from(value.get(name)?.as_u64()?).ok();
        let (at, size) = (number("at")?, number("size")?);
        let swap = value.get("swap").is_some_and(|swap| swap == &Value::Bool(true));
        let floats = match value.get("kind")?.as_str()? {
            "bits" => None,
            "float" => Some(Words::of(size, swap)?),
            "complex" if size.is_multiple_of(2) => Some(Words::of(size / 2, swap)?),
            _ => return None,
        };
        let inside = at.checked_add(size).is_some_and(|end| end <= item);
        inside.then_some(Self { at, size, floats })
    }

    /// Whether the field is the same in two elements.
    pub(super) fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        let (a, b) = (&a[self.at..self.at + self.size], &b[self.at..self.at + self.size]);
        match self.floats {
            None => a == b,
            Some(words) => words.read(a).zip(words.read(b)).all(|(a, b)| a.equals(b)),
        }
    }
}

impl Words {
    fn of(width: usize, swap: bool) -> Option<Self> {
        matches!(width, 2 | 4 | 8).then_some(Self { width, swap })
    }

    pub(super) fn read(self, bytes: &[u8]) -> impl Iterator<Item = Float> + '_ {
        bytes.chunks_exact(self.width).map(move |word| Float::read(word, self.swap))
    }
}

/// A float of 2, 4 or 8 bytes: its bits, those without the sign, and those of infinity.
#[derive(Clone, Copy)]
pub(super) struct Float {
    bits: u64,
    magnitude: u64,
    infinity: u64,
}

impl Float {
    fn read(word: &[u8], swap: bool) -> Self {
        let add = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        let bits = if swap == cfg!(target_endian = "big") {
            word.iter().rev().fold(0, add)
        } else {
            word.iter().fold(0, add)
        };
        let (sign, infinity) = match word.len() {
            2 => (1 << 15, 0x7c00),
            4 => (1 << 31, 0x7f80_0000),
            _ => (1 << 63, 0x7ff0 << 48),
        };
        Self { bits, magnitude: bits & !sign, infinity }
    }

    pub(super) fn is_nan(self) -> bool {
        self.magnitude > self.infinity
    }

    /// As numbers: a NaN equals nothing, and both zeros are equal.
    pub(super) fn equals(self, other: Self) -> bool {
        !self.is_nan() && (self.bits == other.bits || self.magnitude | other.magnitude == 0)
    }
}
