//! The memory of an array, as one pointer and a stride per axis of the Zarr array.

use crate::plan::{Dims, Segment};

/// Where the selected elements are. Dropped axes have a stride, too, which is never used.
#[derive(Clone, Debug)]
pub(crate) struct View {
    start: *mut u8,
    pub(crate) strides: Dims<isize>,
}

// SAFETY: a view is an address. Jobs reach disjoint elements through it, and whoever made it
// keeps the memory alive until they are done.
unsafe impl Send for View {}
// SAFETY: as above.
unsafe impl Sync for View {}

impl View {
    pub(crate) fn new(start: *mut u8, strides: Dims<isize>) -> Self {
        Self { start, strides }
    }

    /// Address of the first element of a part.
    pub(crate) fn at(&self, part: &[Segment]) -> *mut u8 {
        let offset = part
            .iter()
            .zip(&self.strides)
            .fold(0_isize, |n, (s, stride)| n.wrapping_add(s.at as isize * stride));
        self.start.wrapping_offset(offset)
    }

    /// The view of a part, whose positions count from zero again.
    pub(crate) fn of(&self, part: &[Segment]) -> Self {
        Self { start: self.at(part), strides: self.strides.clone() }
    }
}
