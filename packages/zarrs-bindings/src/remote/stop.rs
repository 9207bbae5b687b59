//! Tells the tasks of a call to begin nothing more.

use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;

use crate::remote::limit::{enter_queue, leave_queue};

/// The longest pause before the second attempt; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// Becomes true when a call ends early.
pub(super) type Stop = watch::Receiver<bool>;

/// Does something, or stops waiting for it.
pub(super) async fn unless<T>(stop: &Stop, work: impl Future<Output = T>) -> Option<T> {
    let mut stop = stop.clone();
    match select(pin!(stop.wait_for(|stop| *stop)), pin!(work)).await {
        Either::Left(_) => None,
        Either::Right((done, _)) => Some(done),
    }
}

tokio::task_local! {
    /// What a task that changes something has sent.
    static SENT: Arc<Sent>;
}

#[derive(Default)]
struct Sent {
    any: AtomicBool,
    /// Number of the requests that are not answered.
    now: AtomicUsize,
}

/// A request of a change that is on its way, until this is dropped.
pub(super) struct Sending(Arc<Sent>);

impl Sending {
    /// Notes that a change is sent now; `None` if nobody asks.
    pub(super) fn begin() -> Option<Self> {
        let sent = SENT.try_with(Arc::clone).ok()?;
        sent.any.store(true, Relaxed);
        sent.now.fetch_add(1, Relaxed);
        Some(Self(sent))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

/// Changes something. After a stop nothing more is sent: this ends as soon as all that was sent is
/// answered, and what waits is dropped. Returns the end, if it came, and whether anything was sent.
pub(super) async fn until_answered<T>(
    stop: &Stop,
    work: impl Future<Output = T>,
) -> (Option<T>, bool) {
    let (sent, mut stop) = (Arc::new(Sent::default()), stop.clone());
    let mut work = pin!(SENT.scope(Arc::clone(&sent), work));
    let (mut told, mut is_stopped) = (pin!(stop.wait_for(|stop| *stop)), false);
    let done = poll_fn(|context| {
        // What is sent changes only while this is polled.
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        is_stopped = is_stopped || told.as_mut().poll(context).is_ready();
        if is_stopped && sent.now.load(Relaxed) == 0 { Poll::Ready(None) } else { Poll::Pending }
    });
    (done.await, sent.any.load(Relaxed))
}

/// Waits before another attempt, for a random part of a time that doubles. Returns whether the
/// attempt may be made: it may not after a stop. Other requests of the client go first meanwhile.
pub(super) async fn pause(stop: &Stop, attempt: u32) -> bool {
    let longest = PAUSE.saturating_mul(1 << (attempt - 1).min(6));
    let part = f64::from(RandomState::new().hash_one(attempt) as u32) / f64::from(u32::MAX);
    let queue = leave_queue();
    unless(stop, async {
        tokio::time::sleep(longest.mul_f64(part)).await;
        enter_queue(queue).await;
    })
    .await
    .is_some()
}

#[cfg(test)]
mod tests {
    use super::{Sending, pause, unless, until_answered, watch};
    use crate::remote::runtime::runtime;
    use std::future::pending;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    /// Catches an attempt after a stop, and one that is not made although nobody has stopped it.
    #[test]
    fn nothing_begins_after_a_stop() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let (go, stop) = watch::channel(false);
        assert!(runtime.block_on(pause(&stop, 1)));
        assert_eq!(runtime.block_on(unless(&stop, async { 7 })), Some(7));
        go.send_replace(true);
        assert!(!runtime.block_on(pause(&stop, 1)));
        assert_eq!(runtime.block_on(unless(&stop, async { 7 })), None);
    }

    /// Catches a change that is sent although it still waited, or is given up on its way.
    #[test]
    fn a_stop_ends_what_waits_and_nothing_that_is_sent() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let (go, stop) = watch::channel(false);
        let (answer, answered) = oneshot::channel();
        let sent = runtime.spawn({
            let stop = stop.clone();
            async move {
                until_answered(&stop, async {
                    let sending = Sending::begin();
                    let answer = answered.await;
                    drop(sending);
                    answer.ok()
                })
                .await
            }
        });
        go.send_replace(true);
        assert_eq!(runtime.block_on(until_answered(&stop, pending::<()>())), (None, false));
        let ended = runtime.block_on(async {
            for _ in 0..9 {
                yield_now().await;
            }
            assert!(!sent.is_finished());
            assert!(answer.send(1).is_ok());
            sent.await.ok()
        });
        assert_eq!(ended, Some((Some(Some(1)), true)));
        let again = async {
            drop(Sending::begin());
            pending::<()>().await;
        };
        assert_eq!(runtime.block_on(until_answered(&stop, again)), (None, true));
    }
}
