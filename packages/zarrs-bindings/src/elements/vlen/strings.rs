//! `NumPy`'s variable-length strings, through the functions that it exports for them.

#![expect(unsafe_code, reason = "calls NumPy's C API")]

use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::ptr::{NonNull, null};
use std::slice;

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::ffi;
use pyo3::prelude::*;

use crate::errors::{Error, Result};
use crate::per_process::PerProcess;

/// Indexes of the functions in the table of the C API, unchanged since `NumPy` 2.0.
const LOAD: usize = 313;
const PACK: usize = 314;
const ACQUIRE: usize = 316;
const RELEASE: usize = 318;

#[repr(C)]
struct Loaded {
    size: usize,
    start: *const c_char,
}

type Load = unsafe extern "C" fn(*mut c_void, *const c_void, *mut Loaded) -> c_int;
type Pack = unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char, usize) -> c_int;
type Acquire = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type Release = unsafe extern "C" fn(*mut c_void);

#[derive(Clone, Copy)]
struct Functions {
    load: Load,
    pack: Pack,
    acquire: Acquire,
    release: Release,
}

/// A lock would stay locked in a child that is forked while another thread looks them up.
static FUNCTIONS: PerProcess<Functions> = PerProcess::new();

fn functions(py: Python<'_>) -> PyResult<&'static Functions> {
    FUNCTIONS.try_get(|inherited| {
        if let Some(functions) = inherited {
            return Ok(*functions);
        }
        let table = py.import("numpy._core._multiarray_umath")?.getattr("_ARRAY_API")?;
        // SAFETY: the object is alive. It is a capsule without a name, or we get an exception.
        let table = unsafe { ffi::PyCapsule_GetPointer(table.as_ptr(), null()) };
        let table = NonNull::new(table.cast::<*const c_void>());
        let table = table.ok_or_else(|| PyErr::fetch(py))?;
        // SAFETY: the table of NumPy 2 has these functions at these indexes.
        unsafe {
            Ok(Functions {
                load: transmute::<*const c_void, Load>(table.add(LOAD).read()),
                pack: transmute::<*const c_void, Pack>(table.add(PACK).read()),
                acquire: transmute::<*const c_void, Acquire>(table.add(ACQUIRE).read()),
                release: transmute::<*const c_void, Release>(table.add(RELEASE).read()),
            })
        }
    })
}

/// The memory of an array's strings, which belongs to its data type.
pub(super) struct Strings {
    functions: &'static Functions,
    dtype: *mut c_void,
}

// SAFETY: the address of a data type, which the array keeps alive. NumPy guards its memory of
// strings with a lock of its own, not with the interpreter's.
unsafe impl Send for Strings {}

impl Strings {
    pub(super) fn of(array: &Bound<'_, PyUntypedArray>) -> Result<Self> {
        let functions = functions(array.py()).map_err(Error::Python)?;
        let dtype = array.dtype();
        if dtype.kind() != b'T' {
            return Err(Error::ValueShape(format!(
                "dtype {dtype} cannot hold strings of variable length; use StringDType"
            )));
        }
        Ok(Self { functions, dtype: dtype.as_ptr().cast() })
    }

    /// Waits for the lock. Call it detached: its holder may be waiting for the interpreter.
    pub(super) fn locked(&self) -> Locked<'_> {
        // SAFETY: it is a string data type, as checked by `of`; its array is alive.
        let allocator = unsafe { (self.functions.acquire)(self.dtype) };
        Locked { functions: self.functions, allocator, owner: self }
    }
}

/// The memory of strings, locked until this is dropped.
pub(super) struct Locked<'a> {
    functions: &'static Functions,
    allocator: *mut c_void,
    #[expect(dead_code, reason = "keeps the data type in place")]
    owner: &'a Strings,
}

impl Locked<'_> {
    /// The content of a packed string.
    ///
    /// # Safety
    /// `packed` must be a string of the array.
    pub(super) unsafe fn get(&self, packed: *const u8) -> Result<&[u8]> {
        let mut loaded = Loaded { size: 0, start: null() };
        // SAFETY: promised by the caller; the allocator is held.
        let code = unsafe { (self.functions.load)(self.allocator, packed.cast(), &raw mut loaded) };
        if code != 0 {
            return Err(Error::ValueShape(
                "a string of value is missing, or cannot be read".into(),
            ));
        }
        if loaded.size == 0 {
            return Ok(&[]);
        }
        // SAFETY: NumPy keeps that many bytes there while the allocator is held.
        Ok(unsafe { slice::from_raw_parts(loaded.start.cast(), loaded.size) })
    }

    /// Replaces a packed string.
    ///
    /// # Safety
    /// `packed` must be a string of the array.
    pub(super) unsafe fn set(&self, packed: *mut u8, text: &[u8]) -> Result<()> {
        let (start, size) = (text.as_ptr().cast(), text.len());
        // SAFETY: promised by the caller; the allocator is held.
        let code = unsafe { (self.functions.pack)(self.allocator, packed.cast(), start, size) };
        if code == 0 {
            Ok(())
        } else {
            Err(Error::too_large("a string of the result", size as u64, u64::MAX))
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // SAFETY: acquired once, released once.
        unsafe { (self.functions.release)(self.allocator) };
    }
}
