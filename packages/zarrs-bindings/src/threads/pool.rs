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

#[cfg(test)]
mod tests {
    use super::{WAITING_PER_CORE, pool, waiting};
    use std::ptr;
    use std::thread;

    /// Catches a new pool for each call, and waiting jobs in the pool for computing jobs.
    #[test]
    fn a_process_has_one_pool_of_each_kind() {
        let (Ok(first), Ok(other)) = (pool(), waiting()) else { unreachable!("no pools") };
        assert!(pool().is_ok_and(|again| ptr::eq(first, again)));
        assert!(waiting().is_ok_and(|again| ptr::eq(other, again)));
        assert_eq!(other.current_num_threads(), WAITING_PER_CORE * first.current_num_threads());
    }

    /// Catches threads that an observer of the process cannot tell from others.
    #[test]
    fn the_threads_of_a_pool_have_names() {
        let named = || thread::current().name().map(|name| name.starts_with("zarrs-bindings-"));
        for made in [pool(), waiting()] {
            assert!(made.is_ok_and(|made| made.install(named) == Some(true)));
        }
    }
}
