//! Reads shards: the index by its own request, then ranges of the same version.
//!
//! A shard that is replaced meanwhile is requested whole, once all its ranges were answered: one
//! answer holds one version.

use std::sync::{Arc, Mutex, PoisonError};

use crate::call::Call;
use crate::codec::shard::Shard;
use crate::errors::{Error, Result};
use crate::remote::cached_shard::Begun;
use crate::remote::client::Client;
use crate::remote::cost::Many;
use crate::remote::feed::Ask;
use crate::remote::get::{Answer, Value};
use crate::remote::limit::limit;
use crate::remote::overlap::{Requests, Step};
use crate::remote::pace::Known;
use crate::remote::shard::{Found, Part, Wanted};

/// The number of a shard in the plan, and what is requested of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag(usize, What);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Whole,
    Index,
    Range(usize),
    /// To compare with the first one.
    IndexAgain,
}

/// The shards of a call.
pub(super) struct Shards<'a> {
    client: &'a Client,
    /// The number of the store, which distinguishes its shards from those of others.
    store: u64,
    call: &'a Call<'a>,
    shard: &'a Shard,
    /// Those that have been requested and are not complete.
    open: Vec<Mutex<Option<Arc<Wanted<'a>>>>>,
}

pub(super) type Unit<'a> = (Arc<Wanted<'a>>, Part);

impl<'a> Shards<'a> {
    pub(super) fn new(
        client: &'a Client,
        store: u64,
        call: &'a Call<'a>,
        shard: &'a Shard,
    ) -> Self {
        let open = (0..call.plan.len()).map(|_| Mutex::new(None)).collect();
        Self { client, store, call, shard, open }
    }

    fn slot(&self, number: usize) -> std::sync::MutexGuard<'_, Option<Arc<Wanted<'a>>>> {
        self.open[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask_whole(&self, number: usize, wanted: &Wanted<'_>) -> Ask<Tag> {
        let Shard { count, chunk, .. } = &*wanted.touched.shard;
        let cost = count.saturating_mul(chunk.size);
        let tag = Tag(number, What::Whole);
        Ask::whole(tag, wanted.name.clone(), cost, self.call.opts.budget).among(self.open.len())
    }

    fn ask_index(&self, number: usize, what: What, wanted: &Wanted<'_>) -> Ask<Tag> {
        let (range, cost) = (wanted.index_range(), wanted.touched.shard.index_size());
        let tag = Tag(number, what);
        Ask::range(tag, wanted.name.clone(), range, cost, self.call.opts.budget)
    }

    fn ask_ranges(&self, number: usize, wanted: &Wanted<'_>, found: &Found) -> Vec<Ask<Tag>> {
        let ranges = found.ranges.iter().enumerate();
        let ask = |(place, range): (usize, &crate::remote::ranges::Range)| {
            let tag = Tag(number, What::Range(place));
            let span = range.at..range.at + range.length;
            let name = wanted.name.clone();
            Ask::range(tag, name, span.into(), range.length, self.call.opts.budget)
                .of(found.etag.clone())
        };
        ranges.map(ask).collect()
    }

    /// What was measured of the server, and how many shards this call reads.
    fn known(&self) -> Option<(Known, Many)> {
        let many = Many { values: self.call.plan.len(), in_flight: limit() };
        Some((self.client.pace.known()?, many))
    }

    /// Begins to read a shard of which nothing is known, instead of what was begun before.
    fn open(&self, number: usize) -> Result<Arc<Wanted<'a>>> {
        let wanted =
            Arc::new(Wanted::new(self.store, self.call, self.shard, number, self.known())?);
        *self.slot(number) = Some(Arc::clone(&wanted));
        Ok(wanted)
    }

    fn start(&self, number: usize, wanted: &Wanted<'a>) -> Step<Tag, Unit<'a>> {
        Step::ask(if wanted.whole {
            self.ask_whole(number, wanted)
        } else {
            self.ask_index(number, What::Index, wanted)
        })
    }

    /// The first answer: the whole shard, or its index.
    fn begin(
        &self,
        number: usize,
        wanted: &Arc<Wanted<'a>>,
        value: &Value,
    ) -> Result<Step<Tag, Unit<'a>>> {
        if wanted.whole || value.is_whole() {
            return self.end(number, wanted, value);
        }
        let absent = wanted.locate(value, self.call)?;
        let found = found(wanted)?;
        let asks = self.ask_ranges(number, wanted, found);
        if asks.is_empty() {
            self.slot(number).take();
        }
        Ok(Step { units: units(wanted, absent), asks })
    }

    /// A whole shard is here.
    fn end(
        &self,
        number: usize,
        wanted: &Arc<Wanted<'a>>,
        value: &Value,
    ) -> Result<Step<Tag, Unit<'a>>> {
        self.slot(number).take();
        if let Some(found) = wanted.found.get() {
            found.end();
        }
        let parts = wanted.whole(value, &self.call.opts)?;
        Ok(Step { units: units(wanted, parts), asks: Vec::new() })
    }

    /// A range, or that it has changed.
    fn range(
        &self,
        number: usize,
        place: usize,
        wanted: &Arc<Wanted<'a>>,
        value: Option<&Value>,
    ) -> Result<Step<Tag, Unit<'a>>> {
        let found = found(wanted)?;
        let parts = value.and_then(|value| found.parts(place, value));
        if parts.is_none() {
            found.replace();
        }
        let units = units(wanted, parts.unwrap_or_default());
        if !found.is_last() {
            return Ok(Step { units, asks: Vec::new() });
        }
        if found.is_replaced() {
            let step = if found.index.is_none() {
                // What was known is out of date, so the shard is read as if nothing had been.
                self.start(number, &*self.open(number)?)
            } else {
                Step::ask(self.ask_whole(number, wanted))
            };
            return Ok(Step { units, ..step });
        }
        if found.is_tagged() || self.trusts(found) {
            self.slot(number).take();
            return Ok(Step { units, asks: Vec::new() });
        }
        Ok(Step { units, asks: vec![self.ask_index(number, What::IndexAgain, wanted)] })
    }

    /// Whether an index needs no proof: it is from this call, and no value is replaced during it.
    fn trusts(&self, found: &Found) -> bool {
        self.call.opts.immutable_store == Some(true) && found.index.is_some()
    }

    /// The index came again: whether it is the same as before.
    fn compare(
        &self,
        number: usize,
        wanted: &Arc<Wanted<'a>>,
        same: bool,
    ) -> Result<Step<Tag, Unit<'a>>> {
        let found = found(wanted)?;
        // Bytes that could not be decoded may be those of another shard with an equal index.
        if same && !found.is_replaced() {
            self.slot(number).take();
            return Ok(Step::NOTHING);
        }
        found.replace();
        Ok(Step::ask(self.ask_whole(number, wanted)))
    }

    fn step(
        &self,
        Tag(number, what): Tag,
        wanted: &Arc<Wanted<'a>>,
        answer: &Answer,
    ) -> Result<Step<Tag, Unit<'a>>> {
        let value = match answer {
            Answer::Value(value) => Some(value),
            Answer::Missing | Answer::Changed | Answer::Same | Answer::Written => None,
        };
        match (what, value) {
            (What::Index | What::Whole, None) if matches!(answer, Answer::Same) => {
                self.slot(number).take();
                let parts = wanted.cached.confirmed();
                let parts = parts.ok_or_else(|| Error::damaged("the server does not send it"))?;
                Ok(Step { units: units(wanted, parts), asks: Vec::new() })
            }
            (What::Index | What::Whole, None) if matches!(answer, Answer::Missing) => {
                self.slot(number).take();
                self.call.missing(&wanted.touched.part)?;
                Ok(Step::NOTHING)
            }
            // The shard is shorter than its index.
            (What::Index, None) => Ok(Step::ask(self.ask_whole(number, wanted))),
            (What::Whole, None) => Err(Error::damaged("the server does not send it whole")),
            (What::Index, Some(value)) => self.begin(number, wanted, value),
            (What::Whole, Some(value)) => self.end(number, wanted, value),
            (What::Range(place), value) => self.range(number, place, wanted, value),
            (What::IndexAgain, value) => {
                let now = value.and_then(|value| wanted.index_of(value).ok());
                self.compare(number, wanted, now.is_some() && now == found(wanted)?.index)
            }
        }
    }
}

fn found<'b>(wanted: &'b Wanted<'_>) -> Result<&'b Found> {
    wanted.found.get().ok_or_else(|| Error::Internal("a range came before its index".into()))
}

fn units<'a>(wanted: &Arc<Wanted<'a>>, parts: Vec<Part>) -> Vec<Unit<'a>> {
    parts.into_iter().map(|part| (Arc::clone(wanted), part)).collect()
}

impl<'a> Requests for Shards<'a> {
    type Tag = Tag;
    type Unit = Unit<'a>;

    fn len(&self) -> usize {
        self.open.len()
    }

    fn first(&self, number: usize) -> Result<Step<Tag, Unit<'a>>> {
        let wanted = self.open(number)?;
        if let Some(ready) = wanted.ready(self.call) {
            return Ok(match wanted.cached.begin(ready) {
                Begun::Load(parts) => {
                    self.slot(number).take();
                    Step { units: units(&wanted, parts), asks: Vec::new() }
                }
                Begun::Ask(tag) => self.start(number, &wanted).unless(&tag),
            });
        }
        if !wanted.all
            && self.client.ranges.may_serve(&wanted.name)
            && let Some(absent) =
                wanted.locate_known(self.call).map_err(|error| error.at(|| wanted.name.clone()))?
        {
            let asks = self.ask_ranges(number, &wanted, found(&wanted)?);
            return Ok(Step { units: units(&wanted, absent), asks });
        }
        Ok(self.start(number, &wanted))
    }

    fn answered(&self, tag: Tag, answer: &Answer) -> Result<Step<Tag, Unit<'a>>> {
        let wanted = self.slot(tag.0).clone();
        let wanted = wanted.ok_or_else(|| Error::Internal("an answer came twice".into()))?;
        self.step(tag, &wanted, answer).map_err(|error| error.at(|| wanted.name.clone()))
    }

    fn load(&self, (wanted, part): &Unit<'a>) -> Result<()> {
        let loaded = wanted.load(part, self.call);
        match (loaded, wanted.found.get()) {
            // What follows requests the shard whole.
            (Err(Error::DecodeFailed { .. }), Some(found))
                if found.is_unproven() && !self.trusts(found) =>
            {
                found.replace();
                Ok(())
            }
            (loaded, _) => loaded.map_err(|error| error.at(|| wanted.name.clone())),
        }
    }

    fn work(&self, units: usize) -> u64 {
        self.call.work(&self.shard.chunk, units)
    }
}
