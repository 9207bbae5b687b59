//! Memory of results, reused buffers, and memory that Python lends.

mod allocator;
pub(crate) mod borrowed;
#[cfg(feature = "remote")]
pub(crate) mod buffer;
mod mmap;
pub(crate) mod pool;
pub(crate) mod positions;
pub(crate) mod reserve;
pub(crate) mod result;
pub(crate) mod scratch;
