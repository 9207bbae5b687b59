//! What passes: counted, and made to wait.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The counters and the line that all connections share.
#[derive(Default)]
pub struct Traffic {
    requests: Mutex<BTreeMap<&'static str, u64>>,
    received: AtomicU64,
    sent: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    to_fail: AtomicU64,
    latency_ns: AtomicU64,
    bytes_per_second: AtomicU64,
    /// When the line has passed all that was given to it.
    free_at: Mutex<Option<Instant>>,
}

/// A request that has arrived and is not yet answered.
pub struct InFlight<'a>(&'a Traffic);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, SeqCst);
    }
}

impl Traffic {
    /// Counts a request, until the result is dropped as one in flight.
    pub fn begin(&self, kind: &'static str) -> InFlight<'_> {
        *locked(&self.requests).entry(kind).or_default() += 1;
        let now = self.in_flight.fetch_add(1, SeqCst) + 1;
        self.most_in_flight.fetch_max(now, SeqCst);
        InFlight(self)
    }

    /// Waits as long as an answer takes.
    pub fn wait(&self) {
        let latency = self.latency_ns.load(SeqCst);
        if latency > 0 {
            thread::sleep(Duration::from_nanos(latency));
        }
    }

    /// Returns whether this request is one of those that fail.
    pub fn is_to_fail(&self) -> bool {
        self.to_fail.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    /// Counts bytes of a body that were sent, and waits until they have passed.
    pub fn send(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, SeqCst);
        self.pass(bytes);
    }

    /// Counts bytes of a body that were received, and waits until they have passed.
    pub fn receive(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, SeqCst);
        self.pass(bytes);
    }

    /// Waits for the line, on which the bytes of all connections follow each other.
    fn pass(&self, bytes: usize) {
        let rate = self.bytes_per_second.load(SeqCst);
        if rate == 0 {
            return;
        }
        let takes = Duration::from_nanos((bytes as u64).saturating_mul(1_000_000_000) / rate);
        let passed = {
            let mut free_at = locked(&self.free_at);
            let now = Instant::now();
            let passed = free_at.map_or(now, |at| at.max(now)) + takes;
            *free_at = Some(passed);
            passed
        };
        thread::sleep(passed.saturating_duration_since(Instant::now()));
    }

    /// Sets how long each answer takes.
    pub fn set_latency(&self, latency: Duration) {
        self.latency_ns.store(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX), SeqCst);
    }

    /// Sets the rate of the line; zero is no limit.
    pub fn set_bandwidth(&self, bytes_per_second: u64) {
        self.bytes_per_second.store(bytes_per_second, SeqCst);
    }

    /// Makes the next requests fail.
    pub fn fail(&self, requests: u64) {
        self.to_fail.store(requests, SeqCst);
    }

    /// Starts all counts anew.
    pub fn reset(&self) {
        locked(&self.requests).clear();
        self.received.store(0, SeqCst);
        self.sent.store(0, SeqCst);
        self.most_in_flight.store(self.in_flight.load(SeqCst), SeqCst);
    }

    /// Returns the counts as JSON.
    pub fn counts(&self) -> String {
        let mut text = format!(
            r#"{{"received": {}, "sent": {}, "most_in_flight": {}, "requests": {{"#,
            self.received.load(SeqCst),
            self.sent.load(SeqCst),
            self.most_in_flight.load(SeqCst),
        );
        for (number, (kind, count)) in locked(&self.requests).iter().enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            let _ = write!(text, r#"{comma}"{kind}": {count}"#);
        }
        text + "}}"
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Traffic;
    use std::time::{Duration, Instant};

    /// Catches a request that stays in flight, and counts that are not started anew.
    #[test]
    fn requests_bytes_and_the_most_in_flight_are_counted() {
        let traffic = Traffic::default();
        let (one, other) = (traffic.begin("GET"), traffic.begin("GET"));
        drop(one);
        drop(traffic.begin("PUT"));
        drop(other);
        traffic.send(3);
        traffic.receive(5);
        let expected =
            r#"{"received": 5, "sent": 3, "most_in_flight": 2, "requests": {"GET": 2, "PUT": 1}}"#;
        assert_eq!(traffic.counts(), expected);
        traffic.reset();
        assert_eq!(
            traffic.counts(),
            r#"{"received": 0, "sent": 0, "most_in_flight": 0, "requests": {}}"#
        );
    }

    /// Catches a server that fails for ever, or never.
    #[test]
    fn as_many_requests_fail_as_were_asked_for() {
        let traffic = Traffic::default();
        assert!(!traffic.is_to_fail());
        traffic.fail(2);
        assert_eq!([(); 4].map(|()| traffic.is_to_fail()), [true, true, false, false]);
    }

    /// Catches an answer before its time, and connections that each have a line of their own.
    #[test]
    fn answers_take_their_time_and_bytes_follow_each_other() {
        let traffic = Traffic::default();
        traffic.set_latency(Duration::from_millis(20));
        let began = Instant::now();
        traffic.wait();
        assert!(began.elapsed() >= Duration::from_millis(20));
        traffic.set_bandwidth(1_000_000);
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| traffic.send(10_000));
            }
        });
        assert!(began.elapsed() >= Duration::from_millis(40));
    }
}
