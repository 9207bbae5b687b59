//! Files of a local store. Every call to the operating system is here.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::counters;
use crate::errors::{Error, Result};

/// An open chunk or shard.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: File,
    size: u64,
}

#[cfg(unix)]
pub(crate) fn path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(bytes))
}

/// Keys and roots outside Unix are checked to be UTF-8 where they enter.
#[cfg(not(unix))]
pub(crate) fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::new(std::str::from_utf8(bytes).unwrap_or("\0")))
}

fn failed(key: &[u8]) -> impl Fn(io::Error) -> Error {
    move |source| Error::Os { source, path: PathBuf::from(path(key)) }
}

/// A parent that is a file holds no chunks: absent, as in zarr-python.
fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Opens a value; `None` when there is none. Anything but a regular file is an error.
pub(crate) fn open(key: &[u8]) -> Result<Option<LocalFile>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO must not make us wait for its writer.
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = match options.open(path(key)) {
        Ok(file) => file,
        Err(error) if absent(&error) => return Ok(None),
        Err(error) => return Err(failed(key)(error)),
    };
    let size = regular_size(&file).map_err(failed(key))?;
    Ok(Some(LocalFile { file, size }))
}

#[cfg(unix)]
fn regular_size(file: &File) -> io::Result<u64> {
    use std::os::fd::AsRawFd;
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the descriptor is open and `stat` has room for the answer.
    if unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: filled by the successful call.
    let stat = unsafe { stat.assume_init() };
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => Ok(stat.st_size as u64),
        libc::S_IFDIR => Err(io::Error::from_raw_os_error(libc::EISDIR)),
        _ => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    }
}

#[cfg(not(unix))]
fn regular_size(file: &File) -> io::Result<u64> {
    let data = file.metadata()?;
    if data.is_file() { Ok(data.len()) } else { Err(io::Error::from(ErrorKind::IsADirectory)) }
}

impl LocalFile {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Fills `into` from offset `at`. A value that ends before is damaged: it was replaced by
    /// nobody, since writers replace files whole, but cut short.
    pub(crate) fn read(&self, key: &[u8], at: u64, into: &mut [MaybeUninit<u8>]) -> Result<()> {
        let mut done = 0;
        while done < into.len() {
            match self.read_some(at + done as u64, &mut into[done..]) {
                Ok(0) => return Err(Error::damaged("it ends before the bytes that are needed")),
                Ok(n) => done += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(key)(error)),
            }
        }
        counters::BYTES_READ.add(done as u64);
        Ok(())
    }

    #[cfg(unix)]
    fn read_some(&self, at: u64, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        use std::os::fd::AsRawFd;
        let at = libc::off_t::try_from(at).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        // SAFETY: the buffer is writable for its length; the kernel only writes to it.
        let got =
            unsafe { libc::pread(self.file.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), at) };
        usize::try_from(got).map_err(|_| io::Error::last_os_error())
    }

    #[cfg(not(unix))]
    fn read_some(&self, at: u64, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        use std::os::windows::fs::FileExt;
        into.fill(MaybeUninit::new(0));
        // SAFETY: every byte was just initialised.
        let into = unsafe { into.assume_init_mut() };
        self.file.seek_read(into, at)
    }
}

static TEMPORARIES: AtomicU64 = AtomicU64::new(0);

/// `<name>.<unique hex>.partial`: process, counter and clock, so that a leftover of a crashed
/// process with the same number is not met again.
fn temporary(key: &[u8]) -> Vec<u8> {
    let count = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    let mut name = key.to_vec();
    name.extend_from_slice(format!(".{:x}{clock:x}{count:x}.partial", process::id()).as_bytes());
    name
}

/// Replaces a value whole: readers, hard links and open files keep the old bytes.
pub(crate) fn replace(key: &[u8], value: &[u8]) -> Result<()> {
    let name = temporary(key);
    let mut file = create(key, path(&name))?;
    let written = file.write_all(value).and_then(|()| fs::rename(path(&name), path(key)));
    if let Err(error) = written {
        drop(file);
        // The first error is the one to tell; a temporary that stays harms nobody.
        fs::remove_file(path(&name)).ok();
        return Err(failed(key)(error));
    }
    counters::BYTES_WRITTEN.add(value.len() as u64);
    Ok(())
}

fn create(key: &[u8], name: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match options.open(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = name.parent().unwrap_or(name);
            fs::create_dir_all(parent).map_err(failed(key))?;
            options.open(name).map_err(failed(key))
        }
        other => other.map_err(failed(key)),
    }
}

/// Deletes a value; one that is absent is fine.
pub(crate) fn delete(key: &[u8]) -> Result<()> {
    match fs::remove_file(path(key)) {
        Err(error) if !absent(&error) => Err(failed(key)(error)),
        _ => Ok(()),
    }
}
