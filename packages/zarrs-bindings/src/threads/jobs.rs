//! Shares jobs among the calling thread and those of the pool.

#![expect(unsafe_code, reason = "threads of the pool call a function that the calling thread owns")]

use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use crate::errors::{Error, Result};
use crate::threads::limits::Limits;
use crate::threads::pool::{pool, waiting};
use crate::tuning::INLINE_WORK;

/// Runs `job(0)`, …, `job(count - 1)`, each once, on the calling thread and those of the pool.
/// `work` is their total cost, expressed as the number of bytes that one could decode instead.
///
/// After an error no further job starts. Returns the error of the lowest job number.
pub(crate) fn run(
    count: usize,
    work: u64,
    limits: Limits<'_>,
    job: impl Fn(usize) -> Result<()> + Sync,
) -> Result<()> {
    if count == 1 {
        return job(0);
    }
    if count == 0 {
        return Ok(());
    }
    let shared = Shared::new(count);
    if limits.threads == Some(1) || work < INLINE_WORK {
        shared.work(&job, Some(limits));
        return shared.outcome();
    }
    let pool = if limits.waits { waiting()? } else { pool()? };
    let limit = pool.current_num_threads();
    let threads = limits.threads.unwrap_or(limit).min(limit).min(count);
    let gate = Arc::new(Gate::default());
    let work = || shared.work(&job, None);
    let help = Help::new(&work);
    let closing = Closing(&gate);
    for _ in 1..threads {
        let gate = Arc::clone(&gate);
        // SAFETY: `closing` keeps what `work` borrows alive until the gate is closed and empty,
        // also when we unwind.
        pool.spawn(move || unsafe { gate.pass(help) });
    }
    shared.work(&job, Some(limits));
    drop(closing);
    if gate.state().panicked {
        return Err(Error::Internal("a bug in this library: a job failed".into()));
    }
    shared.outcome()
}

/// The results of all jobs, in their order.
pub(crate) fn collect<T: Send + Sync>(
    count: usize,
    work: u64,
    limits: Limits<'_>,
    job: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let slots: Vec<OnceLock<T>> = (0..count).map(|_| OnceLock::new()).collect();
    run(count, work, limits, |number| {
        slots[number].set(job(number)?).map_err(|_| Error::Internal("a job ran twice".into()))
    })?;
    Ok(slots.into_iter().filter_map(OnceLock::into_inner).collect())
}

/// The function that helpers call, as a bare address: a late helper may find its caller gone.
#[derive(Clone, Copy)]
struct Help(*const (dyn Fn() + Sync));

// SAFETY: this is the address of a function that several threads may call at the same time.
unsafe impl Send for Help {}

impl Help {
    fn new<'a>(work: &'a (dyn Fn() + Sync + 'a)) -> Self {
        type Address<'a> = *const (dyn Fn() + Sync + 'a);
        #[expect(clippy::transmute_ptr_to_ptr, reason = "no cast makes the lifetime longer")]
        // SAFETY: both are addresses. Whoever dereferences one must know that it is still valid.
        let address = unsafe { transmute::<Address<'a>, Address<'static>>(&raw const *work) };
        Self(address)
    }
}

/// Admits helpers until the caller is done. It then does not wait for helpers that have no thread
/// yet because of another caller's long work.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    inside: usize,
    panicked: bool,
}

impl Gate {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the function, unless the gate is closed.
    ///
    /// # Safety
    /// The function must stay valid until the gate is closed and empty.
    unsafe fn pass(&self, help: Help) {
        {
            let mut state = self.state();
            if state.closed {
                return;
            }
            state.inside += 1;
        }
        // SAFETY: the caller promises that it is valid while we are inside.
        let call = || unsafe { (*help.0)() };
        let panicked = catch_unwind(AssertUnwindSafe(call)).is_err();
        let mut state = self.state();
        state.inside -= 1;
        state.panicked |= panicked;
        drop(state);
        self.left.notify_all();
    }
}

/// Closes the gate when dropped, and waits until it is empty.
struct Closing<'a>(&'a Gate);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        while state.inside > 0 {
            state = self.0.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Shared {
    next: AtomicUsize,
    count: usize,
    stop: AtomicBool,
    failed: Mutex<Option<(usize, Error)>>,
}

impl Shared {
    fn new(count: usize) -> Self {
        Self {
            next: AtomicUsize::new(0),
            count,
            stop: AtomicBool::new(false),
            failed: Mutex::new(None),
        }
    }

    /// Takes jobs until none are left. The calling thread passes its limits and checks for signals.
    fn work(&self, job: &(impl Fn(usize) -> Result<()> + Sync), calling: Option<Limits<'_>>) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.count || self.stop.load(Ordering::Relaxed) {
                return;
            }
            let signals = |()| calling.map_or(Ok(()), |limits| limits.check_signals());
            if let Err(error) = job(number).and_then(signals) {
                self.fail(number, error);
                return;
            }
        }
    }

    fn fail(&self, number: usize, error: Error) {
        self.stop.store(true, Ordering::Relaxed);
        let mut held = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_none_or(|(first, _)| number < *first) {
            *held = Some((number, error));
        }
    }

    fn outcome(self) -> Result<()> {
        let failed = self.failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::errors::Error;
    use crate::threads::limits::Limits;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn limits(threads: Option<usize>) -> Limits<'static> {
        Limits { threads, waits: false, interrupted: &|| Ok(()) }
    }

    /// Catches lost or repeated jobs.
    #[test]
    fn every_job_runs_once() {
        for threads in [None, Some(1), Some(2)] {
            let seen: Vec<AtomicUsize> = (0..1000).map(|_| AtomicUsize::new(0)).collect();
            let done = run(1000, u64::MAX, limits(threads), |i| {
                seen[i].fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            assert!(done.is_ok());
            assert!(seen.iter().all(|n| n.load(Ordering::Relaxed) == 1));
        }
    }

    /// Catches a swallowed error, or jobs that continue for long after it.
    #[test]
    fn the_first_error_stops_the_rest() {
        let ran = AtomicUsize::new(0);
        let done = run(1_000_000, u64::MAX, limits(None), |i| {
            ran.fetch_add(1, Ordering::Relaxed);
            if i == 5 { Err(Error::Internal("five".into())) } else { Ok(()) }
        });
        assert!(matches!(done, Err(Error::Internal(text)) if text == "five"));
        assert!(ran.load(Ordering::Relaxed) < 1_000_000);
    }

    /// Catches a short call that waits for threads kept busy by a long call.
    #[test]
    fn a_call_does_not_wait_for_the_helpers_of_another() {
        let (started, release) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                run(64, u64::MAX, limits(None), |_| {
                    started.fetch_add(1, Ordering::SeqCst);
                    while release.load(Ordering::SeqCst) == 0 {
                        std::thread::yield_now();
                    }
                    Ok(())
                })
            });
            while started.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            assert!(run(8, u64::MAX, limits(None), |_| Ok(())).is_ok());
            release.store(1, Ordering::SeqCst);
        });
    }

    /// Catches a panic on another thread that ends the process or counts as success.
    #[test]
    fn a_panic_in_a_job_is_an_error() {
        let done = std::panic::catch_unwind(|| {
            run(100, u64::MAX, limits(None), |i| if i % 2 == 0 { Ok(()) } else { unreachable!() })
        });
        assert!(!matches!(done, Ok(Ok(()))));
    }
}
