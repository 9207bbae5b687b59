//! An open file of a local store, or a part of one: reading, copying and locking it.

#![expect(unsafe_code, reason = "reads bytes that the system has filled")]

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::sync::Arc;

use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::reserve::reserve;
use crate::options::Opts;
use crate::store::direct::{self, Block};
use crate::store::local::{absent, failed, path, regular};
use crate::store::stamp::Stamp;
use crate::tuning::{DIRECT_READ_COST, READ_COST};

/// An open chunk or shard: a file, or a part of one.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: Descriptor,
    /// Where it begins in the file.
    base: u64,
    size: u64,
    stamp: Option<Stamp>,
    /// Set if it is read without the page cache.
    block: Option<Block>,
}

#[derive(Debug)]
enum Descriptor {
    Own(File),
    Part(Arc<LocalFile>),
}

impl Deref for Descriptor {
    type Target = File;

    fn deref(&self) -> &File {
        match self {
            Self::Own(file) => file,
            Self::Part(whole) => &whole.file,
        }
    }
}

impl LocalFile {
    pub(super) fn new(file: File, size: u64, stamp: Option<Stamp>, block: Option<Block>) -> Self {
        Self { file: Descriptor::Own(file), base: 0, size, stamp, block }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The size of the whole file now.
    pub(crate) fn size_now(&self) -> io::Result<u64> {
        regular(&self.file).map(|(size, _)| size)
    }

    /// A part of the file, which shares its descriptor.
    pub(crate) fn part(self: &Arc<Self>, at: u64, size: u64) -> Self {
        let (file, base) = (Descriptor::Part(Arc::clone(self)), self.base + at);
        Self { file, base, size, stamp: None, block: self.block }
    }

    /// `None` if the system provides none, or was not asked. That of a part is of this moment: what
    /// is open for long may be changed.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        match self.file {
            Descriptor::Own(_) => self.stamp,
            Descriptor::Part(_) => {
                let (_, stamp) = regular(&self.file).ok()?;
                Some(stamp?.part(self.base, self.size))
            }
        }
    }

    /// Excludes all other writers until [`LocalFile::unlock`].
    #[cfg(unix)]
    pub(super) fn try_lock(&self) -> Result<(), TryLockError> {
        self.file.try_lock()
    }

    /// On other systems a lock would exclude readers as well.
    #[cfg(not(unix))]
    pub(super) fn try_lock(&self) -> Result<(), TryLockError> {
        Err(TryLockError::Error(io::Error::from(ErrorKind::Unsupported)))
    }

    /// Closing our descriptor is not enough: one inherited by a forked child keeps the lock.
    pub(super) fn unlock(&self) {
        self.file.unlock().ok();
    }

    /// Whether the key still names this file.
    #[cfg(unix)]
    pub(super) fn is_at(&self, key: &[u8]) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let own = match self.stamp {
            Some(stamp) => stamp,
            None => Stamp::of(&rustix::fs::fstat(&*self.file)?),
        };
        match std::fs::metadata(path(key)) {
            Ok(now) => Ok(own.is_of(now.dev(), now.ino())),
            Err(error) if absent(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn is_at(&self, _key: &[u8]) -> io::Result<bool> {
        Ok(false)
    }

    /// Whether its file system waits for the disk when it frees a file; see `closing.rs`.
    #[cfg(target_os = "linux")]
    pub(super) fn closes_slowly(&self) -> bool {
        // The number of ext2, ext3 and ext4.
        rustix::fs::fstatfs(&*self.file).is_ok_and(|system| system.f_type == 0xEF53)
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    pub(super) fn closes_slowly(&self) -> bool {
        false
    }

    #[cfg(unix)]
    pub(super) fn descriptor(&self) -> i32 {
        use std::os::fd::AsRawFd;
        self.file.as_raw_fd()
    }

    /// Fills `into` from offset `at`. If the value ends too early, it is damaged: writers replace
    /// whole files, so it was truncated, not replaced.
    pub(crate) fn read(&self, key: &[u8], at: u64, into: &mut [MaybeUninit<u8>]) -> Result<()> {
        if let Some(block) = self.block {
            return direct::read(self, block, key, self.base + at, into);
        }
        let mut done = 0;
        while done < into.len() {
            match self.read_some(self.base + at + done as u64, &mut into[done..]) {
                Ok(0) => return Err(Error::damaged("it ends before the bytes that are needed")),
                Ok(n) => done += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(key)(error)),
            }
        }
        counters::BYTES_READ.add(done as u64);
        Ok(())
    }

    /// Lets the system append some bytes from offset `at` to another file. Returns how many.
    #[cfg(target_os = "linux")]
    pub(super) fn copy_to(&self, to: &File, at: u64, length: u64) -> io::Result<u64> {
        let mut from = self.base + at;
        let most = usize::try_from(length).unwrap_or(usize::MAX);
        let count = rustix::fs::copy_file_range(&*self.file, Some(&mut from), to, None, most)?;
        counters::BYTES_READ.add(count as u64);
        Ok(count as u64)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn copy_to(&self, _to: &File, _at: u64, _length: u64) -> io::Result<u64> {
        Err(io::Error::from(ErrorKind::Unsupported))
    }

    /// The cost of an additional read of few bytes.
    pub(crate) fn read_cost(&self) -> u64 {
        if self.block.is_some() { DIRECT_READ_COST } else { READ_COST }
    }

    #[cfg(unix)]
    pub(super) fn read_some(&self, at: u64, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        let (filled, _) = rustix::io::pread(&*self.file, into, at)?;
        Ok(filled.len())
    }

    #[cfg(not(unix))]
    pub(super) fn read_some(&self, at: u64, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        use std::os::windows::fs::FileExt;
        into.fill(MaybeUninit::new(0));
        // SAFETY: every byte was just initialized.
        let into = unsafe { into.assume_init_mut() };
        self.file.seek_read(into, at)
    }
}

/// Reads a range of a file into a buffer.
pub(crate) fn read_all<'a>(
    file: &LocalFile,
    key: &[u8],
    at: u64,
    length: u64,
    into: &'a mut Vec<u8>,
    opts: &Opts,
) -> Result<&'a [u8]> {
    let length = opts.allow("a stored chunk", length)?;
    if let Some(block) = file.block {
        return direct::window(file, block, key, file.base + at, length, into);
    }
    file.read(key, at, reserve(into, length, "a stored chunk")?)?;
    // SAFETY: the successful read filled all of it.
    unsafe { into.set_len(length) };
    Ok(into)
}
