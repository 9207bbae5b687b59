//! Plain selections as users write them: integers, slices and one ellipsis.

use pyo3::prelude::*;
use pyo3::types::{PyInt, PySlice, PyTuple};
use pyo3::{Borrowed, intern};

use super::axis::span;
use super::{Axes, Kept, Selection, spanned};
use crate::array::info::ArrayInfo;
use crate::options::Opts;
use crate::plan::{Axis, ChunkAxis, Dims, Plan};

type Item<'a, 'py> = Borrowed<'a, 'py, PyAny>;

impl Selection {
    /// Returns `None` if the selection is not plain, does not fit the array, or exceeds the size
    /// limit. The slow path then reports what is wrong, if anything.
    pub(crate) fn plain(given: &Bound<'_, PyAny>, info: &ArrayInfo, opts: &Opts) -> Option<Self> {
        let items: Dims<Item<'_, '_>> = match given.cast_exact::<PyTuple>() {
            Ok(items) => items.iter_borrowed().collect(),
            Err(_) => Dims::from_slice(&[given.as_borrowed()]),
        };
        let ellipsis = given.py().Ellipsis();
        let is_ellipsis = |item: &Item<'_, '_>| item.is(&ellipsis);
        let at = items.iter().position(is_ellipsis);
        let (before, after) = match at {
            Some(at) if items[at + 1..].iter().any(is_ellipsis) => return None,
            Some(at) => (&items[..at], &items[at + 1..]),
            None => (&items[..], &[][..]),
        };
        let missing = info.shape.len().checked_sub(before.len() + after.len())?;
        let all = std::iter::repeat_n(None, missing);
        let items = before.iter().map(Some).chain(all).chain(after.iter().map(Some));
        let mut bytes = info.item() as u64;
        let mut plan: Dims<Axis> = Dims::new();
        let mut shape: Dims<usize> = Dims::new();
        let mut kept: Dims<Kept> = Dims::new();
        for (number, item) in items.enumerate() {
            let (axis, how) = lower(item, number, info.shape[number], &info.grid.axes[number])?;
            if !matches!(how, Kept::Dropped) {
                shape.push(axis.count() as usize);
                bytes = bytes.saturating_mul(axis.count());
            }
            plan.push(axis);
            kept.push(how);
        }
        if bytes > opts.budget
            || (bytes == 0 && spanned(info.item() as u64, &shape) > isize::MAX as u64)
        {
            return None;
        }
        Some(Self { plan: Plan::new(plan).ok()?, shape, axes: Axes::Kept(kept), dense: None })
    }
}

/// Creates what the first call would create while other threads may fork: a child would wait for
/// them.
pub(crate) fn prepare(py: Python<'_>) {
    is_plain(PySlice::full(py).as_borrowed());
}

/// Whether all bounds are exact integers: converting other objects runs the caller's code.
fn is_plain(slice: Borrowed<'_, '_, PySlice>) -> bool {
    let py = slice.py();
    [intern!(py, "start"), intern!(py, "stop"), intern!(py, "step")].into_iter().all(|bound| {
        let given = slice.getattr(bound);
        given.is_ok_and(|given| given.is_none() || given.is_exact_instance_of::<PyInt>())
    })
}

fn lower(
    item: Option<&Item<'_, '_>>,
    number: usize,
    length: u64,
    chunk_axis: &ChunkAxis,
) -> Option<(Axis, Kept)> {
    let end = i64::try_from(length).ok()?;
    let Some(item) = item else {
        return span(number, length, (0, 1, end), chunk_axis, false).ok();
    };
    if let Ok(position) = item.cast_exact::<PyInt>() {
        let position = position.extract::<i64>().ok()?;
        let position = if position < 0 { position + end } else { position };
        return span(number, length, (position, 1, 1), chunk_axis, true).ok();
    }
    let slice = item.cast::<PySlice>().ok()?;
    if !is_plain(slice) {
        return None;
    }
    let slice = slice.indices(length as isize).ok()?;
    let (start, step, count) = (slice.start as i64, slice.step as i64, slice.slicelength as i64);
    if step < 1 {
        return None;
    }
    span(number, length, (start, step, count), chunk_axis, false).ok()
}
