//! Locks on keys, held while their values are read, changed and replaced.

use std::collections::HashSet;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::errors::Result;

/// How often the calling thread looks for a signal.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// The keys in use, by their hash. Exact keys and not stripes: a store that writes through us
/// to another store must not meet its own stripe.
struct Table {
    pid: u32,
    held: Mutex<HashSet<u64>>,
    released: Condvar,
}

static TABLE: AtomicPtr<Table> = AtomicPtr::new(ptr::null_mut());

/// The table of this process; in a forked child, holders of the parent's table do not exist.
fn table() -> &'static Table {
    let pid = process::id();
    loop {
        let held = TABLE.load(Ordering::Acquire);
        // SAFETY: a published table is never freed.
        if let Some(table) = unsafe { held.as_ref() }
            && table.pid == pid
        {
            return table;
        }
        let fresh = Box::into_raw(Box::new(Table {
            pid,
            held: Mutex::new(HashSet::new()),
            released: Condvar::new(),
        }));
        let swap = TABLE.compare_exchange(held, fresh, Ordering::AcqRel, Ordering::Acquire);
        if swap.is_err() {
            // SAFETY: `fresh` was not published, so it is still ours.
            drop(unsafe { Box::from_raw(fresh) });
        }
    }
}

/// Keys that are ours until this is dropped.
pub(crate) struct Guard {
    keys: Vec<u64>,
}

/// Waits until none of the keys is in use and takes all at once, so that no two callers wait
/// for each other. Must be called detached from the interpreter; `interrupted` is asked now and
/// then.
pub(crate) fn acquire(mut keys: Vec<u64>, interrupted: &dyn Fn() -> Result<()>) -> Result<Guard> {
    keys.sort_unstable();
    keys.dedup();
    let table = table();
    let mut held = table.held.lock().unwrap_or_else(PoisonError::into_inner);
    while keys.iter().any(|key| held.contains(key)) {
        let waited = table.released.wait_timeout(held, SIGNAL_INTERVAL);
        let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        held = again;
        if timeout.timed_out() {
            // Asking attaches to the interpreter, which a holder of the table must not wait for.
            drop(held);
            interrupted()?;
            held = table.held.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
    held.extend(&keys);
    Ok(Guard { keys })
}

impl Drop for Guard {
    fn drop(&mut self) {
        let table = table();
        let mut held = table.held.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            held.remove(key);
        }
        drop(held);
        table.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::acquire;
    use crate::errors::Error;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Catches two holders of one key, and a deadlock between overlapping sets of keys.
    #[test]
    fn overlapping_sets_exclude_each_other() {
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for set in [vec![1, 2], vec![2, 1, 2], vec![3, 2]] {
                let inside = &inside;
                scope.spawn(move || {
                    for _ in 0..1000 {
                        let guard = acquire(set.clone(), &|| Ok(()));
                        assert!(guard.is_ok());
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(guard);
                    }
                });
            }
        });
    }

    /// Catches a wait that a signal cannot end.
    #[test]
    fn a_wait_is_interrupted() {
        let held = acquire(vec![7], &|| Ok(()));
        let stopped = acquire(vec![7], &|| Err(Error::Internal("stop".into())));
        assert!(stopped.is_err());
        drop(held);
        assert!(acquire(vec![7], &|| Ok(())).is_ok());
    }
}
