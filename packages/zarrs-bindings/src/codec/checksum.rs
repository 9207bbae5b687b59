//! Four-byte checksums, in little-endian order, before or after the data.

use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Adler32,
    Fletcher32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    /// Whether the checksum precedes the data.
    pub(crate) first: bool,
}

impl Checksum {
    /// CRC32C after the data, as in format 3 and in the index of a shard.
    pub(crate) const CRC32C: Self = Self { algorithm: Algorithm::Crc32c, first: false };

    fn of(self, data: &[u8]) -> u32 {
        match self.algorithm {
            Algorithm::Crc32 => crc32fast::hash(data),
            Algorithm::Crc32c => crc32c::crc32c(data),
            Algorithm::Adler32 => simd_adler32::adler32(&data),
            Algorithm::Fletcher32 => fletcher32(data),
        }
    }

    fn name(self) -> &'static str {
        match self.algorithm {
            Algorithm::Crc32 => "crc32",
            Algorithm::Crc32c => "crc32c",
            Algorithm::Adler32 => "adler32",
            Algorithm::Fletcher32 => "fletcher32",
        }
    }

    /// The data without the checksum, which is verified if `validate`.
    pub(crate) fn checked(self, data: &[u8], validate: bool) -> Result<&[u8]> {
        let parts = if self.first {
            data.split_first_chunk::<4>().map(|(sum, body)| (body, sum))
        } else {
            data.split_last_chunk::<4>()
        };
        let Some((body, sum)) = parts else {
            return Err(self.damaged("it is shorter than a checksum"));
        };
        if validate && self.of(body) != u32::from_le_bytes(*sum) {
            return Err(self.damaged("the checksum does not match the data"));
        }
        Ok(body)
    }

    fn damaged(self, what: &str) -> Error {
        Error::damaged(format!("{}: {what}", self.name()))
    }

    /// The data and a checksum of the copy: the caller may write to `data` meanwhile.
    pub(super) fn encode(self, data: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        reserve(&mut out, data.len() + 4, "an encoded chunk")?;
        if self.first {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(data);
            let sum = self.of(&out[4..]).to_le_bytes();
            out[..4].copy_from_slice(&sum);
        } else {
            out.extend_from_slice(data);
            let sum = self.of(&out).to_le_bytes();
            out.extend_from_slice(&sum);
        }
        Ok(out)
    }
}

/// Number of words after which a sum must be folded to avoid overflow.
const FOLD: usize = 360;

/// Fletcher's checksum of big-endian two-byte words, as in HDF5. An odd last byte is the high byte
/// of a word.
fn fletcher32(data: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut first, mut second) = (0_u32, 0_u32);
    for block in data.chunks(2 * FOLD) {
        let (words, odd) = block.as_chunks::<2>();
        for word in words {
            first += u32::from(u16::from_be_bytes(*word));
            second += first;
        }
        (first, second) = (fold(first), fold(second));
        if let [last] = odd {
            first += u32::from(*last) << 8;
            second += first;
            (first, second) = (fold(first), fold(second));
        }
    }
    fold(second) << 16 | fold(first)
}
