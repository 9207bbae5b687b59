//! An array as its document describes it, constructed once and cached.

pub(crate) mod cache;
pub(crate) mod info;
