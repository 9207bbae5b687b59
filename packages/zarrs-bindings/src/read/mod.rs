//! Reads from files and archives, and decodes stored chunks from any source.

pub(crate) mod archive;
pub(crate) mod load;
pub(crate) mod local;
mod raw;
mod shards;
pub(crate) mod verify;
