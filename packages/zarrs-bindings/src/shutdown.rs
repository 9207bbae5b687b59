//! Handles the end of the interpreter while calls are running.
//!
//! A daemon thread that wants to return to Python is then ended by force, and this cannot unwind
//! through our frames. So the end waits a short time for calls to return, and later calls do not
//! start.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyCFunction;

/// How long the end waits for running calls, including those on a slow store.
const PATIENCE: Duration = Duration::from_secs(10);

/// Number of running calls, and [`CLOSED`] or [`FORCED`] when the end waits no more.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
/// Added when the end has waited for all calls. Only the thread that ends the interpreter has any
/// then, and it goes on when they have returned.
const CLOSED: usize = 1 << 60;
/// Added when some calls took too long.
const FORCED: usize = 2 * CLOSED;
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// The number of the thread that ends the interpreter; 0 if none does. No lock: threads that do not
/// hold the GIL look at it, and a forked child could inherit one that is locked.
static ENDING: AtomicU64 = AtomicU64::new(0);
static THREADS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static NUMBER: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
}

/// A running call, until this is dropped.
pub(crate) struct CallGuard(());

/// Starts a call. During the interpreter's end, only returns on the thread that ends it.
pub(crate) fn enter() -> CallGuard {
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
    let ender = ENDING.load(Ordering::SeqCst);
    if ender != 0 && ender != NUMBER.with(|number| *number) {
        leave();
        Python::attach(|py| {
            py.detach(|| {
                loop {
                    thread::park();
                }
            });
        });
    }
    CallGuard(())
}

/// Starts work on a thread of our own that may need the interpreter; `None` during its end.
pub(crate) fn try_enter() -> Option<CallGuard> {
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
    let guard = CallGuard(());
    (ENDING.load(Ordering::SeqCst) == 0).then_some(guard)
}

/// Starts work on a thread of our own, for a running call that may need it to return; `None` if the
/// end does not wait for that call.
pub(crate) fn join() -> Option<CallGuard> {
    if PROCESS.load(Ordering::SeqCst) != std::process::id() {
        return try_enter();
    }
    let more = |calls| (calls != CLOSED && calls < FORCED).then_some(calls + 1);
    UNDER_WAY.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| CallGuard(()))
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        leave();
    }
}

fn leave() {
    // Never below zero: a forked child inherits the count of its parent's threads, some gone.
    let less = |calls: usize| calls.checked_sub(1);
    let _ = UNDER_WAY.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
}

/// Registers a function that the interpreter calls before it ends.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    PROCESS.store(std::process::id(), Ordering::SeqCst);
    let ending = PyCFunction::new_closure(py, None, None, |arguments, _| end(arguments.py()))?;
    py.import("atexit")?.call_method1("register", (ending,)).map(drop)
}

fn end(py: Python<'_>) {
    ENDING.store(NUMBER.with(|number| *number), Ordering::SeqCst);
    if PROCESS.load(Ordering::SeqCst) != std::process::id() {
        return;
    }
    py.detach(|| {
        let last = Instant::now() + PATIENCE;
        // No work joins between the last call and the end.
        let close = || UNDER_WAY.compare_exchange(0, CLOSED, Ordering::SeqCst, Ordering::SeqCst);
        while close().is_err() {
            if Instant::now() >= last {
                UNDER_WAY.fetch_add(FORCED, Ordering::SeqCst);
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
}
