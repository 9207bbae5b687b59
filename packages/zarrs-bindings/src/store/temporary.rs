//! Temporary files beside the values that they replace. A lock distinguishes them from leftovers.
//!
//! Other processes remove a leftover if it is old and they can lock it
//! (`zarr.crud._stores.leftovers`). So a writer locks its file for as long as it uses it.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::errors::Result;
#[cfg(unix)]
use crate::store::at_fork::{Remembered, remember};
use crate::store::local::{failed, path};

static TEMPORARIES: AtomicU32 = AtomicU32::new(0);

/// `<name>.<32 hexadecimal digits>.crud.partial`. The digits are process, clock and counter, so
/// that no name equals a leftover of a crashed process with the same number.
fn name_beside(key: &[u8]) -> Vec<u8> {
    let count = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    let mut name = key.to_vec();
    let unique = format!(".{:08x}{clock:016x}{count:08x}.crud.partial", process::id());
    name.extend_from_slice(unique.as_bytes());
    name
}

/// A new file that nobody takes for a leftover until this is dropped.
pub(super) struct Temporary {
    // Fields are dropped in this order.
    #[cfg(unix)]
    remembered: Option<Remembered>,
    file: File,
    name: Vec<u8>,
}

impl Temporary {
    pub(super) fn beside(key: &[u8]) -> Result<Self> {
        loop {
            let name = name_beside(key);
            let file = open_new(key, path(&name))?;
            if let Some(made) = Self::held(file, name) {
                return Ok(made);
            }
        }
    }

    /// Locks a new file. `None` if another process was faster, because a clock is wrong by days.
    /// Where locks are not supported, nobody removes files.
    #[cfg(unix)]
    fn held(file: File, name: Vec<u8>) -> Option<Self> {
        use std::fs::TryLockError;
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::MetadataExt;
        let remembered = match file.try_lock() {
            Ok(()) => Some(remember(file.as_raw_fd())),
            Err(TryLockError::WouldBlock) => return None,
            Err(TryLockError::Error(_)) => None,
        };
        let made = Self { remembered, file, name };
        // Not all file systems count the links of a file.
        let linked = made.file.metadata().is_ok_and(|data| data.nlink() > 0);
        (linked || fs::symlink_metadata(made.path()).is_ok()).then_some(made)
    }

    /// A lock would exclude readers from the file once it is the value.
    #[cfg(not(unix))]
    fn held(file: File, name: Vec<u8>) -> Option<Self> {
        Some(Self { file, name })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        path(&self.name)
    }
}

#[cfg(unix)]
impl Drop for Temporary {
    fn drop(&mut self) {
        // Closing is not enough: a forked child may have a copy.
        if self.remembered.take().is_some() {
            self.file.unlock().ok();
        }
    }
}

fn open_new(key: &[u8], name: &Path) -> Result<File> {
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

#[cfg(test)]
mod tests {
    use super::name_beside;

    /// Catches a name that the removal of leftovers does not recognize, or a repeated one.
    #[test]
    fn names_are_those_of_leftovers() {
        let names: Vec<_> =
            (0..3).map(|_| String::from_utf8(name_beside(b"c/0")).unwrap_or_default()).collect();
        for name in &names {
            let digits = name.strip_prefix("c/0.").and_then(|n| n.strip_suffix(".crud.partial"));
            let digits = digits.unwrap_or_default();
            assert!(digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
        }
        assert!(names[0] != names[1] && names[1] != names[2]);
    }
}
