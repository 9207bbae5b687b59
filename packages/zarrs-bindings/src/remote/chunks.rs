//! Reads chunks that are no shards: one request for each, unless it is cached.

use std::iter::once;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;

use crate::call::Call;
use crate::chunk_cache::{self, Decoded, Found, Home, Key};
use crate::codec::incoming::Open;
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result, same_length};
use crate::read::load::{Piece, Source};
use crate::remote::client::Client;
use crate::remote::cost::{Many, Shape};
use crate::remote::feed::Ask;
use crate::remote::get::{Answer, Value, version_of};
use crate::remote::limit;
use crate::remote::overlap::{Requests, Step};

/// Number of bytes of a chunk that are worth a range, if nothing was measured. Fewer are sent in less than a millisecond, and
/// some servers keep only whole values ready.
const WORTH_A_RANGE: u64 = 64 << 10;

/// The unsharded chunks of a call.
pub(super) struct Chunks<'a> {
    client: &'a Client,
    /// The number of the store, which distinguishes its chunks from those of others.
    store: u64,
    call: &'a Call<'a>,
    /// What is asked of each chunk; empty if nothing is cached.
    asked: Vec<Mutex<Option<Asked>>>,
    /// Until this is dropped, elements are written while they arrive.
    open: Open,
}

/// A request for a chunk that is cached, or is to be.
struct Asked {
    key: Key,
    /// The cached chunk, if the server is asked whether it has changed.
    found: Option<Found>,
    sent: Instant,
}

/// What is requested of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag {
    number: usize,
    /// First byte and length, if not all bytes of a chunk without codecs are wanted.
    span: Option<(u64, u64)>,
}

/// A chunk that can be loaded.
pub(super) struct Unit {
    number: usize,
    body: Body,
}

enum Body {
    Whole(Bytes, Option<Source>),
    /// The span from the first to the last wanted element, and where it starts.
    Span(Bytes, u64),
    Cached(Decoded),
}

impl<'a> Chunks<'a> {
    pub(super) fn new(client: &'a Client, store: u64, call: &'a Call<'a>) -> Self {
        let count = if call.caches() { call.plan.len() } else { 0 };
        let asked = (0..count).map(|_| Mutex::new(None)).collect();
        Self { client, store, call, asked, open: Open::new() }
    }

    fn ask(&self, tag: Tag) -> Ask<Tag> {
        let (call, budget) = (self.call, self.call.opts.budget);
        let key = call.key(&call.plan.part(tag.number)).name();
        match tag.span {
            Some((at, length)) => Ask::range(tag, key, (at..at + length).into(), length, budget),
            None => Ask::whole(tag, key, call.entry.info.chain.size, budget).among(call.plan.len()),
        }
    }

    /// Requests a chunk that is not cached: elements that are stored as they are come to their place
    /// while they arrive.
    fn ask_into_place(&self, number: usize) -> Result<Ask<Tag>> {
        let part = self.call.plan.part(number);
        let chain = self.call.chain(&part)?;
        if !chain.is_raw() {
            return Ok(self.ask(Tag { number, span: None }));
        }
        let transfer = self.call.transfer(&chain, &part)?;
        let ask = self.ask(Tag { number, span: self.span(&transfer) });
        Ok(ask.writing_to(transfer.incoming(&self.open)))
    }

    /// Requests a chunk whose bytes are kept, or are compared with those that are.
    fn ask_to_keep(&self, number: usize) -> Result<Ask<Tag>> {
        let part = self.call.plan.part(number);
        let chain = self.call.chain(&part)?;
        let raw = chain.is_raw().then(|| self.call.transfer(&chain, &part)).transpose()?;
        Ok(self.ask(Tag { number, span: raw.and_then(|transfer| self.span(&transfer)) }))
    }

    /// The bytes from the first to the last wanted element of a chunk without codecs, if they are
    /// worth a range.
    fn span(&self, transfer: &Transfer<'_>) -> Option<(u64, u64)> {
        let (at, length) = transfer.reach();
        let (span, size) = ((at as u64, length as u64), transfer.chain.size);
        let is_worth = size - span.1 >= WORTH_A_RANGE
            || self.client.pace.known().is_some_and(|known| {
                let many = Many { values: self.call.plan.len(), in_flight: limit::limit() };
                known.prefers(Shape::one(span.1), Shape::one(size), many)
            });
        is_worth.then_some(span)
    }

    fn slot(&self, number: usize) -> Option<MutexGuard<'_, Option<Asked>>> {
        let slot = self.asked.get(number)?;
        Some(slot.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn cache_key(&self, number: usize) -> Result<Option<Key>> {
        if self.asked.is_empty() {
            return Ok(None);
        }
        let part = self.call.plan.part(number);
        let (chain, value) = (self.call.chain(&part)?, self.call.key(&part));
        Ok(self.call.cache_key(&chain, &part, (Home::Remote(self.store), &value), None))
    }

    fn begin(&self, tag: Tag, value: &Value, asked: Option<Asked>) -> Result<Unit> {
        let number = tag.number;
        let Some((at, length)) = tag.span else {
            let source = asked.and_then(|Asked { key, sent, .. }| {
                let version = version_of(value.etag.as_deref(), &self.call.opts)?;
                Some(Source { key, version, checked: sent })
            });
            return Ok(Unit { number, body: Body::Whole(value.bytes.clone(), source) });
        };
        let part = self.call.plan.part(number);
        same_length(value.size, self.call.chain(&part)?.size)?;
        let bytes = value.slice(at, length);
        let bytes = bytes.ok_or_else(|| Error::damaged("the server sent another range"))?;
        Ok(Unit { number, body: Body::Span(bytes, at) })
    }
}

fn one<T>(unit: Unit) -> Step<T, Unit> {
    Step { units: vec![unit], asks: Vec::new() }
}

impl Requests for Chunks<'_> {
    type Tag = Tag;
    type Unit = Unit;

    fn len(&self) -> usize {
        self.call.plan.len()
    }

    fn first(&self, number: usize) -> Result<Step<Tag, Unit>> {
        let Some(key) = self.cache_key(number)? else {
            return Ok(Step::ask(self.ask_into_place(number)?));
        };
        let (found, opts) = (chunk_cache::find(&key), &self.call.opts);
        if let Some(found) = &found
            && found.is_fresh(opts.chunk_cache_max_age, opts.immutable_store == Some(true))
        {
            chunk_cache::hit();
            let body = Body::Cached(found.decoded.clone());
            return Ok(one(Unit { number, body }));
        }
        let ask = self.ask_to_keep(number)?;
        let ask = match found.as_ref().and_then(Found::tag) {
            Some(tag) => ask.unless(tag),
            None => ask,
        };
        if let Some(mut slot) = self.slot(number) {
            *slot = Some(Asked { key, found, sent: Instant::now() });
        }
        Ok(Step::ask(ask))
    }

    fn answered(&self, tag: Tag, answer: &Answer) -> Result<Step<Tag, Unit>> {
        let part = self.call.plan.part(tag.number);
        let named = |error: Error| error.at(|| self.call.key(&part).name());
        let asked = self.slot(tag.number).and_then(|mut slot| slot.take());
        match (answer, asked) {
            (Answer::Value(value), asked) => self.begin(tag, value, asked).map_err(named).map(one),
            (Answer::Written, _) => {
                counters::CHUNKS_DECODED.add(1);
                Ok(Step::NOTHING)
            }
            (Answer::Missing, _) => {
                self.call.missing(&part)?;
                Ok(Step::NOTHING)
            }
            (Answer::Same, Some(Asked { key, found: Some(found), sent })) => {
                chunk_cache::confirm(once(&key), &found.version, sent);
                chunk_cache::hit();
                Ok(one(Unit { number: tag.number, body: Body::Cached(found.decoded) }))
            }
            // The chunk is shorter than the range.
            (Answer::Changed, _) if tag.span.is_some() => {
                Ok(Step::ask(self.ask(Tag { span: None, ..tag })))
            }
            (Answer::Changed | Answer::Same, _) => {
                Err(named(Error::damaged("the server does not send it whole")))
            }
        }
    }

    fn load(&self, unit: &Unit) -> Result<()> {
        let part = self.call.plan.part(unit.number);
        let chain = self.call.chain(&part)?;
        let transfer = self.call.transfer(&chain, &part)?;
        match &unit.body {
            Body::Cached(decoded) => transfer.scatter(decoded, 0),
            // The bytes are exactly the transfer's reach.
            Body::Span(bytes, start) => {
                counters::CHUNKS_DECODED.add(1);
                transfer.scatter(bytes, *start as usize);
            }
            Body::Whole(bytes, source) => transfer
                .load_from(&Piece::Bytes(bytes), source.clone(), &self.call.opts)
                .map_err(|error| error.at(|| self.call.key(&part).name()))?,
        }
        Ok(())
    }

    fn work(&self, units: usize) -> u64 {
        self.call.work(&self.call.entry.info.chain, units)
    }
}
