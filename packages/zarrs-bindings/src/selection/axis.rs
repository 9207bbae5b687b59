//! One axis of a selection: a position, a span, a list, or ranges.

use numpy::PyArray1;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::{Kept, ndarray};
use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;
use crate::options::Opts;
use crate::plan::{Axis, ChunkAxis, List};
use crate::threads::limits::limits;

/// A position that drops the axis; start, step and count; a list of positions; or the starts and
/// stops of ranges.
#[derive(Debug)]
enum Given<'a, 'py> {
    At(i64),
    Span(i64, i64, i64),
    List(&'a Bound<'py, PyArray1<i64>>),
    Ranges(Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>),
}

/// The list of positions that is the whole selection, unless they ascend evenly.
pub(super) fn only_list(given: &Bound<'_, PyTuple>, info: &ArrayInfo) -> Option<Positions> {
    if given.len() != 1 || info.shape.len() != 1 {
        return None;
    }
    let item = given.get_item(0).ok()?;
    let list = ndarray::positions(item.cast::<PyArray1<i64>>().ok()?);
    list.even().is_none().then_some(list)
}

/// Checks the selection of one axis against its length, and divides it among the axis's cells.
pub(super) fn lower(
    item: &Bound<'_, PyAny>,
    number: usize,
    length: u64,
    chunk_axis: &ChunkAxis,
    opts: &Opts,
) -> Result<(Axis, Kept)> {
    let given = given(item).map_err(|_| {
        Error::Bounds(format!(
            "axis {number} of the selection is {item}; use an integer, (start, step, count), a \
             one-dimensional array of int64, or two for the starts and stops of ranges"
        ))
    })?;
    match given {
        Given::At(at) => span(number, length, (at, 1, 1), chunk_axis, true),
        Given::Span(start, step, count) => {
            span(number, length, (start, step, count), chunk_axis, false)
        }
        Given::List(positions) => {
            let (py, positions) = (positions.py(), ndarray::positions(positions));
            let axis = py.detach(|| list(&positions, number, length, chunk_axis, opts));
            axis.map(|axis| (axis, Kept::Forward))
        }
        Given::Ranges(starts, stops) => {
            let both = (ndarray::positions(&starts), ndarray::positions(&stops));
            let list = starts.py().detach(|| {
                List::of_ranges((&both.0, &both.1), number, length, chunk_axis, limits(opts))
            });
            list.map(|list| (Axis::List(Box::new(list)), Kept::Forward))
        }
    }
}

fn given<'a, 'py>(item: &'a Bound<'py, PyAny>) -> PyResult<Given<'a, 'py>> {
    if let Ok(span) = item.cast::<PyTuple>() {
        if span.len() == 2 {
            let (starts, stops) = (span.get_item(0)?, span.get_item(1)?);
            return Ok(Given::Ranges(starts.cast_into()?, stops.cast_into()?));
        }
        let (start, step, count): (Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>) =
            span.extract()?;
        return Ok(Given::Span(integer(&start)?, integer(&step)?, integer(&count)?));
    }
    if let Ok(positions) = item.cast::<PyArray1<i64>>() {
        return Ok(Given::List(positions));
    }
    integer(item).map(Given::At)
}

/// An integer, clamped to 64 bits. This is safe: the step of a single element may have any size,
/// and other clamped values are outside every array.
fn integer(item: &Bound<'_, PyAny>) -> PyResult<i64> {
    match item.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => {
            Ok(if item.lt(0)? { i64::MIN } else { i64::MAX })
        }
        other => other,
    }
}

pub(super) fn span(
    number: usize,
    length: u64,
    (start, step, count): (i64, i64, i64),
    chunk_axis: &ChunkAxis,
    dropped: bool,
) -> Result<(Axis, Kept)> {
    let outside = || {
        Error::Bounds(format!(
            "axis {number} of the selection (start {start}, step {step}, count {count}) \
             is outside of the array's length {length}"
        ))
    };
    let many = u64::try_from(count).map_err(|_| outside())?;
    if many == 0 {
        return Ok((Axis::all(0, 1), Kept::Forward));
    }
    let last = i128::from(start) + i128::from(step) * i128::from(count - 1);
    let inside = |at: i128| at >= 0 && at < i128::from(length);
    if !inside(last) || !inside(i128::from(start)) || (step == 0 && many > 1) {
        return Err(outside());
    }
    let kept = match dropped {
        true => Kept::Dropped,
        false if step < 0 => Kept::Backward(many - 1),
        false => Kept::Forward,
    };
    let first = if step < 0 { last as u64 } else { start as u64 };
    let step = if many == 1 { 1 } else { step.unsigned_abs() };
    Ok((Axis::span(first, step, many, chunk_axis), kept))
}

fn list(
    positions: &Positions,
    number: usize,
    length: u64,
    chunk_axis: &ChunkAxis,
    opts: &Opts,
) -> Result<Axis> {
    if let Some((start, step)) = positions.even() {
        let given = (start, step, positions.len() as i64);
        if let Ok((axis, _)) = span(number, length, given, chunk_axis, false) {
            return Ok(axis);
        }
    }
    let list = List::new(positions, number, length, chunk_axis, limits(opts))?;
    Ok(Axis::List(Box::new(list)))
}
