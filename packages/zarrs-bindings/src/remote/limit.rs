//! How many requests this process has in flight, and how many bytes a call holds.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::per_process::PerProcess;

/// Maximum number of requests that a process has in flight.
pub(super) const REQUESTS_IN_FLIGHT: usize = 128;

/// Maximum bytes that a call holds: requested, or received and not yet decoded.
const IN_FLIGHT_BYTES: u64 = 256 << 20;

static REQUESTS: PerProcess<Arc<Semaphore>> = PerProcess::new();

/// Waits until another request may be sent; all calls of the process share the limit.
pub(super) async fn request() -> Option<OwnedSemaphorePermit> {
    let requests = REQUESTS.get(|_| Arc::new(Semaphore::new(REQUESTS_IN_FLIGHT)));
    Arc::clone(requests).acquire_owned().await.ok()
}

/// The bytes that one call may hold: requested, or received and not yet decoded.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// Bytes are counted in steps, because permits are counted in 32 bits.
const STEP: u64 = 1 << 10;

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(steps(IN_FLIGHT_BYTES) as usize)))
    }

    /// Waits until there is room for so many bytes. A larger value than fits waits until it is alone.
    pub(super) async fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let steps = steps(bytes.min(IN_FLIGHT_BYTES));
        Arc::clone(&self.0).acquire_many_owned(steps).await.ok()
    }
}

fn steps(bytes: u64) -> u32 {
    bytes.div_ceil(STEP) as u32
}

#[cfg(test)]
mod tests {
    use super::{IN_FLIGHT_BYTES, REQUESTS_IN_FLIGHT, Room, request};
    use crate::remote::runtime::runtime;
    use std::time::Duration;
    use tokio::time::timeout;

    /// Catches a limit per call, and a permit that is not given back.
    #[test]
    fn requests_share_one_limit_and_a_call_has_its_bytes() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let mut held = Vec::new();
            for _ in 0..REQUESTS_IN_FLIGHT {
                held.push(request().await);
            }
            let soon = Duration::from_millis(20);
            assert!(timeout(soon, request()).await.is_err());
            drop(held);
            assert!(timeout(soon, request()).await.is_ok());
            let room = Room::new();
            let all = room.take(u64::MAX).await;
            assert!(all.is_some() && timeout(soon, room.take(1)).await.is_err());
            drop(all);
            let most = room.take(IN_FLIGHT_BYTES - (64 << 10)).await;
            assert!(most.is_some() && timeout(soon, room.take(64 << 10)).await.is_ok());
        });
    }
}
