//! Waits for a task of the network threads. The calling thread must be detached.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::remote::changes::PATIENCE;
use crate::remote::runtime::runtime;
use crate::remote::stop::Stop;
use crate::remote::unknown::noted;
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
/// way are waited for. A second signal aborts them, and so does a server that takes too long. The
/// error names the keys whose values are unknown then.
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
    // A cancellation stays one: only another signal ends this wait.
    let check = || Python::attach(|py| py.check_signals().map_err(Error::Python));
    let second = finish(&task, &under_way, PATIENCE, check);
    let keys = under_way.keys();
    Err(noted(second.unwrap_or(first), keys.into_iter().collect(), NAMED))
}

/// Waits until a task has ended that is to begin nothing more. If `check` fails, or it takes longer
/// than `patience`, the task is aborted. Returns the error of `check`.
fn finish<T: Send + 'static>(
    task: &Task<T>,
    under_way: &UnderWay,
    patience: Duration,
    check: impl Fn() -> Result<()>,
) -> Option<Error> {
    under_way.stop();
    let last = Instant::now() + patience;
    while task.wait_a_moment().is_none() {
        let error = check().err();
        if error.is_some() || Instant::now() > last {
            task.abort.abort();
            while task.wait_a_moment().is_none() {}
            return error;
        }
    }
    None
}

/// The keys that a call is changing, and whether it may begin to change others.
#[derive(Default)]
pub(super) struct UnderWay {
    state: Mutex<State>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    begins_no_more: bool,
    begun: usize,
    keys: BTreeMap<usize, Vec<String>>,
}

impl UnderWay {
    /// The number of a change of these keys, which count as unknown until [`Self::end`]; `None` if
    /// they must not be changed any more.
    pub(super) fn begin(&self, keys: &[String]) -> Option<usize> {
        let mut state = self.state();
        if state.begins_no_more {
            return None;
        }
        state.begun += 1;
        let number = state.begun;
        state.keys.insert(number, keys.to_vec());
        Some(number)
    }

    pub(super) fn end(&self, number: usize) {
        self.state().keys.remove(&number);
    }

    /// Lets no further change begin. Those under way may still be repeated.
    pub(super) fn begin_no_more(&self) {
        self.state().begins_no_more = true;
    }

    /// Becomes true when no further request may be sent. This must live as long as that is used.
    pub(super) fn stopped(&self) -> Stop {
        self.stop.subscribe()
    }

    fn stop(&self) {
        self.begin_no_more();
        self.stop.send_replace(true);
    }

    fn keys(&self) -> Vec<String> {
        std::mem::take(&mut self.state().keys).into_values().flatten().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Maximum number of keys that an error names.
const NAMED: usize = 20;

fn interrupted() -> Result<()> {
    limits(&Opts::DEFAULT).check_signals()
}

#[cfg(test)]
mod tests {
    use super::{Arc, Error, Task, UnderWay, change, finish};
    use std::time::{Duration, Instant};

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
        assert!(*under_way.stopped().borrow());
        assert_eq!(under_way.keys(), b);
    }

    /// Catches a call that never ends, one that does not wait, and keys that are not named.
    #[test]
    fn an_end_waits_as_long_as_it_may() {
        let unanswered = || {
            let under_way = Arc::new(UnderWay::default());
            assert!(under_way.begin(&["a".to_owned()]).is_some());
            let Ok(task) = Task::start(std::future::pending::<()>()) else { unreachable!() };
            (task, under_way)
        };
        let (task, under_way) = unanswered();
        let (start, patience) = (Instant::now(), Duration::from_millis(300));
        assert!(finish(&task, &under_way, patience, || Ok(())).is_none());
        assert!(start.elapsed() >= patience);
        assert_eq!(under_way.keys(), ["a"]);
        let (task, under_way) = unanswered();
        let again = || Err(Error::Internal("again".into()));
        assert!(finish(&task, &under_way, Duration::from_mins(10), again).is_some());
        assert_eq!(under_way.keys(), ["a"]);
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
