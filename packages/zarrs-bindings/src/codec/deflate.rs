//! gzip and zlib. Uses libdeflate if the decoded size is known.

#![expect(unsafe_code, reason = "calls C functions")]

use std::cell::RefCell;
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use flate2::bufread::GzDecoder;
use flate2::read::ZlibDecoder;
use libdeflate_sys as sys;
use libdeflater::{CompressionLvl, Compressor};

use super::limited::read_limited;
use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapper {
    Gzip,
    Zlib,
}

struct Decompressor(NonNull<sys::libdeflate_decompressor>);

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: allocated by libdeflate, freed once.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}

thread_local! {
    static DECODER: RefCell<Option<Decompressor>> = const { RefCell::new(None) };
}

impl Wrapper {
    /// Decodes all members of the stream into memory of exactly the decoded size.
    pub(super) fn decode(self, data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
        let expected = into.len();
        let (mut read, mut written) = (0, 0);
        loop {
            let (used, made) = self.member(&data[read..], &mut into[written..])?;
            read += used;
            written += made;
            // A gzip stream may end in zero padding; zlib has only one member.
            let rest = &data[read..];
            if rest.iter().all(|byte| *byte == 0) || self == Self::Zlib {
                return same_length(written as u64, expected as u64);
            }
        }
    }

    /// Decodes one member; returns the bytes read and written.
    fn member(self, data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<(usize, usize)> {
        let (mut used, mut made) = (0, 0);
        let code = DECODER.with_borrow_mut(|held| {
            let decoder = allocated(held)?;
            let call = match self {
                Self::Gzip => sys::libdeflate_gzip_decompress_ex,
                Self::Zlib => sys::libdeflate_zlib_decompress_ex,
            };
            // SAFETY: both buffers are valid for their lengths, and no one else uses the decoder.
            let code = unsafe {
                call(
                    decoder,
                    data.as_ptr().cast(),
                    data.len(),
                    into.as_mut_ptr().cast(),
                    into.len(),
                    &raw mut used,
                    &raw mut made,
                )
            };
            Ok(code)
        })?;
        match code {
            sys::libdeflate_result_LIBDEFLATE_SUCCESS => Ok((used, made)),
            sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => {
                Err(Error::damaged("it decodes to more bytes than the chunk has"))
            }
            _ => Err(Error::damaged(format!("{self:?}: the data is damaged or cut short"))),
        }
    }

    /// Decodes data of unknown decoded size, up to a limit.
    pub(super) fn decode_unsized(self, data: &[u8], limit: usize) -> Result<Vec<u8>> {
        let read = match self {
            Self::Gzip => read_members(data, limit),
            Self::Zlib => read_limited(ZlibDecoder::new(data).take(limit as u64 + 1), limit),
        };
        read.map_err(|error| Error::damaged(format!("{self:?}: {error}")))
    }

    pub(super) fn encode(self, data: &[u8], level: u32) -> Result<Vec<u8>> {
        let level = i32::try_from(level)
            .ok()
            .and_then(|level| CompressionLvl::new(level).ok())
            .ok_or_else(|| Error::Metadata(format!("{self:?} has no level {level}")))?;
        let mut encoder = Compressor::new(level);
        let bound = match self {
            Self::Gzip => encoder.gzip_compress_bound(data.len()),
            Self::Zlib => encoder.zlib_compress_bound(data.len()),
        };
        let mut out = Vec::new();
        reserve(&mut out, bound, "an encoded chunk")?;
        out.resize(bound, 0);
        let done = match self {
            Self::Gzip => encoder.gzip_compress(data, &mut out),
            Self::Zlib => encoder.zlib_compress(data, &mut out),
        };
        let length = done.map_err(|error| Error::Internal(format!("{self:?}: {error}")))?;
        out.truncate(length);
        Ok(out)
    }
}

/// Decodes all members of a gzip stream, which may end in zeros.
fn read_members(mut data: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let left = limit - out.len();
        // Reads directly from the slice, so it stops at the end of the member.
        let decoder = GzDecoder::new(&mut data).take(left as u64 + 1);
        let member = read_limited(decoder, left)?;
        if out.is_empty() {
            out = member;
        } else {
            out.try_reserve(member.len())?;
            out.extend_from_slice(&member);
        }
        if data.iter().all(|byte| *byte == 0) {
            return Ok(out);
        }
    }
}

fn allocated(held: &mut Option<Decompressor>) -> Result<*mut sys::libdeflate_decompressor> {
    if let Some(decoder) = held {
        return Ok(decoder.0.as_ptr());
    }
    // SAFETY: takes no arguments; null on failure.
    let fresh = NonNull::new(unsafe { sys::libdeflate_alloc_decompressor() })
        .ok_or_else(|| Error::Budget("the system refused memory for a gzip decoder".into()))?;
    Ok(held.insert(Decompressor(fresh)).0.as_ptr())
}

#[cfg(test)]
mod tests {
    use super::Wrapper::{self, Gzip, Zlib};
    use crate::codec::tests::filled;
    use crate::errors::{Error, Result};

    fn data() -> Vec<u8> {
        (0..315_u32).flat_map(|i| (i / 3 % 50).to_ne_bytes()).collect()
    }

    fn member(part: &[u8]) -> Vec<u8> {
        Gzip.encode(part, 1).unwrap_or_default()
    }

    /// The results of the decoders for a known and for an unknown size.
    fn both(wrapper: Wrapper, stored: &[u8], size: usize) -> [Result<Vec<u8>>; 2] {
        [filled(size, |into| wrapper.decode(stored, into)), wrapper.decode_unsized(stored, size)]
    }

    /// Catches a decoder that stops after the first member, and two decoders that accept different
    /// streams.
    #[test]
    fn all_members_of_a_gzip_stream_are_decoded() {
        let data = data();
        let (head, tail) = data.split_at(100);
        let members = [member(head), member(&[]), member(tail)].concat();
        for zeros in [0, 1, 5, 99] {
            let stored = [members.as_slice(), &vec![0; zeros]].concat();
            for got in both(Gzip, &stored, data.len()) {
                assert!(got.is_ok_and(|back| back == data), "{zeros}");
            }
        }
        for rest in [&[1][..], &[0, 0, 1], &member(&[1])] {
            for got in both(Gzip, &[members.as_slice(), rest].concat(), data.len()) {
                assert!(matches!(got, Err(Error::DecodeFailed { .. })), "{rest:?}");
            }
        }
        for got in both(Gzip, &members[..members.len() - 1], data.len()) {
            assert!(got.is_err());
        }
    }

    /// Catches a stream that is written as the other kind, and a part that passes for the whole.
    #[test]
    fn each_kind_reads_its_own_streams_of_the_expected_size() {
        let data = data();
        for (own, other, start) in [(Gzip, Zlib, [0x1f, 0x8b]), (Zlib, Gzip, [0x78, 0x9c])] {
            for level in [0, 1, 6, 9] {
                let stored = own.encode(&data, level).unwrap_or_default();
                assert!(level != 6 || stored[..2] == start, "{own:?}");
                let good = both(own, &stored, data.len());
                assert!(good.into_iter().all(|got| got.is_ok_and(|back| back == data)), "{own:?}");
                let foreign = both(other, &stored, data.len()).into_iter();
                let longer = both(own, &stored, data.len() - 1).into_iter();
                let cut = both(own, &stored[..stored.len() - 5], data.len());
                assert!(foreign.chain(longer).chain(cut).all(|got| got.is_err()), "{own:?}");
            }
            assert!(filled(data.len() + 1, |into| own.decode(&member(&data), into)).is_err());
        }
    }

    /// Catches a level that is silently replaced.
    #[test]
    fn a_level_that_does_not_exist_is_refused() {
        for level in [13, u32::MAX] {
            assert!(matches!(Zlib.encode(&data(), level), Err(Error::Metadata(_))), "{level}");
        }
    }
}
