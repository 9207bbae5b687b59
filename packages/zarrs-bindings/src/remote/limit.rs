//! How many requests this process has in flight, and how many bytes a call holds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::errors::{Error, Result};
use crate::per_process::PerProcess;
use crate::remote::runtime::runtime;

/// Maximum number of requests that a process has in flight, unless Python says otherwise.
pub(super) const REQUESTS_IN_FLIGHT: usize = 128;

/// The latest limit that was set.
static LIMIT: AtomicUsize = AtomicUsize::new(REQUESTS_IN_FLIGHT);

const MOST_REQUESTS: usize = 1 << 20;

static REQUESTS: PerProcess<Requests> = PerProcess::new();

/// The function that returns the limit that is set in Python.
static ASKED: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Permits for the requests of a process or a client, and how many there are.
pub(super) struct Requests {
    permits: Arc<Semaphore>,
    /// That of a process is taken only while attached, and a fork happens attached, so no child
    /// inherits it locked. A child does not use the clients of its parent.
    limit: Mutex<usize>,
}

impl Default for Requests {
    fn default() -> Self {
        Self::new(REQUESTS_IN_FLIGHT)
    }
}

impl Requests {
    fn new(limit: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(limit)), limit: Mutex::new(limit) }
    }

    async fn one(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    fn free(&self, most: usize) -> Vec<OwnedSemaphorePermit> {
        let free = |_| Arc::clone(&self.permits).try_acquire_owned().ok();
        (0..most).map_while(free).collect()
    }

    /// Requests in flight above a lower limit are completed, and no new one starts before.
    fn set(&self, limit: usize) -> Result<()> {
        let mut now = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit > *now {
            self.permits.add_permits(limit - *now);
        } else if limit < *now {
            let fewer = *now - limit;
            let left = fewer - self.permits.forget_permits(fewer);
            let permits = Arc::clone(&self.permits);
            if left > 0 {
                runtime()?.spawn(async move {
                    if let Ok(taken) = permits.acquire_many_owned(left as u32).await {
                        taken.forget();
                    }
                });
            }
        }
        *now = limit;
        Ok(())
    }
}

fn requests() -> &'static Requests {
    REQUESTS.get(|_| Requests::new(REQUESTS_IN_FLIGHT))
}

/// Registers the function that returns the limit, instead of any other.
pub(crate) fn register(asked: Py<PyAny>) {
    let old = ASKED.lock().unwrap_or_else(PoisonError::into_inner).replace(asked);
    drop(old);
}

/// Follows what is set in Python now. Each call over the network begins with this.
pub(crate) fn refresh(py: Python<'_>) -> Result<()> {
    let asked = {
        let held = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|asked| asked.clone_ref(py))
    };
    let Some(asked) = asked else {
        return Ok(());
    };
    let limit = asked.call0(py).and_then(|limit| limit.extract::<usize>(py));
    let limit = limit.map_err(Error::Python)?.clamp(1, MOST_REQUESTS);
    LIMIT.store(limit, Ordering::Relaxed);
    requests().set(limit)
}

/// How many requests the process may have in flight.
pub(super) fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

tokio::task_local! {
    /// The permits of a task for requests that it has not sent yet.
    static UNUSED: Mutex<Vec<OwnedSemaphorePermit>>;
    /// The task's place in the queue of its client, so that few requests are signed long before they
    /// are sent.
    static QUEUED: Mutex<Option<OwnedSemaphorePermit>>;
}

/// What a request needs to be sent. None is needed for requests with places of their own.
#[derive(Default)]
pub(super) struct Place {
    permit: Option<OwnedSemaphorePermit>,
    queued: Option<OwnedSemaphorePermit>,
}

/// Waits until another request of a client may be made; all calls of the process share the limit.
pub(super) async fn request(queue: &Requests) -> Place {
    // Without a runtime nothing could be sent.
    queue.set(limit()).ok();
    // In this order, so that no request waits for its own server while it keeps others waiting.
    let queued = queue.one().await;
    Place { permit: requests().one().await, queued }
}

impl Place {
    /// Does something whose requests have this place, one after the other.
    pub(super) async fn run<T>(self, work: impl Future<Output = T>) -> T {
        let unused = Mutex::new(self.permit.into_iter().collect());
        QUEUED.scope(Mutex::new(self.queued), UNUSED.scope(unused, work)).await
    }
}

fn queued(with: impl FnOnce(&mut Option<OwnedSemaphorePermit>)) {
    // Requests with places of their own have none.
    let _ = QUEUED.try_with(|held| with(&mut held.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// Lets other requests go first while this task sends none. Returns the queue to enter again.
pub(super) fn leave_queue() -> Option<Arc<Semaphore>> {
    give_back();
    let mut queue = None;
    queued(|held| queue = held.take().map(|held| Arc::clone(held.semaphore())));
    queue
}

/// Waits for a place in the queue that the task has left.
pub(super) async fn enter_queue(queue: Option<Arc<Semaphore>>) {
    if let Some(queue) = queue
        && let Ok(place) = queue.acquire_owned().await
    {
        queued(|held| *held = Some(place));
    }
}

fn unused<T>(with: impl FnOnce(&mut Vec<OwnedSemaphorePermit>) -> T) -> Option<T> {
    UNUSED.try_with(|all| with(&mut all.lock().unwrap_or_else(PoisonError::into_inner))).ok()
}

/// A permit for a request that is sent now and answered before this is dropped; `None` if it has no
/// place, like those of the client itself.
pub(super) async fn permit() -> Option<OwnedSemaphorePermit> {
    match unused(Vec::pop)? {
        None => requests().one().await,
        permit => permit,
    }
}

/// Gives permits back: a request that waits for its server keeps no others waiting.
pub(super) fn give_back() {
    let permits = unused(std::mem::take);
    drop(permits);
}

/// Takes as many further permits as are free now, up to a number. Returns how many.
pub(super) fn further(most: usize) -> usize {
    let free = requests().free(most);
    let number = free.len();
    unused(|all| all.extend(free));
    number
}

/// The bytes that one call may hold: requested, or received and not yet decoded.
#[derive(Clone)]
pub(super) struct Room {
    permits: Arc<Semaphore>,
    steps: u32,
}

/// Bytes are counted in steps, because permits are counted in 32 bits.
const STEP: u64 = 1 << 10;

impl Room {
    pub(super) fn new(bytes: u64) -> Self {
        let steps = steps(bytes).max(1);
        Self { permits: Arc::new(Semaphore::new(steps as usize)), steps }
    }

    /// Waits until there is room for so many bytes. A larger value than fits waits until it is alone.
    pub(super) async fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let steps = steps(bytes).min(self.steps);
        Arc::clone(&self.permits).acquire_many_owned(steps).await.ok()
    }

    /// Waits until there is room for so many bytes, of which a sixteenth of the room counts at most:
    /// what is large does not keep all others waiting.
    pub(super) async fn share(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let steps = steps(bytes).min((self.steps / 16).max(1));
        Arc::clone(&self.permits).acquire_many_owned(steps).await.ok()
    }
}

fn steps(bytes: u64) -> u32 {
    // Half of what a semaphore could count, so that sums fit, too.
    u32::try_from(bytes.div_ceil(STEP)).unwrap_or(u32::MAX).min(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::{Place, Requests, Room, further, give_back, permit, unused};
    use crate::remote::runtime::runtime;
    use std::time::Duration;
    use tokio::time::{sleep, timeout};

    const SOON: Duration = Duration::from_millis(20);

    /// Catches a limit per call, and a permit that is not given back.
    #[test]
    fn requests_share_one_limit_and_a_call_has_its_bytes() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            // Other tests take permits of the process.
            let (requests, mut held) = (Requests::new(8), Vec::new());
            for _ in 0..5 {
                held.push(requests.one().await);
            }
            let more = requests.free(9);
            assert_eq!(more.len(), 3);
            assert!(timeout(SOON, requests.one()).await.is_err());
            drop((held, more));
            assert!(timeout(SOON, requests.one()).await.is_ok());
            let bytes = 1 << 20;
            let room = Room::new(bytes);
            let all = room.take(u64::MAX).await;
            assert!(all.is_some() && timeout(SOON, room.take(1)).await.is_err());
            drop(all);
            let most = room.take(bytes - (64 << 10)).await;
            assert!(most.is_some() && timeout(SOON, room.take(64 << 10)).await.is_ok());
            for bytes in [0, u64::MAX] {
                assert!(timeout(SOON, Room::new(bytes).take(u64::MAX)).await.is_ok(), "{bytes}");
            }
        });
    }

    /// Catches a lower limit that is never reached, or reached while more requests are in flight.
    #[test]
    fn a_limit_follows_what_is_set() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let requests = Requests::new(2);
            let take = || requests.one();
            let (first, second) = (take().await, take().await);
            assert!(requests.set(1).is_ok());
            // Until a task waits for the permit of a request in flight.
            sleep(SOON).await;
            drop(first);
            assert!(timeout(SOON, take()).await.is_err());
            drop(second);
            let only = timeout(10 * SOON, take()).await;
            assert!(only.is_ok() && timeout(SOON, take()).await.is_err());
            assert!(requests.set(3).is_ok());
            assert!(timeout(SOON, take()).await.is_ok());
        });
    }

    /// Catches a request that keeps others waiting while it waits for its own server, and a permit
    /// that is taken although the task has one.
    #[test]
    fn a_place_has_permits_until_they_are_used_or_given_back() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let (requests, left) = (Requests::new(2), || unused(|all| all.len()));
            assert!(permit().await.is_none());
            let place = Place { permit: requests.one().await, queued: None };
            let other = place.run(async {
                assert_eq!((requests.permits.available_permits(), left()), (1, Some(1)));
                let first = permit().await;
                assert_eq!((requests.permits.available_permits(), left()), (1, Some(0)));
                drop(first);
                assert_eq!(requests.permits.available_permits(), 2);
                let more = further(1);
                assert_eq!(left(), Some(more));
                give_back();
                assert_eq!(left(), Some(0));
                permit().await
            });
            assert!(other.await.is_some());
        });
    }
}
