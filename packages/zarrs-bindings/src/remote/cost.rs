//! Which requests take the least time, given what was measured of a server.
//!
//! The model is coarse, so another plan than the usual one must be clearly better.

#![expect(clippy::cast_precision_loss, reason = "estimates need no more than 52 bits")]

use crate::remote::pace::Known;

/// Processor time of a request, here and at the server, in seconds. With 2 cores of 2.5 GHz it is
/// 40 µs without encryption and signature.
const REQUEST: f64 = 100e-6;

/// What the time of another plan may be, as a part of the usual plan's. More requests are a load for
/// servers, and some cost money.
const BETTER: f64 = 7.0 / 8.0;
const BETTER_WITH_MORE: f64 = 3.0 / 4.0;

/// Shortest range into which a longer one is split.
const SHORTEST: u64 = 1 << 20;

/// The requests for one of several equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Number of requests of which each waits for the one before.
    pub(super) trips: u64,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    /// The most bytes that follow each other on one connection.
    pub(super) longest: u64,
}

impl Shape {
    /// One request.
    pub(super) fn one(bytes: u64) -> Self {
        Self { trips: 1, requests: 1, bytes, longest: bytes }
    }

    /// A small request, and then another one.
    pub(super) fn two(small: u64, bytes: u64) -> Self {
        Self { trips: 2, requests: 2, bytes: small.saturating_add(bytes), longest: bytes }
    }
}

/// How many values a call requests, and how many requests may be in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Many {
    pub(super) values: usize,
    pub(super) in_flight: usize,
}

/// The most unwanted bytes between two parts of a range, and the most bytes of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) gap: u64,
    pub(super) most: u64,
}

impl Known {
    /// Whether another plan takes clearly less time than the usual one.
    pub(super) fn prefers(&self, other: Shape, usual: Shape, many: Many) -> bool {
        let has_more = other.requests > usual.requests;
        let part = if has_more { BETTER_WITH_MORE } else { BETTER };
        self.time(other, many) < part * self.time(usual, many)
    }

    /// The time of all requests, in seconds.
    pub(super) fn time(&self, shape: Shape, many: Many) -> f64 {
        let values = many.values.max(1) as f64;
        let requests = values * shape.requests as f64;
        let trips = (shape.trips as f64).max(requests / many.in_flight.max(1) as f64);
        let all = values * shape.bytes as f64 / self.rate;
        self.latency * trips + REQUEST * requests + all.max(shape.longest as f64 / self.single)
    }

    /// The plan that takes the least time, if it is clearly better than the usual one.
    fn best<P: Copy>(
        &self,
        usual: P,
        others: impl Iterator<Item = P>,
        shape: impl Fn(P) -> Shape,
        many: Many,
    ) -> P {
        let time = |plan: &P| self.time(shape(*plan), many);
        let better = others.filter(|plan| self.prefers(shape(*plan), shape(usual), many));
        better.min_by(|one, other| time(one).total_cmp(&time(other))).unwrap_or(usual)
    }

    /// The limits by which to join parts of a value (offset and length, in order), never above the
    /// given ones.
    pub(super) fn limits(&self, parts: &[(u64, u64)], given: Limits, many: Many) -> Limits {
        let waiting = self.latency / many.in_flight.max(1) as f64;
        let gaps =
            [REQUEST, REQUEST + waiting].map(|time| ((self.rate * time) as u64).min(given.gap));
        let short = ((self.single * self.latency) as u64).max(SHORTEST).min(given.most);
        let gaps = gaps.into_iter().chain([given.gap]);
        let others = gaps.flat_map(|gap| [given.most, short].map(|most| Limits { gap, most }));
        self.best(given, others, |limits| joined(parts, limits), many)
    }

    /// The size of the parts in which to request a value, one of `sizes`, and so many at once; `None`
    /// for the whole in one.
    pub(super) fn part(
        &self,
        size: u64,
        (sizes, at_once): (&[u64], u64),
        many: Many,
    ) -> Option<u64> {
        let others = sizes.iter().copied().map(Some);
        self.best(None, others, |part| in_parts(size, part, at_once), many)
    }
}

/// The requests for a value in parts: the first one alone, then some at once.
fn in_parts(size: u64, part: Option<u64>, at_once: u64) -> Shape {
    let Some(part) = part.filter(|part| *part < size) else { return Shape::one(size) };
    let requests = size.div_ceil(part);
    let trips = 1 + (requests - 1).div_ceil(at_once);
    Shape { trips, requests, bytes: size, longest: trips * part }
}

/// Whether a part that begins at an offset is requested with those before it.
pub(super) fn fits(limits: Limits, (start, end): (u64, u64), (at, length): (u64, u64)) -> bool {
    at.saturating_sub(end) <= limits.gap && (at + length).max(end) - start <= limits.most
}

/// The requests for parts that are joined.
fn joined(parts: &[(u64, u64)], limits: Limits) -> Shape {
    let mut shape = Shape { trips: 1, requests: 0, bytes: 0, longest: 0 };
    let mut last: Option<(u64, u64)> = None;
    for (at, length) in parts.iter().copied() {
        let (start, end) = match last {
            Some((start, end)) if fits(limits, (start, end), (at, length)) => {
                shape.bytes = shape.bytes.saturating_sub(end - start);
                (start, end.max(at + length))
            }
            _ => {
                shape.requests += 1;
                (at, at + length)
            }
        };
        shape.bytes = shape.bytes.saturating_add(end - start);
        shape.longest = shape.longest.max(end - start);
        last = Some((start, end));
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::{Known, Limits, Many, Shape, in_parts, joined};

    const MIB: u64 = 1 << 20;
    const SIZES: [u64; 3] = [8 * MIB, 4 * MIB, 2 * MIB];

    fn known(milliseconds: f64, rate: f64, single: f64) -> Known {
        Known { latency: milliseconds / 1e3, rate: rate * 1e6, single: single * 1e6 }
    }

    fn many(values: usize) -> Many {
        Many { values, in_flight: 128 }
    }

    /// Calls a function for networks from a machine's own to another continent's.
    fn each(mut check: impl FnMut(Known, Many)) {
        for latency in [0.05, 0.3, 1.0, 5.0, 30.0, 100.0, 400.0] {
            for rate in [1.0, 20.0, 100.0, 500.0, 2_000.0] {
                for part in [1.0, 0.3, 0.05] {
                    for values in [1, 3, 100, 5000] {
                        check(known(latency, rate, rate * part), many(values));
                    }
                }
            }
        }
    }

    /// Catches a plan that is worse than what is done if nothing was measured, and limits of the user
    /// that are exceeded.
    #[test]
    fn no_plan_takes_longer_than_the_usual_one() {
        let mut state = 1_u64;
        let mut random = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        each(|known, many| {
            let mut at = 0;
            let parts: Vec<_> = (0..=random(40))
                .map(|_| {
                    at += random(3 * MIB) * random(2);
                    let part = (at, random(MIB));
                    at += part.1;
                    part
                })
                .collect();
            let given = Limits { gap: random(2 * MIB), most: 1 + random(32 * MIB) };
            let limits = known.limits(&parts, given, many);
            assert!(limits.gap <= given.gap && limits.most <= given.most);
            let time = |limits| known.time(joined(&parts, limits), many);
            assert!(time(limits) <= time(given), "{known:?} {parts:?}");
            let size = 2 * MIB + random(100 * MIB);
            let part = known.part(size, (&SIZES, 8), many);
            let time = |part| known.time(in_parts(size, part, 8), many);
            assert!(time(part) <= time(None), "{known:?} {size}");
        });
    }

    /// Catches a whole shard where a second request is cheaper, and the contrary.
    #[test]
    fn a_round_trip_is_worth_the_bytes_of_its_time() {
        let (whole, parts) = (Shape::one(MIB), Shape::two(1 << 10, 16 << 10));
        let prefers_parts = |known: Known, values| known.prefers(parts, whole, many(values));
        assert!(prefers_parts(known(0.5, 100.0, 100.0), 1));
        assert!(prefers_parts(known(10.0, 20.0, 20.0), 1));
        assert!(!prefers_parts(known(10.0, 200.0, 200.0), 1));
        assert!(!prefers_parts(known(50.0, 100.0, 100.0), 1));
        // The round trips of many values pass together, and their bytes do not.
        assert!(prefers_parts(known(50.0, 100.0, 100.0), 100));
        assert!(known(50.0, 1000.0, 1000.0).prefers(whole, parts, many(1)));
    }

    /// Catches gaps that take longer than a request, and requests that take longer than a gap.
    #[test]
    fn a_gap_is_joined_if_that_is_faster() {
        let parts: Vec<_> = (0..16).map(|n| ((n * 256) << 10, 128 << 10)).collect();
        let given = Limits { gap: MIB, most: 16 * MIB };
        let requests = |known: Known, values| {
            joined(&parts, known.limits(&parts, given, many(values))).requests
        };
        assert_eq!(requests(known(1.0, 50.0, 50.0), 1), 16);
        assert_eq!(requests(known(50.0, 2_000.0, 2_000.0), 1), 1);
        let two = [(0, 10), (5, 10), (100, 10)];
        let shape = joined(&two, Limits { gap: 0, most: MIB });
        assert_eq!(shape, Shape { trips: 1, requests: 2, bytes: 25, longest: 15 });
    }

    /// Catches parts of a value whose one connection fills the network, or that is one of many.
    #[test]
    fn a_value_is_split_if_one_connection_is_slow() {
        let part = |known: Known, values| known.part(16 * MIB, (&SIZES, 8), many(values));
        assert_eq!(part(known(20.0, 1000.0, 80.0), 1), Some(2 * MIB));
        assert_eq!(part(known(20.0, 1000.0, 80.0), 100), None);
        assert_eq!(part(known(1.0, 100.0, 100.0), 1), None);
        assert_eq!(part(known(900.0, 1000.0, 80.0), 1), None);
    }
}
