//! Chunks and shards of a store that is a Python object.

pub(crate) mod chunks;
mod conditional;
mod ranges;
mod shards;
mod store;
pub(crate) mod values;
