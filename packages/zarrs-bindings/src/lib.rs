//! Zarr array input and output for Python, as functions of (metadata, store, selection).

mod array;
mod bounded_cache;
mod bridge;
mod call;
mod chunk_cache;
#[cfg(all(feature = "canary", not(debug_assertions), not(clippy)))]
compile_error!("the feature `canary` is only for the builds of `./dev sanitize`");

#[cfg(feature = "canary")]
mod canary;
mod codec;
mod counters;
mod elements;
mod errors;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod interrupts;
mod memory;
mod metadata;
mod options;
mod per_process;
mod plan;
mod python;
mod read;
#[cfg(feature = "remote")]
mod remote;
mod selection;
mod shutdown;
mod store;
mod threads;
mod tuning;
mod write;

const _: () = assert!(usize::BITS == 64, "offsets and sizes are taken to fit a usize");

/// The module that Python imports.
#[pyo3::pymodule(gil_used = false)]
mod _zarrs_bindings {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::python::assembly::assemble_files;
    #[cfg(feature = "remote")]
    #[pymodule_export]
    use crate::python::awaited::{AwaitedRead, begin_chunk, begin_region};
    #[cfg(feature = "remote")]
    #[pymodule_export]
    use crate::python::functions::register_request_limit;
    #[pymodule_export]
    use crate::python::functions::{
        cache_clear, cache_info, cached_kind, chunk_cache_clear, chunk_cache_info,
        chunk_cache_written, count, index_cache_info, memory_pool_clear, memory_pool_info,
        read_chunk, read_region, register_cancellation, register_codecs, register_errors, supports,
        write_chunk, write_region,
    };
    #[pymodule_export]
    use crate::python::options::Options;
    #[pymodule_export]
    use crate::python::reader::Reader;
    #[pymodule_export]
    use crate::python::regions::{read_regions, write_regions};
    #[cfg(feature = "remote")]
    #[pymodule_export]
    use crate::python::remote_store::RemoteStore;
    #[cfg(feature = "remote")]
    #[pymodule_export]
    use crate::python::remote_values::{ComingValue, RemoteValues};
    #[pymodule_export]
    use crate::python::stores::{FilesystemStore, PythonStore};
    #[pymodule_export]
    use crate::python::verify::verify_chunks;
    #[pymodule_export]
    use crate::python::zip_store::ZipStore;
    #[pymodule_export]
    use crate::selection::Points;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // This hook is ours alone: every extension module has its own copy of the runtime. Panics
        // are caught and become exceptions, which contain what the hook would print.
        std::panic::set_hook(Box::new(|_| {}));
        // Made here, and not at their first use: a child that another thread forks meanwhile would
        // wait for them for ever.
        crate::codec::options::codec_options(&crate::options::Opts::DEFAULT);
        crate::selection::prepare(module.py());
        crate::store::locks::prepare(module.py());
        crate::memory::result::prepare(module.py());
        #[cfg(feature = "remote")]
        crate::python::courier::prepare(module.py());
        // NumPy's table of functions, and its version.
        numpy::PyArrayDescrMethods::flags(&numpy::dtype::<u8>(module.py()));
        crate::shutdown::watch(module.py())?;
        module.add("KINDS", PyTuple::new(module.py(), crate::errors::KINDS)?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("zarrs_version", zarrs::version::version_str())
    }
}
