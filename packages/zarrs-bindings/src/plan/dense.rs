//! Points so many and so disordered that it is cheaper to read the box around them, and then to
//! copy each from there, than to order them by chunk.

use super::chunk_axis::ChunkAxis;
use super::grouped::Places;
use super::points::{ArrayPoints, Cells, Points};
use super::run::Run;
use crate::errors::{Error, Result};
use crate::memory::reserve::room;
use crate::plan::Dims;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::POINTS_PER_JOB;

/// Points of a box, each chunk of which has some.
#[derive(Debug)]
pub(crate) struct Dense {
    points: Points,
    /// Start and count of the box on each axis.
    pub(crate) axes: Dims<(u64, u64)>,
}

/// Most bytes of the box for each point: as many as the point would take in order.
const BYTES: u64 = size_of::<Run>() as u64;

/// Least number of points for each chunk, on average.
const PER_CHUNK: u64 = 16;

/// Number of pairs of neighbors that show how disordered points are.
const SAMPLES: usize = 256;

impl Dense {
    /// The points of a box, by its start and count on each axis: see [`around`].
    pub(crate) fn new(points: Points, axes: Dims<(u64, u64)>) -> Self {
        Self { points, axes }
    }

    /// Number of points.
    pub(crate) fn count(&self) -> usize {
        self.points.len
    }

    /// Finds the places of points from `first` on, in a box with these strides. Others may have
    /// changed the points meanwhile; no place is outside the box.
    pub(crate) fn places(&self, first: usize, strides: &[isize], into: &mut [isize]) -> Result<()> {
        into.fill(0);
        for (axis, (range, stride)) in self.axes.iter().zip(strides).enumerate() {
            if !self.points.offsets(axis, first, *range, *stride, into) {
                return Err(Error::Bounds(
                    "a position of the selection is outside of the array, or was changed while it \
                     was in use"
                        .into(),
                ));
            }
        }
        Ok(())
    }
}

/// The box around points of an array with elements of `item` bytes, if reading it is worthwhile, and
/// within the budget. This depends on the points only, and not on the number of threads.
pub(crate) fn around(
    points: &Points,
    shape: &[u64],
    chunk_axes: &[ChunkAxis],
    item: usize,
    budget: u64,
    limits: Limits<'_>,
) -> Result<Option<Dims<(u64, u64)>>> {
    let len = points.len;
    if len < POINTS_PER_JOB || points.axes.is_empty() || !is_disordered(points) {
        return Ok(None);
    }
    let cells = Cells::new(shape.into(), chunk_axes.iter().cloned().collect())?;
    let Some(count) = cells.len().filter(|n| (1..=len as u64 / PER_CHUNK).contains(n)) else {
        return Ok(None);
    };
    let most = budget.min(len as u64 * BYTES) / item.max(1) as u64;
    let axes = touched(points, &cells, count as usize, limits)?;
    Ok(axes.filter(|axes| {
        let volume = axes.iter().try_fold(1_u64, |n, (_, count)| n.checked_mul(*count));
        volume.is_some_and(|volume| volume <= most)
    }))
}

/// Whether few of the points follow the one before.
fn is_disordered(points: &Points) -> bool {
    let pair = |sample| sample * (points.len - 2) / SAMPLES;
    2 * (0..SAMPLES).filter(|sample| points.is_followed(pair(*sample))).count() < SAMPLES
}

/// The box of cells around the points, if each of them has a point.
fn touched(
    points: &Points,
    cells: &Cells,
    count: usize,
    limits: Limits<'_>,
) -> Result<Option<Dims<(u64, u64)>>> {
    let len = points.len;
    let blocks = len.div_ceil(POINTS_PER_JOB).min(len / count);
    let size = len.div_ceil(blocks);
    let seen_by = |block: usize| -> Result<Vec<bool>> {
        let mut seen = room(count, "a list of points")?;
        seen.resize(count, false);
        let range = (block * size).min(len)..((block + 1) * size).min(len);
        ArrayPoints { points, cells }.each(range, &mut |cell, _| {
            seen[cell as usize] = true;
            Ok(())
        })?;
        Ok(seen)
    };
    // Often the first points are everywhere.
    let mut found = vec![seen_by(0)?];
    if found[0].contains(&false) {
        found.extend(jobs::collect(blocks - 1, u64::MAX, limits, |block| seen_by(block + 1))?);
    }
    let is_touched = |cell: &u64| found.iter().any(|seen| seen[*cell as usize]);
    let all: Vec<u64> = (0..count as u64).filter(is_touched).collect();
    let Some((first, rest)) = all.split_first() else {
        return Ok(None);
    };
    let (mut low, mut end) = cells.bounds(*first);
    let mut volume: Dims<(u64, u64)> = cells.index(*first).iter().map(|at| (*at, *at)).collect();
    for cell in rest {
        let (start, stop) = cells.bounds(*cell);
        for (axis, at) in cells.index(*cell).iter().enumerate() {
            low[axis] = low[axis].min(start[axis]);
            end[axis] = end[axis].max(stop[axis]);
            volume[axis] = (volume[axis].0.min(*at), volume[axis].1.max(*at));
        }
    }
    let volume: u64 = volume.iter().map(|(first, last)| last - first + 1).product();
    let axes = low.iter().zip(&end).map(|(low, end)| (*low, end - low));
    Ok((volume == all.len() as u64).then(|| axes.collect()))
}

#[cfg(test)]
mod tests {
    #![expect(unsafe_code, reason = "reads positions by address")]

    use std::sync::atomic::{AtomicI64, Ordering};

    use smallvec::smallvec;

    use super::{BYTES, Dense, PER_CHUNK, POINTS_PER_JOB, Points, around};
    use crate::memory::positions::Positions;
    use crate::plan::ChunkAxis;
    use crate::plan::tests::positions;
    use crate::threads::limits::ALONE;

    const COUNT: usize = POINTS_PER_JOB + 7;

    /// Positions below `length` in no order.
    fn disordered(length: u64, factor: u64) -> Vec<i64> {
        (0..COUNT as u64).map(|n| (n * factor % length) as i64).collect()
    }

    fn found(axes: &[&[i64]], shape: &[u64], chunks: &[u64], item: usize) -> Option<Dense> {
        let axes = axes.iter().map(|axis| positions(axis)).collect();
        let chunk_axes: Vec<_> = chunks.iter().map(|extent| ChunkAxis::Even(*extent)).collect();
        let points = Points::new(axes, COUNT).unwrap_or_else(|error| unreachable!("{error}"));
        let around = around(&points, shape, &chunk_axes, item, u64::MAX, ALONE);
        let around = around.unwrap_or_else(|error| unreachable!("{error}"));
        around.map(|axes| Dense::new(points, axes))
    }

    /// Catches a box that is too small or too large, and points that are read from other places.
    #[test]
    fn the_box_holds_all_points_in_its_order() {
        let (mut rows, columns) = (disordered(300, 7919), disordered(401, 104_729));
        for row in &mut rows {
            *row += 100;
        }
        let dense = found(&[&rows, &columns], &[500, 430], &[64, 50], 4);
        let dense = dense.unwrap_or_else(|| unreachable!("a box is worthwhile"));
        assert_eq!(dense.axes.as_slice(), [(64, 384), (0, 430)]);
        let mut places = vec![0; COUNT - 3];
        assert!(dense.places(3, &[430, 1], &mut places).is_ok());
        let place = |n: usize| ((rows[n] - 64) * 430 + columns[n]) as isize;
        assert!((3..COUNT).map(place).eq(places));
    }

    /// Catches a place outside the box because others changed the points after the check.
    #[test]
    fn points_that_leave_the_box_are_refused() {
        for wrong in [-1, 99, 300, 1 << 62] {
            let list: Vec<_> =
                disordered(200, 7919).iter().map(|p| AtomicI64::new(p + 100)).collect();
            // SAFETY: the list outlives the positions.
            let axis = unsafe { Positions::new(list.as_ptr().cast(), 8, COUNT) };
            let points = Points::new(smallvec![axis], COUNT);
            let points = points.unwrap_or_else(|error| unreachable!("{error}"));
            let around = around(&points, &[500], &[ChunkAxis::Even(100)], 4, u64::MAX, ALONE);
            let around = around.ok().flatten();
            let around = around.unwrap_or_else(|| unreachable!("a box is worthwhile"));
            let dense = Dense::new(points, around);
            list[7].store(wrong, Ordering::Relaxed);
            let places = |first| dense.places(first, &[1], &mut [0; 4]);
            assert!(places(8).is_ok() && places(5).is_err(), "{wrong}");
        }
    }

    /// Catches a box that takes more memory, or more chunks, than the points themselves.
    #[test]
    fn a_box_that_is_large_or_has_untouched_chunks_is_not_worthwhile() {
        let length = COUNT as u64 * BYTES / 4;
        let list = disordered(length - 1, 104_729 * 3);
        assert!(found(&[&list], &[length], &[1000], 4).is_some());
        assert!(found(&[&list], &[length], &[1000], 8).is_none());
        assert!(
            found(&[&list], &[length], &[length / (COUNT as u64 / PER_CHUNK + 9)], 4).is_none()
        );
        let gap: Vec<i64> = list.iter().map(|p| if *p < 2000 { *p + 2000 } else { *p }).collect();
        assert!(found(&[&gap], &[length], &[500], 4).is_some_and(|d| d.axes[0].0 == 2000));
        let gap: Vec<i64> = list.iter().map(|p| if p / 2000 == 3 { 0 } else { *p }).collect();
        assert!(found(&[&gap], &[length], &[500], 4).is_none());
    }

    /// Catches points in order, whose runs are cheaper.
    #[test]
    fn points_that_follow_each_other_are_left_to_runs() {
        let list: Vec<i64> = (0..COUNT as i64).map(|n| if n % 9 == 0 { 0 } else { n }).collect();
        assert!(found(&[&list], &[COUNT as u64], &[1000], 4).is_none());
    }
}
