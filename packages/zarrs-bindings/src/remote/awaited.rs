//! Reads for which no thread waits: how many are under way, and how much memory they hold.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::call::Call;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::per_process::PerProcess;
use crate::remote::client::Client;
use crate::remote::limit::Room;
use crate::remote::overlap::REQUESTS_WAITING;
use crate::remote::read::read_awaited;
use crate::threads::tasks::Stop;

/// What all these reads of a process share. Later ones wait and hold nothing.
struct Shared {
    /// As many reads as requests are prepared, so that none is missing where each sends one.
    reads: Arc<Semaphore>,
    /// Room for results, until they are arrays.
    results: Room,
    /// Room for what is requested, or received and not yet decoded.
    values: Room,
}

static SHARED: PerProcess<Shared> = PerProcess::new();

fn shared() -> &'static Shared {
    SHARED.get(|_| Shared {
        reads: Arc::new(Semaphore::new(REQUESTS_WAITING)),
        results: Room::new(Opts::DEFAULT.in_flight_bytes),
        values: Room::new(Opts::DEFAULT.in_flight_bytes),
    })
}

/// A read that may begin. The next one begins when this is dropped.
pub(crate) struct Turn {
    _read: OwnedSemaphorePermit,
    _result: Option<OwnedSemaphorePermit>,
}

/// Waits until a read with a new result of so many bytes may begin.
pub(crate) async fn turn(result: u64) -> Result<Turn> {
    let closed = || Error::Internal("the limit of reads is closed".into());
    let shared = shared();
    let read = Arc::clone(&shared.reads).acquire_owned().await.map_err(|_| closed())?;
    let room = if result == 0 { None } else { shared.results.share(result).await };
    Ok(Turn { _read: read, _result: room })
}

/// Reads all parts of a call, unless `stop` is set meanwhile.
pub(crate) async fn read(
    client: &Arc<Client>,
    store: u64,
    call: &Call<'_>,
    stop: &Stop,
) -> Result<()> {
    read_awaited(client, store, call, shared().values.clone(), stop).await
}

#[cfg(test)]
mod tests {
    use super::{REQUESTS_WAITING, turn};
    use crate::remote::runtime::runtime;
    use std::time::Duration;
    use tokio::time::timeout;

    /// Catches reads that all begin at once, and one large result that keeps all others waiting.
    #[test]
    fn reads_wait_for_their_turn_and_for_room() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let soon = Duration::from_millis(20);
            let mut held = Vec::new();
            for _ in 0..16 {
                held.push(turn(u64::MAX).await);
            }
            assert!(timeout(soon, turn(1)).await.is_err() && timeout(soon, turn(0)).await.is_ok());
            held.pop();
            while held.len() < REQUESTS_WAITING {
                held.push(turn(1).await);
            }
            assert!(timeout(soon, turn(0)).await.is_err());
            held.pop();
            assert!(timeout(soon, turn(0)).await.is_ok());
        });
    }
}
