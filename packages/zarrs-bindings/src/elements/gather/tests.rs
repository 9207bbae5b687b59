#![expect(unsafe_code, reason = "copies between addresses")]

use super::{Loop, Walk};
use crate::plan::Run;

/// Catches wrong strides, lost items and wrong item sizes in every kernel.
#[test]
fn a_transposed_copy_moves_every_item() {
    for item in [1, 2, 3, 4, 8, 16, 24] {
        let (rows, columns) = (7_usize, 5_usize);
        let from: Vec<u8> = (0..rows * columns * item).map(|i| (i % 251) as u8).collect();
        let mut to = vec![0_u8; from.len()];
        let axes = [
            Loop::strided(rows, (columns * item) as isize, item as isize),
            Loop::strided(columns, item as isize, (rows * item) as isize),
        ];
        let walk = Walk::new(item, axes.into_iter());
        // SAFETY: both buffers hold rows * columns items.
        unsafe { walk.copy(from.as_ptr(), to.as_mut_ptr()) };
        for r in 0..rows {
            for c in 0..columns {
                let a = (r * columns + c) * item;
                let b = (c * rows + r) * item;
                assert_eq!(from[a..a + item], to[b..b + item], "item {item} at {r},{c}");
            }
        }
    }
}

/// Catches wrong listed items on outer and inner axes, and a wrong order of writes.
#[test]
fn listed_items_are_copied_both_ways_and_the_last_wins() {
    let runs = |inside: &[isize]| -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (at, inside) in inside.iter().enumerate() {
            match runs.last_mut().filter(|run| run.end() == *inside) {
                Some(run) => *run = Run::new(run.inside, run.at(), run.count() as u64 + 1),
                None => runs.push(Run::new(*inside, at as isize, 1)),
            }
        }
        runs
    };
    for inside in
        [[4, 0, 4, 1], [1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 0, 0], [0, 2, 4, 3], [2, 3, 0, 1]]
    {
        for item in [1, 2, 3, 4, 8, 16] {
            let rows = runs(&inside);
            let size = item as isize;
            let axes =
                [Loop::listed(&rows, 4, 5 * size, 4 * size), Loop::listed(&rows, 4, size, size)];
            let chunk: Vec<u8> = (0..25 * item).map(|i| i as u8).collect();
            let mut array = vec![0_u8; 16 * item];
            // SAFETY: the chunk has 5 x 5 items, the array 4 x 4.
            unsafe {
                Walk::new(item, axes.into_iter()).copy(chunk.as_ptr(), array.as_mut_ptr());
            }
            let mut expected = vec![0_u8; 25 * item];
            for (r, row) in inside.iter().enumerate() {
                for (c, column) in inside.iter().enumerate() {
                    let a = (*row * 5 + *column) as usize * item;
                    let b = (r * 4 + c) * item;
                    assert_eq!(chunk[a..a + item], array[b..b + item], "{inside:?} {item}");
                    array[b..b + item].fill((r * 4 + c) as u8);
                    expected[a..a + item].fill((r * 4 + c) as u8);
                }
            }
            let mut written = vec![0_u8; 25 * item];
            let back = axes.into_iter().map(Loop::back);
            // SAFETY: as above.
            unsafe { Walk::new(item, back).copy(array.as_ptr(), written.as_mut_ptr()) };
            assert_eq!(written, expected, "{inside:?} {item}");
        }
    }
}

/// Catches a contiguous copy that is not recognized as one run, and the opposite.
#[test]
fn only_a_contiguous_copy_is_one_run() {
    let run = |axes: [Loop<'_>; 2]| Walk::new(4, axes.into_iter()).run();
    let inner = Loop::strided(5, 4, 4);
    assert_eq!(run([Loop::strided(7, 20, 20), inner]), Some((0, 140)));
    assert_eq!(run([Loop::strided(1, 99, 99), inner]), Some((0, 20)));
    assert_eq!(run([Loop::strided(7, 20, 24), inner]), None);
    assert_eq!(run([Loop::strided(0, 20, 20), inner]), None);
    let runs = [Run::new(3, 2, 3), Run::new(9, 8, 1)];
    assert_eq!(run([Loop::listed(&runs[..1], 3, 20, 20), inner]), Some((40, 60)));
    assert_eq!(run([Loop::listed(&runs[1..], 1, 20, 24), inner]), Some((192, 20)));
    assert_eq!(run([Loop::listed(&runs, 4, 20, 20), inner]), None);
}
