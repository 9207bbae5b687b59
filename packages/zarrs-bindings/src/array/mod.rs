//! An array as its document describes it, made once and kept.

pub(crate) mod cache;
pub(crate) mod info;
