//! Selected elements of one chunk, and their place in an array.

#![expect(unsafe_code, reason = "copies elements to and from the caller's array")]

use std::borrow::Cow;

use crate::codec::Chain;
use crate::elements::fill;
use crate::elements::gather::{Loop, Walk};
use crate::elements::view::View;
use crate::errors::Result;
use crate::plan::{AxisPart, ChunkPart, Run};

pub(crate) struct Part<'a> {
    pub(crate) chain: &'a Chain,
    axes: &'a [AxisPart<'a>],
    strides: &'a [isize],
    /// Points: elements of decoded data, and of the array or bytes of it.
    points: Option<(Cow<'a, [Run]>, usize, isize)>,
    /// Origin of the positions in the array.
    pub(crate) array: *mut u8,
}

impl<'a> Part<'a> {
    /// The part that one selection takes.
    pub(super) fn new(chain: &'a Chain, part: &'a ChunkPart<'_>, view: &'a View) -> Result<Self> {
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

    /// Copies to decoded data that starts at byte number `skip`.
    ///
    /// # Safety
    /// `data` must have room for the `reach` of the part.
    pub(super) unsafe fn gather(&self, data: *mut u8, skip: usize) {
        let walk = Walk::new(self.chain.item, self.loops().map(Loop::back));
        // SAFETY: promised by the caller; the elements are inside the array.
        unsafe { walk.copy(self.array, data.wrapping_offset(self.base() - skip as isize)) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, Part, View};
    use crate::codec::ArrayToBytes;
    use crate::plan::{Axis, ChunkAxis, Plan, strides};

    /// Catches elements that go back to another place than they came from.
    #[test]
    fn what_is_scattered_is_gathered_from_the_same_places() {
        let chain = Chain::new(&[3, 2], vec![1, 0], 1, ArrayToBytes::Bytes { swap: 0 }, Vec::new());
        let axes = [(1, 2, 2), (0, 1, 4)].into_iter().zip([3, 2]);
        let axes = axes.map(|((start, step, count), extent)| {
            Axis::span(start, step, count, &ChunkAxis::Even(extent))
        });
        let plan = Plan::new(axes.collect()).unwrap_or_else(|error| unreachable!("{error}"));
        let mut array = [0_u8; 8];
        let view = View::new(array.as_mut_ptr(), strides(&[2, 4], 1));
        for job in 0..plan.len() {
            let found = plan.part(job);
            let part = Part::new(&chain, &found, &view);
            let part = part.unwrap_or_else(|error| unreachable!("{error}"));
            let (at, length) = part.reach();
            let data = [11, 12, 13, 14, 15, 16];
            part.scatter(&data[at..at + length], at);
            let mut back = [0_u8; 6];
            // SAFETY: there is room for the chunk.
            unsafe { part.gather(back.as_mut_ptr(), 0) };
            let kept: Vec<_> = (0..6).filter(|place| back[*place] != 0).collect();
            assert_eq!(kept.len(), 2, "{job}");
            assert!(kept.into_iter().all(|place| back[place] == data[place]), "{job}");
        }
    }
}
