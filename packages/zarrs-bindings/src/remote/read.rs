//! Reads chunks of a store over the network.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use pyo3::prelude::*;

use crate::call::Call;
use crate::counters;
use crate::errors::{Error, Result, same_length};
use crate::read::load::Piece;
use crate::remote::client::{Client, Remote};
use crate::remote::cost::{Many, Shape};
use crate::remote::feed::Ask;
use crate::remote::get::{Answer, Value};
use crate::remote::limit::{self, Room};
use crate::remote::overlap::{Requests, Step, run, run_awaited};
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
        None => run(&client, &Chunks(call, &client), call.limits(), bytes),
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
            None => chunks.push((number, Chunks(call, &client))),
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
        None => run_awaited(client, &Chunks(call, client), room, limits).await,
    }
}

/// Number of bytes of a chunk that are worth a range, if nothing was measured. Fewer are sent in less than a millisecond, and
/// some servers keep only whole values ready.
const WORTH_A_RANGE: u64 = 64 << 10;

/// The unsharded chunks of a call: one request for each.
pub(super) struct Chunks<'a>(&'a Call<'a>, &'a Client);

/// What is requested of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag {
    number: usize,
    /// First byte and length, if not all bytes of a chunk without codecs are wanted.
    span: Option<(u64, u64)>,
}

/// The stored bytes of a chunk, or of the span from its first to its last wanted element.
pub(super) struct Unit {
    number: usize,
    bytes: Bytes,
    /// Where the span starts.
    start: Option<u64>,
}

impl Chunks<'_> {
    fn ask(&self, tag: Tag) -> Ask<Tag> {
        let (key, budget) = (self.0.key(&self.0.plan.part(tag.number)).name(), self.0.opts.budget);
        match tag.span {
            Some((at, length)) => Ask::range(tag, key, (at..at + length).into(), length, budget),
            None => Ask::whole(tag, key, self.0.entry.info.chain.size, budget),
        }
    }

    /// The bytes from the first to the last wanted element, if the stored ones are elements.
    fn span(&self, number: usize) -> Result<Option<(u64, u64)>> {
        let part = self.0.plan.part(number);
        let chain = self.0.chain(&part)?;
        if !chain.is_raw() {
            return Ok(None);
        }
        let (at, length) = self.0.transfer(&chain, &part)?.reach();
        let span = (at as u64, length as u64);
        let is_worth = chain.size - span.1 >= WORTH_A_RANGE
            || self.1.pace.known().is_some_and(|known| {
                let many = Many { values: self.0.plan.len(), in_flight: limit::limit() };
                known.prefers(Shape::one(span.1), Shape::one(chain.size), many)
            });
        Ok(is_worth.then_some(span))
    }

    fn begin(&self, tag: Tag, value: &Value) -> Result<Unit> {
        let number = tag.number;
        let Some((at, length)) = tag.span else {
            return Ok(Unit { number, bytes: value.bytes.clone(), start: None });
        };
        let part = self.0.plan.part(number);
        same_length(value.size, self.0.chain(&part)?.size)?;
        let bytes = value.slice(at, length);
        let bytes = bytes.ok_or_else(|| Error::damaged("the server sent another range"))?;
        Ok(Unit { number, bytes, start: Some(at) })
    }
}

impl Requests for Chunks<'_> {
    type Tag = Tag;
    type Unit = Unit;

    fn len(&self) -> usize {
        self.0.plan.len()
    }

    fn first(&self, number: usize) -> Result<Step<Tag, Unit>> {
        let span = self.span(number)?;
        Ok(Step::ask(self.ask(Tag { number, span })))
    }

    fn answered(&self, tag: Tag, answer: &Answer) -> Result<Step<Tag, Unit>> {
        let part = self.0.plan.part(tag.number);
        let named = |error: Error| error.at(|| self.0.key(&part).name());
        match answer {
            Answer::Value(value) => {
                let unit = self.begin(tag, value).map_err(named)?;
                Ok(Step { units: vec![unit], asks: Vec::new() })
            }
            Answer::Missing => {
                self.0.missing(&part)?;
                Ok(Step::NOTHING)
            }
            // The chunk is shorter than the range.
            Answer::Changed if tag.span.is_some() => {
                Ok(Step::ask(self.ask(Tag { span: None, ..tag })))
            }
            Answer::Changed => Err(named(Error::damaged("the server does not send it whole"))),
        }
    }

    fn load(&self, unit: &Unit) -> Result<()> {
        let part = self.0.plan.part(unit.number);
        let chain = self.0.chain(&part)?;
        let transfer = self.0.transfer(&chain, &part)?;
        if let Some(start) = unit.start {
            counters::CHUNKS_DECODED.add(1);
            // The bytes are exactly the transfer's reach.
            transfer.scatter(&unit.bytes, start as usize);
            return Ok(());
        }
        transfer
            .load(&Piece::Bytes(&unit.bytes), &self.0.opts)
            .map_err(|error| error.at(|| self.0.key(&part).name()))
    }

    fn work(&self, units: usize) -> u64 {
        self.0.work(&self.0.entry.info.chain, units)
    }
}
