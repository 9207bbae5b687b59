//! Limits on a set of jobs, and how to stop it.

use std::cell::Cell;
use std::time::Instant;

use pyo3::prelude::*;

use crate::errors::{Error, Result};
use crate::interrupts;
use crate::options::Opts;
use crate::threads::pool::pool;
use crate::tuning::SIGNAL_INTERVAL;

thread_local! {
    /// When this thread last checked for signals. Kept across runs: a call may have many short
    /// ones.
    static CHECKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Whether jobs wait for files: while one waits, others can proceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    Never,
    /// As many compute as there are cores, and as many others may wait.
    Partly,
    Mostly,
}

/// The limits of a set of jobs.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Maximum number of threads; `None` for all of the pool.
    pub(crate) threads: Option<usize>,
    pub(crate) waits: Waits,
    /// Fails if the jobs must stop; called on the calling thread between jobs.
    pub(crate) interrupted: &'a (dyn Fn() -> Result<()> + 'a),
}

/// One thread, which nothing interrupts: for short work inside a job.
pub(crate) const ALONE: Limits<'static> =
    Limits { threads: Some(1), waits: Waits::Never, interrupted: &|| Ok(()) };

impl Limits<'_> {
    /// Number of threads that share the jobs.
    #[cfg(feature = "remote")]
    pub(crate) fn count(&self) -> Result<usize> {
        let all = pool()?.current_num_threads();
        Ok(self.threads.map_or(all, |most| most.min(all)))
    }

    /// Whether no more threads are wanted than there are cores. Then none would only wait, and those
    /// of the one pool hold fewer buffers than those of both.
    pub(crate) fn are_few(&self) -> bool {
        self.threads.is_some_and(|most| {
            most > 1 && pool().is_ok_and(|pool| most <= pool.current_num_threads())
        })
    }

    /// Checks whether to stop, unless the calling thread did so recently.
    pub(crate) fn check_signals(&self) -> Result<()> {
        let now = Instant::now();
        if CHECKED.get().is_some_and(|checked| now - checked <= SIGNAL_INTERVAL) {
            return Ok(());
        }
        CHECKED.set(Some(now));
        (self.interrupted)()
    }
}

/// The limits of the jobs of a call.
pub(crate) fn limits(opts: &Opts) -> Limits<'static> {
    Limits { threads: opts.concurrency, waits: Waits::Never, interrupted: &interrupted }
}

/// Handles a pending signal, or a cancellation. On a thread of the pool, where one of several calls
/// may run, this does nothing: the caller's thread checks between calls.
fn interrupted() -> Result<()> {
    if rayon::current_thread_index().is_some() {
        return Ok(());
    }
    Python::attach(|py| interrupts::check(py).map_err(Error::Python))
}

#[cfg(test)]
mod tests {
    use super::{Limits, SIGNAL_INTERVAL, Waits};
    use crate::threads::jobs::run;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    /// Catches signals that are never checked because every run of a call is short.
    #[test]
    fn a_call_of_many_short_runs_is_interrupted() {
        let asked = AtomicUsize::new(0);
        let ask = || {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let (limits, start) =
            (Limits { threads: Some(1), waits: Waits::Never, interrupted: &ask }, Instant::now());
        let job = |_| {
            std::thread::sleep(SIGNAL_INTERVAL / 20);
            Ok(())
        };
        assert!((0..50).all(|_| run(2, 0, limits, job).is_ok()));
        let asked = asked.load(Ordering::Relaxed);
        assert!(asked > 2);
        assert!(asked as u128 <= 1 + start.elapsed().as_millis() / SIGNAL_INTERVAL.as_millis());
    }
}
