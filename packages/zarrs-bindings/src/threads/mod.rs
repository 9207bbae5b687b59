//! Thread pools, the jobs that threads share, and their limits.

pub(crate) mod jobs;
pub(crate) mod limits;
mod pool;
#[cfg(feature = "remote")]
pub(crate) mod tasks;
pub(crate) mod turns;
