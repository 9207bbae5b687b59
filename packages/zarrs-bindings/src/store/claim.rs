//! Claims the file of a chunk for one writer among all processes of a machine.
//!
//! Files are replaced, never changed in place. So a writer locks the file that it will replace: the
//! lock counts while the key names that file, and leaves nothing behind. An absent value is not
//! locked: it is created by a call that fails if another writer created it first.

#![expect(unsafe_code, reason = "moves a file out of what is dropped")]

use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::mem::ManuallyDrop;
use std::thread;
use std::time::Instant;

#[cfg(unix)]
use rustix::io::Errno;

use crate::errors::{Error, Result};
use crate::options::{Locking, Opts};
#[cfg(unix)]
use crate::store::at_fork::{Remembered, remember};
#[cfg(unix)]
use crate::store::closing;
use crate::store::local::{self, LocalFile, failed};
use crate::tuning::{LONGEST_PAUSE, SHORTEST_PAUSE, SIGNAL_INTERVAL};

/// What a writer finds at a key.
pub(crate) enum Found {
    Absent,
    File(Claim),
    /// Not readable, or not a file: only a writer that keeps none of it may proceed.
    Unreadable,
    /// Another writer holds it: try again.
    Busy,
}

/// A file that no other claimant replaces until this is dropped.
pub(crate) struct Claim {
    #[cfg(unix)]
    remembered: Option<Remembered>,
    locked: bool,
    later: bool,
    file: ManuallyDrop<LocalFile>,
}

impl Claim {
    pub(crate) fn file(&self) -> &LocalFile {
        &self.file
    }

    /// Lets the file be closed after this is dropped, if that may take long; see `closing.rs`.
    pub(crate) fn close_later(&mut self) {
        self.later = true;
    }

    fn unlocked(file: LocalFile) -> Self {
        Self {
            #[cfg(unix)]
            remembered: None,
            locked: false,
            later: false,
            file: ManuallyDrop::new(file),
        }
    }

    fn locked(file: LocalFile) -> Self {
        Self {
            #[cfg(unix)]
            remembered: Some(remember(file.descriptor())),
            locked: true,
            later: false,
            file: ManuallyDrop::new(file),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.locked {
            self.file.unlock();
        }
        // SAFETY: nothing uses it afterwards.
        let file = unsafe { ManuallyDrop::take(&mut self.file) };
        #[cfg(unix)]
        if self.later {
            return closing::close(self.remembered.take(), file);
        }
        #[cfg(unix)]
        drop(self.remembered.take());
        drop(file);
    }
}

/// Opens and claims the value of a key. Never waits.
pub(crate) fn find(key: &[u8], opts: &Opts, keep: bool) -> Result<Found> {
    let (locking, direct) = (opts.locking, opts.direct_io && keep);
    if locking == Locking::Threads && !keep {
        return Ok(Found::Unreadable);
    }
    let file = match local::open_sized(key, None, direct) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Found::Absent),
        Err(Error::Os { .. }) if !keep => return Ok(Found::Unreadable),
        Err(error) => return Err(error),
    };
    if locking == Locking::Threads {
        return Ok(Found::File(Claim::unlocked(file)));
    }
    match file.try_lock() {
        Err(TryLockError::Error(error)) if needs_write(&error) => {
            claim_for_writing(key, file, (locking, direct))
        }
        outcome => claimed(key, file, outcome, locking),
    }
}

/// Like [`find`], but waits for other writers. Calls `interrupted` at intervals.
pub(crate) fn wait(
    key: &[u8],
    opts: &Opts,
    keep: bool,
    interrupted: &dyn Fn() -> Result<()>,
) -> Result<Found> {
    let mut pause = SHORTEST_PAUSE;
    let mut looked = Instant::now();
    loop {
        match find(key, opts, keep)? {
            Found::Busy => {}
            found => return Ok(found),
        }
        thread::sleep(pause);
        pause = LONGEST_PAUSE.min(pause * 2);
        if looked.elapsed() > SIGNAL_INTERVAL {
            interrupted()?;
            looked = Instant::now();
        }
    }
}

/// Network file systems only lock files that are open for writing.
fn claim_for_writing(
    key: &[u8],
    readable: LocalFile,
    (locking, direct): (Locking, bool),
) -> Result<Found> {
    match local::open_to_lock(key, direct) {
        Ok(Some(file)) => {
            let outcome = file.try_lock();
            claimed(key, file, outcome, locking)
        }
        Ok(None) => Ok(Found::Absent),
        Err(Error::Os { .. }) if locking == Locking::Auto => {
            Ok(Found::File(Claim::unlocked(readable)))
        }
        Err(error) => Err(error),
    }
}

fn claimed(
    key: &[u8],
    file: LocalFile,
    outcome: Result<(), TryLockError>,
    locking: Locking,
) -> Result<Found> {
    match outcome {
        Ok(()) => {
            let claim = Claim::locked(file);
            let current = claim.file.is_at(key).map_err(failed(key))?;
            // If the file was replaced while we opened it, a lock on the old file is useless.
            Ok(if current { Found::File(claim) } else { Found::Busy })
        }
        Err(TryLockError::WouldBlock) => Ok(Found::Busy),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {
            Ok(Found::Busy)
        }
        Err(TryLockError::Error(error)) if locking == Locking::Auto && without_locks(&error) => {
            Ok(Found::File(Claim::unlocked(file)))
        }
        Err(TryLockError::Error(error)) => Err(failed(key)(error)),
    }
}

#[cfg(unix)]
fn needs_write(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::BADF)
}

#[cfg(unix)]
fn without_locks(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL | Errno::BADF)
    )
}

#[cfg(not(unix))]
fn needs_write(_: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
fn without_locks(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Unsupported
}
