//! Reading from a decoder that may give more than there should be.

use std::io::{self, Read};

/// Reads to the end of a reader that was cut at one byte above the limit.
pub(super) fn read_limited(mut reader: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out)?;
    if out.len() > limit {
        return Err(io::Error::other("it decodes to more bytes than a chunk can have"));
    }
    Ok(out)
}
