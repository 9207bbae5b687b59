//! Tells the tasks of a call to begin nothing more.

use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;

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

/// Waits before another attempt, for a random part of a time that doubles. Returns whether the
/// attempt may be made: it may not after a stop.
pub(super) async fn pause(stop: &Stop, attempt: u32) -> bool {
    let longest = PAUSE.saturating_mul(1 << (attempt - 1).min(6));
    let part = f64::from(RandomState::new().hash_one(attempt) as u32) / f64::from(u32::MAX);
    unless(stop, tokio::time::sleep(longest.mul_f64(part))).await.is_some()
}

#[cfg(test)]
mod tests {
    use super::{pause, unless, watch};
    use crate::remote::runtime::runtime;

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
}
