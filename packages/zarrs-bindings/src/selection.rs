//! Selections as Python gives them, checked against the array.

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::document::ArrayInfo;
use crate::errors::{Error, Result};
use crate::plan::{Axis, Dims, Plan};

/// One axis: a position that drops the axis, or start, step and count.
#[derive(Clone, Copy, Debug)]
enum Pick {
    At(i64),
    Span(i64, i64, i64),
}

/// A selection that fits the array.
pub(crate) struct Selection {
    pub(crate) plan: Plan,
    /// Shape of the result, without dropped axes.
    pub(crate) shape: Dims<usize>,
    axes: Dims<Kept>,
}

/// How an axis of the array shows in the result.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Dropped,
    Forward,
    /// The plan runs upwards, so the result is filled from its end.
    Backward(u64),
}

fn pick(item: &Bound<'_, PyAny>, axis: usize) -> Result<Pick> {
    let found = || -> PyResult<Pick> {
        let Ok(span) = item.cast::<PyTuple>() else {
            return integer(item).map(Pick::At);
        };
        let (start, step, count): (Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>) =
            span.extract()?;
        Ok(Pick::Span(integer(&start)?, integer(&step)?, integer(&count)?))
    };
    found().map_err(|_| {
        Error::Bounds(format!(
            "axis {axis} of the selection is {item}; use an integer or (start, step, count)"
        ))
    })
}

/// An integer, clamped to 64 bits: the step of a single element may be of any size, and whatever
/// else is clamped is outside of every array.
fn integer(item: &Bound<'_, PyAny>) -> PyResult<i64> {
    match item.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(item.py()) => {
            Ok(if item.lt(0)? { i64::MIN } else { i64::MAX })
        }
        other => other,
    }
}

impl Selection {
    /// Checks a selection against the shape of the array.
    pub(crate) fn new(given: &Bound<'_, PyTuple>, info: &ArrayInfo) -> Result<Self> {
        if given.len() != info.shape.len() {
            return Err(Error::Bounds(format!(
                "the selection has {} axes, and the array has {}",
                given.len(),
                info.shape.len()
            )));
        }
        let mut plan: Dims<Axis> = Dims::new();
        let mut shape: Dims<usize> = Dims::new();
        let mut kept: Dims<Kept> = Dims::new();
        for (number, item) in given.iter_borrowed().enumerate() {
            let (length, extent) = (info.shape[number], info.chain.shape[number]);
            let pick = pick(&item, number)?;
            let (axis, how) = pick.lower(number, length, extent)?;
            if !matches!(how, Kept::Dropped) {
                shape.push(axis.count as usize);
            }
            plan.push(axis);
            kept.push(how);
        }
        Ok(Self { plan: counted(plan)?, shape, axes: kept })
    }

    /// The whole chunk of a grid index, also where it reaches beyond the array.
    pub(crate) fn chunk(index: &Bound<'_, PyTuple>, info: &ArrayInfo) -> Result<Self> {
        let outside = || {
            Error::Bounds(format!(
                "chunk index {index} is outside of the chunk grid {:?}",
                info.grid
            ))
        };
        let index: Vec<u64> = index
            .iter_borrowed()
            .map(|position| -> PyResult<u64> { position.extract() })
            .collect::<PyResult<_>>()
            .map_err(|_| outside())?;
        if index.len() != info.grid.len() || index.iter().zip(&info.grid).any(|(i, n)| i >= n) {
            return Err(outside());
        }
        let plan = index.iter().zip(&info.chain.shape).map(|(i, extent)| Axis {
            start: i * extent,
            step: 1,
            count: *extent,
            extent: *extent,
        });
        Ok(Self {
            plan: counted(plan.collect())?,
            shape: info.chain.shape.iter().map(|n| *n as usize).collect(),
            axes: index.iter().map(|_| Kept::Forward).collect(),
        })
    }

    /// Strides per axis of the array, and the offset of its first planned element, for a result
    /// with the given strides.
    pub(crate) fn strides(&self, of_result: &[isize]) -> (Dims<isize>, isize) {
        let mut given = of_result.iter().copied();
        let mut offset = 0_isize;
        let strides = self
            .axes
            .iter()
            .map(|kept| match kept {
                Kept::Dropped => 0,
                Kept::Forward => given.next().unwrap_or(0),
                Kept::Backward(last) => {
                    let stride = given.next().unwrap_or(0);
                    offset += stride * *last as isize;
                    -stride
                }
            })
            .collect();
        (strides, offset)
    }
}

fn counted(axes: Dims<Axis>) -> Result<Plan> {
    Plan::new(axes).ok_or_else(|| Error::Bounds("the selection touches too many chunks".into()))
}

impl Pick {
    fn lower(self, number: usize, length: u64, extent: u64) -> Result<(Axis, Kept)> {
        let (start, step, count) = match self {
            Self::At(at) => (at, 1, 1),
            Self::Span(start, step, count) => (start, step, count),
        };
        let outside = || {
            Error::Bounds(format!(
                "axis {number} of the selection (start {start}, step {step}, count {count}) \
                 is outside of the array's length {length}"
            ))
        };
        let many = u64::try_from(count).map_err(|_| outside())?;
        if many == 0 {
            return Ok((Axis { start: 0, step: 1, count: 0, extent }, Kept::Forward));
        }
        let last = i128::from(start) + i128::from(step) * i128::from(count - 1);
        let inside = |at: i128| at >= 0 && at < i128::from(length);
        if !inside(last) || !inside(i128::from(start)) || (step == 0 && many > 1) {
            return Err(outside());
        }
        let kept = match self {
            Self::At(_) => Kept::Dropped,
            Self::Span(..) if step < 0 => Kept::Backward(many - 1),
            Self::Span(..) => Kept::Forward,
        };
        let first = if step < 0 { last as u64 } else { start as u64 };
        let step = if many == 1 { 1 } else { step.unsigned_abs() };
        Ok((Axis { start: first, step, count: many, extent }, kept))
    }
}
