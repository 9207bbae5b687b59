//! The Python interface (functions, stores, options and readers), and `NumPy` arrays.

pub(crate) mod assembly;
#[cfg(feature = "remote")]
pub(crate) mod awaited;
#[cfg(feature = "remote")]
pub(crate) mod courier;
mod dispatch;
pub(crate) mod functions;
mod guard;
mod ndarray;
pub(crate) mod options;
pub(crate) mod reader;
mod region;
pub(crate) mod regions;
#[cfg(feature = "remote")]
pub(crate) mod remote_store;
#[cfg(feature = "remote")]
pub(crate) mod remote_values;
pub(crate) mod stores;
#[cfg(feature = "remote")]
mod target;
mod together;
pub(crate) mod verify;
mod vlen;
pub(crate) mod zip_store;
