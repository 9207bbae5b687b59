//! gzip, zlib, and what both contain. Uses libdeflate if the decoded size is known.

#![expect(unsafe_code, reason = "calls C functions")]

use std::cell::RefCell;
use std::ffi::c_void;
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
        let decoder = match self {
            Self::Gzip => sys::libdeflate_gzip_decompress_ex,
            Self::Zlib => sys::libdeflate_zlib_decompress_ex,
        };
        match decompress(decoder, data, into)? {
            (sys::libdeflate_result_LIBDEFLATE_SUCCESS, used, made) => Ok((used, made)),
            (sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE, ..) => {
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

    /// Encodes into `out`, a buffer whose bytes nobody needs, and returns it.
    pub(super) fn encode(self, data: &[u8], level: u32, mut out: Vec<u8>) -> Result<Vec<u8>> {
        let level = i32::try_from(level)
            .ok()
            .and_then(|level| CompressionLvl::new(level).ok())
            .ok_or_else(|| Error::Metadata(format!("{self:?} has no level {level}")))?;
        let mut encoder = Compressor::new(level);
        let bound = match self {
            Self::Gzip => encoder.gzip_compress_bound(data.len()),
            Self::Zlib => encoder.zlib_compress_bound(data.len()),
        };
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

/// Decodes deflated data without a wrapper into a buffer of exactly the decoded size; whether it
/// has this size. What follows its end is ignored.
pub(crate) fn inflate(data: &[u8], size: usize, into: &mut Vec<u8>) -> Result<bool> {
    let memory = reserve(into, size, "deflated data")?;
    let (code, _, made) = decompress(sys::libdeflate_deflate_decompress_ex, data, memory)?;
    let complete = code == sys::libdeflate_result_LIBDEFLATE_SUCCESS && made == size;
    if complete {
        // SAFETY: all of it was written.
        unsafe { into.set_len(size) };
    }
    Ok(complete)
}

type Decoder = unsafe extern "C" fn(
    *mut sys::libdeflate_decompressor,
    *const c_void,
    usize,
    *mut c_void,
    usize,
    *mut usize,
    *mut usize,
) -> sys::libdeflate_result;

/// Returns the result of a decoder, and the bytes read and written.
fn decompress(
    decoder: Decoder,
    data: &[u8],
    into: &mut [MaybeUninit<u8>],
) -> Result<(sys::libdeflate_result, usize, usize)> {
    let (mut used, mut made) = (0, 0);
    let code = DECODER.with_borrow_mut(|held| {
        let state = allocated(held)?;
        // SAFETY: both buffers are valid for their lengths, and no one else uses the decoder.
        let code = unsafe {
            decoder(
                state,
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
    Ok((code, used, made))
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
    use super::inflate;
    use crate::codec::tests::filled;
    use crate::errors::{Error, Result};

    fn data() -> Vec<u8> {
        (0..315_u32).flat_map(|i| (i / 3 % 50).to_ne_bytes()).collect()
    }

    fn member(part: &[u8]) -> Vec<u8> {
        Gzip.encode(part, 1, Vec::new()).unwrap_or_default()
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
                let stored = own.encode(&data, level, Vec::new()).unwrap_or_default();
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

    /// Catches a part that passes for the whole, and old bytes of a buffer that pass for new ones.
    #[test]
    fn data_without_a_wrapper_has_exactly_the_expected_size() {
        let data = data();
        let stored = Zlib.encode(&data, 6, Vec::new()).unwrap_or_default();
        let (body, mut into) = (&stored[2..stored.len() - 4], vec![7; 3]);
        assert!(inflate(body, data.len(), &mut into).is_ok_and(|done| done) && into == data);
        let followed = [body, &[1, 2]].concat();
        assert!(inflate(&followed, data.len(), &mut into).is_ok_and(|done| done) && into == data);
        let (cut, more, less) = (&body[..body.len() - 1], data.len() + 1, data.len() - 1);
        for (wrong, size) in [(cut, data.len()), (&stored, data.len()), (body, more), (body, less)]
        {
            assert!(inflate(wrong, size, &mut into).is_ok_and(|done| !done) && into.is_empty());
        }
    }

    /// Catches a level that is silently replaced.
    #[test]
    fn a_level_that_does_not_exist_is_refused() {
        for level in [13, u32::MAX] {
            assert!(
                matches!(Zlib.encode(&data(), level, Vec::new()), Err(Error::Metadata(_))),
                "{level}"
            );
        }
    }
}
