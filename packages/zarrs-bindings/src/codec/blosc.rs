//! Blosc, through its context functions, which use no threads and no global state.

#![expect(unsafe_code, reason = "calls C functions")]

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use std::ptr;

use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;

pub(super) mod blocks;

const HEADER: usize = blosc_src::BLOSC_MIN_HEADER_LENGTH as usize;
const OVERHEAD: usize = blosc_src::BLOSC_MAX_OVERHEAD as usize;

/// This compressor is only decoded: numcodecs is built without it.
const SNAPPY: &CStr = c"snappy";

/// Largest item size that blosc supports; it treats larger items as bytes.
const MAX_TYPESIZE: u64 = blosc_src::BLOSC_MAX_TYPESIZE as u64;

/// Parameters of the encoder; a stored buffer describes itself.
#[derive(Clone, Debug)]
pub(crate) struct Blosc {
    name: &'static CStr,
    level: c_int,
    shuffle: c_int,
    typesize: usize,
    blocksize: usize,
}

impl Blosc {
    /// Checks the numbers of a document, which C would truncate to fewer bits.
    pub(crate) fn new(
        name: &'static CStr,
        level: u64,
        shuffle: c_int,
        typesize: u64,
        blocksize: u64,
    ) -> Result<Self> {
        let wrong = |what| Error::Metadata(format!("{what} of codec `blosc` is wrong"));
        let level = c_int::try_from(level).map_err(|_| wrong("clevel"))?;
        let blocksize = c_int::try_from(blocksize).map_err(|_| wrong("blocksize"))?;
        let typesize = if (1..=MAX_TYPESIZE).contains(&typesize) { typesize } else { 1 };
        let (typesize, blocksize) = (typesize as usize, blocksize as usize);
        Ok(Self { name, level, shuffle, typesize, blocksize })
    }

    /// Whether its compressor assumes that bytes it has read do not change: blosclz does.
    pub(super) fn rereads(&self) -> bool {
        self.name == c"blosclz"
    }

    /// Whether its compressor is one that is designed for speed.
    pub(super) fn is_quick(&self) -> bool {
        [c"lz4", c"blosclz", SNAPPY].contains(&self.name)
    }
}

/// Checks the header against the stored length, and returns the decoded size in the header.
fn declared(data: &[u8]) -> Result<usize> {
    let word = |at: usize| {
        data.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes) as usize
    };
    if data.len() < HEADER {
        return Err(Error::damaged("blosc: it is shorter than a header"));
    }
    if word(12) != data.len() {
        return Err(Error::damaged(format!(
            "blosc: the header tells of {} bytes, and {} are stored",
            word(12),
            data.len()
        )));
    }
    let mut size = 0;
    // SAFETY: the buffer is valid for its length, which covers a header.
    let code = unsafe {
        blosc_src::blosc_cbuffer_validate(data.as_ptr().cast(), data.len(), &raw mut size)
    };
    if code == 0 { Ok(size) } else { Err(Error::damaged("blosc: the header is damaged")) }
}

pub(super) fn decode(data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    same_length(declared(data)? as u64, into.len() as u64)?;
    // SAFETY: the header was validated; blosc writes at most `into.len()` bytes.
    let got = unsafe {
        blosc_src::blosc_decompress_ctx(
            data.as_ptr().cast(),
            into.as_mut_ptr().cast(),
            into.len(),
            1,
        )
    };
    if usize::try_from(got).is_ok_and(|got| got == into.len()) {
        Ok(())
    } else {
        Err(Error::damaged("blosc: the data is damaged"))
    }
}

/// Decodes bytes starting at `at` until `into` is full, if the item boundaries allow it.
pub(super) fn decode_part(
    data: &[u8],
    expected: usize,
    at: usize,
    into: &mut [MaybeUninit<u8>],
) -> Result<bool> {
    same_length(declared(data)? as u64, expected as u64)?;
    let (mut typesize, mut flags) = (0, 0);
    // SAFETY: the buffer holds a validated header.
    unsafe {
        blosc_src::blosc_cbuffer_metainfo(data.as_ptr().cast(), &raw mut typesize, &raw mut flags);
    }
    let whole = at.is_multiple_of(typesize) && into.len().is_multiple_of(typesize);
    let (Some(start), Some(count)) = (
        at.checked_div(typesize).and_then(|n| c_int::try_from(n).ok()),
        into.len().checked_div(typesize).and_then(|n| c_int::try_from(n).ok()),
    ) else {
        return Ok(false);
    };
    if !whole || at + into.len() > expected {
        return Ok(false);
    }
    // SAFETY: the items are inside the declared size, and `into` has room for them.
    let got = unsafe {
        blosc_src::blosc_getitem(data.as_ptr().cast(), start, count, into.as_mut_ptr().cast())
    };
    if usize::try_from(got).is_ok_and(|got| got == into.len()) {
        Ok(true)
    } else {
        Err(Error::damaged("blosc: the data is damaged"))
    }
}

/// Decodes data of unknown decoded size, up to a limit.
pub(super) fn decode_unsized(data: &[u8], limit: usize) -> Result<Vec<u8>> {
    let size = declared(data)?;
    if size > limit {
        return Err(Error::damaged("blosc: it decodes to more bytes than a chunk can have"));
    }
    let mut out = Vec::new();
    decode(data, reserve(&mut out, size, "a decoded chunk")?)?;
    // SAFETY: `decode` filled all of it.
    unsafe { out.set_len(size) };
    Ok(out)
}

impl Blosc {
    /// Encodes into `out`, a buffer whose bytes nobody needs, and returns it.
    pub(super) fn encode(&self, data: &[u8], out: Vec<u8>) -> Result<Vec<u8>> {
        self.encode_in_blocks(data, self.blocksize, out)
    }

    /// Encodes in blocks of about so many bytes; of a size that blosc chooses if it is 0.
    fn encode_in_blocks(&self, data: &[u8], blocksize: usize, mut out: Vec<u8>) -> Result<Vec<u8>> {
        if self.name == SNAPPY {
            return Err(Error::Unsupported(
                "codec `blosc` does not encode with cname `snappy`, which zarr-python cannot read"
                    .into(),
            ));
        }
        if data.len() > blosc_src::BLOSC_MAX_BUFFERSIZE as usize {
            return Err(Error::Unsupported(format!(
                "codec `blosc` cannot hold a chunk of {} bytes; use smaller chunks",
                data.len()
            )));
        }
        let room = data.len() + OVERHEAD;
        let slot = reserve(&mut out, room, "an encoded chunk")?;
        // For an empty source, blosc may look at the pointer, but does not dereference it.
        let source = if data.is_empty() { ptr::dangling() } else { data.as_ptr() };
        // SAFETY: both buffers are valid for the given lengths; the name is a C string.
        let got = unsafe {
            blosc_src::blosc_compress_ctx(
                self.level,
                self.shuffle,
                self.typesize,
                data.len(),
                source.cast(),
                slot.as_mut_ptr().cast(),
                room,
                self.name.as_ptr(),
                blocksize,
                1,
            )
        };
        match usize::try_from(got) {
            Ok(length) if length > 0 => {
                // SAFETY: blosc wrote `length` bytes, at most `room`.
                unsafe { out.set_len(length) };
                Ok(out)
            }
            _ => Err(Error::Internal(format!("blosc cannot encode a chunk (code {got})"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Blosc, SNAPPY, decode, decode_part, decode_unsized};
    use crate::codec::tests::filled;
    use crate::errors::Error;

    fn data(size: u32) -> Vec<u8> {
        (0..size).flat_map(|i| (i / 3 % 50).to_le_bytes()).collect()
    }

    fn stored(data: &[u8]) -> Vec<u8> {
        let blosc = Blosc::new(c"lz4", 5, 1, 4, 0);
        blosc.and_then(|blosc| blosc.encode(data, Vec::new())).unwrap_or_default()
    }

    /// Catches a compressor that is not built in, and an empty buffer that cannot be encoded.
    #[test]
    fn every_compressor_gives_back_what_it_was_given() {
        for name in [c"lz4", c"lz4hc", c"blosclz", c"zlib", c"zstd"] {
            for data in [data(0), data(1), data(30_000)] {
                let blosc = Blosc::new(name, 5, 1, 4, 0);
                let stored =
                    blosc.and_then(|blosc| blosc.encode(&data, Vec::new())).unwrap_or_default();
                let back = filled(data.len(), |into| decode(&stored, into));
                assert!(back.is_ok_and(|back| back == data), "{name:?} {}", data.len());
                assert!(decode_unsized(&stored, data.len()).is_ok_and(|back| back == data));
            }
        }
        let snappy =
            Blosc::new(SNAPPY, 5, 1, 4, 0).and_then(|blosc| blosc.encode(&data(9), Vec::new()));
        assert!(matches!(snappy, Err(Error::Unsupported(_))));
    }

    /// Catches numbers that C truncates, and item sizes that the header cannot hold.
    #[test]
    fn numbers_that_do_not_fit_are_refused_or_replaced() {
        for (level, blocksize) in [(1 << 32, 0), (5, 1 << 31)] {
            let made = Blosc::new(c"lz4", level, 1, 4, blocksize);
            assert!(matches!(made, Err(Error::Metadata(_))), "{level} {blocksize}");
        }
        for (given, used) in [(0, 1), (1, 1), (4, 4), (255, 255), (256, 1), (1 << 40, 1)] {
            let blosc = Blosc::new(c"lz4", 5, 1, given, 0);
            let stored =
                blosc.and_then(|blosc| blosc.encode(&data(9), Vec::new())).unwrap_or_default();
            assert_eq!(stored[3], used, "{given}");
        }
    }

    /// Catches trust in a header with lengths other than the stored or expected ones.
    #[test]
    fn a_header_is_compared_with_what_is_stored() {
        let (data, stored) = (data(1000), stored(&data(1000)));
        let longer = [stored.as_slice(), &[0]].concat();
        for damaged in [&stored[..0], &stored[..15], &stored[..stored.len() - 1], &longer] {
            assert!(decode_unsized(damaged, 4000).is_err(), "{}", damaged.len());
            assert!(filled(4000, |into| decode(damaged, into)).is_err(), "{}", damaged.len());
        }
        assert!(decode_unsized(&stored, data.len() - 1).is_err());
        assert!(filled(data.len() - 1, |into| decode(&stored, into)).is_err());
    }

    /// Catches a part that starts at the wrong byte because its bounds are not those of items.
    #[test]
    fn a_part_is_decoded_if_it_consists_of_whole_items() {
        let (data, stored) = (data(30_000), stored(&data(30_000)));
        let cases = [(0, 4, true), (8, 400, true), (119_996, 4, true), (2, 4, false)];
        for (at, length, whole) in cases.into_iter().chain([(8, 6, false), (119_996, 8, false)]) {
            let mut done = false;
            let part = filled(length, |into| {
                done = decode_part(&stored, data.len(), at, into)?;
                Ok(())
            });
            assert_eq!(done, whole, "{at} {length}");
            assert!(part.is_ok_and(|part| !whole || part == data[at..at + length]), "{at}");
        }
        assert!(filled(4, |into| decode_part(&stored, data.len() - 4, 0, into).map(drop)).is_err());
    }
}
