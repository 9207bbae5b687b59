use super::List;
use crate::plan::tests::positions;
use crate::plan::{AxisPart, ChunkAxis, Run};
use crate::threads::limits::ALONE;

fn list(given: &[i64], chunk_axis: &ChunkAxis) -> List {
    let list = List::new(&positions(given), 0, 10, chunk_axis, ALONE);
    list.unwrap_or_else(|error| unreachable!("{error}"))
}

/// The runs of a part, which is a span if it has only one.
fn runs_of(part: AxisPart<'_>) -> Vec<Run> {
    let AxisPart { from, count, at, runs, .. } = part;
    if runs.is_empty() { vec![Run::new(from as isize, at as isize, count)] } else { runs.to_vec() }
}

/// Each position in the result and in its chunk, by the number of the part.
fn places(list: &List) -> Vec<(u64, isize, isize)> {
    let parts = (0..list.cells()).map(|k| list.part(k as usize));
    let place =
        |cell, run: Run| (0..run.count()).map(move |i| (cell, run.at() + i, run.inside + i));
    parts.flat_map(|s| runs_of(s).into_iter().flat_map(move |run| place(s.cell, run))).collect()
}

/// Catches lost positions, wrong cells, and reordered duplicates.
#[test]
fn every_position_is_in_its_cell_in_the_order_of_the_list() {
    for given in [
        [0, 1, 2, 3, 4, 5, 6].as_slice(),
        &[6, 0, 6, 3, 2, 2, 0, 5],
        &[4],
        &[],
        &[5, 5, 5, 0, 0],
        &[3, 4, 5, 0, 1, 2, 3, 9, 8],
    ] {
        let uneven = [[1, 2, 9, 10], [4, 5, 6, 10]].map(|ends| ChunkAxis::Ends(ends.into()));
        for chunk_axis in (1..5).map(ChunkAxis::Even).chain(uneven) {
            let list = list(given, &chunk_axis);
            let found = places(&list);
            assert!(found.is_sorted_by_key(|(cell, at, _)| (*cell, *at)));
            let mut seen: Vec<_> = found
                .iter()
                .map(|(cell, at, inside)| (*at, chunk_axis.start(*cell) as i64 + *inside as i64))
                .collect();
            seen.sort_unstable();
            let expected: Vec<_> =
                given.iter().enumerate().map(|(at, p)| (at as isize, *p)).collect();
            assert_eq!(seen, expected, "{given:?} in {chunk_axis:?}");
            assert_eq!(list.count(), given.len() as u64);
        }
    }
}

/// Catches neighbors that are kept one by one, and runs that go on into the next chunk.
#[test]
fn consecutive_positions_of_a_chunk_are_one_run() {
    let list = list(&[1, 2, 3, 4, 5, 8, 9, 8, 7], &ChunkAxis::Even(4));
    let runs: Vec<_> = (0..3).map(|k| runs_of(list.part(k))).collect();
    let expected = [
        vec![Run::new(1, 0, 3)],
        vec![Run::new(0, 3, 2), Run::new(3, 8, 1)],
        vec![Run::new(0, 5, 2), Run::new(0, 7, 1)],
    ];
    assert_eq!(runs, expected);
}

/// Catches a run that keeps positions of the next subchunk, and subchunks that are lost.
#[test]
fn runs_are_divided_at_the_borders_of_subchunks() {
    let runs = [Run::new(5, 10, 7), Run::new(1, 17, 1), Run::new(2, 30, 4)];
    let list = List::within(&runs, 4).unwrap_or_else(|error| unreachable!("{error}"));
    let found: Vec<_> = (0..3).map(|k| (list.part(k).cell, runs_of(list.part(k)))).collect();
    let first = vec![Run::new(1, 17, 1), Run::new(2, 30, 2)];
    let second = vec![Run::new(1, 10, 3), Run::new(0, 32, 2)];
    assert_eq!(found, [(0, first), (1, second), (2, vec![Run::new(0, 13, 4)])]);
    assert_eq!(list.count(), 12);
}

/// Catches a cell that counts as covered because of duplicates.
#[test]
fn duplicates_do_not_cover() {
    let nine = ChunkAxis::Even(9);
    let covers = |given: &[i64], extent| list(given, &nine).part(0).covers(extent);
    assert!(covers(&[2, 0, 1, 1], 3) && covers(&[1, 0], 2));
    assert!(!covers(&[2, 0, 2, 0], 3) && !covers(&[0, 1], 3));
}

/// Catches positions outside of the axis, of which there is no chunk.
#[test]
fn positions_outside_of_the_axis_are_refused() {
    for wrong in [-1, 10, i64::MIN, i64::MAX] {
        let list = List::new(&positions(&[4, wrong]), 0, 10, &ChunkAxis::Even(3), ALONE);
        assert!(list.is_err_and(|error| error.to_string().contains(&format!("position {wrong},"))));
    }
}
