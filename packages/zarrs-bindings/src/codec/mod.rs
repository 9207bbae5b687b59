//! Codecs: stored bytes to elements in native byte order, and back.

mod blosc;
mod body;
pub(crate) mod build;
mod build_stage;
pub(crate) mod callback;
mod chain;
mod checksum;
mod deflate;
mod foreign;
mod layout;
mod limited;
mod lz4;
pub(crate) mod options;
pub(crate) mod part;
mod pcodec;
pub(crate) mod shard;
mod stage;
mod swap;
#[cfg(test)]
mod tests;
mod zstd;

pub(crate) use body::Body;
pub(crate) use chain::Chain;
