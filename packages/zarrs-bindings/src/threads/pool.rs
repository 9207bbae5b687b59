//! Our thread pools, created again in a forked child.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::{Error, Result};
use crate::per_process::PerProcess;
use crate::tuning::WAITING_PER_CORE;

static POOL: PerProcess<ThreadPool> = PerProcess::new();
static WAITING: PerProcess<ThreadPool> = PerProcess::new();

/// The pool of this process, with a thread for each core.
pub(crate) fn pool() -> Result<&'static ThreadPool> {
    kept(&POOL, ThreadPoolBuilder::new)
}

/// The pool for jobs that mostly wait.
pub(crate) fn waiting() -> Result<&'static ThreadPool> {
    let threads = WAITING_PER_CORE * pool()?.current_num_threads();
    kept(&WAITING, || ThreadPoolBuilder::new().num_threads(threads))
}

/// A pool inherited through fork has no threads.
fn kept(
    pool: &'static PerProcess<ThreadPool>,
    builder: impl Fn() -> ThreadPoolBuilder,
) -> Result<&'static ThreadPool> {
    pool.try_get(|_| {
        builder()
            .thread_name(|i| format!("zarrs-bindings-{i}"))
            .build()
            .map_err(|e| Error::Internal(format!("the thread pool cannot be started: {e}")))
    })
}
