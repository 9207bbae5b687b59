//! LZ4 as numcodecs stores it: the decoded size in four bytes, then one block.

#![expect(unsafe_code, reason = "calls C functions")]

use std::ffi::c_int;
use std::mem::MaybeUninit;

use lz4_sys::{LZ4_compress_fast, LZ4_compressBound, LZ4_decompress_safe};

use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;

/// Size in bytes of the header, which is the decoded size.
const HEADER: usize = 4;

fn length(bytes: usize) -> Result<c_int> {
    c_int::try_from(bytes).map_err(|_| too_large(bytes))
}

fn too_large(bytes: usize) -> Error {
    Error::Unsupported(format!(
        "codec `lz4` cannot hold a chunk of {bytes} bytes; use smaller chunks"
    ))
}

/// The declared decoded size, and the block.
fn declared(data: &[u8]) -> Result<(usize, &[u8])> {
    let Some((head, body)) = data.split_first_chunk::<HEADER>() else {
        return Err(Error::damaged("lz4: it is shorter than a header"));
    };
    Ok((u32::from_le_bytes(*head) as usize, body))
}

pub(super) fn decode(data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    let (size, body) = declared(data)?;
    same_length(size as u64, into.len() as u64)?;
    let (stored, room) = (length(body.len())?, length(into.len())?);
    // SAFETY: both buffers are valid for the given lengths; the decoder stays inside them.
    let got = unsafe {
        LZ4_decompress_safe(body.as_ptr().cast(), into.as_mut_ptr().cast(), stored, room)
    };
    if got == room { Ok(()) } else { Err(Error::damaged("lz4: the data is damaged or cut short")) }
}

/// Decodes data of unknown decoded size, up to a limit.
pub(super) fn decode_unsized(data: &[u8], limit: usize) -> Result<Vec<u8>> {
    let (size, _) = declared(data)?;
    if size > limit {
        return Err(Error::damaged("lz4: it decodes to more bytes than a chunk can have"));
    }
    let mut out = Vec::new();
    decode(data, reserve(&mut out, size, "a decoded chunk")?)?;
    // SAFETY: `decode` filled all of it.
    unsafe { out.set_len(size) };
    Ok(out)
}

/// Encodes into `out`, a buffer whose bytes nobody needs, and returns it.
pub(super) fn encode(data: &[u8], acceleration: c_int, mut out: Vec<u8>) -> Result<Vec<u8>> {
    let size = length(data.len())?;
    // SAFETY: only computes a number; 0 if `size` is too large.
    let bound = unsafe { LZ4_compressBound(size) };
    if bound == 0 {
        return Err(too_large(data.len()));
    }
    let slot = reserve(&mut out, HEADER + bound as usize, "an encoded chunk")?;
    let (head, body) = slot.split_at_mut(HEADER);
    head.write_copy_of_slice(&size.to_le_bytes());
    // SAFETY: both buffers are valid for the given lengths, and the bound leaves enough room.
    let got = unsafe {
        LZ4_compress_fast(data.as_ptr().cast(), body.as_mut_ptr().cast(), size, bound, acceleration)
    };
    if got <= 0 {
        return Err(Error::Internal(format!("lz4 cannot encode a chunk (code {got})")));
    }
    // SAFETY: the header and `got` bytes of the body are written.
    unsafe { out.set_len(HEADER + got as usize) };
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_unsized, encode};
    use crate::codec::tests::filled;
    use crate::errors::Error;

    fn data(size: usize) -> Vec<u8> {
        (0..size).map(|i| (i / 7 % 50) as u8).collect()
    }

    /// Catches a block without its size, which numcodecs cannot read, and a wrong size for no
    /// bytes.
    #[test]
    fn a_block_comes_back_and_has_its_size_before_it() {
        for size in [0, 1, 70_000] {
            let data = data(size);
            let stored = encode(&data, 1, Vec::new()).unwrap_or_default();
            assert_eq!(stored[..4], (size as u32).to_le_bytes());
            assert!(filled(size, |into| decode(&stored, into)).is_ok_and(|back| back == data));
            assert!(decode_unsized(&stored, size).is_ok_and(|back| back == data), "{size}");
        }
        // Three literals, as the format prescribes.
        let stored = [3, 0, 0, 0, 0x30, 7, 8, 9];
        assert!(decode_unsized(&stored, 3).is_ok_and(|back| back == [7, 8, 9]));
    }

    /// Catches memory that is allocated because of a damaged header, and a part that passes for the
    /// whole.
    #[test]
    fn a_size_that_is_wrong_is_damage() {
        let stored = encode(&data(1000), 1, Vec::new()).unwrap_or_default();
        for claimed in [0, 999, 1001, u32::MAX] {
            let damaged = [&claimed.to_le_bytes(), &stored[4..]].concat();
            let got = [
                filled(1000, |into| decode(&damaged, into)),
                filled(claimed.min(2000) as usize, |into| decode(&damaged, into)),
                decode_unsized(&damaged, 1 << 20),
            ];
            for one in got {
                assert!(matches!(one, Err(Error::DecodeFailed { .. })), "{claimed}");
            }
        }
        for length in [0, 3, 4, stored.len() - 1] {
            assert!(decode_unsized(&stored[..length], 1000).is_err(), "{length}");
        }
        assert!(decode_unsized(&stored, 999).is_err());
    }
}
