//! Distinguishes a file, as it was when opened, from all others and from itself after a change.

use std::time::Duration;

/// Unlike the modification time of the data, nobody can set the inode's change time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    #[cfg(unix)]
    #[expect(clippy::unnecessary_cast, reason = "the types differ between systems")]
    pub(super) fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }

    /// Time of the last change of any kind, since the epoch; `None` if it was before.
    pub(crate) fn changed(&self) -> Option<Duration> {
        let (seconds, nanos) = self.modified.max(self.changed);
        Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanos).ok()?))
    }

    #[cfg(test)]
    pub(crate) fn at(modified: Duration, changed: Duration) -> Self {
        let pair = |time: Duration| (time.as_secs() as i64, i64::from(time.subsec_nanos()));
        let (modified, changed) = (pair(modified), pair(changed));
        Self { device: 0, inode: 0, size: 0, modified, changed }
    }
}
