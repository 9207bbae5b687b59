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

#[cfg(test)]
mod tests {
    use super::read_limited;
    use std::io::{Read, repeat};

    /// Catches a limit that is off by one, and output that is truncated at the limit.
    #[test]
    fn what_goes_beyond_the_limit_is_refused() {
        let read = |bytes, limit| read_limited(repeat(7).take(bytes), limit);
        assert!(read(5, 5).is_ok_and(|out| out == [7; 5]));
        assert!(read(0, 0).is_ok_and(|out| out.is_empty()));
        assert!(read(6, 5).is_err() && read(1, 0).is_err());
    }
}
