//! What to say about keys whose changes were not waited for.

use std::collections::BTreeSet;

use pyo3::prelude::*;

use crate::errors::Error;

/// Adds to an error the keys whose values are unknown, of which it names so many at most.
pub(super) fn noted(error: Error, keys: BTreeSet<String>, most: usize) -> Error {
    if keys.is_empty() {
        return error;
    }
    let (note, key) = (note(keys, most), error.key().map(str::to_owned));
    let noted = Python::attach(|py| {
        let error = PyErr::from(error);
        // The error alone is better than none.
        error.value(py).call_method1("add_note", (note,)).ok();
        Error::Python(error)
    });
    match key {
        Some(key) => noted.at(|| key),
        None => noted,
    }
}

/// The same text as in `zarr.crud._stores.unknown`.
fn note(keys: BTreeSet<String>, most: usize) -> String {
    let others = keys.len().saturating_sub(most);
    let names: Vec<String> = keys.into_iter().take(most).map(|key| format!("'{key}'")).collect();
    let others = if others > 0 { format!(" and {others} others") } else { String::new() };
    format!(
        "The values of these keys may be the old or the new ones, because the store had not \
         answered: {}{others}; write them again.",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::note;

    /// Catches a key that is left out without a word.
    #[test]
    fn every_key_is_named_or_counted() {
        let text = |most| note(["b", "a", "c"].map(str::to_owned).into(), most);
        assert!(text(3).contains("answered: 'a', 'b', 'c'; write"));
        assert!(text(1).contains("answered: 'a' and 2 others; write"));
    }
}
