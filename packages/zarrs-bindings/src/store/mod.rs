//! Where stored bytes come from and go to.

pub(crate) mod claim;
#[cfg(unix)]
mod fork;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod local;
pub(crate) mod locks;
pub(crate) mod output;
pub(crate) mod replace;
mod stamp;
mod temporary;
