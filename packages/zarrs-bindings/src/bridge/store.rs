//! A Python store, called in batches from the caller's thread.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::bridge::values::Values;
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;

/// Key, start and length, in the form that the bridge takes.
pub(crate) type Request = (String, Option<u64>, Option<u64>);

/// Whether a value is decoded, or its bytes only copied and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Decoded,
    Moved,
}

/// Fetches a batch of values; `None` for an absent one.
pub(crate) fn get_many(
    bridge: &Bound<'_, PyAny>,
    requests: &[Request],
    purpose: Use,
) -> Result<Vec<Option<Borrowed>>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let answer = bridge.call_method1("get_many", (requests,)).map_err(Error::Python)?;
    taken(&answer, requests.len(), purpose)
}

/// Parts of values to decode, and the tags of these values, if the store gives tags.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) values: Vec<Option<Borrowed>>,
    pub(crate) tags: Vec<Option<String>>,
}

impl Parts {
    pub(crate) fn fetch(
        bridge: &Bound<'_, PyAny>,
        requests: &[Request],
        values: Values,
    ) -> Result<Self> {
        let count = requests.len();
        if values != Values::Tagged || count == 0 {
            let values = get_many(bridge, requests, Use::Decoded)?;
            return Ok(Self { values, tags: Vec::new() });
        }
        let get = || bridge.call_method1("get_tagged", (requests,))?.extract();
        let (values, tags): (Bound<'_, PyAny>, Vec<_>) = get().map_err(Error::Python)?;
        check_count("get_tagged", count, tags.len())?;
        Ok(Self { values: taken(&values, count, Use::Decoded)?, tags })
    }

    pub(crate) fn bytes(&self, number: usize) -> Option<&[u8]> {
        self.values[number].as_ref().map(Borrowed::bytes)
    }
}

/// Takes the values out of an answer.
pub(super) fn taken(
    answer: &Bound<'_, PyAny>,
    count: usize,
    purpose: Use,
) -> Result<Vec<Option<Borrowed>>> {
    let borrow = || -> PyResult<Vec<Option<Borrowed>>> {
        let mut values = Vec::with_capacity(count);
        for value in answer.try_iter()? {
            let value = value?;
            values.push(if value.is_none() { None } else { Some(Borrowed::new(&value)?) });
        }
        Ok(values)
    };
    let values = borrow().map_err(Error::Python)?;
    let steady = |value: Option<Borrowed>| value.map(Borrowed::steady).transpose();
    let values = match purpose {
        Use::Decoded => values.into_iter().map(steady).collect::<Result<Vec<_>>>()?,
        Use::Moved => values,
    };
    check_count("get_many", count, values.len())?;
    let bytes: usize = values.iter().flatten().map(|value| value.bytes().len()).sum();
    counters::BYTES_READ.add(bytes as u64);
    Ok(values)
}

pub(super) fn check_count(method: &str, count: usize, given: usize) -> Result<()> {
    if given == count {
        return Ok(());
    }
    Err(Error::Internal(format!(
        "{method} of the store was asked for {count} values and gave {given}"
    )))
}

/// Sets and deletes a batch of values.
pub(crate) fn put_many(
    bridge: &Bound<'_, PyAny>,
    names: Vec<String>,
    values: &[Option<Vec<u8>>],
) -> Result<()> {
    let py = bridge.py();
    let mut items = Vec::new();
    let mut absent = Vec::new();
    for (name, value) in names.into_iter().zip(values) {
        match value {
            Some(value) => items.push((name, PyBytes::new(py, value))),
            None => absent.push(name),
        }
    }
    let bytes: usize = values.iter().flatten().map(Vec::len).sum();
    let deleted = absent.len() as u64;
    let put = || -> PyResult<()> {
        if !items.is_empty() {
            bridge.call_method1("set_many", (PyList::new(py, items)?,))?;
        }
        if !absent.is_empty() {
            bridge.call_method1("delete_many", (absent,))?;
        }
        Ok(())
    };
    put().map_err(Error::Python)?;
    counters::BYTES_WRITTEN.add(bytes as u64);
    counters::CHUNKS_DELETED.add(deleted);
    Ok(())
}
