//! Properties that must hold for any stored bytes: the targets of `fuzz/`. Each takes the bytes of
//! an input, and panics if the crate breaks a property. None needs a Python interpreter.

mod archive;
mod case;
mod chain;
mod decoding;
mod document;
mod input;
mod plan;
mod shard;
#[cfg(test)]
mod tests;

pub use archive::archive;
pub use chain::chain;
pub use document::document;
pub use plan::plan;
pub use shard::shard;
