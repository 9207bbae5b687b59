//! Our thread pool, made anew in a forked child.

use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{Error, Result};

struct Owned {
    pid: u32,
    pool: ThreadPool,
}

static POOL: AtomicPtr<Owned> = AtomicPtr::new(ptr::null_mut());

/// The pool of this process. A pool inherited through fork has no threads: it is left behind.
pub(crate) fn pool() -> Result<&'static ThreadPool> {
    let pid = process::id();
    loop {
        let held = POOL.load(Ordering::Acquire);
        // SAFETY: a published pool is never freed.
        if let Some(owned) = unsafe { held.as_ref() }
            && owned.pid == pid
        {
            return Ok(&owned.pool);
        }
        let pool = ThreadPoolBuilder::new()
            .thread_name(|i| format!("zarrs-bindings-{i}"))
            .build()
            .map_err(|e| Error::Internal(format!("the thread pool cannot be started: {e}")))?;
        let fresh = Box::into_raw(Box::new(Owned { pid, pool }));
        let swap = POOL.compare_exchange(held, fresh, Ordering::AcqRel, Ordering::Acquire);
        if swap.is_err() {
            // SAFETY: `fresh` was not published, so it is still ours.
            drop(unsafe { Box::from_raw(fresh) });
        }
    }
}
