//! Memory: of results, of buffers that are used again, and what Python lends.

mod allocator;
pub(crate) mod borrowed;
mod mmap;
pub(crate) mod pool;
pub(crate) mod positions;
pub(crate) mod reserve;
pub(crate) mod result;
pub(crate) mod scratch;
