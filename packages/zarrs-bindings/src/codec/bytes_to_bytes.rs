//! Bytes-to-bytes codecs: our own for the common ones, those of `zarrs` for the rest.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bzip2::Compression;
use bzip2::read::MultiBzDecoder;
use bzip2::write::BzEncoder;
use zarrs::array::{BytesRepresentation, BytesToBytesCodecTraits, CodecOptions};

use super::blosc::{self, Blosc};
use super::checksum::Checksum;
use super::deflate::Wrapper;
use super::limited::read_limited;
use super::{lz4, zstd};
use crate::errors::{Error, Result, same_length};

#[derive(Clone, Debug)]
pub(crate) enum BytesToBytes {
    Zstd {
        level: i32,
        checksum: bool,
    },
    Deflate {
        wrapper: Wrapper,
        level: u32,
    },
    Blosc(Blosc),
    Bz2 {
        level: u32,
    },
    Lz4 {
        acceleration: i32,
    },
    Checksum(Checksum),
    /// Codecs that keep the size or add a few bytes.
    Foreign(Arc<dyn BytesToBytesCodecTraits>),
}

impl BytesToBytes {
    /// Whether encoding takes about as long as copying.
    pub(super) fn is_quick(&self) -> bool {
        match self {
            Self::Blosc(blosc) => blosc.is_quick(),
            Self::Lz4 { .. } | Self::Checksum(_) => true,
            Self::Zstd { .. } | Self::Deflate { .. } | Self::Bz2 { .. } | Self::Foreign(_) => false,
        }
    }

    /// Whether encoding fails badly if its source changes meanwhile: it reads outside its memory,
    /// or produces output that does not decode.
    pub(super) fn rereads(&self) -> bool {
        match self {
            Self::Blosc(blosc) => blosc.rereads(),
            // The first two count before they write, and add a checksum.
            Self::Deflate { .. } | Self::Zstd { checksum: true, .. } | Self::Foreign(_) => true,
            // These copy the source first, or do not rely on bytes being unchanged when read again.
            Self::Zstd { .. } | Self::Bz2 { .. } | Self::Lz4 { .. } | Self::Checksum(_) => false,
        }
    }

    /// Decodes into memory of exactly the decoded size.
    pub(super) fn decode(
        &self,
        data: &[u8],
        into: &mut [MaybeUninit<u8>],
        options: &CodecOptions,
    ) -> Result<()> {
        match self {
            Self::Zstd { .. } => zstd::decode(data, into),
            Self::Deflate { wrapper, .. } => wrapper.decode(data, into),
            Self::Blosc(_) => blosc::decode(data, into),
            Self::Lz4 { .. } => lz4::decode(data, into),
            _ => {
                let decoded = self.decode_unsized(data, into.len(), options)?;
                copy_exact(&decoded, into)
            }
        }
    }

    /// Decodes to an unknown size of at most `limit`.
    pub(super) fn decode_unsized<'a>(
        &self,
        data: &'a [u8],
        limit: usize,
        options: &CodecOptions,
    ) -> Result<Cow<'a, [u8]>> {
        match self {
            Self::Zstd { .. } => zstd::decode_unsized(data, limit).map(Cow::Owned),
            Self::Deflate { wrapper, .. } => wrapper.decode_unsized(data, limit).map(Cow::Owned),
            Self::Blosc(_) => blosc::decode_unsized(data, limit).map(Cow::Owned),
            Self::Bz2 { .. } => {
                let decoder = MultiBzDecoder::new(data).take(limit as u64 + 1);
                read_limited(decoder, limit)
                    .map(Cow::Owned)
                    .map_err(|error| Error::damaged(format!("bz2: {error}")))
            }
            Self::Lz4 { .. } => lz4::decode_unsized(data, limit).map(Cow::Owned),
            Self::Checksum(sum) => {
                sum.checked(data, options.validate_checksums()).map(Cow::Borrowed)
            }
            Self::Foreign(codec) => guarded(|| {
                let size = BytesRepresentation::UnboundedSize;
                codec.decode(Cow::Borrowed(data), &size, options)
            }),
        }
    }

    /// Encodes, into `out` if the encoder takes a buffer: one whose bytes nobody needs.
    pub(super) fn encode(
        &self,
        data: &[u8],
        options: &CodecOptions,
        out: Vec<u8>,
    ) -> Result<Vec<u8>> {
        match self {
            Self::Zstd { level, checksum } => zstd::encode(data, *level, *checksum, out),
            Self::Deflate { wrapper, level } => wrapper.encode(data, *level, out),
            Self::Blosc(blosc) => blosc.encode(data, out),
            Self::Bz2 { level } => {
                let mut encoder = BzEncoder::new(Vec::new(), Compression::new(*level));
                encoder
                    .write_all(data)
                    .and_then(|()| encoder.finish())
                    .map_err(|error| Error::Internal(format!("bz2: {error}")))
            }
            Self::Lz4 { acceleration } => lz4::encode(data, *acceleration, out),
            Self::Checksum(sum) => sum.encode(data, out),
            Self::Foreign(codec) => codec
                .encode(Cow::Borrowed(data), options)
                .map(Cow::into_owned)
                .map_err(|error| Error::Unsupported(format!("a chunk cannot be encoded: {error}"))),
        }
    }
}

/// Runs a foreign decoder. Any failure, even a panic, is reported as damaged data.
pub(super) fn guarded<T, E: std::fmt::Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(|error| Error::damaged(error.to_string())),
        Err(_) => Err(Error::damaged("the decoder failed on it")),
    }
}

pub(super) fn copy_exact(data: &[u8], into: &mut [MaybeUninit<u8>]) -> Result<()> {
    same_length(data.len() as u64, into.len() as u64)?;
    into.write_copy_of_slice(data);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BytesToBytes, guarded};
    use crate::codec::checksum::Checksum;
    use crate::codec::options::codec_options;
    use crate::codec::tests::filled;
    use crate::errors::Error;
    use crate::options::Opts;

    /// Catches a library's panic that reaches the caller, and a failure without its reason.
    #[test]
    fn a_foreign_decoder_that_fails_has_met_damage() {
        assert!(guarded(|| Ok::<_, String>(3)).is_ok_and(|done| done == 3));
        let failed = guarded(|| Err::<(), _>("cut short"));
        let words = |reason: &str| reason == "cut short";
        assert!(matches!(failed, Err(Error::DecodeFailed { reason, .. }) if words(&reason)));
        let panicked = guarded(|| -> Result<(), String> { unreachable!("as a library does") });
        assert!(matches!(panicked, Err(Error::DecodeFailed { .. })));
    }

    /// Catches a decoder that stops after the first of several streams, or exceeds a limit.
    #[test]
    fn all_streams_of_bz2_are_decoded_up_to_the_limit() {
        let (codec, options) = (BytesToBytes::Bz2 { level: 1 }, codec_options(&Opts::DEFAULT));
        let stored = [&[7_u8; 100][..], &[], &[8; 50]]
            .map(|part| codec.encode(part, &options, Vec::new()).unwrap_or_default())
            .concat();
        let expected = [[7_u8; 50], [7; 50], [8; 50]].concat();
        let sized = |size| filled(size, |into| codec.decode(&stored, into, &options));
        assert!(sized(150).is_ok_and(|back| back == expected));
        assert!(sized(149).is_err() && sized(151).is_err());
        assert!(codec.decode_unsized(&stored, 150, &options).is_ok_and(|back| *back == expected));
        assert!(codec.decode_unsized(&stored, 149, &options).is_err());
        let cut = &stored[..stored.len() - 1];
        assert!(codec.decode_unsized(cut, 150, &options).is_err());
    }

    /// Catches an option of a call that does not reach the checksum.
    #[test]
    fn a_checksum_is_compared_if_the_call_wants_it() {
        let codec = BytesToBytes::Checksum(Checksum::CRC32C);
        let decode = |validate_checksums| {
            let options = codec_options(&Opts { validate_checksums, ..Opts::DEFAULT });
            filled(3, |into| codec.decode(&[1, 2, 3, 0, 0, 0, 0], into, &options))
        };
        assert!(decode(true).is_err());
        assert!(decode(false).is_ok_and(|back| back == [1, 2, 3]));
    }
}
