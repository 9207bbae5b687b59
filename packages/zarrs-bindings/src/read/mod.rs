//! Reading from files; and decoding stored chunks, wherever they come from.

pub(crate) mod load;
pub(crate) mod local;
mod raw;
mod shards;
