//! Loads stored bytes, from memory or a file, into the elements of an array.

use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Result, same_length};
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::read::raw::Raw;
use crate::store::local::{LocalFile, read_all};

/// A stored chunk or subchunk.
pub(crate) enum Piece<'a> {
    Bytes(&'a [u8]),
    File { file: &'a LocalFile, key: &'a [u8], at: u64, length: u64 },
}

impl Transfer<'_> {
    /// Decodes a stored chunk into the array. Reads only as much of a file as is worthwhile.
    pub(crate) fn load(&self, piece: &Piece<'_>, opts: &Opts) -> Result<()> {
        match *piece {
            Piece::Bytes(stored) => self.decode(stored, opts),
            Piece::File { file, key, at, length } if self.chain.is_raw() => {
                same_length(length, self.chain.size)?;
                counters::CHUNKS_DECODED.add(1);
                Raw { transfer: self, file, key, at }.read(opts)
            }
            Piece::File { file, key, at, length } => {
                let mut scratch = Scratch::take();
                let stored = read_all(file, key, at, length, &mut scratch, opts)?;
                self.decode(stored, opts)
            }
        }
    }
}
