//! Chunks and shards of a store that is a Python object.

mod cached;
pub(crate) mod chunks;
mod conditional;
mod feed;
mod overlap;
mod ranges;
mod shard_reads;
mod shards;
mod store;
pub(crate) mod values;
