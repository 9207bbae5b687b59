//! Thread pools, the jobs that threads share, and their limits.

pub(crate) mod jobs;
pub(crate) mod limits;
mod pool;
