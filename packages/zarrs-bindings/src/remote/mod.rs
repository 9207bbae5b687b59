//! Reads from object stores over the network, and writes to them, without Python.

pub(crate) mod awaited;
pub(crate) mod builders;
mod changes;
pub(crate) mod client;
mod client_options;
mod create;
mod failure;
mod feed;
mod fsspec;
mod get;
pub(crate) mod limit;
mod multipart;
mod overlap;
mod parts;
mod provider;
mod put;
pub(crate) mod read;
mod redirect;
mod renew;
mod runtime;
mod shard;
mod shards;
mod stop;
pub(crate) mod values;
mod wait;
pub(crate) mod write;
mod writer;
