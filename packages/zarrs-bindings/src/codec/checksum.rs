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
    /// It is made in `out`, a buffer whose bytes nobody needs.
    pub(super) fn encode(self, data: &[u8], mut out: Vec<u8>) -> Result<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::{Algorithm, Checksum};

    const ALL: [Algorithm; 4] =
        [Algorithm::Fletcher32, Algorithm::Crc32c, Algorithm::Crc32, Algorithm::Adler32];

    /// Catches a sum that differs from that of numcodecs, and one that overflows on long data.
    #[test]
    fn the_sums_are_those_of_numcodecs() {
        let cases: [(&[u8], [u32; 4]); 3] = [
            (b"abcde", [0x4ff0_29c7, 0xc450_d697, 0x8587_d865, 0x05c8_01f0]),
            (b"123456789", [0x09df_09d5, 0xe306_9283, 0xcbf4_3926, 0x091e_01de]),
            (&vec![0xff; 100_001], [0xff00_ff00, 0x7ed7_0461, 0x6361_c067, 0x45c5_312b]),
        ];
        for (data, sums) in cases {
            let found = ALL.map(|algorithm| Checksum { algorithm, first: false }.of(data));
            assert_eq!(found, sums, "{} bytes", data.len());
        }
    }

    /// Catches a checksum that is not compared, is expected at the wrong end, or covers only part
    /// of the data.
    #[test]
    fn every_flipped_bit_is_found_if_it_is_looked_for() {
        let data: Vec<u8> = (0..35).collect();
        for (algorithm, first) in ALL.into_iter().flat_map(|one| [(one, false), (one, true)]) {
            let sum = Checksum { algorithm, first };
            let stored = sum.encode(&data, Vec::new()).unwrap_or_default();
            assert!(sum.checked(&stored, true).is_ok_and(|body| body == data), "{sum:?}");
            for bit in 0..stored.len() * 8 {
                let mut damaged = stored.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(sum.checked(&damaged, true).is_err(), "{sum:?} {bit}");
                assert!(sum.checked(&damaged, false).is_ok_and(|body| body.len() == 35));
            }
            assert!(sum.checked(&stored[..3], false).is_err(), "{sum:?}");
        }
    }
}
