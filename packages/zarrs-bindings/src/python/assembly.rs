//! Files that are put together from pieces of others, for archives that are copied or regrouped.

use std::ffi::OsString;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyList;

use crate::counters;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::python::guard::served;
use crate::python::stores::bytes_of;
use crate::threads::limits::limits;
use crate::write::assemble::{Piece, Sources, assemble};

#[derive(FromPyObject)]
pub(crate) enum Given {
    Part(OsString, u64, Option<u64>, Option<u64>),
    Bytes(PyBackedBytes),
}

/// The path of a new file, and its pieces.
struct File(Vec<u8>, Vec<Piece<PyBackedBytes>>);

impl File {
    fn of((path, pieces): (OsString, Vec<Given>)) -> Result<Self> {
        let pieces = pieces.into_iter().map(|piece| {
            Ok(match piece {
                Given::Bytes(bytes) => Piece::Bytes(bytes),
                Given::Part(path, at, length, size) => {
                    Piece::Part { path: bytes_of(path)?, at, length, size }
                }
            })
        });
        Ok(Self(bytes_of(path)?, pieces.collect::<Result<_>>()?))
    }
}

/// Store files one after the other, each put together from bytes and from parts of other files.
/// Return their sizes; if one fails, the last item is its error, and the others are not begun.
#[pyfunction]
#[pyo3(signature = (files, /, *, fsync))]
pub(crate) fn assemble_files(
    py: Python<'_>,
    files: Vec<(OsString, Vec<Given>)>,
    fsync: bool,
) -> PyResult<Bound<'_, PyList>> {
    let opts = Opts { fsync, ..Opts::DEFAULT };
    let (sizes, failed) = served(&counters::ASSEMBLE_FILES, || {
        let files: Vec<File> = files.into_iter().map(File::of).collect::<Result<_>>()?;
        match py.detach(|| store(&files, &opts)) {
            (_, Some(Error::Python(interrupt))) => Err(Error::Python(interrupt)),
            done => Ok(done),
        }
    })?;
    let found = PyList::new(py, sizes)?;
    if let Some(error) = failed {
        found.append(PyErr::from(error))?;
    }
    Ok(found)
}

/// The sizes of the files up to the first that fails.
fn store(files: &[File], opts: &Opts) -> (Vec<u64>, Option<Error>) {
    let (mut sources, limits) = (Sources::default(), limits(opts));
    let mut sizes = Vec::with_capacity(files.len());
    for File(path, pieces) in files {
        let stored = limits
            .check_signals()
            .and_then(|()| assemble(path, pieces, &mut sources, opts, limits));
        match stored {
            Ok(size) => sizes.push(size),
            Err(error) => return (sizes, Some(error)),
        }
    }
    (sizes, None)
}
