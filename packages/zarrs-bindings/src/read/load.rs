//! Loads stored bytes, from memory or a file, into the elements of an array.

use std::time::Instant;

use crate::chunk_cache::{self, Claim, Keep, Key, Version};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Result, same_length};
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::read::raw;
use crate::store::local::{LocalFile, read_all};

/// An open value: a file or a part of one, or all of its bytes.
pub(crate) enum Value {
    File(LocalFile),
    Bytes(Scratch),
}

/// A stored chunk or subchunk.
pub(crate) enum Piece<'a> {
    Bytes(&'a [u8]),
    File { file: &'a LocalFile, key: &'a [u8], at: u64, length: u64 },
}

impl Value {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// A part of the value, which must be inside of it; `path` is for messages.
    pub(super) fn piece<'a>(&'a self, path: &'a [u8], at: u64, length: u64) -> Piece<'a> {
        match self {
            Self::File(file) => Piece::File { file, key: path, at, length },
            Self::Bytes(bytes) => Piece::Bytes(&bytes[at as usize..(at + length) as usize]),
        }
    }
}

impl<'a> Piece<'a> {
    /// All bytes of the piece.
    pub(super) fn bytes(&self, scratch: &'a mut Vec<u8>, opts: &Opts) -> Result<&'a [u8]> {
        match *self {
            Self::Bytes(stored) => Ok(stored),
            Self::File { file, key, at, length } => read_all(file, key, at, length, scratch, opts),
        }
    }
}

/// The cache key of a stored chunk, and which version of its source the bytes are of.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) key: Key,
    pub(crate) version: Version,
    /// A moment at which the source had this version.
    pub(crate) checked: Instant,
}

impl Transfer<'_> {
    /// Like [`Self::load`], but copies a cached chunk of the same source, and caches what it decodes.
    pub(crate) fn load_from(
        &self,
        piece: &Piece<'_>,
        source: Option<Source>,
        opts: &Opts,
    ) -> Result<()> {
        let Some(Source { key, version, checked }) = source else {
            return self.load(piece, opts);
        };
        let keep = if !opts.validate_checksums {
            // What was decoded without its checksum is not for others.
            Keep::Never
        } else if self.run().is_some() && key.is_at_hand() {
            // To keep it takes another copy, which a single read of all chunks would not earn.
            Keep::Again
        } else {
            Keep::Now
        };
        match chunk_cache::claim(key, &version, checked, self.chain.size as usize, keep) {
            Claim::Found(decoded) => {
                self.scatter(&decoded, 0);
                Ok(())
            }
            Claim::Fill(filling) => {
                let mut scratch = Scratch::take();
                self.decode_and_keep(piece.bytes(&mut scratch, opts)?, filling, opts)
            }
            Claim::Decode => self.load(piece, opts),
        }
    }

    /// Decodes a stored chunk into the array. Reads only as much of a file as is worthwhile.
    pub(crate) fn load(&self, piece: &Piece<'_>, opts: &Opts) -> Result<()> {
        match *piece {
            Piece::File { file, key, at, length } if self.chain.is_raw() => {
                same_length(length, self.chain.size)?;
                counters::CHUNKS_DECODED.add(1);
                raw::read(self, (file, key, at), opts)
            }
            Piece::Bytes(stored) => self.decode(stored, opts),
            Piece::File { file, key, at, length } => {
                let mut scratch = Scratch::take();
                let stored = read_all(file, key, at, length, &mut scratch, opts)?;
                self.decode(stored, opts)
            }
        }
    }
}
