//! Single elements, as one list of positions per axis.

use numpy::{PyArray1, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::ndarray;
use crate::array::info::ArrayInfo;
use crate::errors::{Error, Result};
use crate::memory::positions::Positions;
use crate::options::Opts;
use crate::plan::{self, Axis, Dense, Dims, Groups, Plan};
use crate::threads::limits::limits;

/// Single elements, as one list of positions per axis.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct Points {
    /// One-dimensional arrays of int64, each with as many positions as the shape has elements.
    #[pyo3(get)]
    axes: Py<PyTuple>,
    pub(super) shape: Vec<usize>,
}

#[pymethods]
impl Points {
    #[new]
    #[pyo3(signature = (axes, shape))]
    fn new(axes: Py<PyTuple>, shape: Vec<usize>) -> Self {
        Self { axes, shape }
    }

    /// The shape of the result.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.shape)
    }
}

/// The points of a selection. Their positions are not copied, and must stay alive as long as these.
pub(super) fn given(points: &Bound<'_, Points>, info: &ArrayInfo) -> Result<plan::Points> {
    let (py, given) = (points.py(), points.get());
    let axes = given.axes.bind(py);
    if axes.len() != info.shape.len() {
        return Err(Error::Bounds(format!(
            "the points have {} axes, and the array has {}",
            axes.len(),
            info.shape.len()
        )));
    }
    let count = given.shape.iter().try_fold(1_usize, |n, extent| n.checked_mul(*extent));
    let count =
        count.ok_or_else(|| Error::Bounds("the shape of the points is too large".into()))?;
    let axes = axes.iter_borrowed().enumerate();
    let axes: Dims<Positions> =
        axes.map(|(number, axis)| positions(&axis, number, count)).collect::<Result<_>>()?;
    plan::Points::new(axes, count)
}

/// A plan for points; to read, it may be that of a box around them. The points are kept only for
/// that.
pub(super) fn plan(
    points: plan::Points,
    info: &ArrayInfo,
    opts: &Opts,
    reads: bool,
) -> Result<(Plan, Option<Dense>)> {
    let limits = limits(opts);
    // The memory of elements of variable length is not that of the box.
    if reads && !info.has_vlen() {
        let (pieces, item) = (info.pieces(), info.item());
        let found = plan::around(&points, &info.shape, &pieces, item, opts.budget, limits)?;
        if let Some(found) = found {
            let axes = found.iter().zip(&info.grid.axes);
            let axes = axes.map(|((start, count), axis)| Axis::span(*start, 1, *count, axis));
            return Ok((Plan::new(axes.collect())?, Some(Dense::new(points, found))));
        }
    }
    let groups = Groups::new(&points, &info.shape, &info.grid.axes, limits)?;
    Ok((Plan::Points(Box::new(groups)), None))
}

fn positions(axis: &Bound<'_, PyAny>, number: usize, count: usize) -> Result<Positions> {
    let given = axis.cast::<PyArray1<i64>>().map_err(|_| {
        Error::Bounds(format!(
            "axis {number} of the points is {axis}; use a one-dimensional array of int64"
        ))
    })?;
    if given.len() != count {
        return Err(Error::Bounds(format!(
            "axis {number} of the points has {} positions, and the shape has {count} elements",
            given.len()
        )));
    }
    Ok(ndarray::positions(given))
}
