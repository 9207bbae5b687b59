//! Buffers of values that a write sends. Their memory returns to the pool.

use std::mem::take;

use bytes::Bytes;

use crate::errors::Result;
use crate::memory::pool;
use crate::memory::reserve::reserve;
use crate::tuning::BUFFERED_FROM;

/// A value that is to be sent, or was sent.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Maximum number of bytes to keep for later values and results.
    keep: u64,
}

impl Buffer {
    /// An empty buffer with room for `bytes`, perhaps that of an earlier value; never aborts.
    pub(crate) fn with_room(bytes: usize, keep: u64, what: &str) -> Result<Self> {
        let old = (keep > 0 && bytes >= BUFFERED_FROM).then(|| pool::take_buffer(bytes)).flatten();
        let mut buffer = Self { bytes: old.unwrap_or_default(), keep };
        if reserve(&mut buffer.bytes, bytes, what).is_err() {
            pool::clear();
            reserve(&mut buffer.bytes, bytes, what)?;
        }
        Ok(buffer)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// To fill it.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl From<Vec<u8>> for Buffer {
    /// Memory that the pool does not keep.
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, keep: 0 }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Buffer> for Bytes {
    fn from(buffer: Buffer) -> Self {
        Self::from_owner(buffer)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.capacity() >= BUFFERED_FROM {
            pool::keep_buffer(take(&mut self.bytes), self.keep);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUFFERED_FROM, Buffer, Bytes, pool};

    fn filled(bytes: usize, keep: u64) -> Buffer {
        let buffer = Buffer::with_room(bytes, keep, "a value");
        let mut buffer = buffer.unwrap_or_else(|error| unreachable!("{error}"));
        buffer.room().resize(bytes, 7);
        buffer
    }

    /// Catches memory that is used again while it is being sent, or never, or though it is not to be.
    #[test]
    fn the_memory_of_a_large_value_is_used_again_once_it_was_sent() {
        let _alone = pool::alone();
        pool::clear();
        let most = 64 * BUFFERED_FROM as u64;
        let sent = Bytes::from(filled(BUFFERED_FROM, most));
        let (place, again) = (sent.as_ptr(), sent.clone());
        drop(sent);
        assert_ne!(filled(BUFFERED_FROM, 0).bytes().as_ptr(), place);
        assert_eq!((pool::info(), again[0]), ((0, 0), 7));
        drop(again);
        assert_eq!(pool::info(), (1, BUFFERED_FROM));
        drop(filled(BUFFERED_FROM, 0));
        drop(filled(BUFFERED_FROM - 1, most));
        drop(Buffer::from(vec![1; BUFFERED_FROM]));
        assert_eq!(pool::info(), (1, BUFFERED_FROM));
        let later = filled(BUFFERED_FROM, most);
        assert_eq!((later.bytes().as_ptr(), later.bytes().len()), (place, BUFFERED_FROM));
        pool::clear();
    }
}
