//! Reads that are awaited in Python, and occupy no thread while they wait.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake};

use numpy::{PyArrayDescr, PyUntypedArray};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::array::cache::{self, Entry};
use crate::counters::{self, Counter};
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::python::courier::{Contents, Ends, Parcel, courier};
use crate::python::dispatch::Store;
use crate::python::functions::{Given, opts};
use crate::python::guard::{guarded, panic_text};
use crate::python::region::Read;
use crate::python::target::{Filled, Job, Kept};
use crate::remote::limit;
use crate::selection::Selection;
use crate::shutdown;
use crate::threads::tasks::{Stop, Task, spawn};

/// A read that has been planned. It begins with `start`.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct AwaitedRead(Arc<Awaited>);

struct Awaited {
    kept: Kept,
    counter: &'static Counter,
    /// Taken by the start. Locked only while attached, so no forked child inherits it locked.
    job: Mutex<Option<Job>>,
    stop: Stop,
    task: OnceLock<Arc<Task>>,
}

/// Plan a read as `read_region` does it; `None` if that must wait in the calling thread.
#[pyfunction]
#[pyo3(signature = (metadata, store, selection, path, dtype, out, options))]
pub(crate) fn begin_region<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    selection: &Bound<'py, PyAny>,
    path: &Bound<'py, PyString>,
    dtype: &Bound<'py, PyArrayDescr>,
    out: Option<&Bound<'py, PyUntypedArray>>,
    options: Given<'_, 'py>,
) -> PyResult<Option<AwaitedRead>> {
    let opts = opts(options);
    let array = (metadata, store, path);
    begin(&counters::READ_REGION, array, selection, (dtype, out), opts, |entry| {
        Selection::new(selection, &entry.info, &opts, true)
    })
}

/// Plan a read as `read_chunk` does it; `None` if that must wait in the calling thread.
#[pyfunction]
#[pyo3(signature = (metadata, store, index, path, dtype, out, options))]
pub(crate) fn begin_chunk<'py>(
    metadata: &Bound<'py, PyString>,
    store: &Bound<'py, PyAny>,
    index: &Bound<'py, PyTuple>,
    path: &Bound<'py, PyString>,
    dtype: &Bound<'py, PyArrayDescr>,
    out: Option<&Bound<'py, PyUntypedArray>>,
    options: Given<'_, 'py>,
) -> PyResult<Option<AwaitedRead>> {
    let array = (metadata, store, path);
    begin(&counters::READ_CHUNK, array, index, (dtype, out), opts(options), |entry| {
        Selection::chunk(index, &entry.info)
    })
}

fn begin<'py>(
    counter: &'static Counter,
    (metadata, store, path): (&Bound<'py, PyString>, &Bound<'py, PyAny>, &Bound<'py, PyString>),
    given: &Bound<'py, PyAny>,
    (dtype, out): (&Bound<'py, PyArrayDescr>, Option<&Bound<'py, PyUntypedArray>>),
    opts: Opts,
    select: impl FnOnce(&Entry) -> Result<Selection>,
) -> PyResult<Option<AwaitedRead>> {
    let store = Store::of(store)?;
    let Store::Remote(remote, _) = &store else {
        return Ok(None);
    };
    let _guard = shutdown::enter();
    guarded(|| {
        let entry = cache::entry(metadata, store.identity(), path)?;
        if entry.info.chain.calls_python() {
            return Ok(None);
        }
        let selection = select(&entry)?;
        store.check_direct(&opts)?;
        let read = Read { entry, store: &store, selection, dtype, out, opts };
        let (kept, job) = Job::new(read, remote, given)?;
        Ok(Some(AwaitedRead(Arc::new(Awaited {
            kept,
            counter,
            job: Mutex::new(Some(job)),
            stop: Stop::default(),
            task: OnceLock::new(),
        }))))
    })
}

#[pymethods]
impl AwaitedRead {
    /// Begin, once; the future of the event loop gets the result. It is cancelled by `cancel`, as
    /// soon as nothing is written any more.
    fn start(&self, event_loop: &Bound<'_, PyAny>, future: Py<PyAny>) -> PyResult<()> {
        let py = event_loop.py();
        let job = self.0.job.lock().unwrap_or_else(PoisonError::into_inner).take();
        let job = job.ok_or_else(|| PyRuntimeError::new_err("a read is awaited only once"))?;
        let awaited = Arc::clone(&self.0);
        guarded(|| {
            limit::refresh(py)?;
            let client = awaited.kept.store.bind(py).get().remote.client()?;
            let courier = courier();
            let call = courier.expect(event_loop, Arc::clone(&self.0) as _)?;
            let event_loop = event_loop.clone().unbind();
            let begun = spawn(async move {
                let work = Box::pin(job.read(&awaited.kept, client, &awaited.stop));
                let read = Caught { work: Some(work), stop: &awaited.stop }.await;
                let open = Box::new(move |py: Python<'_>| awaited.contents(py, read));
                courier.send(Parcel { call, event_loop, future, open });
            });
            let task = begun.inspect_err(|_| drop(courier.forget(call)))?;
            self.0.task.set(task).map_err(|_| Error::Internal("a read began twice".into()))
        })
    }

    /// End the read and its requests, if it is still under way.
    fn cancel(&self) {
        self.0.end();
    }
}

impl Ends for Awaited {
    fn end(&self) {
        self.stop.set();
        if let Some(task) = self.task.get() {
            Arc::clone(task).wake();
        }
    }
}

impl Awaited {
    fn contents(&self, py: Python<'_>, read: Option<Result<Filled>>) -> Contents {
        let Some(read) = read else {
            return Contents { result: None };
        };
        let found = guarded(|| {
            let done = read.and_then(|filled| filled.array(py, &self.kept));
            done.map_err(|error| {
                let store = Store::of(self.kept.store.bind(py).as_any());
                error.within(|| store.map_or_else(|_| String::new(), |store| store.name(py)))
            })
        });
        if found.is_ok() {
            self.counter.add(1);
        }
        Contents { result: Some(found.map(Py::into_any)) }
    }
}

/// A read that ends when it is stopped, in whose place a panic is an error, and which never goes on
/// once the interpreter ends. The result is `None` if it was stopped.
struct Caught<'a, F> {
    work: Option<Pin<Box<F>>>,
    stop: &'a Stop,
}

impl<F: Future<Output = Result<Filled>>> Future for Caught<'_, F> {
    type Output = Option<Result<Filled>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(_guard) = shutdown::try_enter() else {
            return Poll::Pending;
        };
        let stopped = self.stop.is_set();
        let Some(work) = self.work.as_mut().filter(|_| !stopped) else {
            self.work = None;
            return Poll::Ready(None);
        };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        if self.stop.is_set() {
            self.work = None;
            return Poll::Ready(None);
        }
        match polled {
            Ok(polled) => polled.map(Some),
            Err(panic) => {
                self.work = None;
                Poll::Ready(Some(Err(Error::Internal(panic_text(panic.as_ref())))))
            }
        }
    }
}
