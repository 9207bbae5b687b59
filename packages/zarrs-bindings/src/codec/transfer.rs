//! Moves the elements of one chunk part between its chunk and an array.

#![expect(unsafe_code, reason = "copies elements to and from the caller's array")]

use std::borrow::Cow;
use std::slice;

use crate::codec::Chain;
use crate::counters;
use crate::elements::fill::{self, Fill};
use crate::elements::gather::{Loop, Walk};
use crate::elements::view::View;
use crate::errors::{Error, Result, same_length};
use crate::memory::reserve::reserve;
use crate::memory::scratch::Scratch;
use crate::options::Opts;
use crate::plan::{AxisPart, ChunkPart, Run};
use crate::tuning::PARTIAL_DECODE;

/// Selected elements of one chunk, and their place in the array.
pub(crate) struct Transfer<'a> {
    pub(crate) chain: &'a Chain,
    axes: &'a [AxisPart<'a>],
    strides: &'a [isize],
    /// Points: elements of decoded data, and of the array or bytes of it.
    points: Option<(Cow<'a, [Run]>, usize, isize)>,
    /// Origin of the positions in the array.
    pub(crate) array: *mut u8,
}

impl<'a> Transfer<'a> {
    pub(crate) fn new(chain: &'a Chain, part: &'a ChunkPart<'_>, view: &'a View) -> Result<Self> {
        let points = match part.points(&chain.strides, chain.item) {
            Some((runs, count)) => {
                let (runs, to) = view.points(runs?)?;
                Some((runs, count as usize, to))
            }
            None => None,
        };
        let (axes, array) = (part.axes.as_slice(), view.at(part));
        Ok(Self { chain, axes, strides: &view.strides, points, array })
    }

    /// Offset in decoded data where the loops start.
    pub(crate) fn base(&self) -> isize {
        let axes = self.axes.iter().zip(&self.chain.strides);
        axes.map(|(s, stride)| s.from as isize * *stride).sum()
    }

    /// Offset of the first selected element in decoded data, and bytes to the end of the last.
    pub(crate) fn reach(&self) -> (usize, usize) {
        let (low, high) = self.loops().fold((self.base(), self.base()), |(low, high), l| {
            let (first, last) = l.ends();
            (low + first, high + last)
        });
        (low as usize, (high - low) as usize + self.chain.item)
    }

    /// Whether the part is the whole chunk, each element once.
    pub(crate) fn is_whole(&self) -> bool {
        let mut axes = self.axes.iter().zip(&self.chain.shape);
        self.points.is_none() && axes.all(|(part, extent)| part.is_all(*extent))
    }

    /// Whether the part is the whole chunk, with the same layout in the array as in decoded data.
    pub(crate) fn is_run(&self) -> bool {
        self.is_whole()
            && self.chain.shape.iter().enumerate().all(|(axis, extent)| {
                *extent == 1 || self.strides[axis] == self.chain.strides[axis]
            })
    }

    /// The copy from decoded data to the array, axis by axis.
    pub(crate) fn loops(&self) -> impl Iterator<Item = Loop<'_>> + Clone + '_ {
        let axes = self.axes.iter().zip(&self.chain.strides).zip(self.strides);
        let axes = axes.map(|((s, inside), at)| {
            if s.runs.is_empty() {
                Loop::strided(s.count as usize, inside.wrapping_mul(s.step as isize), *at)
            } else {
                Loop::listed(s.runs, s.count as usize, *inside, *at)
            }
        });
        let item = self.chain.item as isize;
        let points = self.points.iter();
        axes.chain(points.map(move |(runs, count, to)| Loop::listed(runs, *count, item, *to)))
    }

    /// Writes the fill value to the array.
    pub(crate) fn fill(&self, value: &[u8]) {
        // SAFETY: the part's elements are inside the array.
        unsafe { fill::write(value, self.loops(), self.array) };
    }

    /// Copies from decoded data that starts at byte number `skip`.
    pub(crate) fn scatter(&self, decoded: &[u8], skip: usize) {
        let walk = Walk::new(self.chain.item, self.loops());
        let from = decoded.as_ptr().wrapping_offset(self.base() - skip as isize);
        // SAFETY: the `reach` of the part is inside the decoded data, because callers size it by
        // the reach or the chunk; the elements are inside the array.
        unsafe { walk.copy(from, self.array) };
    }

    /// Decodes a stored chunk into the array.
    pub(crate) fn decode(&self, stored: &[u8], opts: &Opts) -> Result<()> {
        counters::CHUNKS_DECODED.add(1);
        if self.chain.is_raw() {
            same_length(stored.len() as u64, self.chain.size)?;
            self.scatter(stored, 0);
            return Ok(());
        }
        let size = opts.allow("a chunk", self.chain.size)?;
        if self.is_run() {
            // SAFETY: the run is inside the array, and no other job touches it. Decoders get the
            // address and use what they wrote only as elements, because the caller may write, too.
            let memory = unsafe { slice::from_raw_parts_mut(self.array.cast(), size) };
            return self.chain.decode(stored, memory, opts);
        }
        let mut scratch = Scratch::take();
        if self.chain.size >= PARTIAL_DECODE {
            let (at, length) = self.reach();
            if self.chain.decode_part(stored, at, &mut scratch, length)? {
                self.scatter(&scratch, at);
                return Ok(());
            }
        }
        self.scatter(decoded(self.chain, stored, size, &mut scratch, opts)?, 0);
        Ok(())
    }

    /// Passes the new stored value of the chunk to `then`, or `None` if it is to be absent. The
    /// value may be the array's own memory. `stored` is the old value, needed if the part does not
    /// cover the chunk; without it the rest is the fill value.
    pub(crate) fn encode<T>(
        &self,
        stored: Option<&[u8]>,
        fill: &Fill,
        opts: &Opts,
        then: impl FnOnce(Option<Cow<'_, [u8]>>) -> Result<T>,
    ) -> Result<T> {
        let before = match stored {
            Some(stored) => Some(Before::Stored(stored)),
            None if self.is_whole() => None,
            None => Some(Before::Fill(&fill.bytes)),
        };
        let mut scratch = Scratch::take();
        let data = self.gather(&mut scratch, before, opts)?;
        if !opts.write_empty_chunks && fill.is_all_of(data) {
            return then(None);
        }
        counters::CHUNKS_ENCODED.add(1);
        then(Some(self.chain.encode(data, opts)?))
    }

    /// Decoded data of the chunk, including the array's elements.
    fn gather<'b>(
        &'b self,
        scratch: &'b mut Scratch,
        before: Option<Before<'_>>,
        opts: &Opts,
    ) -> Result<&'b [u8]> {
        let size = opts.allow("a chunk", self.chain.size)?;
        if self.is_run() && !self.chain.rereads() {
            // SAFETY: the array is initialized if it is the source. The caller may write to it
            // meanwhile, so users of the slice only compare or copy its bytes, or pass on the
            // address.
            return Ok(unsafe { slice::from_raw_parts(self.array, size) });
        }
        match before {
            Some(Before::Stored(stored)) => {
                counters::CHUNKS_DECODED.add(1);
                decoded(self.chain, stored, size, scratch, opts)?;
            }
            Some(Before::Fill(value)) => {
                let slot = reserve(scratch, size, "a chunk")?;
                let count = size / value.len();
                let axes = [Loop::strided(count, 0, value.len() as isize)];
                // SAFETY: the buffer holds `count` elements.
                unsafe { fill::write(value, axes.into_iter(), slot.as_mut_ptr().cast()) };
                // SAFETY: all of it was filled.
                unsafe { scratch.set_len(size) };
            }
            None => {
                reserve(scratch, size, "a chunk")?;
            }
        }
        let walk = Walk::new(self.chain.item, self.loops().map(Loop::back));
        // SAFETY: the part's elements are inside the array and inside the chunk's `size` bytes, for
        // which there is room. If `before` is `None`, the part covers the chunk.
        unsafe {
            walk.copy(self.array, scratch.as_mut_ptr().wrapping_offset(self.base()));
            scratch.set_len(size);
        }
        Ok(scratch)
    }
}

/// The contents of a chunk outside the written part.
#[derive(Clone, Copy)]
enum Before<'a> {
    Stored(&'a [u8]),
    Fill(&'a [u8]),
}

/// Decodes a whole chunk into a buffer of `size` bytes.
fn decoded<'b>(
    chain: &Chain,
    stored: &[u8],
    size: usize,
    into: &'b mut Vec<u8>,
    opts: &Opts,
) -> Result<&'b [u8], Error> {
    chain.decode(stored, reserve(into, size, "a chunk")?, opts)?;
    // SAFETY: the successful decoder filled all of it.
    unsafe { into.set_len(size) };
    Ok(into)
}

#[cfg(test)]
mod tests {
    use super::{Chain, Cow, Fill, Opts, Transfer, View};
    use crate::codec::ArrayToBytes;
    use crate::plan::{Axis, ChunkAxis, Plan, strides};

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
            let found = transfer.map(|transfer| (transfer.is_whole(), transfer.is_run()));
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
                let stored: Vec<u8> =
                    (0..6)
                        .map(|n| {
                            if order == [0, 1] {
                                number(n / 2, n % 2)
                            } else {
                                number(n % 3, n / 3)
                            }
                        })
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
            new.unwrap_or_else(|error| unreachable!("{error}"))
        };
        assert_eq!(encode(None, false), Some(vec![9, 9, 9, 1, 9, 9]));
        assert_eq!(encode(Some(&[2, 3, 4, 5, 6, 7]), false), Some(vec![2, 3, 4, 1, 6, 9]));
        transfer.fill(&[9]);
        assert_eq!(encode(None, false), None);
        assert_eq!(encode(Some(&[9; 6]), true), Some(vec![9; 6]));
    }
}
