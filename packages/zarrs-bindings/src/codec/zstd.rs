//! Zstandard with one context per thread: creating one costs more than decoding a small chunk.

#![expect(unsafe_code, reason = "zstd writes to uninitialized memory")]

use std::cell::RefCell;
use std::io::Read;
use std::mem::MaybeUninit;

use ::zstd::stream::read::Decoder;
use ::zstd::zstd_safe::{
    self, CCtx, CParameter, DCtx, ErrorCode, InBuffer, OutBuffer, ResetDirective, WriteBuf,
};

use super::limited::read_limited;
use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;

thread_local! {
    static DECODER: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
    static ENCODER: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
}

/// Uninitialized memory to which zstd may write.
struct Slot<'a> {
    memory: &'a mut [MaybeUninit<u8>],
    filled: usize,
}

// SAFETY: pointer and capacity belong to one exclusive slice, and only bytes below `filled`, which
// zstd has written, are exposed.
unsafe impl WriteBuf for Slot<'_> {
    fn as_slice(&self) -> &[u8] {
        // SAFETY: zstd reported these bytes as written.
        unsafe { self.memory[..self.filled].assume_init_ref() }
    }

    fn capacity(&self) -> usize {
        self.memory.len()
    }

    fn as_mut_ptr(&mut self) -> *mut u8 {
        self.memory.as_mut_ptr().cast()
    }

    unsafe fn filled_until(&mut self, n: usize) {
        self.filled = n;
    }
}

fn message(code: ErrorCode) -> String {
    format!("zstd: {}", zstd_safe::get_error_name(code))
}

/// Decodes all frames into memory of exactly the decoded size.
pub(super) fn decode(data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    let expected = into.len();
    let mut slot = Slot { memory: into, filled: 0 };
    let got = DECODER
        .with_borrow_mut(|context| context.decompress(&mut slot, data))
        .map_err(|code| Error::damaged(message(code)))?;
    same_length(got as u64, expected as u64)
}

/// Whether the data is one whole frame of the expected size. Does not decode it.
pub(super) fn is_one_frame(data: &[u8], expected: u64) -> bool {
    zstd_safe::get_frame_content_size(data).is_ok_and(|size| size == Some(expected))
        && zstd_safe::find_frame_compressed_size(data).is_ok_and(|length| length == data.len())
}

/// Decodes the start of the first frame until `into` is full.
pub(super) fn decode_start(data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    let mut slot = Slot { memory: into, filled: 0 };
    DECODER.with_borrow_mut(|context| {
        let failed = |code| Error::damaged(message(code));
        context.reset(ResetDirective::SessionOnly).map_err(failed)?;
        let mut output = OutBuffer::around(&mut slot);
        let mut input = InBuffer::around(data);
        loop {
            let before = (input.pos(), output.pos());
            let left = context.decompress_stream(&mut output, &mut input).map_err(failed)?;
            if output.pos() == output.capacity() {
                // Leave no half-decoded frame to the next user of the context.
                return context.reset(ResetDirective::SessionOnly).map(drop).map_err(failed);
            }
            let stuck = before == (input.pos(), output.pos());
            if stuck || (left == 0 && input.pos() == data.len()) {
                return Err(Error::damaged("zstd: the data ends before the wanted part"));
            }
        }
    })
}

/// Maximum bytes to allocate on the word of a frame.
const TRUSTED: u64 = 64 << 20;

/// Decodes data of unknown decoded size, up to a limit.
pub(super) fn decode_unsized(data: &[u8], limit: usize) -> Result<Vec<u8>> {
    let claimed = zstd_safe::get_frame_content_size(data).ok().flatten();
    if let Some(size) = claimed.filter(|size| *size <= TRUSTED.min(limit as u64))
        && is_one_frame(data, size)
    {
        let mut out = Vec::new();
        decode(data, reserve(&mut out, size as usize, "a chunk")?)?;
        // SAFETY: the successful decoder filled all of it.
        unsafe { out.set_len(size as usize) };
        return Ok(out);
    }
    let failed = |error: std::io::Error| Error::damaged(format!("zstd: {error}"));
    let decoder = Decoder::with_buffer(data).map_err(failed)?;
    read_limited(decoder.take(limit as u64 + 1), limit).map_err(failed)
}

/// Encodes into `out`, a buffer whose bytes nobody needs, and returns it.
pub(super) fn encode(data: &[u8], level: i32, checksum: bool, mut out: Vec<u8>) -> Result<Vec<u8>> {
    let bound = zstd_safe::compress_bound(data.len());
    reserve(&mut out, bound, "an encoded chunk")?;
    let done: Result<usize, ErrorCode> = ENCODER.with_borrow_mut(|context| {
        context.reset(ResetDirective::SessionAndParameters)?;
        context.set_parameter(CParameter::CompressionLevel(level))?;
        context.set_parameter(CParameter::ChecksumFlag(checksum))?;
        context.compress2(&mut out, data)
    });
    done.map_err(|code| Error::Internal(message(code)))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_start, decode_unsized, encode, is_one_frame};
    use crate::codec::tests::filled;

    /// More than one block of zstd can hold.
    fn data() -> Vec<u8> {
        (0..40_000_u32).flat_map(|i| (i / 3 % 50).to_le_bytes()).collect()
    }

    fn frame(data: &[u8], checksum: bool) -> Vec<u8> {
        encode(data, 1, checksum, Vec::new()).unwrap_or_default()
    }

    /// Catches a decoder that stops after the first frame, or that accepts a part as the whole.
    #[test]
    fn all_frames_are_decoded_and_must_have_the_size() {
        let data = data();
        let stored = [frame(&data[..100], false), frame(&data[100..], true)].concat();
        let sized = |length: usize, size| filled(size, |into| decode(&stored[..length], into));
        let (whole, size) = (stored.len(), data.len());
        assert!(sized(whole, size).is_ok_and(|back| back == data));
        assert!(decode_unsized(&stored, size).is_ok_and(|back| back == data));
        assert!(sized(whole, size - 1).is_err() && sized(whole, size + 1).is_err());
        assert!(decode_unsized(&stored, size - 1).is_err());
        assert!(sized(whole - 1, size).is_err());
        assert!(decode_unsized(&stored[..whole - 1], size).is_err());
    }

    /// Catches a checksum option that is ignored, or a checksum that is not compared.
    #[test]
    fn a_checksum_is_stored_if_wanted_and_compared_if_stored() {
        let data = data();
        let (bare, mut summed) = (frame(&data, false), frame(&data, true));
        assert_eq!(summed.len(), bare.len() + 4);
        summed[bare.len()] ^= 1;
        assert!(filled(data.len(), |into| decode(&summed, into)).is_err());
        assert!(decode_unsized(&summed, data.len()).is_err());
    }

    /// Catches other frames that pass for one whole frame, and are then decoded from the start
    /// only.
    #[test]
    fn only_one_whole_frame_of_the_size_is_one_frame() {
        let data = data();
        let stored = frame(&data, false);
        assert!(is_one_frame(&stored, data.len() as u64));
        assert!(!is_one_frame(&stored, data.len() as u64 - 1));
        assert!(!is_one_frame(&stored[..stored.len() - 1], data.len() as u64));
        assert!(!is_one_frame(&[stored, frame(&[], false)].concat(), data.len() as u64));
    }

    /// Catches a start that ends after one block, and an endless loop if the data ends too early.
    #[test]
    fn the_start_is_as_long_as_asked_for() {
        let data = data();
        let stored = frame(&data, false);
        for length in [0, 1, 1000, (1 << 17) + 1, data.len()] {
            let start = filled(length, |into| decode_start(&stored, into));
            assert!(start.is_ok_and(|start| start == data[..length]), "{length}");
        }
        assert!(filled(data.len() + 1, |into| decode_start(&stored, into)).is_err());
        assert!(filled(data.len(), |into| decode_start(&stored[..20], into)).is_err());
    }
}
