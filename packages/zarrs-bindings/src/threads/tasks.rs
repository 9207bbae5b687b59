//! Asynchronous work that computes on the threads of the pool, and occupies none while it waits.

use std::future::Future;
use std::pin::Pin;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

use crate::errors::{Error, Result};
use crate::threads::pool::pool;

/// Tells the jobs of a task to stop, from any thread.
#[derive(Default)]
pub(crate) struct Stop(AtomicBool);

impl Stop {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// An error that nobody sees, because whoever waited has gone.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() { Err(Error::Internal("the call was cancelled".into())) } else { Ok(()) }
    }
}

/// A future that is polled on the threads of the pool.
pub(crate) struct Task {
    state: AtomicU8,
    /// Locked only by the thread that polls it.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    /// A forked child must not go on with what its parent waits for.
    process: u32,
}

/// Nothing is to do before a wake.
const WAITING: u8 = 0;
/// The pool has been asked to poll, or the future has ended.
const QUEUED: u8 = 1;
const POLLED: u8 = 2;
/// Woken while it was polled.
const WOKEN: u8 = 3;

/// Starts a future, which must not panic.
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<Arc<Task>> {
    let task = Arc::new(Task {
        state: AtomicU8::new(QUEUED),
        future: Mutex::new(Some(Box::pin(future))),
        process: process::id(),
    });
    let first = Arc::clone(&task);
    pool()?.spawn(move || first.poll());
    Ok(task)
}

impl Task {
    fn poll(self: Arc<Self>) {
        // Not a store: a wake that was too early for it must be seen by the poll that follows.
        self.state.swap(POLLED, Ordering::AcqRel);
        let waker = Waker::from(Arc::clone(&self));
        let mut held = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(future) = held.as_mut() else {
            return;
        };
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            *held = None;
            return;
        }
        drop(held);
        let (from, to) = (Ordering::AcqRel, Ordering::Acquire);
        if self.state.compare_exchange(POLLED, WAITING, from, to).is_err() {
            self.state.swap(QUEUED, Ordering::AcqRel);
            self.queue();
        }
    }

    /// Others get their turn before it is polled again.
    fn queue(self: Arc<Self>) {
        if let Ok(pool) = pool() {
            pool.spawn_fifo(move || self.poll());
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if self.process != process::id() {
            return;
        }
        // This writes even what was there, so that the next poll sees what came before the wake.
        let next = |state| match state {
            WAITING => Some(QUEUED),
            POLLED => Some(WOKEN),
            other => Some(other),
        };
        let woken = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        if woken == Ok(WAITING) {
            self.queue();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Task, spawn};
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::task::{Poll, Wake, Waker};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(30);

    /// Catches a wake during a poll that is lost, and a future that goes on after its end.
    #[test]
    fn a_task_is_polled_once_for_each_wake_until_it_ends() {
        let polls = Arc::new(AtomicUsize::new(0));
        let (ended, end) = channel();
        let counted = Arc::clone(&polls);
        let task = spawn(poll_fn(move |context| {
            if counted.fetch_add(1, Ordering::SeqCst) < 999 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            ended.send(()).ok();
            Poll::Ready(())
        }));
        assert!(end.recv_timeout(LONG).is_ok());
        let Ok(task) = task else { unreachable!("no pool") };
        task.wake();
        assert_eq!(polls.load(Ordering::SeqCst), 1000);
    }

    /// Catches tasks that hold a thread while they wait.
    #[test]
    fn more_tasks_wait_than_there_are_threads() {
        static WAKERS: Mutex<Vec<Waker>> = Mutex::new(Vec::new());
        let (said, heard) = channel();
        let wakers = || WAKERS.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks: Vec<Option<Arc<Task>>> = (0..1000)
            .map(|_| {
                let (said, mut asked) = (said.clone(), false);
                let wait = poll_fn(move |context| {
                    if !asked {
                        asked = true;
                        wakers().push(context.waker().clone());
                        said.send(1).ok();
                        return Poll::Pending;
                    }
                    said.send(2).ok();
                    Poll::Ready(())
                });
                spawn(wait).ok()
            })
            .collect();
        let all = |kind| (0..1000).all(|_| heard.recv_timeout(LONG) == Ok(kind));
        assert!(all(1) && tasks.iter().all(Option::is_some));
        for waker in wakers().drain(..) {
            waker.wake();
        }
        assert!(all(2));
    }
}
