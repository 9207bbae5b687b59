//! Our thread pools, made anew in a forked child.

use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{Error, Result};

/// Threads for each core where jobs wait more than they work. Where they work, as compressors do
/// that fill a core's cache, more threads than cores slow each other down.
const WAITING_PER_CORE: usize = 4;

struct Owned {
    pid: u32,
    pool: ThreadPool,
}

type Slot = AtomicPtr<Owned>;

static POOL: Slot = AtomicPtr::new(ptr::null_mut());
static WAITING: Slot = AtomicPtr::new(ptr::null_mut());

/// The pool of this process, with a thread for each core.
pub(crate) fn pool() -> Result<&'static ThreadPool> {
    kept(&POOL, ThreadPoolBuilder::new)
}

/// The pool for jobs that wait more than they work.
pub(crate) fn waiting() -> Result<&'static ThreadPool> {
    let threads = WAITING_PER_CORE * pool()?.current_num_threads();
    kept(&WAITING, || ThreadPoolBuilder::new().num_threads(threads))
}

/// A pool inherited through fork has no threads: it is left behind.
fn kept(slot: &Slot, builder: impl Fn() -> ThreadPoolBuilder) -> Result<&'static ThreadPool> {
    let pid = process::id();
    loop {
        let held = slot.load(Ordering::Acquire);
        // SAFETY: a published pool is never freed.
        if let Some(owned) = unsafe { held.as_ref() }
            && owned.pid == pid
        {
            return Ok(&owned.pool);
        }
        let pool = builder()
            .thread_name(|i| format!("zarrs-bindings-{i}"))
            .build()
            .map_err(|e| Error::Internal(format!("the thread pool cannot be started: {e}")))?;
        let fresh = Box::into_raw(Box::new(Owned { pid, pool }));
        let swap = slot.compare_exchange(held, fresh, Ordering::AcqRel, Ordering::Acquire);
        if swap.is_err() {
            // SAFETY: `fresh` was not published, so it is still ours.
            drop(unsafe { Box::from_raw(fresh) });
        }
    }
}
