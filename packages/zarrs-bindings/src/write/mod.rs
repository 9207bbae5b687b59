//! Writes to files, and makes the new values of chunks and shards for any store.

#[cfg(feature = "remote")]
pub(crate) mod ahead;
pub(crate) mod assemble;
pub(crate) mod local;
pub(crate) mod put;
pub(crate) mod rewrite;
pub(crate) mod shards;
