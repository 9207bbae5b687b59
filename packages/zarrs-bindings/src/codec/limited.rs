//! Reads from a decoder that may return more than expected.

use std::io::{self, Read};

/// Reads to the end of a reader that is limited to one byte more than the limit.
pub(super) fn read_limited(mut reader: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out)?;
    if out.len() > limit {
        return Err(io::Error::other("it decodes to more bytes than a chunk can have"));
    }
    Ok(out)
}
