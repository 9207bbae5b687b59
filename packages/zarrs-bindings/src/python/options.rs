//! The options class of the Python module.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::options::{Locking, Opts};

/// Options for one call.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct Options(pub(crate) Opts);

#[pymethods]
impl Options {
    #[new]
    #[pyo3(signature = (
        *,
        concurrency = None,
        validate_checksums = true,
        missing_chunks = "fill",
        write_empty_chunks = false,
        decoded_size_budget = 274_877_906_944,
        durability = "replace",
        direct_io = false,
        locking = "auto",
        memory_pool = 268_435_456,
        coalesce_max_gap = 1_048_576,
        coalesce_max_bytes = 16_777_216,
        immutable_store = None,
        in_flight_bytes = 268_435_456,
        chunk_cache = 0,
        chunk_cache_max_age = 0.0,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new(
        concurrency: Option<usize>,
        validate_checksums: bool,
        missing_chunks: &str,
        write_empty_chunks: bool,
        decoded_size_budget: u64,
        durability: &str,
        direct_io: bool,
        locking: &str,
        memory_pool: u64,
        coalesce_max_gap: u64,
        coalesce_max_bytes: u64,
        immutable_store: Option<bool>,
        in_flight_bytes: u64,
        chunk_cache: u64,
        chunk_cache_max_age: f64,
    ) -> PyResult<Self> {
        if concurrency == Some(0) {
            return Err(PyValueError::new_err("concurrency is 0; use 1 or more, or None"));
        }
        Ok(Self(Opts {
            concurrency,
            validate_checksums,
            missing_is_error: one_of(
                "missing_chunks",
                missing_chunks,
                &[("fill", false), ("error", true)],
            )?,
            write_empty_chunks,
            budget: decoded_size_budget,
            fsync: one_of("durability", durability, &[("replace", false), ("fsync", true)])?,
            direct_io,
            locking: one_of(
                "locking",
                locking,
                &[
                    ("auto", Locking::Auto),
                    ("threads", Locking::Threads),
                    ("processes", Locking::Processes),
                    ("conditional", Locking::Conditional),
                ],
            )?,
            memory_pool,
            coalesce_max_gap,
            coalesce_max_bytes,
            immutable_store,
            in_flight_bytes,
            chunk_cache,
            chunk_cache_max_age,
        }))
    }
}

/// The meaning of a word, or an error that lists the valid words.
pub(super) fn one_of<T: Copy>(option: &str, given: &str, words: &[(&str, T)]) -> PyResult<T> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == given) {
        return Ok(*meaning);
    }
    let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    let words = words.join(" or ");
    Err(PyValueError::new_err(format!("{option} is {given:?}; use {words}")))
}
