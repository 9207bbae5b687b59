//! A file that is written in many pieces.

#![expect(unsafe_code, reason = "writes bytes that the system has filled")]

use std::fs::File;
use std::io::Write;

use crate::errors::{Error, Result};
use crate::memory::scratch::Scratch;
use crate::store::local::{LocalFile, failed};
use crate::tuning::{OUTPUT_BUFFER, OUTPUT_DIRECT};

pub(crate) struct Output<'a> {
    file: &'a File,
    key: &'a [u8],
    buffer: Scratch,
    written: u64,
}

impl<'a> Output<'a> {
    pub(super) fn new(file: &'a File, key: &'a [u8]) -> Self {
        let mut buffer = Scratch::take();
        buffer.clear();
        Self { file, key, buffer, written: 0 }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() >= OUTPUT_DIRECT {
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
            if self.buffer.len() == OUTPUT_BUFFER {
                self.flush()?;
            }
            self.make_room()?;
            let room = OUTPUT_BUFFER - self.buffer.len();
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
        self.flush()?;
        Ok(self.written)
    }

    fn make_room(&mut self) -> Result<()> {
        let missing = OUTPUT_BUFFER - self.buffer.len();
        let refused = |_| Error::too_large("a buffer", OUTPUT_BUFFER as u64, u64::MAX);
        self.buffer.try_reserve_exact(missing).map_err(refused)
    }

    fn flush(&mut self) -> Result<()> {
        let mut file = self.file;
        file.write_all(&self.buffer).map_err(failed(self.key))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}
