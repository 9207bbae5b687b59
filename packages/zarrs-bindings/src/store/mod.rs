//! Where stored bytes are read from and written to.

#[cfg(unix)]
mod at_fork;
pub(crate) mod claim;
#[cfg(unix)]
mod closing;
pub(crate) mod direct;
pub(crate) mod folder;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod local;
mod local_file;
pub(crate) mod locks;
pub(crate) mod output;
pub(crate) mod replace;
mod stamp;
mod temporary;
