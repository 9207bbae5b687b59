//! The memory of an array: a pointer, and a stride per axis of the Zarr array.

#![expect(unsafe_code, reason = "threads share an address")]

use std::borrow::Cow;

use crate::errors::Result;
use crate::memory::reserve::room;
use crate::plan::{ChunkPart, Dims, Run};

/// The memory of the selected elements. Dropped axes have strides, too, which are never used.
///
/// Other Python threads may write to this memory while we use it. So elements are copied as plain
/// bytes, no decision depends on them, and an encoder that would read them twice gets a copy. The
/// worst case is a wrong element.
#[derive(Clone, Debug)]
pub(crate) struct View {
    start: *mut u8,
    pub(crate) strides: Dims<isize>,
    /// Length and stride of each axis along which points are counted, in C order.
    points: Vec<(usize, isize)>,
    /// For several selections: the view of each. The rest is then not used.
    several: Vec<Self>,
}

// SAFETY: a view is an address. Jobs reach disjoint elements through it, and its creator keeps the
// memory alive until they are done.
unsafe impl Send for View {}
// SAFETY: as above.
unsafe impl Sync for View {}

impl View {
    pub(crate) fn new(start: *mut u8, strides: Dims<isize>) -> Self {
        Self { start, strides, points: Vec::new(), several: Vec::new() }
    }

    /// The views of several selections.
    pub(crate) fn several(views: Vec<Self>) -> Self {
        Self { several: views, ..Self::new(std::ptr::null_mut(), Dims::new()) }
    }

    /// The view of one of several selections.
    pub(crate) fn nth(&self, number: usize) -> &Self {
        &self.several[number]
    }

    /// The view of points of an array of `rank`, in a result of this shape and these strides.
    pub(crate) fn of_points(
        start: *mut u8,
        rank: usize,
        shape: &[usize],
        strides: &[isize],
    ) -> Self {
        let mut points: Vec<(usize, isize)> = Vec::new();
        for (count, stride) in shape.iter().zip(strides).filter(|(count, _)| **count != 1) {
            match points.last_mut() {
                Some(outer) if outer.1 == *count as isize * stride => {
                    *outer = (outer.0 * count, *stride);
                }
                _ => points.push((*count, *stride)),
            }
        }
        Self { start, strides: Dims::from_elem(0, rank), points, several: Vec::new() }
    }

    /// Origin of the positions of a part.
    pub(crate) fn at(&self, part: &ChunkPart<'_>) -> *mut u8 {
        let offset = part
            .axes
            .iter()
            .zip(&self.strides)
            .fold(0_isize, |n, (s, stride)| n.wrapping_add(s.at as isize * stride));
        self.start.wrapping_offset(offset)
    }

    /// The runs of points, and the stride of their places: that of the view, if it has one, or else
    /// 1, for places in bytes.
    pub(crate) fn points<'a>(&self, runs: Cow<'a, [Run]>) -> Result<(Cow<'a, [Run]>, isize)> {
        match self.points.as_slice() {
            [] => return Ok((runs, 0)),
            [(_, stride)] => return Ok((runs, *stride)),
            _ => {}
        }
        let count = runs.iter().map(|run| run.count() as usize).sum();
        let mut found = room(count, "a list of points")?;
        for run in runs.iter() {
            let point = |i| Run::new(run.inside + i, self.point((run.at() + i) as usize), 1);
            found.extend((0..run.count()).map(point));
        }
        Ok((Cow::Owned(found), 1))
    }

    /// The address of the first point and the stride, if they have one.
    pub(crate) fn even(&self) -> Option<(*mut u8, isize)> {
        let [(_, stride)] = self.points.as_slice() else {
            return None;
        };
        Some((self.start, *stride))
    }

    /// The address of a point.
    pub(crate) fn place(&self, n: usize) -> *mut u8 {
        self.start.wrapping_offset(self.point(n))
    }

    /// Offset of a point.
    fn point(&self, n: usize) -> isize {
        if let [(_, stride)] = self.points.as_slice() {
            return n as isize * stride;
        }
        let (mut rest, mut offset) = (n, 0);
        for (count, stride) in self.points.iter().rev() {
            offset += (rest % count) as isize * stride;
            rest /= count;
        }
        offset
    }

    /// The view of a part. Its positions start at zero again, except those of lists.
    pub(crate) fn of(&self, part: &ChunkPart<'_>) -> Self {
        if !part.several.is_empty() {
            let parts = part.several.iter();
            return Self::several(parts.map(|(part, number)| self.nth(*number).of(part)).collect());
        }
        Self { start: self.at(part), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    /// Catches misplaced points in a result of several axes with any strides.
    #[test]
    fn points_are_counted_in_c_order_of_the_result() {
        for strides in [[24, 8, 4], [4, 8, 24], [-100, 16, -4], [0, 0, 4]] {
            let view = View::of_points(std::ptr::null_mut(), 2, &[3, 1, 2], &strides);
            for n in 0..6 {
                let expected = (n / 2) as isize * strides[0] + (n % 2) as isize * strides[2];
                assert_eq!(view.point(n), expected, "{strides:?}");
            }
        }
    }
}
