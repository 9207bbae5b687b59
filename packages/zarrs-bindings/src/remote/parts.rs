//! Requests large values in parts, because a single connection is slower than the network.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::remote::client::Client;
use crate::remote::failure::Failure;
use crate::remote::get::{self, Answer, Get, Value};
use crate::remote::limit::further;

/// Size of a part.
const PART: u64 = 8 << 20;

/// Expected size from which a whole value is requested in parts. The first one, whose answer gives
/// the size and the version, takes a round trip of its own.
const LARGE: u64 = 4 * PART;

/// Maximum number of parts of one value in flight.
const PARTS_IN_FLIGHT: usize = 8;

/// Sends a request, in parts if it is for a large value.
pub(super) async fn get(client: &Arc<Client>, get: &Get) -> Result<Answer, Failure> {
    let is_large = get.range.is_none() && get.expected >= LARGE;
    if is_large
        && client.ranges.may_serve(&get.key)
        && client.sends_tags()
        && let Some(value) = in_parts(client, get).await?
    {
        return Ok(value);
    }
    get::get(client, get).await
}

/// The whole value or its absence; `None` if parts of one version cannot be had.
async fn in_parts(client: &Arc<Client>, get: &Get) -> Result<Option<Answer>, Failure> {
    let first = Get { range: Some((0..PART).into()), ..get.clone() };
    let first = match get::get(client, &first).await? {
        Answer::Missing => return Ok(Some(Answer::Missing)),
        // An empty value has no range.
        Answer::Changed => return Ok(None),
        Answer::Value(value) => value,
    };
    if first.is_whole() {
        return Ok(Some(Answer::Value(first)));
    }
    if first.size > get.budget {
        return Err(Failure::TooLarge { bytes: first.size, budget: get.budget });
    }
    if first.etag.is_none() {
        client.sends_no_tags();
        return Ok(None);
    }
    let mut all = Vec::new();
    let refused = Failure::TooLarge { bytes: first.size, budget: u64::MAX };
    all.try_reserve_exact(first.size as usize).map_err(|_| refused)?;
    all.extend_from_slice(&first.bytes);
    let starts = (first.bytes.len() as u64..first.size).step_by(PART as usize);
    // This request has a permit. Waiting for more of them could wait for ever.
    let permits = further(PARTS_IN_FLIGHT.min(starts.clone().count()) - 1);
    let parts = starts.map(|at| part(client, get, &first, at));
    let mut parts = stream::iter(parts).buffered(1 + permits.len());
    while let Some(part) = parts.next().await {
        match part? {
            Some(bytes) => all.extend_from_slice(&bytes),
            None => return Ok(None),
        }
    }
    drop(parts);
    Ok(Some(Answer::Value(Value { bytes: all.into(), ..first })))
}

/// The part that begins at an offset; `None` if the value has changed.
async fn part(
    client: &Arc<Client>,
    get: &Get,
    first: &Value,
    at: u64,
) -> Result<Option<Bytes>, Failure> {
    let end = first.size.min(at + PART);
    let part = Get { range: Some((at..end).into()), etag: first.etag.clone(), ..get.clone() };
    Ok(match get::get(client, &part).await? {
        Answer::Value(value) if value.etag == first.etag => value.slice(at, end - at),
        _ => None,
    })
}
