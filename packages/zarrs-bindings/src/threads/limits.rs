//! What a set of jobs may use, and how it is stopped.

use std::cell::Cell;
use std::time::Instant;

use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::tuning::SIGNAL_INTERVAL;

thread_local! {
    /// When this thread looked for signals last: a call of many short runs has to look as well.
    static CHECKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// What a set of jobs may use.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Most threads; `None` is all of the pool.
    pub(crate) threads: Option<usize>,
    /// Whether jobs wait more than they work: while one does, others can go on.
    pub(crate) waits: bool,
    /// Asks whether to stop; called on the calling thread between jobs.
    pub(crate) interrupted: &'a (dyn Fn() -> Result<()> + 'a),
}

impl Limits<'_> {
    /// Asks whether to stop, where the calling thread has not asked for a while.
    pub(crate) fn check_signals(&self) -> Result<()> {
        let now = Instant::now();
        if CHECKED.get().is_some_and(|checked| now - checked <= SIGNAL_INTERVAL) {
            return Ok(());
        }
        CHECKED.set(Some(now));
        (self.interrupted)()
    }
}

/// What the jobs of a call may use.
pub(crate) fn limits(opts: &Opts) -> Limits<'static> {
    Limits { threads: opts.concurrency, waits: false, interrupted: &interrupted }
}

/// Takes a pending signal. Called on the thread that called us, never on one of the pool.
fn interrupted() -> Result<()> {
    pyo3::Python::attach(|py| py.check_signals().map_err(Error::Python))
}

#[cfg(test)]
mod tests {
    use super::{Limits, SIGNAL_INTERVAL};
    use crate::threads::jobs::run;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    /// Catches a signal that is never looked for because every run of a call is short.
    #[test]
    fn a_call_of_many_short_runs_is_interrupted() {
        let asked = AtomicUsize::new(0);
        let ask = || {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let (limits, start) =
            (Limits { threads: Some(1), waits: false, interrupted: &ask }, Instant::now());
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
