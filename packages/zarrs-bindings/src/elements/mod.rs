//! Elements in memory: their positions in an array, copies, fill values, and variable-length
//! elements.

pub(crate) mod fill;
pub(crate) mod gather;
pub(crate) mod view;
pub(crate) mod vlen;
