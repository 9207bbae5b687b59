//! Direct I/O: transfers between files and memory that pass by the page cache.
//!
//! The system transfers whole blocks, between memory and places of a file that begin at a block.

#![expect(unsafe_code, reason = "reads bytes that the system has filled")]

use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;

use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::store::local::{LocalFile, failed, path};
use crate::tuning::DIRECT_BYTES;

/// Used where the system does not tell the size of a block, and instead of a smaller one: file
/// systems transfer a part of a page much slower.
const PAGE: usize = 4096;

/// The size of a block of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block(usize);

impl Block {
    /// The block of a file that was opened for direct I/O.
    pub(super) fn of(file: &File, key: &[u8]) -> Result<Self> {
        Self::checked(system::block(file)).ok_or_else(|| refused(key))
    }

    /// `told` is what the system tells, and 0 if it has no direct I/O for the file.
    fn checked(told: Option<usize>) -> Option<Self> {
        let size = told.unwrap_or(PAGE);
        let is_usable = size.is_power_of_two() && size <= DIRECT_BYTES;
        is_usable.then_some(Self(size.max(PAGE)))
    }

    /// Turns direct I/O on for a new file.
    pub(super) fn begin(file: &File, key: &[u8]) -> Result<Self> {
        match system::turn(file, true) {
            Ok(()) => Self::of(file, key),
            Err(error) if is_refusal(&error) => Err(refused(key)),
            Err(error) => Err(failed(key)(error)),
        }
    }

    /// The first place in a buffer at which a block may begin.
    pub(super) fn first<T>(self, buffer: &[T]) -> usize {
        buffer.as_ptr().align_offset(self.0)
    }

    /// The next multiple of the size.
    pub(super) fn up(self, size: usize) -> usize {
        size.next_multiple_of(self.0)
    }

    fn down(self, size: usize) -> usize {
        size - size % self.0
    }

    pub(super) fn size(self) -> usize {
        self.0
    }
}

/// What opens a file for direct I/O; `None` if the system has none.
pub(super) fn flag() -> Option<i32> {
    system::FLAG
}

/// Whether an error means that there is no direct I/O.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidInput
}

pub(super) fn refused(key: &[u8]) -> Error {
    Error::NoDirectIo(format!(
        "{} cannot be read or written with direct I/O (O_DIRECT), which its file system or the \
         system does not have; leave out direct_io",
        path(key).display()
    ))
}

/// Fills `into` from a place in a file.
pub(super) fn read(
    file: &LocalFile,
    block: Block,
    key: &[u8],
    at: u64,
    into: &mut [MaybeUninit<u8>],
) -> Result<()> {
    let (mut at, mut scratch) = (at, Scratch::take());
    for part in into.chunks_mut(DIRECT_BYTES) {
        part.write_copy_of_slice(window(file, block, key, at, part.len(), &mut scratch)?);
        at += part.len() as u64;
    }
    Ok(())
}

/// Reads a range of a file into a buffer, with the rest of its first and last block.
pub(super) fn window<'a>(
    file: &LocalFile,
    block: Block,
    key: &[u8],
    at: u64,
    length: usize,
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    let before = (at % block.size() as u64) as usize;
    let wanted = before + length;
    let whole = block.up(wanted);
    let memory = reserve(buffer, whole + block.size(), "a stored chunk")?;
    let first = block.first(memory);
    let memory = &mut memory[first..first + whole];
    let (start, mut done) = (at - before as u64, 0);
    while done < wanted {
        match file.read_some(start + done as u64, &mut memory[done..]) {
            Ok(count) if done + count >= wanted => done += count,
            Ok(count) => {
                // Only the end of the file is inside a block: without progress it was reached.
                let filled = block.down(done + count);
                if filled == done {
                    return Err(Error::damaged("it ends before the bytes that are needed"));
                }
                done = filled;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_refusal(&error) => return Err(refused(key)),
            Err(error) => return Err(failed(key)(error)),
        }
    }
    counters::BYTES_READ.add(length as u64);
    counters::BYTES_READ_DIRECTLY.add(done as u64);
    // SAFETY: the reads have filled all bytes up to `done`, which is beyond those wanted.
    Ok(unsafe { memory[before..wanted].assume_init_ref() })
}

/// Writes whole blocks from aligned memory.
pub(super) fn write(file: &File, block: Block, key: &[u8], at: u64, bytes: &[u8]) -> Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match system::write_at(file, &bytes[done..], at + done as u64) {
            Ok(count) => {
                let written = block.down(done + count);
                if written == done {
                    return Err(why(file, key, at + done as u64, &bytes[done..]));
                }
                done = written;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_refusal(&error) => {
                return Err(why(file, key, at + done as u64, &bytes[done..]));
            }
            Err(error) => return Err(failed(key)(error)),
        }
    }
    counters::BYTES_WRITTEN_DIRECTLY.add(done as u64);
    Ok(())
}

/// The error of a refused write. A limit on the size of a file that is inside a block looks like no
/// direct I/O, so the bytes are written once more without; the file is removed in any case.
fn why(file: &File, key: &[u8], at: u64, bytes: &[u8]) -> Error {
    match system::turn(file, false).and_then(|()| system::write_all_at(file, bytes, at)) {
        Ok(()) => refused(key),
        Err(error) => failed(key)(error),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt;

    use rustix::fs::{AtFlags, OFlags, StatxFlags, fcntl_setfl, statx};

    pub(super) const FLAG: Option<i32> = Some(OFlags::DIRECT.bits() as i32);

    /// Turns direct I/O on or off. A descriptor of ours has no other flag that can be changed.
    pub(super) fn turn(file: &File, on: bool) -> io::Result<()> {
        let flags = if on { OFlags::DIRECT } else { OFlags::empty() };
        Ok(fcntl_setfl(file, flags)?)
    }

    /// The size of a block: 0 if there is no direct I/O, `None` if the system does not tell.
    pub(super) fn block(file: &File) -> Option<usize> {
        let told = statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::DIOALIGN).ok()?;
        let is_told = StatxFlags::from_bits_retain(told.stx_mask).contains(StatxFlags::DIOALIGN);
        let (memory, offset) = (told.stx_dio_mem_align, told.stx_dio_offset_align);
        let size = if memory == 0 || offset == 0 { 0 } else { memory.max(offset) };
        is_told.then_some(size as usize)
    }

    pub(super) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<usize> {
        file.write_at(bytes, at)
    }

    pub(super) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }
}

/// No direct I/O.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;
    use std::io::{self, ErrorKind};

    pub(super) const FLAG: Option<i32> = None;

    fn none<T>() -> io::Result<T> {
        Err(io::Error::from(ErrorKind::InvalidInput))
    }

    pub(super) fn turn(_: &File, _: bool) -> io::Result<()> {
        none()
    }

    pub(super) fn block(_: &File) -> Option<usize> {
        Some(0)
    }

    pub(super) fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<usize> {
        none()
    }

    pub(super) fn write_all_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
        none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, DIRECT_BYTES, PAGE};

    /// Catches a block that the system refuses, or one that buffers cannot hold.
    #[test]
    fn a_block_is_at_least_a_page_and_what_the_system_tells() {
        let size = |told| Block::checked(told).map(Block::size);
        assert_eq!(size(None), Some(PAGE));
        for (told, used) in [(1, PAGE), (512, PAGE), (PAGE, PAGE), (PAGE << 3, PAGE << 3)] {
            assert_eq!(size(Some(told)), Some(used), "{told}");
        }
        assert_eq!(size(Some(DIRECT_BYTES)), Some(DIRECT_BYTES));
        for refused in [0, 3 * PAGE, 2 * DIRECT_BYTES] {
            assert_eq!(size(Some(refused)), None, "{refused}");
        }
    }

    /// Catches a size that is rounded when it is a multiple already, or not enough.
    #[test]
    fn sizes_are_rounded_to_blocks() {
        let block = Block(PAGE);
        for (size, down, up) in [
            (0, 0, 0),
            (1, 0, PAGE),
            (PAGE - 1, 0, PAGE),
            (PAGE, PAGE, PAGE),
            (PAGE + 1, PAGE, 2 * PAGE),
        ] {
            assert_eq!((block.down(size), block.up(size)), (down, up), "{size}");
        }
        let buffer = vec![0_u8; 2 * PAGE];
        let first = block.first(&buffer[1..]);
        assert!(first < PAGE && (buffer[1 + first..].as_ptr() as usize).is_multiple_of(PAGE));
    }
}
