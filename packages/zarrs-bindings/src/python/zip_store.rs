//! The class of ZIP archives that are only read.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::errors::{Error, Result};
use crate::python::stores::PythonStore;
use crate::read::archive::{Archive, Entries, Entry};
use crate::store::local;

/// Flags of an entry: encrypted, a patch, strongly encrypted; its name is UTF-8.
const UNREADABLE: u64 = 0x61;
const UTF8: u64 = 0x800;

const STORED: u64 = 0;
const DEFLATED: u64 = 8;

/// A ZIP archive, read without Python until it is closed; a write is a matter of the Python store.
#[pyclass(frozen, module = "_zarrs_bindings")]
pub(crate) struct ZipStore {
    /// Locked for some instructions, by a thread that is attached: no fork happens meanwhile.
    archive: Mutex<Option<Arc<Archive>>>,
    pub(crate) bridged: Py<PythonStore>,
}

#[pymethods]
impl ZipStore {
    #[new]
    #[pyo3(signature = (path, file, entries, bridged))]
    fn new(
        path: Vec<u8>,
        file: (u64, u64),
        entries: &Bound<'_, PyAny>,
        bridged: Py<PythonStore>,
    ) -> PyResult<Self> {
        let archive = open(path, file, all(entries)?)?;
        Ok(Self { archive: Mutex::new(Some(Arc::new(archive))), bridged })
    }

    /// Closes the archive once the reads under way are done.
    fn close(&self) {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(archive);
    }

    /// The Python store, with the same identity and locks.
    #[getter]
    fn bridged(&self, py: Python<'_>) -> Py<PythonStore> {
        self.bridged.clone_ref(py)
    }
}

impl ZipStore {
    /// `None` if it was closed.
    pub(crate) fn archive(&self) -> Option<Arc<Archive>> {
        self.archive.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Opens the archive again, unless its path names another file by now.
fn open(path: Vec<u8>, (device, inode): (u64, u64), entries: Entries) -> Result<Archive> {
    match local::open(&path)? {
        Some(file) if file.stamp().is_some_and(|stamp| stamp.is_of(device, inode)) => {
            Ok(Archive::new(path, file, entries))
        }
        _ => Err(Error::Unsupported("the path of the archive names another file by now".into())),
    }
}

/// The last entry of a name is the one that is read, as in Python's module.
fn all(infos: &Bound<'_, PyAny>) -> PyResult<Entries> {
    let names = Names::new(infos.py());
    infos.try_iter()?.map(|info| entry(&info?, &names)).collect()
}

/// Attributes of an entry, as strings that are made once for all of them.
struct Names<'py> {
    name: Bound<'py, PyString>,
    original: Bound<'py, PyString>,
    flags: Bound<'py, PyString>,
    method: Bound<'py, PyString>,
    header: Bound<'py, PyString>,
    stored: Bound<'py, PyString>,
    size: Bound<'py, PyString>,
    sum: Bound<'py, PyString>,
}

impl<'py> Names<'py> {
    fn new(py: Python<'py>) -> Self {
        let name = |text| PyString::intern(py, text);
        Self {
            name: name("filename"),
            original: name("orig_filename"),
            flags: name("flag_bits"),
            method: name("compress_type"),
            header: name("header_offset"),
            stored: name("compress_size"),
            size: name("file_size"),
            sum: name("CRC"),
        }
    }
}

fn entry(info: &Bound<'_, PyAny>, names: &Names<'_>) -> PyResult<(Box<[u8]>, Entry)> {
    let number = |name: &Bound<'_, PyString>| info.getattr(name)?.extract::<u64>();
    let name = info.getattr(&names.name)?;
    let original = info.getattr(&names.original)?;
    let name = name.cast::<PyString>()?.to_str()?;
    let flags = number(&names.flags)?;
    let method = number(&names.method)?;
    let readable = flags & UNREADABLE == 0 && matches!(method, STORED | DEFLATED);
    // Otherwise the bytes of the name in the header of the entry are others.
    let plain =
        name == original.cast::<PyString>()?.to_str()? && (name.is_ascii() || flags & UTF8 != 0);
    if !(readable && plain) {
        let reason = format!("the entry {name:?} is encrypted, or its method or name is unusual");
        return Err(Error::Unsupported(reason).into());
    }
    let entry = Entry {
        header: number(&names.header)?,
        stored: number(&names.stored)?,
        size: number(&names.size)?,
        sum: info.getattr(&names.sum)?.extract()?,
        is_deflated: method == DEFLATED,
    };
    Ok((name.as_bytes().into(), entry))
}
