//! A file that is written in many pieces.

#![expect(unsafe_code, reason = "writes bytes that the system has filled")]

use std::fs::File;
use std::io::Write;

use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::store::direct::{self, Block};
use crate::store::local::{LocalFile, failed};
use crate::tuning::{DIRECT_BYTES, OUTPUT_BUFFER, OUTPUT_DIRECT};

pub(crate) struct Output<'a> {
    file: &'a File,
    key: &'a [u8],
    buffer: Scratch,
    /// Number of bytes in the full buffer, and of those before the first that is written.
    full: usize,
    first: usize,
    written: u64,
    /// Set if the file is written without the page cache: always whole blocks.
    block: Option<Block>,
}

impl<'a> Output<'a> {
    /// Writes to an empty file, perhaps without the page cache.
    pub(super) fn new(file: &'a File, key: &'a [u8], direct: bool) -> Result<Self> {
        let block = if direct { Some(Block::begin(file, key)?) } else { None };
        let (mut buffer, mut full, mut first) = (Scratch::take(), OUTPUT_BUFFER, 0);
        buffer.clear();
        if let Some(block) = block {
            let room = reserve(&mut buffer, DIRECT_BYTES + block.size(), "a buffer")?;
            first = block.first(room);
            full = first + DIRECT_BYTES;
            buffer.resize(first, 0);
        }
        Ok(Self { file, key, buffer, full, first, written: 0, block })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.block.is_some() || bytes.len() >= OUTPUT_DIRECT {
            return self.write_now(bytes);
        }
        if self.buffer.len() + bytes.len() > OUTPUT_BUFFER {
            self.flush()?;
        }
        self.make_room()?;
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Like [`Output::write`], for bytes after which no others follow.
    pub(crate) fn write_now(&mut self, bytes: &[u8]) -> Result<()> {
        if self.block.is_some() {
            return self.collect(bytes);
        }
        self.flush()?;
        let mut file = self.file;
        file.write_all(bytes).map_err(failed(self.key))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Copies bytes from the file at `path`.
    pub(crate) fn copy(
        &mut self,
        path: &[u8],
        from: &LocalFile,
        at: u64,
        length: u64,
    ) -> Result<()> {
        let mut done = 0;
        while done < length {
            let room = self.room()?;
            let count = room.min(usize::try_from(length - done).unwrap_or(room));
            let filled = self.buffer.len() + count;
            let into = &mut self.buffer.spare_capacity_mut()[..count];
            from.read(path, at + done, into)?;
            // SAFETY: the successful read filled all of it.
            unsafe { self.buffer.set_len(filled) };
            done += count as u64;
        }
        Ok(())
    }

    /// The same, where the system copies what it can: on some file systems the files share the
    /// bytes then.
    pub(crate) fn copy_by_system(
        &mut self,
        path: &[u8],
        from: &LocalFile,
        at: u64,
        length: u64,
    ) -> Result<()> {
        self.flush()?;
        let mut done = 0;
        while done < length {
            // If it copies nothing, a read tells why.
            match from.copy_to(self.file, at + done, length - done) {
                Ok(0) | Err(_) => return self.copy(path, from, at + done, length - done),
                Ok(count) => {
                    done += count;
                    self.written += count;
                }
            }
        }
        Ok(())
    }

    /// Writes the rest, and returns the total number of bytes written.
    pub(super) fn finish(&mut self) -> Result<u64> {
        let rest = self.buffer.len() - self.first;
        let size = self.written + rest as u64;
        if let Some(block) = self.block {
            self.buffer.resize(self.first + block.up(rest), 0);
        }
        self.flush()?;
        if self.written > size {
            self.file.set_len(size).map_err(failed(self.key))?;
        }
        Ok(size)
    }

    /// Adds bytes, and writes only full buffers.
    fn collect(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let room = self.room()?;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Number of bytes that can be added to the buffer, at least one.
    fn room(&mut self) -> Result<usize> {
        if self.buffer.len() == self.full {
            self.flush()?;
        }
        self.make_room()?;
        Ok(self.full - self.buffer.len())
    }

    fn make_room(&mut self) -> Result<()> {
        let missing = self.full - self.buffer.len();
        let refused = |_| Error::too_large("a buffer", OUTPUT_BUFFER as u64, u64::MAX);
        self.buffer.try_reserve_exact(missing).map_err(refused)
    }

    fn flush(&mut self) -> Result<()> {
        let (mut file, bytes) = (self.file, &self.buffer[self.first..]);
        match self.block {
            Some(block) => direct::write(file, block, self.key, self.written, bytes)?,
            None => file.write_all(bytes).map_err(failed(self.key))?,
        }
        self.written += bytes.len() as u64;
        self.buffer.truncate(self.first);
        Ok(())
    }
}
