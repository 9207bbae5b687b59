//! Hands results to event loops, from one thread that waits for the interpreter for all others.
//!
//! While Python code runs, each wait for the interpreter may take milliseconds. So whatever has
//! been read meanwhile is handed over at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::{Error, Result};
use crate::per_process::PerProcess;
use crate::shutdown;

/// How long calls of an event loop that has been closed may go on.
const CLOSED_INTERVAL: Duration = Duration::from_secs(1);

/// A result for a future of an event loop.
pub(super) struct Parcel {
    /// The number of the call.
    pub(super) call: u64,
    pub(super) event_loop: Py<PyAny>,
    pub(super) future: Py<PyAny>,
    pub(super) open: Open,
}

/// Makes the result, while attached.
type Open = Box<dyn FnOnce(Python<'_>) -> Contents + Send>;

pub(super) struct Contents {
    /// `None` if the call was cancelled.
    pub(super) result: Option<PyResult<Py<PyAny>>>,
}

/// A call that can be ended.
pub(super) trait Ends: Send + Sync {
    fn end(&self);
}

/// An event loop, and its calls that are under way, by number.
type Calls = (Py<PyAny>, HashMap<u64, Arc<dyn Ends>>);

/// Accepts parcels for the thread that carries them.
pub(super) struct Courier {
    /// `None` says that the first call has begun.
    parcels: Sender<Option<Parcel>>,
    /// Locked only while attached, without calling Python, so no forked child inherits it locked.
    calls: Mutex<Vec<Calls>>,
    next: AtomicU64,
}

static COURIER: PerProcess<Courier> = PerProcess::new();

/// The courier of this process.
pub(super) fn courier() -> &'static Courier {
    COURIER.get(|_| {
        let (parcels, received) = channel();
        // Without a thread, no call begins: see `expect`.
        thread::Builder::new()
            .name("zarrs-bindings-results".into())
            .spawn(move || carry(&received))
            .ok();
        Courier { parcels, calls: Mutex::new(Vec::new()), next: AtomicU64::new(0) }
    })
}

impl Courier {
    /// Announces the parcel of a call, and returns the number of the call. If its event loop is
    /// closed before, the call is ended.
    pub(super) fn expect(&self, event_loop: &Bound<'_, PyAny>, call: Arc<dyn Ends>) -> Result<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut calls = self.calls();
        let first = calls.is_empty();
        let known = calls.iter().position(|(other, _)| other.is(event_loop));
        let place = known.unwrap_or_else(|| {
            calls.push((event_loop.clone().unbind(), HashMap::new()));
            calls.len() - 1
        });
        calls[place].1.insert(number, call);
        drop(calls);
        if first && self.parcels.send(None).is_err() {
            drop(self.forget(number));
            return Err(Error::Internal("the thread for results cannot be started".into()));
        }
        Ok(number)
    }

    pub(super) fn send(&self, parcel: Parcel) {
        // Fails if there is no thread, and then nothing was announced.
        self.parcels.send(Some(parcel)).ok();
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Calls>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what to free when nothing is locked.
    pub(super) fn forget(&self, number: u64) -> (Option<Arc<dyn Ends>>, Option<Calls>) {
        let mut calls = self.calls();
        let call = calls.iter_mut().find_map(|(_, under_way)| under_way.remove(&number));
        let ended = calls.iter().position(|(_, under_way)| under_way.is_empty());
        (call, ended.map(|place| calls.swap_remove(place)))
    }

    /// Ends the calls of event loops that have been closed. Returns whether any call is under way.
    fn look(&self, py: Python<'_>) -> bool {
        let loops: Vec<_> = self.calls().iter().map(|(one, _)| one.clone_ref(py)).collect();
        let is_closed = |one: &Py<PyAny>| one.call_method0(py, "is_closed")?.is_truthy(py);
        for closed in loops.iter().filter(|one| is_closed(one).unwrap_or(false)) {
            let calls = self.calls();
            let of_loop = calls.iter().find(|(other, _)| other.is(closed));
            let of_loop = of_loop.map(|(_, under_way)| under_way.values().cloned());
            let ended: Vec<_> = of_loop.into_iter().flatten().collect();
            drop(calls);
            for call in ended {
                call.end();
            }
        }
        !loops.is_empty()
    }
}

fn carry(parcels: &Receiver<Option<Parcel>>) {
    let (mut waiting, mut looked) = (false, Instant::now());
    loop {
        let first = if waiting {
            parcels.recv_timeout(CLOSED_INTERVAL)
        } else {
            parcels.recv().map_err(RecvTimeoutError::from)
        };
        if matches!(first, Err(RecvTimeoutError::Disconnected)) {
            return;
        }
        let first = first.ok().flatten();
        let Some(guard) = shutdown::try_enter() else {
            // Nothing of Python's can be freed any more.
            std::mem::forget(first);
            continue;
        };
        Python::attach(|py| {
            deliver(py, first.into_iter().chain(parcels.try_iter().flatten()));
            waiting = true;
            if looked.elapsed() >= CLOSED_INTERVAL {
                waiting = courier().look(py);
                looked = Instant::now();
            }
        });
        drop(guard);
    }
}

fn deliver(py: Python<'_>, parcels: impl Iterator<Item = Parcel>) {
    let mut by_loop: Vec<(Py<PyAny>, Vec<Opened>)> = Vec::new();
    for Parcel { call, event_loop, future, open } in parcels {
        drop(courier().forget(call));
        let opened = Opened { future, contents: open(py) };
        match by_loop.iter_mut().find(|(other, _)| other.is(&event_loop)) {
            Some((_, all)) => all.push(opened),
            None => by_loop.push((event_loop, vec![opened])),
        }
    }
    for (event_loop, all) in by_loop {
        // Fails if the loop has been closed, and then nobody waits.
        Bound::new(py, Delivery(all))
            .and_then(|delivery| event_loop.call_method1(py, "call_soon_threadsafe", (delivery,)))
            .ok();
    }
}

struct Opened {
    future: Py<PyAny>,
    contents: Contents,
}

/// Is called by an event loop, once.
#[pyclass(frozen)]
struct Delivery(Vec<Opened>);

/// Makes the class, which a child that is forked meanwhile would wait for.
pub(crate) fn prepare(py: Python<'_>) {
    py.get_type::<Delivery>();
}

#[pymethods]
impl Delivery {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        // One that fails leaves none of the others waiting.
        let settled: Vec<_> = self.0.iter().map(|opened| opened.settle(py)).collect();
        settled.into_iter().collect()
    }
}

impl Opened {
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        match &self.contents.result {
            None => future.call_method0("cancel")?,
            Some(Ok(found)) => future.call_method1("set_result", (found,))?,
            Some(Err(error)) => {
                let set = future.call_method1("set_exception", (error.value(py),));
                // A future refuses `StopIteration`.
                set.or_else(|_| {
                    let refused = PyRuntimeError::new_err("a store raised StopIteration");
                    refused.set_cause(py, Some(error.clone_ref(py)));
                    future.call_method1("set_exception", (refused.value(py),))
                })?
            }
        };
        Ok(())
    }
}
