//! Closes files that were replaced or deleted on a thread of its own, where that may take long.
//!
//! The last `close` of a file without a name frees it. ext4 waits there until what of the file is on
//! the way to the disk has arrived: milliseconds, if it was written just before.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rustix::process::{Resource, getrlimit};

use crate::per_process::PerProcess;
use crate::store::at_fork::Remembered;
use crate::store::local::LocalFile;
use crate::tuning::{CLOSED_LATER, CLOSED_LATER_BYTES, CLOSED_LATER_SHARE};

/// A file, and its place in the list of those that a forked child closes.
struct Closing {
    // Fields are dropped in this order.
    _remembered: Remembered,
    _file: LocalFile,
}

/// Where a thread waits for files; `None` if the system has no thread for us.
static CLOSER: PerProcess<Option<SyncSender<Closing>>> = PerProcess::new();

/// Closes a file, now or soon. A child that is forked meanwhile closes its copy at once; a file of
/// which it would keep a copy is closed now. So is a large one: until then it takes space on the
/// disk, which the next write may need.
pub(super) fn close(remembered: Option<Remembered>, file: LocalFile) {
    let Some(remembered) = remembered.filter(Remembered::is_kept) else { return };
    if file.size() > CLOSED_LATER_BYTES || !file.closes_slowly() {
        return;
    }
    if let Some(closer) = CLOSER.get(|_| start()) {
        // What there is no room for comes back, and is closed here.
        closer.try_send(Closing { _remembered: remembered, _file: file }).ok();
    }
}

fn start() -> Option<SyncSender<Closing>> {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = CLOSED_LATER.min((allowed / CLOSED_LATER_SHARE) as usize);
    let (files, closing) = sync_channel::<Closing>(most);
    let thread = thread::Builder::new().name("zarrs-closing".to_owned());
    thread.spawn(move || closing.into_iter().for_each(drop)).ok().map(|_| files)
}
