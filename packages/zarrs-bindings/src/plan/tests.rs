//! Tests of plans, and helpers for the tests of points.

#![expect(unsafe_code, reason = "reads positions by address")]

use smallvec::smallvec;

use super::{Axis, ChunkAxis, Dims, Plan, Points, strides};
use crate::memory::positions::Positions;

pub(super) fn even(extents: &[u64]) -> Vec<ChunkAxis> {
    extents.iter().map(|extent| ChunkAxis::Even(*extent)).collect()
}

/// The positions of a list, which must outlive them.
pub(super) fn positions(list: &[i64]) -> Positions {
    // SAFETY: the lists of each test outlive the positions.
    unsafe { Positions::new(list.as_ptr().cast(), 8, list.len()) }
}

pub(super) fn points(axes: &[&[i64]]) -> Points {
    let count = axes[0].len();
    let axes = axes.iter().map(|axis| positions(axis)).collect();
    let points = Points::new(axes, count);
    points.unwrap_or_else(|error| unreachable!("{error}"))
}

/// Catches a wrong conversion of job numbers to cells if shapes are ragged.
#[test]
fn jobs_are_enumerated_in_c_order() {
    let axes: Dims<Axis> = smallvec![Axis::all(7, 3), Axis::span(1, 2, 2, &ChunkAxis::Even(2)),];
    let plan = Plan::new(axes).unwrap_or_else(|_| unreachable!());
    let cells: Vec<Vec<u64>> = (0..plan.len()).map(|job| plan.part(job).cell().collect()).collect();
    assert_eq!(cells, [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]);
}

/// Catches a multiplication overflow that results in a small number of jobs.
#[test]
fn too_many_cells_are_refused() {
    assert!(Plan::new(smallvec![Axis::all(1 << 40, 1), Axis::all(1 << 40, 1)]).is_err());
}

/// Catches strides of the wrong axis.
#[test]
fn the_last_axis_is_contiguous() {
    assert_eq!(strides(&[7, 5], 4).as_slice(), [20, 4]);
}
