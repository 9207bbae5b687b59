//! Distinguishes a file, as it was when opened, from all others and from itself after a change.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// File times may be as coarse as two seconds, and a file that is changed twice within one step
/// looks the same after the second change. So a file must be unchanged for longer than that.
const AT_REST: Duration = Duration::from_secs(3);

/// Unlike the modification time of the data, nobody can set the inode's change time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Where a part begins; 0 for all of the file.
    part: u64,
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
            part: 0,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }

    /// The stamp of a part of the file.
    pub(super) fn part(self, at: u64, size: u64) -> Self {
        Self { part: at, size, ..self }
    }

    /// Whether it is of the file with this number.
    pub(crate) fn is_of(&self, device: u64, inode: u64) -> bool {
        (self.device, self.inode) == (device, inode)
    }

    /// Time of the last change of any kind, since the epoch; `None` if it was before.
    pub(crate) fn changed(&self) -> Option<Duration> {
        let (seconds, nanos) = self.modified.max(self.changed);
        Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanos).ok()?))
    }

    /// Whether a later change of the file must show in its times.
    pub(crate) fn is_at_rest(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.changed().is_some_and(|changed| changed + AT_REST < now)
    }

    #[cfg(test)]
    pub(crate) fn at(modified: Duration, changed: Duration) -> Self {
        let pair = |time: Duration| (time.as_secs() as i64, i64::from(time.subsec_nanos()));
        let (modified, changed) = (pair(modified), pair(changed));
        Self { device: 0, inode: 0, size: 0, part: 0, modified, changed }
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_REST, Stamp};
    use std::time::{Duration, UNIX_EPOCH};

    /// Catches a file that is trusted although it can still change within its time step.
    #[test]
    fn a_file_that_was_just_changed_is_not_at_rest() {
        let second = Duration::from_secs(1);
        let (old, just) = (1000 * second, 1001 * second);
        let now = UNIX_EPOCH + old + AT_REST + second / 2;
        let is_at_rest = |modified, changed| Stamp::at(modified, changed).is_at_rest(now);
        assert!(is_at_rest(old, old) && !is_at_rest(old, just) && !is_at_rest(just, old));
        let ahead = 2 * old;
        assert!(!is_at_rest(ahead, ahead) && !is_at_rest(old, ahead));
    }

    /// Catches a file that counts as unchanged because only one of its two times is used.
    #[test]
    fn the_last_change_is_the_later_of_both_times() {
        let (old, new) = (Duration::from_secs(7), Duration::new(7, 1));
        for (modified, changed) in [(old, new), (new, old), (new, new)] {
            assert_eq!(Stamp::at(modified, changed).changed(), Some(new));
        }
    }

    /// Catches a time before the epoch that becomes one far in the future.
    #[test]
    fn a_time_before_the_epoch_is_none() {
        let before = Stamp { modified: (-1, 0), changed: (-2, 5), ..Stamp::at(OLD, OLD) };
        assert_eq!(before.changed(), None);
    }

    const OLD: Duration = Duration::ZERO;

    /// Catches a replaced or changed file that counts as the same.
    #[cfg(unix)]
    #[test]
    fn a_file_differs_from_its_successor_and_from_itself_after_a_change() {
        let path = std::env::temp_dir().join(format!("stamp-{}", std::process::id()));
        let stamp = |bytes: &[u8]| {
            std::fs::write(&path, bytes).ok()?;
            let file = std::fs::File::open(&path).ok()?;
            let stamp = Stamp::of(&rustix::fs::fstat(&file).ok()?);
            Some((stamp, file.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?))
        };
        let (first, second) = (stamp(b"one"), stamp(b"three"));
        std::fs::remove_file(&path).ok();
        assert!(first.is_some_and(|(stamp, modified)| stamp.changed() >= Some(modified)));
        assert_ne!(first.map(|(stamp, _)| stamp), second.map(|(stamp, _)| stamp));
        assert_eq!(second.map(|(stamp, _)| stamp.size), Some(5));
        let file = second.map_or(Stamp::at(OLD, OLD), |(stamp, _)| stamp);
        let parts = [file, file.part(1, 2), file.part(1, 3), file.part(2, 2)];
        assert!((0..4).all(|i| (0..i).all(|j| parts[i] != parts[j])));
        assert!(file.is_of(file.device, file.inode));
        assert!(
            !file.is_of(file.device, file.inode + 1) && !file.is_of(file.device + 1, file.inode)
        );
    }
}
