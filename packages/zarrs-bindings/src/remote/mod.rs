//! Reads from object stores over the network, without Python.

pub(crate) mod builders;
pub(crate) mod client;
mod failure;
mod feed;
mod get;
pub(crate) mod limit;
mod overlap;
mod parts;
mod provider;
mod put;
pub(crate) mod read;
mod runtime;
mod shard;
mod shards;
