//! Requests to a Python store whose answers are taken as they arrive.

use pyo3::prelude::*;

use crate::bridge::store::Request;
use crate::bridge::values::Values;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;

/// A request, the job that it is for, and its number in the job.
pub(super) type Ask = (usize, usize, Request);

/// The answer to a request.
pub(super) struct Arrived {
    pub(super) job: usize,
    pub(super) number: usize,
    pub(super) answer: Result<Answer>,
}

/// A value or a part of one, and the tag of the value; `None` if it is absent.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) value: Option<Borrowed>,
    pub(super) tag: Option<String>,
}

/// The requests of one call. Those in flight are cancelled when this is dropped.
pub(super) struct Feed<'py>(Bound<'py, PyAny>);

impl<'py> Feed<'py> {
    /// `None` for a store that answers a batch at a time.
    pub(super) fn open(bridge: &Bound<'py, PyAny>, values: Values) -> Result<Option<Self>> {
        let open = || -> PyResult<Option<Self>> {
            let name = if values == Values::Tagged { "tagged_feed" } else { "feed" };
            let Some(open) = bridge.getattr_opt(name)? else {
                return Ok(None);
            };
            let feed = open.call0()?;
            Ok((!feed.is_none()).then_some(Self(feed)))
        };
        open().map_err(Error::Python)
    }

    /// Sends requests after those before them, as many at once as the store gets.
    pub(super) fn ask(&self, asks: Vec<Ask>) -> Result<()> {
        if asks.is_empty() {
            return Ok(());
        }
        self.0.call_method1("ask", (asks,)).map_err(Error::Python)?;
        Ok(())
    }

    /// Sends nothing more for later jobs than this one; such requests count as answered.
    pub(super) fn stop_after(&self, job: usize) -> Result<()> {
        self.0.call_method1("stop_after", (job,)).map_err(Error::Python)?;
        Ok(())
    }

    /// Waits for an answer, and takes all that have arrived.
    pub(super) fn take(&self) -> Result<Vec<Arrived>> {
        let take = || -> PyResult<Vec<Arrived>> {
            let answers = self.0.call_method0("take")?;
            answers.try_iter()?.map(|answer| taken(&answer?)).collect()
        };
        take().map_err(Error::Python)
    }
}

fn taken(answer: &Bound<'_, PyAny>) -> PyResult<Arrived> {
    type Given<'py> = (usize, usize, Bound<'py, PyAny>, Option<String>, Bound<'py, PyAny>);
    let (job, number, value, tag, failure): Given<'_> = answer.extract()?;
    let answer = if failure.is_none() {
        let value = if value.is_none() { None } else { Some(Borrowed::new(&value)?) };
        Ok(Answer { value, tag })
    } else {
        Err(Error::Python(PyErr::from_value(failure)))
    };
    Ok(Arrived { job, number, answer })
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        self.0.call_method0("close").ok();
    }
}
