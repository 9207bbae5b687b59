//! Reads and writes chunks of a Python store: fetches a batch attached, works on it detached.

use std::borrow::Cow;

use pyo3::prelude::*;

use crate::bridge::cached::{Caching, Jobs};
use crate::bridge::feed::Feed;
use crate::bridge::overlap::{self, Reads, Step};
use crate::bridge::store::{Parts, Request, Use, get_many, put_many};
use crate::bridge::values::Values;
use crate::bridge::{conditional, shards};
use crate::call::Call;
use crate::errors::Result;
use crate::memory::borrowed::Borrowed;
use crate::read::load::Piece;
use crate::store::locks::Locks;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::write::put::{encode, keys};
use crate::write::shards::encode_shards;

/// Reads all parts of a call.
pub(crate) fn read(bridge: &Bound<'_, PyAny>, call: &Call<'_>, values: Values) -> Result<()> {
    let py = bridge.py();
    let caching = Caching::new(call, values);
    let jobs = py.detach(|| caching.load(call, call.shard()))?;
    if let Some(shard) = call.shard() {
        return shards::read(bridge, call, shard, (values, caching), &jobs);
    }
    if jobs.len() > 1
        && let Some(feed) = Feed::open(bridge, Values::Immutable)?
    {
        return overlap::run(py, &feed, &ChunkReads { call, caching, jobs: &jobs });
    }
    let mut first = 0;
    while first < jobs.len() {
        let count = call.batch().min(jobs.len() - first);
        let places = first..first + count;
        let names = places.map(|place| call.key(&call.plan.part(jobs.at(place))).name());
        let values = get_many(
            bridge,
            &names.map(|name| (name, None, None)).collect::<Vec<_>>(),
            purpose(call),
        )?;
        py.detach(|| {
            let work = call.work(&call.entry.info.chain, count);
            jobs::run(count, work, call.limits(), |place| {
                transfer((call, caching), jobs.at(first + place), values[place].as_ref())
            })
        })?;
        first += count;
    }
    Ok(())
}

/// How the stored values of unsharded chunks are used.
pub(super) fn purpose(call: &Call<'_>) -> Use {
    if call.entry.info.chain.is_raw() { Use::Moved } else { Use::Decoded }
}

/// Unsharded chunks of a call.
struct ChunkReads<'a> {
    call: &'a Call<'a>,
    caching: Caching,
    jobs: &'a Jobs,
}

impl Reads for ChunkReads<'_> {
    type State = (usize, Parts);

    fn len(&self) -> usize {
        self.jobs.len()
    }

    fn name(&self, job: usize) -> String {
        self.call.key(&self.call.plan.part(job)).name()
    }

    fn limits(&self) -> Limits<'static> {
        self.call.limits()
    }

    fn purpose(&self) -> Use {
        purpose(self.call)
    }

    fn begin(&self, place: usize) -> Result<(Self::State, Vec<Request>, u64)> {
        let job = self.jobs.at(place);
        let name = self.call.key(&self.call.plan.part(job)).name();
        let state = (job, Parts::default());
        Ok((state, vec![(name, None, None)], self.call.entry.info.chain.size))
    }

    fn next(&self, state: &mut Self::State, answers: Parts) -> Result<Step> {
        state.1 = answers;
        Ok(Step::Load(1))
    }

    fn load(&self, (job, answers): &Self::State, _: usize) -> Result<()> {
        transfer((self.call, self.caching), *job, answers.values.first().and_then(Option::as_ref))
    }

    fn work(&self, units: usize) -> u64 {
        self.call.work(&self.call.entry.info.chain, units)
    }
}

fn transfer(
    (call, caching): (&Call<'_>, Caching),
    job: usize,
    value: Option<&Borrowed>,
) -> Result<()> {
    let part = call.plan.part(job);
    match value {
        None => call.missing(&part),
        Some(value) => call
            .transfer(&*call.chain(&part)?, &part)?
            .load_from(&Piece::Bytes(value.bytes()), caching.source(call, &part, None)?, &call.opts)
            .map_err(|error| error.at(|| call.key(&part).name())),
    }
}

/// Whether a store replaces a value only if it is the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Puts {
    Plain,
    /// Where the store can tell.
    Conditional,
    /// Or else an error.
    OnlyConditional,
}

/// Writes all parts of a call. Keys stay locked until the store has the new values.
pub(crate) fn write(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    locks: &Locks,
    puts: Puts,
) -> Result<()> {
    let mut first = 0;
    while first < call.plan.len() {
        let count = call.batch().min(call.plan.len() - first);
        let guard = locks.acquire(bridge.py(), keys(call, first, count))?;
        let jobs: Vec<usize> = (first..first + count).collect();
        match puts {
            Puts::Plain => replace(bridge, call, &jobs)?,
            Puts::Conditional => conditional::write(bridge, call, jobs, "auto")?,
            Puts::OnlyConditional => conditional::write(bridge, call, jobs, "conditional")?,
        }
        drop(guard);
        first += count;
    }
    Ok(())
}

fn replace(bridge: &Bound<'_, PyAny>, call: &Call<'_>, jobs: &[usize]) -> Result<()> {
    let py = bridge.py();
    let (places, names) = py.detach(|| partial(call, jobs));
    let requests: Vec<Request> = names.into_iter().map(|name| (name, None, None)).collect();
    let mut old: Vec<Option<Borrowed>> = jobs.iter().map(|_| None).collect();
    for (place, value) in places.into_iter().zip(get_many(bridge, &requests, purpose(call))?) {
        old[place] = value;
    }
    let slices: Vec<Option<&[u8]>> =
        old.iter().map(|value| value.as_ref().map(Borrowed::bytes)).collect();
    let new = py.detach(|| encode_all(call, jobs, &slices))?;
    let names = jobs.iter().map(|job| call.key(&call.plan.part(*job)).name());
    put_many(bridge, names.collect(), &new)
}

/// Which of some chunks are partly kept, by their place among the jobs, and their keys.
pub(super) fn partial(call: &Call<'_>, jobs: &[usize]) -> (Vec<usize>, Vec<String>) {
    let parts = jobs.iter().map(|job| call.plan.part(*job)).enumerate();
    let kept = parts.filter(|(_, part)| !call.covered(part));
    kept.map(|(place, part)| (place, call.key(&part).name())).unzip()
}

/// The new values of some chunks or shards; `old` has their current values.
pub(super) fn encode_all(
    call: &Call<'_>,
    jobs: &[usize],
    old: &[Option<&[u8]>],
) -> Result<Vec<Option<Vec<u8>>>> {
    if let Some(shard) = call.shard() {
        return encode_shards(call, shard, jobs, old);
    }
    let work = call.work(&call.entry.info.chain, jobs.len());
    jobs::collect(jobs.len(), work, call.limits(), |at| {
        let part = call.plan.part(jobs[at]);
        encode(call, &part, old[at], |stored| Ok(stored.map(Cow::into_owned)))
            .map_err(|error| error.at(|| call.key(&part).name()))
    })
}
