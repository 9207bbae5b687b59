#![expect(unsafe_code, reason = "positions by address")]

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use smallvec::smallvec;

use super::{Axis, ChunkAxis, Dims, Groups, Plan, Points, strides};
use crate::memory::positions::Positions;
use crate::threads::limits::Limits;

const LIMITS: Limits<'static> = Limits { threads: Some(1), waits: false, interrupted: &|| Ok(()) };

fn even(extents: &[u64]) -> Vec<ChunkAxis> {
    extents.iter().map(|extent| ChunkAxis::Even(*extent)).collect()
}

fn points(axes: &[&[i64]]) -> Points {
    let positions = |axis: &&[i64]| {
        // SAFETY: the slices outlive the points in each test.
        unsafe { Positions::new(axis.as_ptr().cast(), 8, axis.len()) }
    };
    let points = Points::new(axes.iter().map(positions).collect(), axes[0].len());
    points.unwrap_or_else(|error| unreachable!("{error}"))
}

/// Catches points that are lost, or in the wrong cell or order, in sparse and dense grids.
#[test]
fn every_point_is_in_its_cell_in_the_order_given() {
    let rows: Vec<i64> = (0..500).map(|i| i * 7919 % 101).collect();
    let columns: Vec<i64> = (0..500).map(|i| i * 104_729 % 97).collect();
    for extents in [[1, 1], [3, 2], [10, 97], [101, 97], [200, 5]] {
        let points = points(&[&rows, &columns]);
        let groups = Groups::new(points, &[101, 97], &even(&extents), LIMITS);
        let groups = groups.unwrap_or_else(|error| unreachable!("{error}"));
        let mut seen = Vec::new();
        let mut last = Vec::new();
        for number in 0..groups.len() {
            let cell = groups.cell(number).to_vec();
            assert!(last < cell, "{extents:?}");
            let picks = groups.picks(number, &[1000, 1], |n| n as isize).unwrap_or_default();
            assert!(picks.is_sorted_by_key(|pick| pick.at));
            for pick in picks {
                let row = (cell[0] * extents[0]) as i64 + pick.inside as i64 / 1000;
                let column = (cell[1] * extents[1]) as i64 + pick.inside as i64 % 1000;
                seen.push((pick.at as usize, row, column));
            }
            last = cell;
        }
        seen.sort_unstable();
        let all = rows.iter().zip(&columns).enumerate().map(|(n, (r, c))| (n, *r, *c));
        assert_eq!(seen, all.collect::<Vec<_>>(), "{extents:?}");
    }
}

/// Catches positions outside the array, including far beyond any grid.
#[test]
fn positions_outside_of_the_array_are_refused() {
    for wrong in [-1, 5, i64::MIN, i64::MAX] {
        for shape in [[5, 5], [5, 1 << 62]] {
            let axes = [[0, wrong, 1], [4, 4, 4]];
            let points = points(&[&axes[0], &axes[1]]);
            assert!(Groups::new(points, &shape, &even(&[2, 1]), LIMITS).is_err(), "{wrong}");
        }
    }
}

/// Catches use of a position that changed after its check, and now leads outside the chunk.
#[test]
fn positions_that_change_lead_to_no_place_outside_of_a_chunk() {
    let axis = || (0..2).map(|n| AtomicI64::new(n % 5)).collect::<Vec<_>>();
    let (rows, columns, done) = (axis(), axis(), AtomicBool::new(false));
    let positions = |axis: &[AtomicI64]| {
        // SAFETY: the lists outlive the points.
        unsafe { Positions::new(axis.as_ptr().cast(), 8, axis.len()) }
    };
    let groups = || {
        let points = Points::new(smallvec![positions(&rows), positions(&columns)], rows.len())?;
        Groups::new(points, &[5, 5], &even(&[3, 2]), LIMITS)
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0_usize.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                // Each position is inside the array, so that grouping accepts it, but in another chunk.
                let (place, value) = (turn % 2, turn as i64 * 3 % 5);
                rows[place].store(value, Ordering::Relaxed);
                columns[place].store(4 - value, Ordering::Relaxed);
            }
        });
        let mut outside = 0;
        for groups in (0..100_000).filter_map(|_| groups().ok()) {
            for number in 0..groups.len() {
                let picks = groups.picks(number, &[2, 1], |n| n as isize).unwrap_or_default();
                outside += picks.iter().filter(|pick| !(0..6).contains(&pick.inside)).count();
            }
        }
        done.store(true, Ordering::Relaxed);
        assert_eq!(outside, 0);
    });
}

/// Catches failure in grids with too many chunks to number, although there are few points.
#[test]
fn a_huge_grid_is_numbered_where_the_points_are() {
    let axes = [[1_i64 << 50, (1 << 50) + 3], [0, 2], [(1 << 60) - 1, (1 << 60) - 2]];
    let given = || points(&[&axes[0], &axes[1], &axes[2]]);
    let shape = [1 << 60; 3];
    let groups = Groups::new(given(), &shape, &even(&[1, 1, 1]), LIMITS);
    let cells = groups.map(|g| (0..g.len()).map(|n| g.cell(n).to_vec()).collect::<Vec<_>>());
    let expected: Vec<Vec<u64>> =
        (0..2).map(|n| axes.iter().map(|axis| axis[n] as u64).collect()).collect();
    assert_eq!(cells.unwrap_or_default(), expected);
    let far = [[0, 1 << 59]; 3];
    let far = points(&[&far[0], &far[1], &far[2]]);
    assert!(Groups::new(far, &shape, &even(&[1, 1, 1]), LIMITS).is_err());
}

/// Catches a chunk that counts as covered because of duplicate points.
#[test]
fn only_distinct_points_cover_a_chunk() {
    let covers = |rows: &[i64], columns: &[i64]| {
        let groups = Groups::new(points(&[rows, columns]), &[2, 3], &even(&[2, 2]), LIMITS);
        groups.is_ok_and(|groups| groups.cover(0, &[2, 2]))
    };
    assert!(covers(&[0, 1, 1, 0], &[0, 1, 0, 1]));
    assert!(covers(&[0, 1, 1, 0, 0], &[0, 1, 0, 1, 1]));
    assert!(!covers(&[0, 1, 1, 0], &[0, 1, 0, 0]));
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
