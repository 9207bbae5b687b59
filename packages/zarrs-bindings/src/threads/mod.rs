//! Threads: the pools, the jobs that they share, and what bounds these.

pub(crate) mod jobs;
pub(crate) mod limits;
mod pool;
