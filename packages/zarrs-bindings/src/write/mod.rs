//! Writes to files, and makes the new values of chunks and shards for any store.

pub(crate) mod local;
pub(crate) mod put;
mod rewrite;
pub(crate) mod shards;
