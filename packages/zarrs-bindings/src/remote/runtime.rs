//! The threads that send requests, started again in a forked child.

use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::errors::{Error, Result};
use crate::per_process::PerProcess;

/// Maximum number of threads that send requests and receive the answers.
const NETWORK_THREADS: usize = 8;

static RUNTIME: PerProcess<Runtime> = PerProcess::new();

/// The runtime of this process. It handles no signals and starts no processes.
pub(super) fn runtime() -> Result<&'static Runtime> {
    RUNTIME.try_get(|_| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Builder::new_multi_thread()
            .worker_threads(cores.min(NETWORK_THREADS))
            .thread_name("zarrs-bindings-net")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|e| Error::Internal(format!("the network threads cannot be started: {e}")))
    })
}

#[cfg(test)]
mod tests {
    use super::runtime;
    use std::ptr;

    /// Catches new threads for each call, and threads that cannot be told from others.
    #[test]
    fn a_process_has_one_runtime_with_named_threads() {
        let (Ok(first), Ok(again)) = (runtime(), runtime()) else { unreachable!("no runtime") };
        assert!(ptr::eq(first, again));
        let named = async { std::thread::current().name().map(str::to_owned) };
        let name = first.block_on(first.spawn(named)).ok().flatten();
        assert_eq!(name.as_deref(), Some("zarrs-bindings-net"));
    }
}
