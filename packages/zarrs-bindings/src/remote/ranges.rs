//! What to request of a shard: all of it, or its index and ranges of subchunks.

use crate::call::{Call, Touched};
use crate::options::Opts;
use crate::remote::cost::{Limits, Many, Shape, fits};
use crate::remote::pace::Known;

/// Neighboring subchunks that are requested together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) at: u64,
    pub(super) length: u64,
    /// Number, offset in the shard and length of each wanted subchunk.
    pub(super) parts: Vec<(usize, u64, u64)>,
}

/// Number of the subchunks of a shard that are in the array: the others are never wanted.
pub(super) fn inside(call: &Call<'_>, touched: &Touched<'_>) -> u64 {
    let info = &call.entry.info;
    let axes = touched.part.cell().zip(&info.grid.axes).zip(&info.shape);
    let counts = axes.zip(&touched.shard.per).zip(&touched.shard.chunk.shape).map(
        |((((cell, axis), length), per), extent)| {
            length.saturating_sub(axis.start(cell)).div_ceil(*extent).min(*per)
        },
    );
    counts.product()
}

/// Whether the whole shard is cheaper than its index and then the wanted subchunks. What was measured
/// tells it. If nothing was, a small shard is, and so is a shard of which so many subchunks are wanted
/// that one range would have them all, with at most a third more bytes.
pub(super) fn is_cheap(opts: &Opts, touched: &Touched<'_>, known: Option<(Known, Many)>) -> bool {
    let (shard, wanted) = (&touched.shard, touched.plan.len() as u64);
    let size = shard.count.saturating_mul(shard.chunk.size);
    let is_small = size <= opts.coalesce_max_gap;
    if shard.chunk.has_vlen() {
        return is_small;
    }
    let may_join = size <= opts.coalesce_max_bytes
        && touched.longest_gap().saturating_mul(shard.chunk.size) <= opts.coalesce_max_gap;
    let is_dense = may_join && wanted.saturating_mul(4) >= shard.count.saturating_mul(3);
    let Some((known, many)) = known else { return is_small || is_dense };
    let whole = Shape::one(size);
    let parts = Shape::two(shard.index_size(), wanted.saturating_mul(shard.chunk.size));
    if is_small || is_dense {
        !known.prefers(parts, whole, many)
    } else {
        may_join && known.prefers(whole, parts, many)
    }
}

/// Joins subchunks (number, offset and length) whose gaps and total size are within the limits, or
/// within lower ones, if that takes less time.
pub(super) fn join(
    mut order: Vec<(usize, u64, u64)>,
    given: Limits,
    known: Option<(Known, Many)>,
) -> Vec<Range> {
    order.sort_unstable_by_key(|(job, at, length)| (*at, *length, *job));
    let limits = known.map_or(given, |(known, many)| {
        let parts: Vec<_> = order.iter().map(|(_, at, length)| (*at, *length)).collect();
        known.limits(&parts, given, many)
    });
    let mut ranges: Vec<Range> = Vec::new();
    for (job, at, length) in order {
        let fits = |last: &&mut Range| fits(limits, (last.at, last.at + last.length), (at, length));
        match ranges.last_mut().filter(fits) {
            Some(last) => {
                last.length = last.length.max(at + length - last.at);
                last.parts.push((job, at, length));
            }
            None => ranges.push(Range { at, length, parts: vec![(job, at, length)] }),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::{Limits, Range, join};

    /// Catches a gap or a size above its limit, and subchunks that are lost or out of place.
    #[test]
    fn neighbors_are_joined_up_to_the_limits() {
        let parts = vec![(0, 30, 10), (1, 0, 10), (2, 15, 10), (3, 100, 0)];
        let spans = |gap, most| -> Vec<(u64, u64)> {
            let limits = Limits { gap, most };
            join(parts.clone(), limits, None).iter().map(|r| (r.at, r.length)).collect()
        };
        assert_eq!(spans(0, 99), [(0, 10), (15, 10), (30, 10), (100, 0)]);
        assert_eq!(spans(5, 99), [(0, 40), (100, 0)]);
        assert_eq!(spans(5, 39), [(0, 25), (30, 10), (100, 0)]);
        assert_eq!(spans(60, 100), [(0, 100)]);
        assert_eq!(spans(5, 0), [(0, 10), (15, 10), (30, 10), (100, 0)]);
        let parts = vec![(1, 0, 10), (2, 15, 10)];
        let expected = Range { at: 0, length: 25, parts: parts.clone() };
        assert_eq!(join(parts, Limits { gap: 5, most: 99 }, None), [expected]);
    }
}
