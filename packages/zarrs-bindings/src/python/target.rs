//! What an awaited read fills: new memory, or the caller's array.

use std::sync::Arc;

use numpy::{PyArrayDescr, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::array::cache::Entry;
use crate::call::Call;
use crate::elements::gather::Around;
use crate::elements::view::View;
use crate::elements::vlen::{Arena, ITEM};
use crate::errors::{Error, Result};
use crate::memory::result::Memory;
use crate::options::Opts;
use crate::plan::strides;
use crate::python::region::Read;
use crate::python::remote_store::RemoteStore;
use crate::python::{ndarray, vlen};
use crate::remote::awaited::{Turn, read, turn};
use crate::remote::client::Client;
use crate::selection::Selection;
use crate::threads::limits::{Limits, Waits};
use crate::threads::tasks::Stop;

/// What must live as long as a read; freed while attached.
pub(super) struct Kept {
    entry: Arc<Entry>,
    arena: Option<Arc<Arena>>,
    pub(super) store: Py<RemoteStore>,
    /// The positions in it are not copied.
    _selection: Py<PyAny>,
    dtype: Py<PyArrayDescr>,
    out: Option<Py<PyUntypedArray>>,
}

/// What to read. It holds no memory yet.
pub(super) struct Job {
    selection: Selection,
    target: Target,
    opts: Opts,
}

enum Target {
    Out(View),
    /// New memory of so many bytes.
    New(usize),
    /// As many bytes of tokens, for elements of variable length.
    Tokens(usize),
}

/// What has been read.
pub(super) struct Filled {
    memory: Held,
    shape: Vec<usize>,
    /// The next read begins when this is dropped.
    _turn: Turn,
}

enum Held {
    Out,
    New(Memory),
    Tokens(Vec<u8>),
}

impl Job {
    /// Checks what a read that waits in its thread checks, too.
    pub(super) fn new(
        read: Read<'_, '_>,
        store: &Bound<'_, RemoteStore>,
        given: &Bound<'_, PyAny>,
    ) -> Result<(Kept, Self)> {
        let Read { entry, selection, dtype, out, opts, .. } = read;
        let shape = &selection.shape;
        let (entry, arena, target) = if let Some((info, arena)) = entry.info.for_call() {
            let entry = Arc::new(entry.with_info(dtype.py(), info));
            vlen::check_target((dtype, out), shape, &arena)?;
            let bytes = ndarray::size(dtype, shape, &opts)? / dtype_size(dtype);
            let bytes = bytes.saturating_mul(ITEM);
            (entry, Some(arena), Target::Tokens(bytes))
        } else {
            let item = entry.info.item();
            ndarray::check_dtype(dtype, item)?;
            let target = if let Some(out) = out {
                ndarray::check(out, item, shape, "out")?;
                ndarray::check_writeable(out)?;
                Target::Out(selection.view_of(out))
            } else {
                Target::New(ndarray::size(dtype, shape, &opts)?)
            };
            (entry, None, target)
        };
        let kept = Kept {
            entry,
            arena,
            store: store.clone().unbind(),
            _selection: given.clone().unbind(),
            dtype: dtype.clone().unbind(),
            out: out.map(|out| out.clone().unbind()),
        };
        Ok((kept, Self { selection, target, opts }))
    }

    /// Bytes that the read holds until it has been handed over.
    fn held(&self, item: usize) -> u64 {
        let new = match self.target {
            Target::Out(_) => 0,
            Target::New(bytes) | Target::Tokens(bytes) => bytes as u64,
        };
        let around = self.selection.dense.as_ref().map_or(0, |_| self.selection.plan.elements());
        around.saturating_mul(item as u64).saturating_add(new)
    }

    /// Reads, once its turn comes. Nothing is written after this was dropped: that waits for the
    /// copies of network threads.
    pub(super) async fn read(
        self,
        kept: &Kept,
        client: Arc<Client>,
        stop: &Stop,
    ) -> Result<Filled> {
        let turn = turn(self.held(kept.entry.info.item())).await?;
        // Thousands may wait for their turn, so what follows has its memory only from here on.
        Box::pin(self.fill(kept, client, stop, turn)).await
    }

    async fn fill(
        self,
        kept: &Kept,
        client: Arc<Client>,
        stop: &Stop,
        turn: Turn,
    ) -> Result<Filled> {
        let (item, number) = (kept.entry.info.item(), kept.store.get().remote.number);
        let Self { selection, target, opts } = self;
        let (memory, view) = reserve(target, &selection, item, &opts)?;
        let Selection { plan, shape, dense, .. } = selection;
        let entry = &*kept.entry;
        if let Some(dense) = dense {
            let around = Around::new(&dense, item, &opts)?;
            let call = Call { entry, plan, view: around.view(), opts };
            read(&client, number, &call, stop).await?;
            let threads = opts.concurrency;
            around.copy(
                &view,
                Limits { threads, waits: Waits::Never, interrupted: &|| stop.check() },
            )?;
        } else {
            read(&client, number, &Call { entry, plan, view, opts }, stop).await?;
        }
        Ok(Filled { memory, shape: shape.to_vec(), _turn: turn })
    }
}

fn dtype_size(dtype: &Bound<'_, PyArrayDescr>) -> usize {
    use numpy::PyArrayDescrMethods;
    dtype.itemsize().max(1)
}

/// The memory to fill, and its view.
fn reserve(
    target: Target,
    selection: &Selection,
    item: usize,
    opts: &Opts,
) -> Result<(Held, View)> {
    let refused = |bytes| Error::too_large("the result", bytes as u64, u64::MAX);
    let shape: Vec<u64> = selection.shape.iter().map(|n| *n as u64).collect();
    match target {
        Target::Out(view) => Ok((Held::Out, view)),
        Target::New(bytes) => {
            let memory = Memory::new(bytes, opts.memory_pool).ok_or_else(|| refused(bytes))?;
            let view = selection.view(memory.start(), &strides(&shape, item));
            Ok((Held::New(memory), view))
        }
        Target::Tokens(bytes) => {
            let mut tokens = Vec::new();
            tokens.try_reserve_exact(bytes).map_err(|_| refused(bytes))?;
            tokens.resize(bytes, 0);
            let view = selection.view(tokens.as_mut_ptr(), &strides(&shape, ITEM));
            Ok((Held::Tokens(tokens), view))
        }
    }
}

impl Filled {
    /// The result as an array.
    pub(super) fn array(self, py: Python<'_>, kept: &Kept) -> Result<Py<PyUntypedArray>> {
        let dtype = kept.dtype.bind(py);
        let out = kept.out.as_ref().map(|out| out.bind(py).clone());
        let array = match (self.memory, out) {
            (Held::New(memory), _) => ndarray::filled(dtype, &self.shape, memory)?,
            (Held::Tokens(tokens), out) => {
                let array = match out {
                    Some(out) => out,
                    None => ndarray::allocate_objects(dtype, &self.shape, &Opts::DEFAULT)?,
                };
                if let Some(arena) = &kept.arena {
                    arena.put(&tokens, &array)?;
                }
                array
            }
            (Held::Out, Some(out)) => out,
            (Held::Out, None) => return Err(Error::Internal("a result was lost".into())),
        };
        debug_assert_eq!(array.shape(), self.shape);
        Ok(array.unbind())
    }
}
