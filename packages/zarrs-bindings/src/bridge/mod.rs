//! Chunks and shards of a store that is an object of Python.

pub(crate) mod chunks;
mod ranges;
mod shards;
mod store;
