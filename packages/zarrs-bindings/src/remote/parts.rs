//! Requests large values in parts, because a single connection is slower than the network.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::remote::client::Client;
use crate::remote::cost::Many;
use crate::remote::failure::Failure;
use crate::remote::get::{self, Answer, Get, Value};
use crate::remote::limit::{further, limit};

/// Size of a part, and those that may be better.
const PART: u64 = 8 << 20;
const PARTS: [u64; 3] = [PART, PART / 2, PART / 4];

/// Expected size from which a whole value is requested in parts, whatever was measured. The first
/// one, whose answer gives the size and the version, takes a round trip of its own.
const LARGE: u64 = 4 * PART;

/// Maximum number of parts of one value in flight.
const PARTS_IN_FLIGHT: usize = 8;

/// Sends a request, in parts if it is for a large value.
pub(super) async fn get(client: &Arc<Client>, get: &Get) -> Result<Answer, Failure> {
    if get.range.is_none()
        && client.ranges.may_serve(&get.key)
        && client.sends_tags()
        && let Some(part) = size_of_parts(client, get)
        && let Some(value) = in_parts(client, get, part).await?
    {
        return Ok(value);
    }
    get::get(client, get).await
}

/// The size of the parts in which to request a whole value, if not in one.
fn size_of_parts(client: &Client, get: &Get) -> Option<u64> {
    if get.expected >= LARGE {
        return Some(PART);
    }
    let known = client.pace.known()?;
    let many =
        Many { values: together(get.values, client.pace.in_flight(), limit()), in_flight: limit() };
    known.part(get.expected, (&PARTS, PARTS_IN_FLIGHT as u64), many)
}

/// How many values are on their way together. The first one of a call is sent before the others are
/// in flight.
fn together(of_call: usize, in_flight: usize, limit: usize) -> usize {
    of_call.min(limit).max(1 + in_flight)
}

/// The whole value or its absence; `None` if parts of one version cannot be had.
async fn in_parts(client: &Arc<Client>, get: &Get, size: u64) -> Result<Option<Answer>, Failure> {
    let first = Get { range: Some((0..size).into()), place: None, ..get.clone() };
    let first = match get::get(client, &first).await? {
        Answer::Missing => return Ok(Some(Answer::Missing)),
        // An empty value has no range.
        Answer::Same => return Ok(Some(Answer::Same)),
        Answer::Changed | Answer::Written => return Ok(None),
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
    let starts = (first.bytes.len() as u64..first.size).step_by(size as usize);
    // One part waits for a permit, if others leave none.
    let others = further(PARTS_IN_FLIGHT.min(starts.clone().count()) - 1);
    let parts = starts.map(|at| part(client, get, &first, at..first.size.min(at + size)));
    let mut parts = stream::iter(parts).buffered(1 + others);
    while let Some(part) = parts.next().await {
        match part? {
            Some(bytes) => all.extend_from_slice(&bytes),
            None => return Ok(None),
        }
    }
    drop(parts);
    Ok(Some(Answer::Value(Value { bytes: all.into(), ..first })))
}

/// A part; `None` if the value has changed.
async fn part(
    client: &Arc<Client>,
    get: &Get,
    first: &Value,
    Range { start, end }: Range<u64>,
) -> Result<Option<Bytes>, Failure> {
    let range = Some((start..end).into());
    let part = Get { range, etag: first.etag.clone(), unless: None, place: None, ..get.clone() };
    Ok(match get::get(client, &part).await? {
        Answer::Value(value) if value.etag == first.etag => value.slice(start, end - start),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::together;

    /// Catches a first value in parts, though others of its call fill the network.
    #[test]
    fn the_first_of_many_values_is_not_alone() {
        assert_eq!([together(8, 0, 128), together(1, 5, 128), together(9999, 0, 128)], [8, 6, 128]);
    }
}
