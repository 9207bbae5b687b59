//! Shares jobs among the calling thread and those of the pool.

#![expect(unsafe_code, reason = "threads of the pool call a function that the calling thread owns")]

#[cfg(test)]
mod tests;

use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use crate::errors::{Error, Result};
use crate::threads::limits::{Limits, Waits};
use crate::threads::pool::{pool, waiting};
use crate::threads::turns::{Turn, Turns};
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
    run_in_turns(count, work, limits, |number, _| job(number))
}

/// The same, for jobs that end their turn when they have computed, and then wait for files.
pub(crate) fn run_in_turns(
    count: usize,
    work: u64,
    limits: Limits<'_>,
    job: impl Fn(usize, Turn<'_>) -> Result<()> + Sync,
) -> Result<()> {
    if count == 1 {
        return job(0, Turn::uncounted());
    }
    if count == 0 {
        return Ok(());
    }
    if limits.threads == Some(1) || work < INLINE_WORK {
        let shared = Shared::new(count, None);
        shared.work(&job, Some(limits));
        return shared.outcome();
    }
    let (pool, limit, turns) = match limits.waits {
        Waits::Never => (pool()?, pool()?.current_num_threads(), None),
        Waits::Partly => {
            let cores = pool()?.current_num_threads();
            (waiting()?, 2 * cores, Some(cores))
        }
        Waits::Mostly => (waiting()?, waiting()?.current_num_threads(), None),
    };
    let shared = Shared::new(count, turns);
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
    turns: Turns,
    stop: AtomicBool,
    failed: Mutex<Option<(usize, Error)>>,
}

impl Shared {
    fn new(count: usize, turns: Option<usize>) -> Self {
        Self {
            next: AtomicUsize::new(0),
            count,
            turns: Turns::new(turns),
            stop: AtomicBool::new(false),
            failed: Mutex::new(None),
        }
    }

    /// Takes jobs until none are left. The calling thread passes its limits and checks for signals.
    fn work(
        &self,
        job: &(impl Fn(usize, Turn<'_>) -> Result<()> + Sync),
        calling: Option<Limits<'_>>,
    ) {
        let signals = |()| calling.map_or(Ok(()), |limits| limits.check_signals());
        loop {
            let turn = self.turns.take();
            let number = match turn {
                Some(_) => self.next.fetch_add(1, Ordering::Relaxed),
                None => self.next.load(Ordering::Relaxed),
            };
            if number >= self.count || self.stop.load(Ordering::Relaxed) {
                return;
            }
            let done = turn.map_or(Ok(()), |turn| job(number, turn));
            if let Err(error) = done.and_then(signals) {
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
