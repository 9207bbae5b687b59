//! Which values a server sends whole although a range was requested, and for how long that is
//! believed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long no range is requested after one was ignored. Then one request finds out again.
const AGAIN: Duration = Duration::from_mins(1);

/// Number of values without a range after which a server is taken to have none at all. One may be
/// an exception, for instance of a proxy.
const FEW: u32 = 2;

/// Maximum number of values that are remembered one by one.
const MOST: usize = 1024;

/// What is known about the ranges of a server. Each process has its own, like the client.
#[derive(Default)]
pub(super) struct ServedRanges {
    /// Whether any range was ignored, so that others need no lock.
    any: AtomicBool,
    known: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// When to request a range of these values again.
    whole: HashMap<String, Instant>,
    /// When to request a range at all.
    all_whole: Option<Instant>,
    /// Number of values whose range was ignored since one was served.
    ignored: u32,
}

impl ServedRanges {
    fn known(&self) -> Option<MutexGuard<'_, Seen>> {
        let any = self.any.load(Ordering::Relaxed);
        any.then(|| self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a range of a value may be served.
    pub(super) fn may_serve(&self, key: &str) -> bool {
        self.known().is_none_or(|known| known.may_serve(key, Instant::now()))
    }

    /// The same for a request that is sent now: of all that could find out again, only one does.
    pub(super) fn asks(&self, key: &str) -> bool {
        self.known().is_none_or(|mut known| known.asks(key, Instant::now()))
    }

    /// A server sent a whole value.
    pub(super) fn ignored(&self, key: &str) {
        self.any.store(true, Ordering::Relaxed);
        if let Some(mut known) = self.known() {
            known.ignored(key, Instant::now());
        }
    }

    /// A server sent a range.
    pub(super) fn served(&self, key: &str) {
        if let Some(mut known) = self.known() {
            known.served(key);
        }
    }
}

impl Seen {
    fn may_serve(&self, key: &str, now: Instant) -> bool {
        [self.all_whole.as_ref(), self.whole.get(key)].into_iter().flatten().all(|at| now >= *at)
    }

    fn asks(&mut self, key: &str, now: Instant) -> bool {
        let asks = self.may_serve(key, now);
        if asks {
            let places = [self.all_whole.as_mut(), self.whole.get_mut(key)];
            places.into_iter().flatten().for_each(|at| *at = now + AGAIN);
        }
        asks
    }

    fn ignored(&mut self, key: &str, now: Instant) {
        if self.whole.len() >= MOST {
            self.whole.clear();
        }
        if self.whole.insert(key.to_owned(), now + AGAIN).is_none() {
            self.ignored += 1;
        }
        if self.ignored >= FEW {
            self.all_whole = Some(now + AGAIN);
        }
    }

    fn served(&mut self, key: &str) {
        self.whole.remove(key);
        (self.all_whole, self.ignored) = (None, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{AGAIN, Instant, MOST, Seen, ServedRanges};

    /// Catches one value without ranges that takes them from all others.
    #[test]
    fn a_value_without_ranges_is_an_exception() {
        let ranges = ServedRanges::default();
        assert!(ranges.asks("a") && ranges.may_serve("a"));
        ranges.ignored("a");
        assert!(!ranges.asks("a") && !ranges.may_serve("a"));
        assert!(ranges.asks("b"));
        ranges.served("b");
        ranges.ignored("c");
        assert!(ranges.asks("b") && !ranges.asks("c") && !ranges.asks("a"));
    }

    /// Catches a server that is asked for each value, and one that is never asked again.
    #[test]
    fn a_server_without_ranges_is_asked_once_a_while() {
        let (mut known, now) = (Seen::default(), Instant::now());
        known.ignored("a", now);
        known.ignored("b", now);
        assert!(!known.asks("c", now + AGAIN / 2));
        let later = now + AGAIN;
        assert!(known.may_serve("c", later) && known.asks("c", later));
        // Only one request finds out.
        assert!(!known.asks("d", later) && !known.asks("c", later));
        assert!(!known.asks("c", later + AGAIN / 2));
        known.served("c");
        assert!(known.asks("d", later) && known.asks("a", later));
    }

    /// Catches memory that grows with the number of values.
    #[test]
    fn few_values_are_remembered() {
        let (mut known, now) = (Seen::default(), Instant::now());
        for key in 0..3 * MOST {
            known.ignored(&key.to_string(), now);
        }
        assert!(known.whole.len() <= MOST);
    }
}
