//! The folder of the value opened last: the next one is found below it without the whole path.

use crate::errors::Result;
use crate::store::local::{self, LocalFile};

/// An open folder, if the system has such a thing. Values that are opened in the order of their keys
/// are mostly in the same one.
#[derive(Default)]
pub(crate) struct Folder {
    #[cfg(unix)]
    open: Option<(Vec<u8>, rustix::fd::OwnedFd)>,
}

impl Folder {
    /// Like [`local::open_sized`], with the page cache.
    pub(crate) fn open(&mut self, key: &[u8], expected: Option<u64>) -> Result<Option<LocalFile>> {
        #[cfg(unix)]
        if let Some(file) = self.find(key) {
            return local::opened(file, key, expected, false).map(Some);
        }
        // Whatever is wrong, the whole path has the error.
        local::open_sized(key, expected, false)
    }

    #[cfg(unix)]
    fn find(&mut self, key: &[u8]) -> Option<std::fs::File> {
        use rustix::fs::{Mode, OFlags, openat};
        let (folder, name) = key.split_at(key.iter().rposition(|byte| *byte == b'/')? + 1);
        if self.open.as_ref().is_none_or(|(path, _)| path != folder) {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let found = rustix::fs::open(local::path(folder), flags, Mode::empty()).ok()?;
            self.open = Some((folder.to_vec(), found));
        }
        let (_, folder) = self.open.as_ref()?;
        // Do not wait for the writer of a FIFO.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        openat(folder, local::path(name), flags, Mode::empty()).ok().map(Into::into)
    }
}
