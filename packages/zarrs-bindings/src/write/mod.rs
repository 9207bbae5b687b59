//! Writing to files; and making the new values of chunks and shards, whatever the store.

pub(crate) mod local;
pub(crate) mod put;
mod rewrite;
pub(crate) mod shards;
