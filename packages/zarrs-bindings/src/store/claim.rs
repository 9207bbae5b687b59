//! The file of a chunk, claimed by one writer among all processes of a machine.
//!
//! Values are replaced and never changed, so the lock of the file that is to be replaced serves:
//! it counts for as long as the key names that file, and it leaves nothing behind. A value that
//! is absent is not locked: it is made in a way that fails where somebody else was first.

use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::thread;
use std::time::Instant;

use crate::errors::{Error, Result};
use crate::options::Locking;
#[cfg(unix)]
use crate::store::at_fork::{Remembered, remember};
use crate::store::local::{self, LocalFile, failed};
use crate::tuning::{LONGEST_PAUSE, SHORTEST_PAUSE, SIGNAL_INTERVAL};

/// What a writer finds under a key.
pub(crate) enum Found {
    Absent,
    File(Claim),
    /// Something that cannot be read or is no file: only a writer who keeps none of it goes on.
    Unreadable,
    /// Another writer is at work on it: ask anew.
    Busy,
}

/// A file that no other claimant replaces until this is dropped.
pub(crate) struct Claim {
    // Fields are dropped in this order.
    #[cfg(unix)]
    remembered: Option<Remembered>,
    locked: bool,
    file: LocalFile,
}

impl Claim {
    pub(crate) fn file(&self) -> &LocalFile {
        &self.file
    }

    fn unlocked(file: LocalFile) -> Self {
        Self {
            #[cfg(unix)]
            remembered: None,
            locked: false,
            file,
        }
    }

    fn locked(file: LocalFile) -> Self {
        Self {
            #[cfg(unix)]
            remembered: Some(remember(file.descriptor())),
            locked: true,
            file,
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        #[cfg(unix)]
        drop(self.remembered.take());
        if self.locked {
            self.file.unlock();
        }
    }
}

/// Opens what is stored under a key, and claims it. Never waits.
pub(crate) fn find(key: &[u8], locking: Locking, keep: bool) -> Result<Found> {
    if locking == Locking::Threads && !keep {
        return Ok(Found::Unreadable);
    }
    let file = match local::open(key) {
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
            claim_for_writing(key, file, locking)
        }
        outcome => claimed(key, file, outcome, locking),
    }
}

/// The same, and waits while another writer is at work. `interrupted` is asked now and then.
pub(crate) fn wait(
    key: &[u8],
    locking: Locking,
    keep: bool,
    interrupted: &dyn Fn() -> Result<()>,
) -> Result<Found> {
    let mut pause = SHORTEST_PAUSE;
    let mut looked = Instant::now();
    loop {
        match find(key, locking, keep)? {
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

/// Network file systems lock only what is open for writing.
fn claim_for_writing(key: &[u8], readable: LocalFile, locking: Locking) -> Result<Found> {
    match local::open_to_lock(key) {
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
            // Replaced while we opened it: the lock of the old file is worth nothing.
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
    error.raw_os_error() == Some(libc::EBADF)
}

#[cfg(unix)]
fn without_locks(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENOLCK | libc::ENOTSUP | libc::ENOSYS | libc::EINVAL | libc::EBADF)
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
