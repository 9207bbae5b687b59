//! Files that are put together from pieces of other files: encoded chunks that move as they are.

use std::io;

use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::store::local::{self, LocalFile};
use crate::store::output::Output;
use crate::store::replace;
use crate::threads::limits::Limits;
use crate::tuning::{BY_SYSTEM, COPIED_AT_ONCE, OPEN_SOURCES};

/// A piece of a new file.
pub(crate) enum Piece<B> {
    Bytes(B),
    /// Bytes of another file; all from `at` on without a length.
    Part {
        path: Vec<u8>,
        at: u64,
        length: Option<u64>,
        /// The size that the file must have.
        size: Option<u64>,
    },
}

/// The files that pieces come from: the last ones stay open.
#[derive(Default)]
pub(crate) struct Sources(Vec<(Vec<u8>, LocalFile)>);

impl Sources {
    fn of(&mut self, path: &[u8]) -> Result<&LocalFile> {
        let known = self.0.iter().rposition(|(name, _)| name == path);
        let at = if let Some(at) = known {
            at
        } else {
            if self.0.len() == OPEN_SOURCES {
                self.0.remove(0);
            }
            self.0.push((path.to_vec(), opened(path)?));
            self.0.len() - 1
        };
        Ok(&self.0[at].1)
    }
}

/// The same number on all systems.
const ENOENT: i32 = 2;

fn opened(path: &[u8]) -> Result<LocalFile> {
    local::open(path)?.ok_or_else(|| local::failed(path)(io::Error::from_raw_os_error(ENOENT)))
}

/// Stores pieces one after the other in place of a file, or as a new one. Returns its size.
///
/// A reader sees the old or the new file. If the first piece is of a file that is absent, no folder
/// is made.
pub(crate) fn assemble<B: AsRef<[u8]>>(
    path: &[u8],
    pieces: &[Piece<B>],
    sources: &mut Sources,
    opts: &Opts,
    limits: Limits<'_>,
) -> Result<u64> {
    let mut size = 0;
    let mut add = |out: &mut Output<'_>, piece: &Piece<B>, first: Option<&LocalFile>| {
        size += match (piece, first) {
            (Piece::Bytes(bytes), _) => {
                out.write(bytes.as_ref())?;
                bytes.as_ref().len() as u64
            }
            (Piece::Part { path, at, length, size }, first) => {
                let file = if let Some(file) = first { file } else { sources.of(path)? };
                let copied = copy(out, path, file, *at, *length, limits)?;
                let wanted = size.or(length.is_none().then_some(file.size()));
                wanted.map_or(Ok(()), |wanted| check_size(path, file, wanted))?;
                copied
            }
        };
        Ok(())
    };
    // A whole file is the only piece of its copy, so it does not stay open.
    let whole = match pieces {
        [Piece::Part { path, length: None, .. }] => Some(opened(path)?),
        _ => None,
    };
    let fill = |out: &mut Output<'_>| -> Result<()> {
        pieces.iter().try_for_each(|piece| add(out, piece, whole.as_ref()))
    };
    replace::replace(path, fill, opts)?;
    Ok(size)
}

/// A file that became longer or shorter meanwhile may be stored in part.
fn check_size(path: &[u8], file: &LocalFile, wanted: u64) -> Result<()> {
    let size = file.size_now().map_err(local::failed(path))?;
    if size == wanted {
        return Ok(());
    }
    Err(Error::Resized { path: local::path(path).to_owned(), size, wanted })
}

/// Appends a part of a file; large ones are copied by the system, step by step, so that a call can
/// be interrupted.
fn copy(
    out: &mut Output<'_>,
    path: &[u8],
    file: &LocalFile,
    at: u64,
    length: Option<u64>,
    limits: Limits<'_>,
) -> Result<u64> {
    let length = length.unwrap_or_else(|| file.size().saturating_sub(at));
    let stop = at.saturating_add(length);
    let ends_early = || Error::EndsEarly { path: local::path(path).to_owned(), stop };
    if stop > file.size() {
        return Err(ends_early());
    }
    // A file is damaged if it is read as a chunk; this one is not decoded.
    let early = |error| match error {
        Error::DecodeFailed { .. } => ends_early(),
        other => other,
    };
    if length < BY_SYSTEM {
        return out.copy(path, file, at, length).map(|()| length).map_err(early);
    }
    let mut done = 0;
    while done < length {
        limits.check_signals()?;
        let count = COPIED_AT_ONCE.min(length - done);
        out.copy_by_system(path, file, at + done, count).map_err(early)?;
        done += count;
    }
    Ok(length)
}
