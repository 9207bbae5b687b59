//! Parts of chunks: what is moved, and what is encoded.

use super::{Chain, Cow, Fill, Opts, Transfer, View};
use crate::codec::ArrayToBytes;
use crate::plan::{Axis, ChunkAxis, Plan, Several, strides};

/// Chunks of 3 x 2 bytes, stored as plain elements in this order of the axes.
fn chain(order: [usize; 2]) -> Chain {
    Chain::new(&[3, 2], order.to_vec(), 1, ArrayToBytes::Bytes { swap: 0 }, Vec::new())
}

/// A selection of start, step and count on each axis.
fn plan(axes: [(u64, u64, u64); 2]) -> Plan {
    let spans = axes.into_iter().zip([3, 2]);
    let spans = spans.map(|((a, b, c), extent)| Axis::span(a, b, c, &ChunkAxis::Even(extent)));
    Plan::new(spans.collect()).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Catches a part that is decoded directly into the array although it is not a whole chunk, or
/// has another layout.
#[test]
fn a_part_is_a_run_if_it_is_whole_and_laid_out_like_the_chunk() {
    for (axes, order, shape, whole, run) in [
        ([(3, 1, 3), (2, 1, 2)], [0, 1], [3, 2], true, true),
        ([(3, 1, 3), (2, 1, 2)], [1, 0], [3, 2], true, false),
        ([(3, 1, 3), (2, 1, 2)], [0, 1], [3, 5], true, false),
        ([(3, 1, 3), (2, 1, 1)], [0, 1], [3, 1], false, false),
        ([(6, 1, 1), (4, 1, 1)], [0, 1], [1, 1], false, false),
    ] {
        let (chain, plan) = (chain(order), plan(axes));
        let (part, view) = (plan.part(0), View::new(std::ptr::null_mut(), strides(&shape, 1)));
        let transfer = Transfer::new(&chain, &part, &view);
        let found = transfer.map(|transfer| (transfer.is_whole(), transfer.run().is_some()));
        assert!(found.is_ok_and(|found| found == (whole, run)), "{axes:?} {order:?} {shape:?}");
    }
}

/// Catches elements from the wrong place, and a reach that misses some.
#[test]
fn the_selected_elements_of_each_chunk_are_moved() {
    // Rows 1, 3 and 5 and columns 1 to 4 of an array of 7 x 5.
    let plan = plan([(1, 2, 3), (1, 1, 4)]);
    for order in [[0, 1], [1, 0]] {
        let (chain, mut array) = (chain(order), [0_u8; 12]);
        let view = View::new(array.as_mut_ptr(), strides(&[3, 4], 1));
        for job in 0..plan.len() {
            let part = plan.part(job);
            let place: Vec<u64> = part.cell().collect();
            let number = |row, column| 10 * (3 * place[0] + row) + 2 * place[1] + column;
            let stored: Vec<u8> = (0..6)
                .map(|n| if order == [0, 1] { number(n / 2, n % 2) } else { number(n % 3, n / 3) })
                .map(|number| number as u8)
                .collect();
            let transfer = Transfer::new(&chain, &part, &view);
            let transfer = transfer.unwrap_or_else(|error| unreachable!("{error}"));
            let (at, length) = transfer.reach();
            assert!(length <= 6 - at);
            if job % 2 == 0 {
                assert!(transfer.decode(&stored, &Opts::DEFAULT).is_ok());
            } else {
                transfer.scatter(&stored[at..at + length], at);
            }
        }
        assert_eq!(array, [11, 12, 13, 14, 31, 32, 33, 34, 51, 52, 53, 54], "{order:?}");
    }
}

/// Catches lost neighbors of the written elements, and an empty chunk that is stored.
#[test]
fn what_is_not_written_keeps_its_value_or_is_the_fill_value() {
    let (chain, plan, fill) = (chain([0, 1]), plan([(1, 1, 2), (1, 1, 1)]), Fill::new(vec![9]));
    let (part, mut array) = (plan.part(0), [1_u8, 9]);
    let view = View::new(array.as_mut_ptr(), strides(&[2, 1], 1));
    let transfer = Transfer::new(&chain, &part, &view);
    let transfer = transfer.unwrap_or_else(|error| unreachable!("{error}"));
    let encode = |stored: Option<&[u8]>, write_empty_chunks| {
        let opts = Opts { write_empty_chunks, ..Opts::DEFAULT };
        let new = transfer.encode(stored, &fill, &opts, |new| Ok(new.map(Cow::into_owned)));
        let new = new.unwrap_or_else(|error| unreachable!("{error}"));
        #[cfg(feature = "remote")]
        assert!(
            transfer
                .encode_owned(stored, &fill, &opts)
                .is_ok_and(|own| own.as_ref().map(super::Buffer::bytes) == new.as_deref())
        );
        new
    };
    assert_eq!(encode(None, false), Some(vec![9, 9, 9, 1, 9, 9]));
    assert_eq!(encode(Some(&[2, 3, 4, 5, 6, 7]), false), Some(vec![2, 3, 4, 1, 6, 9]));
    transfer.fill(&[9]);
    assert_eq!(encode(None, false), None);
    assert_eq!(encode(Some(&[9; 6]), true), Some(vec![9; 6]));
}

/// Catches an element of an earlier selection that stays, and a part that is lost.
#[test]
fn several_parts_of_a_chunk_are_moved_in_their_order() {
    let (chain, fill) = (chain([0, 1]), Fill::new(vec![9]));
    let (mut rows, mut column) = ([1_u8, 2, 3, 4], [5_u8, 6, 7]);
    let plans = vec![plan([(0, 1, 2), (0, 1, 2)]), plan([(0, 1, 3), (1, 1, 1)])];
    let views = View::several(vec![
        View::new(rows.as_mut_ptr(), strides(&[2, 2], 1)),
        View::new(column.as_mut_ptr(), strides(&[3, 1], 1)),
    ]);
    let several = Several::new(plans).unwrap_or_else(|error| unreachable!("{error}"));
    let plan = Plan::Several(Box::new(several));
    assert_eq!(plan.len(), 1);
    let part = plan.part(0);
    let transfer = Transfer::new(&chain, &part, &views);
    let transfer = transfer.unwrap_or_else(|error| unreachable!("{error}"));
    assert_eq!(transfer.reach(), (0, 6));
    let new = transfer.encode(None, &fill, &Opts::DEFAULT, |new| Ok(new.map(Cow::into_owned)));
    assert_eq!(new.ok().flatten(), Some(vec![1, 5, 3, 6, 9, 7]));
    assert!(transfer.decode(&[10, 20, 30, 40, 50, 60], &Opts::DEFAULT).is_ok());
    assert_eq!((rows, column), ([10, 20, 30, 40], [20, 40, 60]));
}
