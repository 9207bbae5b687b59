#![expect(unsafe_code, reason = "reads positions by address")]

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use smallvec::smallvec;

use super::{ArrayPoints, Cells, Places, Points, Positions};
use crate::plan::groups::each;
use crate::plan::tests::{even, points};
use crate::plan::{ChunkAxis, Groups};
use crate::threads::limits::ALONE;

/// Catches positions outside the array that are accepted, including some far beyond any grid.
#[test]
fn positions_outside_of_the_array_are_refused() {
    for wrong in [-1, 5, i64::MIN, i64::MAX] {
        for shape in [[5, 5], [5, 1 << 62]] {
            let axes = [[0, wrong, 1], [4, 4, 4]];
            let points = points(&[&axes[0], &axes[1]]);
            assert!(Groups::new(&points, &shape, &even(&[2, 1]), ALONE).is_err(), "{wrong}");
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
        Groups::new(&points, &[5, 5], &even(&[3, 2]), ALONE)
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
                let runs = groups.runs(number, &[2, 1]).unwrap_or_default();
                outside += each(&runs).filter(|(_, inside)| !(0..6).contains(inside)).count();
            }
        }
        done.store(true, Ordering::Relaxed);
        assert_eq!(outside, 0);
    });
}

/// Catches a failure in grids with too many chunks to number, although there are few points.
#[test]
fn a_huge_grid_is_numbered_where_the_points_are() {
    let axes = [[1_i64 << 50, (1 << 50) + 3], [0, 2], [(1 << 60) - 1, (1 << 60) - 2]];
    let given = || points(&[&axes[0], &axes[1], &axes[2]]);
    let shape = [1 << 60; 3];
    let groups = Groups::new(&given(), &shape, &even(&[1, 1, 1]), ALONE);
    let cells = groups.map(|g| (0..g.len()).map(|n| g.cell(n).to_vec()).collect::<Vec<_>>());
    let expected: Vec<Vec<u64>> =
        (0..2).map(|n| axes.iter().map(|axis| axis[n] as u64).collect()).collect();
    assert_eq!(cells.unwrap_or_default(), expected);
    let far = [[0, 1 << 59]; 3];
    let far = points(&[&far[0], &far[1], &far[2]]);
    assert!(Groups::new(&far, &shape, &even(&[1, 1, 1]), ALONE).is_err());
}

/// Catches a cell that is not cropped at the end of the array, or whose bounds do not match its
/// number.
#[test]
fn the_bounds_of_a_cell_contain_what_is_located_in_it() {
    let given = points(&[&[0, 6, 3], &[0, 4, 1]]);
    for axes in [even(&[3, 2]), vec![ChunkAxis::Ends([1, 3, 9].into()), ChunkAxis::Even(2)]] {
        let cells = Cells::of_array(&given, &[7, 5], &axes);
        let cells = cells.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(cells.len(), Some(9));
        let mut volume = 0;
        for number in 0..9 {
            let (low, end) = cells.bounds(number);
            volume += low.iter().zip(&end).map(|(low, end)| end - low).product::<u64>();
            let (row, column) = ([low[0] as i64, end[0] as i64 - 1], [low[1] as i64; 2]);
            let corners = points(&[&row, &column]);
            let places = ArrayPoints { points: &corners, cells: &cells };
            let mut found = Vec::new();
            let all = places.each(0..2, &mut |cell, run| {
                found.extend((0..run.count()).map(|_| cell));
                Ok(())
            });
            assert!(all.is_ok() && found == [number; 2]);
        }
        assert_eq!(volume, 35);
    }
}

/// Catches axes of different lengths, the shortest of which is read beyond its end.
#[test]
fn axes_of_points_have_one_length() {
    let axis = [0_i64, 1, 2];
    // SAFETY: the array outlives the positions, and has at least `len` of them.
    let of = |len| unsafe { Positions::new(axis.as_ptr().cast(), 8, len) };
    assert!(Points::new(smallvec![of(3), of(3)], 3).is_ok());
    assert!(Points::new(smallvec![of(3), of(2)], 3).is_err());
}
