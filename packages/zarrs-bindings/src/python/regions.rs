//! Reads and writes many selections together, of one array or of several.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::array::cache::{self, Entry};
use crate::call::Call;
use crate::counters::{self, Counter};
use crate::elements::view::View;
use crate::elements::vlen::Arena;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::plan::{Plan, Several};
use crate::python::dispatch::Store;
use crate::python::functions::{Given, opts};
use crate::python::guard::served;
use crate::python::{ndarray, together, vlen};
use crate::selection::Selection;

type Array<'py> = Bound<'py, PyUntypedArray>;

/// The number of a request, for messages; the document, the store, the selection, and the path.
type Place<'py> =
    (usize, Bound<'py, PyString>, Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyString>);

/// An error, and the numbers of the requests that it concerns.
type Failure = (Error, Vec<usize>);

/// Read many selections, each chunk once. A note of an exception says which requests failed.
#[pyfunction]
#[pyo3(signature = (requests, targets, options))]
pub(crate) fn read_regions<'py>(
    py: Python<'py>,
    requests: Vec<Place<'py>>,
    targets: Vec<(Bound<'py, PyArrayDescr>, Option<Array<'py>>)>,
    options: Given<'_, 'py>,
) -> PyResult<Vec<Array<'py>>> {
    let opts = opts(options);
    noted(py, &counters::READ_REGIONS, || {
        let mut groups = Groups::default();
        let mut results = Vec::with_capacity(requests.len());
        for (place, (dtype, out)) in requests.into_iter().zip(targets) {
            let target = |group: &Group<'py>, selection: &Selection| {
                let (out, shape) = (out.as_ref(), &selection.shape);
                if let Some(arena) = &group.arena {
                    vlen::destination((&dtype, out), shape, arena, &opts)
                } else {
                    ndarray::destination(out, &dtype, group.entry.info.item(), shape, &opts)
                }
            };
            let added = groups.add(&place, &opts, target, |_, array| vlen::tokens(array));
            results.push(added.map_err(|error| (error, vec![place.0]))?);
        }
        groups.read(py, opts)?;
        Ok(results)
    })
}

/// Write many selections; a chunk that several touch is replaced once. An element that several
/// select gets the last value.
#[pyfunction]
#[pyo3(signature = (requests, values, options))]
pub(crate) fn write_regions<'py>(
    py: Python<'py>,
    requests: Vec<Place<'py>>,
    values: Vec<Array<'py>>,
    options: Given<'_, 'py>,
) -> PyResult<()> {
    let opts = opts(options);
    noted(py, &counters::WRITE_REGIONS, || {
        let mut groups = Groups::default();
        for (place, value) in requests.into_iter().zip(values) {
            let source = |group: &Group<'py>, selection: &Selection| {
                group.store.check_writable()?;
                if let Some(arena) = &group.arena {
                    vlen::check(&value, &selection.shape, arena, "value")?;
                } else {
                    ndarray::check(&value, group.entry.info.item(), &selection.shape, "value")?;
                }
                Ok(value)
            };
            let added = groups.add(&place, &opts, source, Arena::take);
            added.map_err(|error| (error, vec![place.0]))?;
        }
        groups.write(py, opts)
    })
}

/// Runs a call, and adds a note to its exception.
fn noted<T>(
    py: Python<'_>,
    counter: &Counter,
    work: impl FnOnce() -> Result<T, Failure>,
) -> PyResult<T> {
    let concerned = RefCell::new(Vec::new());
    let done = served(counter, || {
        work().map_err(|(error, numbers)| {
            concerned.replace(numbers);
            error
        })
    });
    done.inspect_err(|error| {
        let numbers = concerned.take();
        let note = match numbers.as_slice() {
            [] => return,
            [only] => format!("in request {only}"),
            many => {
                let listed: Vec<_> = many.iter().take(10).map(usize::to_string).collect();
                let more = if many.len() > listed.len() { ", …" } else { "" };
                format!("in requests {}{more}", listed.join(", "))
            }
        };
        // An interrupt is about no request.
        if error.is_instance_of::<PyException>(py) {
            // An exception that takes no note is raised without.
            let _ = error.value(py).call_method1("add_note", (note,));
        }
    })
}

/// The requests of one array.
struct Group<'py> {
    entry: Arc<Entry>,
    /// For elements of variable length.
    arena: Option<Arc<Arena>>,
    store: Store<'py>,
    numbers: Vec<usize>,
    selections: Vec<(Plan, View)>,
    /// The tokens of each array whose elements have variable length.
    tokens: Vec<(Vec<u8>, Array<'py>)>,
}

/// The arrays, in the order in which they were first requested.
#[derive(Default)]
struct Groups<'py> {
    places: HashMap<*const Entry, usize>,
    all: Vec<Group<'py>>,
    /// Keeps the addresses of the entries.
    entries: Vec<Arc<Entry>>,
}

impl<'py> Groups<'py> {
    /// Adds a request, and returns its array.
    fn add(
        &mut self,
        (number, metadata, store, selection, path): &Place<'py>,
        opts: &Opts,
        array: impl FnOnce(&Group<'py>, &Selection) -> Result<Array<'py>>,
        tokens: impl FnOnce(&Arena, &Array<'py>) -> Result<Vec<u8>>,
    ) -> Result<Array<'py>> {
        let store = Store::of(store).map_err(Error::Python)?;
        let entry = cache::entry(metadata, store.identity(), path)?;
        // The elements of a box around points have no place in any result.
        let selection = Selection::new(selection, &entry.info, opts, false)?;
        let group = self.group(metadata.py(), entry, store);
        let array = array(group, &selection)?;
        let view = match &group.arena {
            None => selection.view_of(&array),
            Some(arena) => {
                let mut tokens = tokens(arena, &array)?;
                let view = vlen::view(&selection, tokens.as_mut_ptr());
                group.tokens.push((tokens, array.clone()));
                view
            }
        };
        group.numbers.push(*number);
        group.selections.push((selection.plan, view));
        Ok(array)
    }

    fn group(&mut self, py: Python<'py>, entry: Arc<Entry>, store: Store<'py>) -> &mut Group<'py> {
        let place = *self.places.entry(Arc::as_ptr(&entry)).or_insert(self.all.len());
        if place == self.all.len() {
            self.entries.push(Arc::clone(&entry));
            let (entry, arena) = match entry.info.for_call() {
                Some((info, arena)) => (Arc::new(entry.with_info(py, info)), Some(arena)),
                None => (entry, None),
            };
            let (numbers, selections, tokens) = (Vec::new(), Vec::new(), Vec::new());
            self.all.push(Group { entry, arena, store, numbers, selections, tokens });
        }
        &mut self.all[place]
    }

    fn read(mut self, py: Python<'py>, opts: Opts) -> Result<(), Failure> {
        let plans = self.plans(py)?;
        let calls = self.calls(plans, opts);
        together::read(py, &calls).map_err(|(number, error)| {
            let concerned =
                |number: usize| concerned(&calls[number].1, &self.all[number].numbers, &error);
            let numbers = number.map_or_else(Vec::new, concerned);
            (error, numbers)
        })?;
        for group in &self.all {
            let Some(arena) = &group.arena else { continue };
            for (tokens, array) in &group.tokens {
                arena.put(tokens, array).map_err(|error| (error, group.numbers.clone()))?;
            }
        }
        Ok(())
    }

    fn write(mut self, py: Python<'py>, opts: Opts) -> Result<(), Failure> {
        let plans = self.plans(py)?;
        for (group, (store, call)) in self.all.iter().zip(self.calls(plans, opts)) {
            store.write(py, &call).map_err(|error| {
                let error = error.within(|| store.name(py));
                let numbers = concerned(&call, &group.numbers, &error);
                (error, numbers)
            })?;
        }
        Ok(())
    }

    /// One plan for each array.
    fn plans(&mut self, py: Python<'py>) -> Result<Vec<(Plan, View)>, Failure> {
        let plan = |group: &mut Group<'py>| {
            let mut selections = mem::take(&mut group.selections);
            if selections.len() == 1
                && let Some(only) = selections.pop()
            {
                return Ok(only);
            }
            let (plans, views) = selections.into_iter().unzip();
            let several = py.detach(|| Several::new(plans));
            let several = several.map_err(|error| (error, group.numbers.clone()))?;
            Ok((Plan::Several(Box::new(several)), View::several(views)))
        };
        self.all.iter_mut().map(plan).collect()
    }

    fn calls(&self, plans: Vec<(Plan, View)>, opts: Opts) -> Vec<(&Store<'py>, Call<'_>)> {
        let both = self.all.iter().zip(plans);
        both.map(|(group, (plan, view))| {
            (&group.store, Call { entry: &group.entry, plan, view, opts })
        })
        .collect()
    }
}

/// The numbers of the requests that touch the value that an error is about, or else of all.
fn concerned(call: &Call<'_>, numbers: &[usize], error: &Error) -> Vec<usize> {
    let (Plan::Several(several), Some(key)) = (&call.plan, error.key()) else {
        return numbers.to_vec();
    };
    let touching = several.selections(|part| call.key(part).name() == key);
    touching.into_iter().map(|place| numbers[place]).collect()
}
