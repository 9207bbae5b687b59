//! Reads chunks of a store over the network.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;

use crate::call::Call;
use crate::errors::{Error, Result};
use crate::remote::chunks::Chunks;
use crate::remote::client::{Client, Remote};
use crate::remote::limit::{self, Room};
use crate::remote::overlap::{run, run_awaited};
use crate::remote::shards::Shards;
use crate::remote::together::Together;
use crate::threads::tasks::Stop;

/// Reads all parts of a call.
pub(crate) fn read(py: Python<'_>, remote: &Remote, call: &Call<'_>) -> Result<()> {
    limit::refresh(py)?;
    let client: Arc<Client> = remote.client()?;
    let bytes = call.opts.in_flight_bytes;
    py.detach(|| match call.shard() {
        Some(shard) => {
            let shards = Shards::new(&client, remote.number, call, shard);
            run(&client, &shards, call.limits(), bytes)
        }
        None => run(&client, &Chunks::new(&client, remote.number, call), call.limits(), bytes),
    })
}

/// Reads several calls together. An error comes with the number of its call, if it is of one.
pub(crate) fn read_each(
    py: Python<'_>,
    remote: &Remote,
    calls: &[&Call<'_>],
) -> Result<(), (Option<usize>, Error)> {
    let Some(first) = calls.first() else {
        return Ok(());
    };
    let prepared = limit::refresh(py).and_then(|()| remote.client());
    let client: Arc<Client> = prepared.map_err(|error| (None, error))?;
    let (mut chunks, mut shards) = (Vec::new(), Vec::new());
    for (number, call) in calls.iter().enumerate() {
        match call.shard() {
            Some(shard) => {
                shards.push((number, Shards::new(&client, remote.number, call, shard)));
            }
            None => chunks.push((number, Chunks::new(&client, remote.number, call))),
        }
    }
    let together = Together::new(chunks, shards);
    let bytes = first.opts.in_flight_bytes;
    py.detach(|| run(&client, &together, first.limits(), bytes)).map_err(|error| {
        let failed = together.failed.load(Ordering::Relaxed);
        ((failed < calls.len()).then_some(failed), error)
    })
}

/// Reads all parts of a call while no thread waits; `stop` ends it. `store` is the number of the
/// store.
pub(super) async fn read_awaited(
    client: &Arc<Client>,
    store: u64,
    call: &Call<'_>,
    room: Room,
    stop: &Stop,
) -> Result<()> {
    let limits = (call.limits().threads, stop);
    match call.shard() {
        Some(shard) => {
            let shards = Shards::new(client, store, call, shard);
            run_awaited(client, &shards, room, limits).await
        }
        None => run_awaited(client, &Chunks::new(client, store, call), room, limits).await,
    }
}
