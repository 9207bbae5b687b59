//! Elements in memory: where those of an array are, copies of them, fill values, and elements of
//! variable length.

pub(crate) mod fill;
pub(crate) mod gather;
pub(crate) mod view;
pub(crate) mod vlen;
