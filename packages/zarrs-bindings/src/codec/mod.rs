//! Codecs: convert stored bytes to elements in native byte order, and back.

mod array_to_bytes;
mod blosc;
pub(crate) mod build;
mod build_bytes_to_bytes;
mod bytes_to_bytes;
pub(crate) mod callback;
mod chain;
mod checksum;
pub(crate) mod deflate;
mod foreign;
#[cfg(feature = "remote")]
pub(crate) mod incoming;
mod layout;
mod limited;
mod lz4;
pub(crate) mod options;
pub(crate) mod part;
mod pcodec;
pub(crate) mod shard;
mod swap;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;
mod zstd;

pub(crate) use array_to_bytes::ArrayToBytes;
pub(crate) use chain::Chain;
