//! Selections of small arrays, copied chunk by chunk and element by element.

#![expect(unsafe_code, reason = "reads positions by address")]

use super::case::{Case, ITEM, element};
use super::decoding::{OPTS, indexes};
use super::input::Input;
use crate::codec::Chain;
use crate::codec::transfer::Transfer;
use crate::elements::view::View;
use crate::memory::positions::Positions;
use crate::plan::{Axis, ChunkPart, Dims, Groups, List, Plan, Points};
use crate::threads::limits::ALONE;

/// The selected positions in the order of the result, and their places in its memory.
struct Selected {
    positions: Vec<Vec<u64>>,
    places: Vec<usize>,
}

/// Reads and writes a selection of an array as the input describes them.
pub fn plan(data: &[u8]) {
    let mut input = Input(data);
    let case = Case::new(&mut input);
    if !case.info.shape.is_empty() && input.flag() {
        points(&case, &mut input);
    } else {
        outer(&case, &mut input);
    }
}

/// Checks a selection that is independent on each axis.
fn outer(case: &Case, input: &mut Input<'_>) {
    let mut axes: Dims<Axis> = Dims::new();
    let mut chosen = Vec::new();
    for axis in 0..case.info.shape.len() {
        let (made, positions) = axis_of(case, axis, input);
        assert_eq!(made.count(), positions.len() as u64);
        axes.push(made);
        chosen.push(positions);
    }
    let shape: Vec<u64> = chosen.iter().map(|positions| positions.len() as u64).collect();
    let backward: Vec<bool> = shape.iter().map(|_| input.flag()).collect();
    let (mut strides, mut origin, mut stride) = (Dims::new(), 0, ITEM as isize);
    for (extent, backward) in shape.iter().zip(&backward).rev() {
        origin += if *backward { stride * (*extent as isize - 1).max(0) } else { 0 };
        strides.insert(0, if *backward { -stride } else { stride });
        stride *= *extent as isize;
    }
    let all = indexes(&shape);
    let place = |index: &Vec<u64>| {
        let offsets = index.iter().zip(&strides).map(|(i, stride)| *i as isize * stride);
        (origin + offsets.sum::<isize>()) as usize
    };
    let position =
        |index: &Vec<u64>| index.iter().zip(&chosen).map(|(i, all)| all[*i as usize]).collect();
    let selected = Selected {
        places: all.iter().map(place).collect(),
        positions: all.iter().map(position).collect(),
    };
    let plan = Plan::new(axes).unwrap_or_else(|error| unreachable!("{error}"));
    let view = |start: *mut u8| View::new(start.wrapping_offset(origin), strides.clone());
    check(case, &plan, view, &selected);
}

/// The selection of an axis, and the positions that it selects.
fn axis_of(case: &Case, axis: usize, input: &mut Input<'_>) -> (Axis, Vec<u64>) {
    let (length, chunk_axis) = (case.info.shape[axis], &case.info.grid.axes[axis]);
    if length == 0 {
        return (Axis::span(0, 1, 0, chunk_axis), Vec::new());
    }
    match input.below(4) {
        0 => {
            let (start, step) = (input.below(length), 1 + input.below(9));
            let count = input.below((length - start).div_ceil(step) + 1);
            let positions = (0..count).map(|i| start + i * step).collect();
            (Axis::span(start, step, count, chunk_axis), positions)
        }
        1 => {
            let positions: Vec<u64> = (0..input.below(7)).map(|_| input.below(length)).collect();
            // SAFETY: the list outlives the plan of it, and nobody changes it.
            let given = unsafe { Positions::new(positions.as_ptr().cast(), 8, positions.len()) };
            let list = List::new(&given, axis, length, chunk_axis, ALONE);
            let list = list.unwrap_or_else(|error| unreachable!("{error}"));
            (Axis::List(Box::new(list)), positions)
        }
        2 => {
            let (mut starts, mut stops) = (Vec::new(), Vec::new());
            for _ in 0..input.below(5) {
                let start = input.below(length);
                starts.push(start);
                stops.push(start + input.below(length - start + 1));
            }
            // SAFETY: as above.
            let given =
                |all: &Vec<u64>| unsafe { Positions::new(all.as_ptr().cast(), 8, all.len()) };
            let both = (&given(&starts), &given(&stops));
            let list = List::of_ranges(both, axis, length, chunk_axis, ALONE);
            let list = list.unwrap_or_else(|error| unreachable!("{error}"));
            let pairs = starts.iter().zip(&stops);
            (Axis::List(Box::new(list)), pairs.flat_map(|(start, stop)| *start..*stop).collect())
        }
        _ => {
            let cell = input.below(case.info.grid.counts[axis]);
            let listed = &case.extents[axis];
            let extent = |number: u64| listed[(number as usize).min(listed.len() - 1)];
            let start: u64 = (0..cell).map(extent).sum();
            (Axis::cell(cell, chunk_axis), (start..start + extent(cell)).collect())
        }
    }
}

/// Checks a selection of points, which may be outside the array.
fn points(case: &Case, input: &mut Input<'_>) {
    let count = input.below(9) as usize;
    let position = |byte: u8| match byte {
        127 => i64::MAX,
        128 => i64::MIN,
        _ => i64::from(byte.cast_signed()),
    };
    let axes: Vec<Vec<i64>> = (case.info.shape.iter())
        .map(|_| (0..count).map(|_| position(input.byte())).collect())
        .collect();
    let given = |axis: &Vec<i64>| {
        // SAFETY: the lists outlive the plan, and nobody changes them.
        unsafe { Positions::new(axis.as_ptr().cast(), 8, axis.len()) }
    };
    let points = Points::new(axes.iter().map(given).collect(), count);
    let points = points.unwrap_or_else(|error| unreachable!("{error}"));
    let inside = |(axis, length): (&Vec<i64>, &u64)| {
        axis.iter().all(|p| u64::try_from(*p).is_ok_and(|p| p < *length))
    };
    let all_inside = axes.iter().zip(&case.info.shape).all(inside);
    let groups = Groups::new(&points, &case.info.shape, &case.info.grid.axes, ALONE);
    assert_eq!(groups.is_ok(), all_inside, "{axes:?}");
    let Ok(groups) = groups else {
        return;
    };
    let selected = Selected {
        positions: (0..count).map(|n| axes.iter().map(|a| a[n] as u64).collect()).collect(),
        places: (0..count).map(|n| n * ITEM).collect(),
    };
    let rank = axes.len();
    let view = |start| View::of_points(start, rank, &[count], &[ITEM as isize]);
    check(case, &Plan::Points(Box::new(groups)), view, &selected);
}

/// Reads and writes all parts of a plan; also reads them subchunk by subchunk.
fn check(case: &Case, plan: &Plan, view: impl Fn(*mut u8) -> View, selected: &Selected) {
    assert_eq!(plan.elements(), selected.positions.len() as u64);
    let size = selected.positions.len() * ITEM;
    let (mut whole, mut split) = (vec![0_u8; size], vec![0_u8; size]);
    let to_split = view(split.as_mut_ptr());
    let to_whole = view(whole.as_mut_ptr());
    for job in 0..plan.len() {
        let part = plan.part(job);
        let (start, shape) = case.chunk(part.cell());
        let chain = case.info.chain(part.cell());
        let chain = chain.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(chain.shape, shape);
        read(&chain, &start, &part, &to_whole);
        covers(case, &part, &start, selected);
        let within = Plan::within(&part, &case.subchunk.chain.shape);
        let (within, view) =
            (within.unwrap_or_else(|error| unreachable!("{error}")), to_split.of(&part));
        for job in 0..within.len() {
            let part = within.part(job);
            let cells = part.cell().zip(&case.subchunk.chain.shape).zip(&start);
            let start: Vec<u64> = cells.map(|((cell, extent), low)| low + cell * extent).collect();
            read(&case.subchunk.chain, &start, &part, &view);
        }
    }
    for (position, place) in selected.positions.iter().zip(&selected.places) {
        let expected = element(position).to_ne_bytes();
        assert_eq!(whole[*place..place + ITEM], expected, "{position:?}");
        assert_eq!(split[*place..place + ITEM], expected, "{position:?} of a subchunk");
    }
    write(case, plan, view, selected);
}

/// The elements of a chunk as its codecs see them.
fn content(chain: &Chain, start: &[u64], of: impl Fn(&[u64]) -> u32) -> Vec<u8> {
    let mut data = vec![0; chain.size as usize];
    for index in indexes(&chain.shape) {
        let offsets = index.iter().zip(&chain.strides).map(|(i, s)| *i as usize * *s as usize);
        let at: usize = offsets.sum();
        let position: Vec<u64> = start.iter().zip(&index).map(|(low, i)| low + i).collect();
        data[at..at + ITEM].copy_from_slice(&of(&position).to_ne_bytes());
    }
    data
}

fn stored(chain: &Chain, data: &[u8]) -> Vec<u8> {
    let stored = chain.encode(data, &OPTS, Vec::new());
    stored.unwrap_or_else(|error| unreachable!("{error}")).into_owned()
}

fn read(chain: &Chain, start: &[u64], part: &ChunkPart<'_>, view: &View) {
    let stored = stored(chain, &content(chain, start, element));
    let done = Transfer::new(chain, part, view).and_then(|t| t.decode(&stored, &OPTS));
    done.unwrap_or_else(|error| unreachable!("{error}"));
}

/// Checks whether a part covers its chunk, or all of it up to the end of the array, by elements.
fn covers(case: &Case, part: &ChunkPart<'_>, start: &[u64], selected: &Selected) {
    let (_, shape) = case.chunk(part.cell());
    let axes = case.info.shape.iter().zip(start).zip(&shape);
    let ends: Vec<u64> =
        axes.map(|((length, low), n)| length.saturating_sub(*low).min(*n)).collect();
    for ends in [&shape, &ends] {
        let all = indexes(ends).into_iter().all(|index| {
            let position: Vec<u64> = start.iter().zip(&index).map(|(low, i)| low + i).collect();
            selected.positions.contains(&position)
        });
        assert_eq!(part.covers(&shape, ends), all, "{ends:?} of {part:?}");
    }
}

/// Writes other elements, and checks that the last one for each position is kept.
fn write(case: &Case, plan: &Plan, view: impl Fn(*mut u8) -> View, selected: &Selected) {
    let mut values = vec![0_u8; selected.positions.len() * ITEM];
    for (n, place) in selected.places.iter().enumerate() {
        values[*place..place + ITEM].copy_from_slice(&(!0 - n as u32).to_ne_bytes());
    }
    let view = view(values.as_mut_ptr());
    let new = |position: &[u64]| {
        let last = selected.positions.iter().rposition(|one| one == position);
        last.map_or_else(|| element(position), |n| !0 - n as u32)
    };
    for job in 0..plan.len() {
        let part = plan.part(job);
        let (start, _) = case.chunk(part.cell());
        let chain = case.info.chain(part.cell());
        let chain = chain.unwrap_or_else(|error| unreachable!("{error}"));
        let before = stored(&chain, &content(&chain, &start, element));
        let written = Transfer::new(&chain, &part, &view).and_then(|transfer| {
            transfer.encode(Some(&before), &case.info.fill, &OPTS, |new| {
                Ok(new.map(std::borrow::Cow::into_owned))
            })
        });
        let written = written.unwrap_or_else(|error| unreachable!("{error}"));
        let expected = stored(&chain, &content(&chain, &start, new));
        assert!(written.is_some_and(|written| written == expected), "{part:?}");
    }
}

#[cfg(test)]
mod tests {
    /// Catches an element that is copied from or to the wrong place, or a chunk that wrongly counts
    /// as covered.
    #[test]
    fn the_corpus_keeps_the_properties() {
        crate::fuzzing::tests::corpus("plan", super::plan);
    }
}
