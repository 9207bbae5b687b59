//! The only place that distinguishes the kinds of store.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::bridge::chunks::{self, Puts};
use crate::call::Call;
use crate::chunk_cache::{self, Home};
use crate::errors::{Error, Result};
use crate::options::{Locking, Opts};
#[cfg(feature = "remote")]
use crate::python::remote_store::RemoteStore;
use crate::python::stores::{FilesystemStore, PythonStore};
use crate::python::zip_store::ZipStore;
use crate::read::archive::Archive;
use crate::read::local::{self, Files};
#[cfg(feature = "remote")]
use crate::remote::{self, client::Remote};
use crate::store::identity::Identity;
use crate::write;

/// A store of any kind.
pub(crate) enum Store<'py> {
    Local(Bound<'py, FilesystemStore>),
    Python(Bound<'py, PythonStore>),
    /// Read directly; written like a Python store.
    Zip(Bound<'py, ZipStore>, Bound<'py, PythonStore>),
    /// Read and written directly; the Python store has its identity and its locks.
    #[cfg(feature = "remote")]
    Remote(Bound<'py, RemoteStore>, Bound<'py, PythonStore>),
}

impl<'py> Store<'py> {
    pub(crate) fn of(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(store) = given.cast::<FilesystemStore>() {
            return Ok(Self::Local(store.clone()));
        }
        if let Ok(store) = given.cast::<ZipStore>() {
            let bridged = store.get().bridged.bind(given.py()).clone();
            return Ok(Self::Zip(store.clone(), bridged));
        }
        #[cfg(feature = "remote")]
        if let Ok(store) = given.cast::<RemoteStore>() {
            let bridged = store.get().bridged.bind(given.py()).clone();
            return Ok(Self::Remote(store.clone(), bridged));
        }
        let store = given.cast::<PythonStore>().map_err(|_| {
            PyTypeError::new_err(format!(
                "store is {given}; pass a FilesystemStore, a ZipStore, a PythonStore or a RemoteStore"
            ))
        })?;
        Ok(Self::Python(store.clone()))
    }

    pub(crate) fn identity(&self) -> &Identity {
        match self {
            Self::Local(store) => &store.get().identity,
            Self::Python(store) => &store.get().identity,
            Self::Zip(_, bridged) => &bridged.get().identity,
            #[cfg(feature = "remote")]
            Self::Remote(_, bridged) => &bridged.get().identity,
        }
    }

    /// The store that is read over the network.
    #[cfg(feature = "remote")]
    pub(super) fn remote(&self) -> Option<&Arc<Remote>> {
        match self {
            Self::Remote(store, _) => Some(&store.get().remote),
            _ => None,
        }
    }

    /// Whether reads use files, or an archive.
    pub(super) fn has_files(&self) -> bool {
        matches!(self, Self::Local(_)) || self.archive().is_some()
    }

    /// The archive that reads use.
    pub(super) fn archive(&self) -> Option<Arc<Archive>> {
        match self {
            Self::Zip(store, _) => store.get().archive(),
            _ => None,
        }
    }

    /// The name of the store in messages.
    pub(crate) fn name(&self, py: Python<'_>) -> String {
        match self {
            Self::Local(store) => {
                let root = store.get().identity.root().unwrap_or_default();
                format!("file://{}", String::from_utf8_lossy(root))
            }
            Self::Zip(_, bridged) => Self::Python(bridged.clone()).name(py),
            #[cfg(feature = "remote")]
            Self::Remote(_, bridged) => Self::Python(bridged.clone()).name(py),
            Self::Python(store) => {
                let text = store.get().bridge.bind(py).str();
                text.map_or_else(|_| "its store".into(), |text| text.to_string_lossy().into())
            }
        }
    }

    pub(crate) fn check_writable(&self) -> Result<()> {
        let read_only = match self {
            Self::Local(store) => store.get().read_only,
            Self::Python(store) => store.get().read_only,
            Self::Zip(_, bridged) => bridged.get().read_only,
            #[cfg(feature = "remote")]
            Self::Remote(_, bridged) => bridged.get().read_only,
        };
        if read_only {
            return Err(Error::ReadOnly("the store is read-only; nothing was written".into()));
        }
        Ok(())
    }

    /// Rejects direct I/O for what is no directory.
    pub(super) fn check_direct(&self, opts: &Opts) -> Result<()> {
        if opts.direct_io && !matches!(self, Self::Local(_)) {
            return Err(Error::NoDirectIo("direct_io is only for a FilesystemStore".into()));
        }
        Ok(())
    }

    pub(crate) fn read(&self, py: Python<'_>, call: &Call<'_>) -> Result<()> {
        self.check_direct(&call.opts)?;
        match self {
            Self::Local(_) => py.detach(|| local::read(call, Files::Folder)),
            Self::Zip(_, bridged) => match self.archive() {
                Some(archive) => py.detach(|| local::read(call, Files::Archive(&archive))),
                None => Self::Python(bridged.clone()).read(py, call),
            },
            Self::Python(store) => {
                let store = store.get();
                let values = store.values.given(call.opts.immutable_store);
                chunks::read(store.bridge.bind(py), call, values)
            }
            #[cfg(feature = "remote")]
            Self::Remote(store, _) => remote::read::read(py, &store.get().remote, call),
        }
    }

    pub(crate) fn write(&self, py: Python<'_>, call: &Call<'_>) -> Result<()> {
        self.check_direct(&call.opts)?;
        let done = self.write_values(py, call);
        self.written();
        done
    }

    /// Values were changed: later reads ask the store whether cached chunks are up to date.
    pub(crate) fn written(&self) {
        if let Some(number) = self.identity().number() {
            chunk_cache::written(Home::Python(number));
        }
        #[cfg(feature = "remote")]
        if let Some(remote) = self.remote() {
            chunk_cache::written(Home::Remote(remote.number));
        }
    }

    fn write_values(&self, py: Python<'_>, call: &Call<'_>) -> Result<()> {
        match self {
            Self::Zip(_, bridged) => Self::Python(bridged.clone()).write_values(py, call),
            #[cfg(feature = "remote")]
            Self::Remote(store, bridged) if !store.get().remote.is_written() => {
                Self::Python(bridged.clone()).write_values(py, call)
            }
            #[cfg(feature = "remote")]
            Self::Remote(store, bridged) => {
                remote::write::write(py, &store.get().remote, call, &bridged.get().locks)
            }
            Self::Local(_) if call.opts.locking == Locking::Conditional => Err(unconditional()),
            Self::Local(store) => write::local::write(py, call, &store.get().locks),
            Self::Python(_) if call.opts.fsync => Err(Error::Unsupported(
                "durability is \"fsync\", which only a FilesystemStore can do".into(),
            )),
            Self::Python(_) if call.opts.locking == Locking::Processes => Err(Error::Unsupported(
                "locking is \"processes\", which only a FilesystemStore can do".into(),
            )),
            Self::Python(store) => {
                let store = store.get();
                let puts = match (call.opts.locking, store.has_conditions) {
                    (Locking::Conditional, false) => return Err(unconditional()),
                    (Locking::Conditional, true) => Puts::OnlyConditional,
                    (Locking::Auto, true) => Puts::Conditional,
                    _ => Puts::Plain,
                };
                chunks::write(store.bridge.bind(py), call, &store.locks, puts)
            }
        }
    }
}

fn unconditional() -> Error {
    Error::Unsupported(
        "locking is \"conditional\", which only a store with conditional puts can do".into(),
    )
}
