//! Replaces whole files of a local store: readers, hard links and open files keep the old bytes.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::counters;
use crate::errors::{Error, Result};
use crate::options::{Locking, Opts};
use crate::store::local::{absent, failed, path};
use crate::store::output::Output;
use crate::store::temporary::Temporary;

/// Creates or replaces a value.
pub(crate) fn replace(
    key: &[u8],
    value: impl FnOnce(&mut Output<'_>) -> Result<()>,
    opts: &Opts,
) -> Result<()> {
    write(key, value, opts, |name| fs::rename(name, path(key)))
}

/// Creates a value; `false` if another writer created it meanwhile.
pub(crate) fn create(
    key: &[u8],
    value: impl FnOnce(&mut Output<'_>) -> Result<()>,
    opts: &Opts,
) -> Result<bool> {
    if opts.locking == Locking::Threads {
        return replace(key, value, opts).map(|()| true);
    }
    write(key, value, opts, |name| match place(name, path(key)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && dangles(path(key)) => {
            fs::rename(name, path(key)).map(|()| true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(name).ok();
            Ok(false)
        }
        Err(error) if opts.locking == Locking::Auto && without_links(&error) => {
            fs::rename(name, path(key)).map(|()| true)
        }
        other => other.map(|()| true),
    })
}

/// Deletes a value; no error if it is absent.
pub(crate) fn delete(key: &[u8]) -> Result<()> {
    counters::CHUNKS_DELETED.add(1);
    match fs::remove_file(path(key)) {
        Err(error) if !absent(&error) => Err(failed(key)(error)),
        _ => Ok(()),
    }
}

/// Writes a temporary file and moves it into place.
fn write<T>(
    key: &[u8],
    value: impl FnOnce(&mut Output<'_>) -> Result<()>,
    opts: &Opts,
    place: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T> {
    let temporary = Temporary::beside(key)?;
    let output = Output::new(temporary.file(), key, opts.direct_io);
    let filled = output.and_then(|mut output| {
        value(&mut output)?;
        output.finish()
    });
    let written = filled.and_then(|bytes| {
        if opts.fsync {
            temporary.file().sync_all().map_err(failed(key))?;
        }
        Ok((place(temporary.path()).map_err(failed(key))?, bytes))
    });
    let (placed, bytes) = written.inspect_err(|_| {
        // Report the first error; a temporary file that stays is a leftover.
        fs::remove_file(temporary.path()).ok();
    })?;
    counters::BYTES_WRITTEN.add(bytes);
    Ok(placed)
}

/// Renames a file, unless the new name exists.
#[cfg(target_os = "linux")]
fn place(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let Err(error) = renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) else {
        return Ok(());
    };
    let error = io::Error::from(error);
    // Not all file systems support the flag.
    if error.kind() == ErrorKind::InvalidInput || without_links(&error) {
        return link(from, to);
    }
    Err(error)
}

#[cfg(not(target_os = "linux"))]
fn place(from: &Path, to: &Path) -> io::Result<()> {
    link(from, to)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    // A second name for the new value does no harm.
    fs::remove_file(from).ok();
    Ok(())
}

fn without_links(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied)
}

/// A dangling symbolic link is not a value, but it occupies the name.
fn dangles(name: &Path) -> bool {
    fs::symlink_metadata(name).is_ok_and(|data| data.is_symlink())
        && fs::metadata(name).is_err_and(|error| absent(&error))
}

/// Synchronizes the entries of a folder to disk. An absent folder has none.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(source) if !absent(&source) => Err(Error::Os { source, path: PathBuf::from(folder) }),
        _ => Ok(()),
    }
}

/// Other systems cannot open folders, and keep the order of their journal.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}
