//! Waits for a task of the network threads. The calling thread must be detached.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use tokio::task::AbortHandle;

use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::remote::runtime::runtime;
use crate::threads::limits::limits;
use crate::tuning::SIGNAL_INTERVAL;

/// A task that changes nothing. It is aborted when this is dropped.
pub(crate) struct Task<T> {
    answered: Receiver<T>,
    abort: AbortHandle,
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn start(work: impl Future<Output = T> + Send + 'static) -> Result<Self> {
        let (answer, answered) = sync_channel(1);
        // Fails if nobody waits any more.
        let task = runtime()?.spawn(async move { answer.send(work.await).ok() });
        Ok(Self { answered, abort: task.abort_handle() })
    }

    /// The result of the task, unless a signal or a cancellation ends the wait.
    pub(crate) fn wait(&self) -> Result<T> {
        loop {
            if let Some(done) = self.wait_a_moment() {
                return done;
            }
            interrupted()?;
        }
    }

    fn wait_a_moment(&self) -> Option<Result<T>> {
        match self.answered.recv_timeout(SIGNAL_INTERVAL) {
            Ok(done) => Some(Ok(done)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(Error::Internal("a bug in this library: a request failed".into())))
            }
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// Runs a task that changes a store, and waits until it has ended.
///
/// If a signal or a cancellation ends the call, the task begins no further request, and those under
/// way are waited for. A second signal aborts them, and the error names their keys.
pub(super) fn change<T, F>(work: impl FnOnce(Arc<UnderWay>) -> F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let under_way = Arc::new(UnderWay::default());
    let task = Task::start(work(Arc::clone(&under_way)))?;
    let first = match task.wait() {
        Err(first) if !matches!(first, Error::Internal(_)) => first,
        done => return done,
    };
    under_way.stop();
    while task.wait_a_moment().is_none() {
        // A cancellation stays one: only another signal ends this wait.
        if let Some(second) = Python::attach(|py| py.check_signals().err()) {
            let keys = under_way.keys();
            task.abort.abort();
            while task.wait_a_moment().is_none() {}
            return Err(Error::Python(Python::attach(|py| noted(py, second, keys))));
        }
    }
    Err(first)
}

/// The keys that a call is changing, and whether it may begin to change others.
#[derive(Default)]
pub(super) struct UnderWay(Mutex<State>);

#[derive(Default)]
struct State {
    stops: bool,
    begun: usize,
    keys: BTreeMap<usize, Vec<String>>,
}

impl UnderWay {
    /// The number of a change of these keys, which count as unknown until [`Self::end`]; `None` if
    /// they must not be changed any more.
    pub(super) fn begin(&self, keys: &[String]) -> Option<usize> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stops {
            return None;
        }
        state.begun += 1;
        let number = state.begun;
        state.keys.insert(number, keys.to_vec());
        Some(number)
    }

    pub(super) fn end(&self, number: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys.remove(&number);
    }

    /// Lets no further change begin.
    pub(super) fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stops = true;
    }

    fn keys(&self) -> Vec<String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.keys).into_values().flatten().collect()
    }
}

/// Maximum number of keys that an error names.
const NAMED: usize = 20;

/// Adds to an error which keys were being changed, as `zarr.crud._stores.unknown` does.
fn noted(py: Python<'_>, error: PyErr, mut keys: Vec<String>) -> PyErr {
    keys.sort_unstable();
    let more = keys.len().saturating_sub(NAMED);
    keys.truncate(NAMED);
    let names = keys.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} others") } else { String::new() };
    let note = format!(
        "The values of these keys may be the old or the new ones, because the store had not \
         answered: {names}{more}; write them again."
    );
    // The error alone is better than none.
    if !keys.is_empty() {
        error.value(py).call_method1("add_note", (note,)).ok();
    }
    error
}

fn interrupted() -> Result<()> {
    limits(&Opts::DEFAULT).check_signals()
}

#[cfg(test)]
mod tests {
    use super::{Task, UnderWay, change};
    use std::time::Duration;

    /// Catches a change that begins after the call was told to stop, and a key that stays unknown.
    #[test]
    fn nothing_begins_after_a_stop() {
        let under_way = UnderWay::default();
        let (a, b) = (["a".to_owned()], ["b".to_owned()]);
        let (Some(first), Some(_)) = (under_way.begin(&a), under_way.begin(&b)) else {
            unreachable!("nothing begins")
        };
        under_way.end(first);
        under_way.stop();
        assert_eq!(under_way.begin(&a), None);
        assert_eq!(under_way.keys(), b);
    }

    /// Catches a result that is lost, and a panic that leaves the caller waiting.
    #[test]
    fn a_task_is_waited_for() {
        assert!(matches!(change(|_| async { 7 }), Ok(7)));
        let panics = Task::start(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            std::panic::resume_unwind(Box::new("a deliberate panic"));
        });
        assert!(panics.and_then(|task| task.wait()).is_err());
    }
}
