//! Reads from files, and decodes stored chunks from any source.

pub(crate) mod load;
pub(crate) mod local;
mod raw;
mod shards;
