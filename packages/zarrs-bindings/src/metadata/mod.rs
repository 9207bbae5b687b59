//! The metadata document of an array: its members, checked.

pub(crate) mod config;
pub(crate) mod document;
pub(crate) mod element;
pub(crate) mod grid;
