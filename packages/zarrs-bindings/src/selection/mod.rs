//! Selections from Python, checked against the array.

mod axis;
mod ndarray;
mod plain;
mod points;

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::smallvec;

use crate::array::info::ArrayInfo;
use crate::elements::view::View;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::{self, Axis, Dense, Dims, Plan};

pub(crate) use plain::prepare;
pub(crate) use points::Points;

/// A selection that fits the array.
pub(crate) struct Selection {
    pub(crate) plan: Plan,
    /// Shape of the result, without dropped axes.
    pub(crate) shape: Dims<usize>,
    axes: Axes,
    /// The points to copy from the box that the plan reads.
    pub(crate) dense: Option<Dense>,
}

/// The layout of the result.
enum Axes {
    Kept(Dims<Kept>),
    /// A sequence of elements of an array of this rank.
    Points(usize),
}

/// How an array axis appears in the result.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Dropped,
    Forward,
    /// The plan ascends, so the result is filled from its end.
    Backward(u64),
}

impl Selection {
    /// Checks a selection against the shape of the array. A selection to write has no box.
    pub(crate) fn new(
        given: &Bound<'_, PyAny>,
        info: &ArrayInfo,
        opts: &Opts,
        reads: bool,
    ) -> Result<Self> {
        if let Ok(axes) = given.cast::<PyTuple>() {
            let Some(list) = axis::only_list(axes, info) else {
                return Self::outer(axes, info, opts);
            };
            let count = list.len();
            let points = plan::Points::new(smallvec![list], count)?;
            return Self::of_points(
                given.py(),
                points,
                Dims::from_elem(count, 1),
                info,
                opts,
                reads,
            );
        }
        let points = given.cast::<Points>().map_err(|_| {
            Error::Python(PyTypeError::new_err(format!(
                "the selection is {given}; pass a tuple with one item per axis, or Points"
            )))
        })?;
        let shape: Dims<usize> = points.get().shape.as_slice().into();
        Self::of_points(given.py(), points::given(points, info)?, shape, info, opts, reads)
    }

    fn of_points(
        py: Python<'_>,
        points: plan::Points,
        shape: Dims<usize>,
        info: &ArrayInfo,
        opts: &Opts,
        reads: bool,
    ) -> Result<Self> {
        let (plan, dense) = py.detach(|| points::plan(points, info, opts, reads))?;
        Ok(Self { plan, shape, axes: Axes::Points(info.shape.len()), dense })
    }

    fn outer(given: &Bound<'_, PyTuple>, info: &ArrayInfo, opts: &Opts) -> Result<Self> {
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
            let (length, chunk_axis) = (info.shape[number], &info.grid.axes[number]);
            let (axis, how) = axis::lower(&item, number, length, chunk_axis, opts)?;
            if !matches!(how, Kept::Dropped) {
                shape.push(axis.count() as usize);
            }
            plan.push(axis);
            kept.push(how);
        }
        Ok(Self { plan: Plan::new(plan)?, shape, axes: Axes::Kept(kept), dense: None })
    }

    /// The whole chunk at a grid index, even where it extends beyond the array.
    pub(crate) fn chunk(index: &Bound<'_, PyTuple>, info: &ArrayInfo) -> Result<Self> {
        let outside = || {
            Error::Bounds(format!(
                "chunk index {index} is outside of the chunk grid {:?}",
                info.grid.counts
            ))
        };
        let index: Dims<u64> = index
            .iter_borrowed()
            .map(|position| -> PyResult<u64> { position.extract() })
            .collect::<PyResult<_>>()
            .map_err(|_| outside())?;
        let counts = &info.grid.counts;
        if index.len() != counts.len() || index.iter().zip(counts).any(|(i, n)| i >= n) {
            return Err(outside());
        }
        let axes: Dims<Axis> = index
            .iter()
            .zip(&info.grid.axes)
            .map(|(cell, chunk_axis)| Axis::cell(*cell, chunk_axis))
            .collect();
        Ok(Self {
            shape: axes.iter().map(|axis| axis.count() as usize).collect(),
            plan: Plan::new(axes)?,
            axes: Axes::Kept(index.iter().map(|_| Kept::Forward).collect()),
            dense: None,
        })
    }

    /// The memory of an array, by the axes of the selection.
    pub(crate) fn view_of(&self, array: &Bound<'_, PyUntypedArray>) -> View {
        self.view(ndarray::start(array), array.strides())
    }

    /// The memory of a result, by the axes of the array.
    pub(crate) fn view(&self, start: *mut u8, strides: &[isize]) -> View {
        let kept = match &self.axes {
            Axes::Kept(kept) => kept,
            Axes::Points(rank) => return View::of_points(start, *rank, &self.shape, strides),
        };
        let mut given = strides.iter().copied();
        let mut offset = 0_isize;
        let strides = kept
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
        View::new(start.wrapping_offset(offset), strides)
    }
}

/// The size that `NumPy` computes for a shape: zero extents count as 1, even in an empty array.
pub(crate) fn spanned(item: u64, shape: &[usize]) -> u64 {
    shape.iter().fold(item, |n, extent| n.saturating_mul((*extent as u64).max(1)))
}
