//! Opening files of a local store.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::errors::{Error, Result};
use crate::store::direct::{self, Block};
pub(crate) use crate::store::local_file::{LocalFile, read_all};
pub(crate) use crate::store::stamp::Stamp;

#[cfg(unix)]
pub(crate) fn path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(bytes))
}

/// Outside Unix, keys and roots are checked to be UTF-8 when they are passed in.
#[cfg(not(unix))]
pub(crate) fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::new(std::str::from_utf8(bytes).unwrap_or("\0")))
}

pub(crate) fn failed(key: &[u8]) -> impl Fn(io::Error) -> Error {
    move |source| Error::Os { source, path: PathBuf::from(path(key)) }
}

/// If a parent is a file, the value is absent, as in zarr-python.
pub(super) fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Opens a value; `None` if it is absent. Anything but a regular file is an error.
pub(crate) fn open(key: &[u8]) -> Result<Option<LocalFile>> {
    open_sized(key, None, false)
}

/// Like [`open`], but cheaper if the value has the expected size, and perhaps to be read without the
/// page cache.
pub(crate) fn open_sized(
    key: &[u8],
    expected: Option<u64>,
    direct: bool,
) -> Result<Option<LocalFile>> {
    open_for(key, OpenOptions::new().read(true), expected, direct)
}

/// Like [`open`], but in a mode in which network file systems allow locks.
pub(super) fn open_to_lock(key: &[u8], direct: bool) -> Result<Option<LocalFile>> {
    open_for(key, OpenOptions::new().read(true).write(true), None, direct)
}

fn open_for(
    key: &[u8],
    options: &mut OpenOptions,
    expected: Option<u64>,
    direct: bool,
) -> Result<Option<LocalFile>> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flag = if direct { direct::flag().ok_or_else(|| direct::refused(key))? } else { 0 };
        // Do not wait for the writer of a FIFO.
        options.custom_flags(OFlags::NONBLOCK.bits() as i32 | flag);
    }
    let file = match options.open(path(key)) {
        Ok(file) => file,
        Err(error) if absent(&error) => return Ok(None),
        Err(error) if direct && direct::is_refusal(&error) => {
            // What is no regular file has an error of its own.
            let found = open_for(key, options, expected, false)?;
            return found.map_or(Ok(None), |_| Err(direct::refused(key)));
        }
        Err(error) => return Err(failed(key)(error)),
    };
    opened(file, key, expected, direct).map(Some)
}

/// A value whose file is open.
pub(super) fn opened(
    file: File,
    key: &[u8],
    expected: Option<u64>,
    direct: bool,
) -> Result<LocalFile> {
    let (size, stamp) = match expected {
        Some(size) if ends_at(&file, size) => (size, None),
        _ => regular(&file).map_err(failed(key))?,
    };
    let block = if direct { Some(Block::of(&file, key)?) } else { None };
    Ok(LocalFile::new(file, size, stamp, block))
}

/// Whether the file has this size. A directory may pass, but reading it fails.
#[cfg(unix)]
fn ends_at(file: &File, size: u64) -> bool {
    // Nobody uses the position of the file.
    size > 0 && rustix::fs::seek(file, rustix::fs::SeekFrom::End(0)) == Ok(size)
}

#[cfg(not(unix))]
fn ends_at(_: &File, _: u64) -> bool {
    false
}

/// The size and the stamp of a regular file; an error for anything else.
#[cfg(unix)]
pub(super) fn regular(file: &File) -> io::Result<(u64, Option<Stamp>)> {
    use rustix::fs::{FileType, fstat};
    use rustix::io::Errno;
    let stat = fstat(file)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok((stat.st_size as u64, Some(Stamp::of(&stat)))),
        FileType::Directory => Err(Errno::ISDIR.into()),
        _ => Err(Errno::INVAL.into()),
    }
}

#[cfg(not(unix))]
pub(super) fn regular(file: &File) -> io::Result<(u64, Option<Stamp>)> {
    let data = file.metadata()?;
    if data.is_file() {
        Ok((data.len(), None))
    } else {
        Err(io::Error::from(ErrorKind::IsADirectory))
    }
}
