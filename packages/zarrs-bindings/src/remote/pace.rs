//! How soon a server answers, and how fast its bytes arrive: measured while values are read.
//!
//! A busy machine makes answers late and bytes slow, never the contrary. So of each minute, the
//! shortest time and the highest rates count. After a minute without any, nothing is known.

#![expect(clippy::cast_precision_loss, reason = "estimates need no more than 52 bits")]

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long what was measured is taken for true.
const LASTS: u32 = 60;

/// Number of samples below which a busy moment may have spoilt all of them.
const ENOUGH: u32 = 4;

/// Number of bytes that tell a rate. Fewer may have waited on this machine.
const TELLING: u64 = 256 << 10;

/// What is measured of one client.
pub(super) struct Pace {
    since: Instant,
    /// All bytes of values that have arrived.
    arrived: Arc<AtomicU64>,
    /// Number of values that are requested now.
    in_flight: AtomicUsize,
    latency: Extreme,
    single: Extreme,
    all: Extreme,
}

tokio::task_local! {
    static SENT: Sent;
}

/// When the latest attempt of a request was sent, and what had arrived before.
struct Sent {
    arrived: Arc<AtomicU64>,
    at: Cell<Option<(Instant, u64)>>,
}

/// Notes that a request is sent now: it has waited for its turn.
pub(super) fn sent() {
    let note = |sent: &Sent| sent.at.set(Some((Instant::now(), sent.arrived.load(Relaxed))));
    // Not every request is measured.
    SENT.try_with(note).ok();
}

/// What was measured in the last minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    /// Seconds from a request to the begin of its answer.
    pub(super) latency: f64,
    /// Bytes a second that arrive on all connections together.
    pub(super) rate: f64,
    /// Bytes a second that arrive on one connection.
    pub(super) single: f64,
}

/// A value that is requested.
pub(super) struct Requested<'a> {
    pace: &'a Pace,
    began: Instant,
    /// What had arrived before.
    before: u64,
    latency: f64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            arrived: Arc::default(),
            in_flight: AtomicUsize::new(0),
            latency: Extreme::default(),
            single: Extreme::default(),
            all: Extreme::default(),
        }
    }

    /// Begins to measure a request.
    pub(super) fn request(&self) -> Requested<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        let before = self.arrived.load(Relaxed);
        Requested { pace: self, began: Instant::now(), before, latency: f64::INFINITY }
    }

    /// Number of values that are requested now.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// What was measured in the last minute; `None` if that does not suffice.
    pub(super) fn known(&self) -> Option<Known> {
        let now = self.now();
        let (latency, single) = (self.latency.sure(now)?, self.single.sure(now));
        let rate = self.all.sure(now).into_iter().chain(single).reduce(f64::max)?;
        Some(Known { latency, rate, single: single.unwrap_or(rate) })
    }

    /// The latest latency and rate, whenever they were measured.
    pub(super) fn latest(&self) -> (Option<f64>, Option<f64>) {
        let rates = [self.all.get(), self.single.get()].into_iter().flatten();
        let rate = rates.map(|(_, rate)| rate).reduce(f64::max);
        (self.latency.get().map(|(_, latency)| latency), rate)
    }

    fn now(&self) -> u32 {
        seconds(self.since.elapsed())
    }

    /// Learns the time to the begin of an answer.
    fn answered(&self, now: u32, latency: f64) {
        self.latency.see(now, latency, |new, old| new < old);
    }

    /// Learns from a value of so many bytes that took so long in all, while so many arrived.
    fn ended(&self, now: u32, (bytes, all): (u64, u64), took: f64, latency: f64) {
        let higher = |new, old| new > old;
        // Others on their way at the same time take their part of the network.
        if bytes >= TELLING && all <= bytes + bytes / 4 {
            // An answer that is noticed late has waited here meanwhile, so the shortest time counts.
            let least = self.latency.since(now).unwrap_or(latency).min(latency);
            self.single.see(now, bytes as f64 / (took - least).max(1e-6), higher);
        }
        if all >= TELLING {
            self.all.see(now, all as f64 / took.max(1e-6), higher);
        }
    }
}

impl Requested<'_> {
    /// Sends the request. What it waits for before its last attempt is not measured.
    pub(super) async fn send<T>(&mut self, work: impl Future<Output = T>) -> T {
        let sent = Sent { arrived: Arc::clone(&self.pace.arrived), at: Cell::new(None) };
        let noted = async {
            let done = work.await;
            (SENT.with(|sent| sent.at.get()), done)
        };
        let (at, done) = SENT.scope(sent, noted).await;
        (self.began, self.before) = at.unwrap_or((self.began, self.before));
        done
    }

    /// The answer begins.
    pub(super) fn answered(&mut self) {
        self.latency = self.began.elapsed().as_secs_f64();
        self.pace.answered(self.pace.now(), self.latency);
    }

    /// Some bytes have arrived.
    pub(super) fn arrived(&self, bytes: usize) {
        self.pace.arrived.fetch_add(bytes as u64, Relaxed);
    }

    /// All bytes have arrived.
    pub(super) fn ended(&self, bytes: u64) {
        let all = self.pace.arrived.load(Relaxed).saturating_sub(self.before);
        let took = self.began.elapsed().as_secs_f64();
        self.pace.ended(self.pace.now(), (bytes, all), took, self.latency);
    }
}

impl Drop for Requested<'_> {
    fn drop(&mut self) {
        self.pace.in_flight.fetch_sub(1, Relaxed);
    }
}

fn seconds(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_secs()).unwrap_or(u32::MAX)
}

/// The most extreme number of the last minute.
#[derive(Default)]
struct Extreme {
    /// The number, and the second in which it was seen: in one word, so that no reader sees half of
    /// it. What is lost between two threads does no harm.
    word: AtomicU64,
    /// Number of samples since a minute without any.
    samples: AtomicU32,
}

impl Extreme {
    fn see(&self, now: u32, number: f64, is_better: impl Fn(f64, f64) -> bool) {
        let old = self.since(now);
        let samples = if old.is_some() { self.samples.load(Relaxed) } else { 0 };
        self.samples.store(samples.saturating_add(1), Relaxed);
        if old.is_none_or(|old| is_better(number, old)) {
            let bits = u64::from((number as f32).to_bits());
            self.word.store(u64::from(now) << 32 | bits, Relaxed);
        }
    }

    fn sure(&self, now: u32) -> Option<f64> {
        self.since(now).filter(|_| self.samples.load(Relaxed) >= ENOUGH)
    }

    fn since(&self, now: u32) -> Option<f64> {
        self.get().filter(|(seen, _)| now.saturating_sub(*seen) <= LASTS).map(|(_, number)| number)
    }

    fn get(&self) -> Option<(u32, f64)> {
        let word = self.word.load(Relaxed);
        let number = f32::from_bits(word as u32);
        (number > 0.0).then(|| ((word >> 32) as u32, f64::from(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::{ENOUGH, Instant, Known, Pace, sent};
    use crate::remote::runtime::runtime;

    const MIB: u64 = 1 << 20;

    /// Catches a latency or a rate that a busy moment makes worse, and a rate of few bytes.
    #[test]
    fn the_best_of_a_minute_counts() {
        let pace = Pace::new();
        assert_eq!(pace.known(), None);
        for latency in [0.5, 0.25, 4.0, 4.0] {
            pace.answered(0, latency);
        }
        for _ in 0..ENOUGH {
            pace.ended(0, (1 << 10, 1 << 10), 0.25, 0.25);
        }
        assert_eq!(pace.known(), None);
        for took in [8.0, 4.25, 9.0] {
            pace.ended(0, (MIB, MIB), took, 0.25);
            // One moment may have been a busy one.
            assert_eq!(pace.known(), None);
        }
        pace.ended(0, (MIB, MIB), 1.25, 1.25);
        let mut known = Known { latency: 0.25, rate: MIB as f64, single: MIB as f64 };
        assert_eq!(pace.known(), Some(known));
        // Beside others, a connection is slower than it could be.
        pace.ended(0, (MIB, 8 * MIB), 1.0, 0.75);
        known.rate = 8.0 * MIB as f64;
        assert_eq!(pace.known(), Some(known));
    }

    /// Catches a server that is taken for as fast as it once was, or for slower because of a pause.
    #[test]
    fn what_is_old_is_forgotten_but_still_told() {
        let pace = Pace::new();
        for _ in 0..ENOUGH {
            pace.answered(0, 0.25);
            pace.ended(0, (MIB, MIB), 0.5, 0.25);
        }
        assert!(pace.latency.sure(60).is_some() && pace.latency.sure(61).is_none());
        assert_eq!(pace.latest(), (Some(0.25), Some(4.0 * MIB as f64)));
        pace.answered(30, 0.5);
        assert_eq!(pace.latency.sure(60), Some(0.25));
        pace.answered(61, 0.5);
        assert_eq!((pace.latency.since(61), pace.latency.sure(61)), (Some(0.5), None));
    }

    /// Catches a request that counts as in flight for ever, and bytes that are not counted.
    #[test]
    fn a_value_is_in_flight_until_it_ends() {
        let pace = Pace::new();
        for _ in 0..ENOUGH {
            let mut one = pace.request();
            assert_eq!(pace.in_flight(), 1);
            one.answered();
            one.arrived(MIB as usize);
            one.ended(MIB);
        }
        assert_eq!(pace.in_flight(), 0);
        assert!(pace.known().is_some());
    }

    /// Catches a server that is taken for slow because its requests waited for their turn.
    #[test]
    fn a_wait_for_the_turn_is_not_measured() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let (pace, other) = (Pace::new(), Pace::new());
        let (mut one, elsewhere) = (pace.request(), other.request());
        let turn = runtime.block_on(one.send(async {
            sent();
            elsewhere.arrived(7);
            pace.request().arrived(5);
            let turn = Instant::now();
            sent();
            turn
        }));
        assert!(one.began >= turn);
        assert_eq!(one.before, 5);
        // Without a turn, as in other stores.
        let mut one = pace.request();
        let began = one.began;
        runtime.block_on(one.send(async {}));
        assert_eq!(one.began, began);
    }
}
