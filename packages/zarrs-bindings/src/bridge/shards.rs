//! Reads shards of a Python store: indexes in one batch, subchunks in the next, then the indexes
//! again, if nothing else shows that a shard was not replaced meanwhile.

use pyo3::prelude::*;

use crate::bridge::cached::{Caching, Jobs};
use crate::bridge::feed::Feed;
use crate::bridge::overlap;
use crate::bridge::ranges::{Found, Proof, Wanted};
use crate::bridge::shard_reads::ShardReads;
use crate::bridge::store::{Parts, Request, Use, get_many};
use crate::bridge::values::Values;
use crate::call::{Call, Flat};
use crate::codec::shard::Shard;
use crate::errors::Result;
use crate::memory::borrowed::Borrowed;
use crate::threads::jobs;
use crate::tuning::{BATCH_BYTES, BATCH_KEYS};

/// Reads all shards of a call.
pub(crate) fn read(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    shard: &Shard,
    (values, caching): (Values, Caching),
    jobs: &Jobs,
) -> Result<()> {
    if let Some(feed) = Feed::open(bridge, values)? {
        let reads = ShardReads { call, shard, values, caching, jobs };
        return overlap::run(bridge.py(), &feed, &reads);
    }
    let mut first = 0;
    while first < jobs.len() {
        let wanted = bridge.py().detach(|| next((call, shard), (values, caching), jobs, first))?;
        first += wanted.len();
        let replaced = batch(bridge, call, shard, values, &wanted)?;
        for (mut one, _) in wanted.into_iter().zip(replaced).filter(|(_, replaced)| *replaced) {
            // One response holds one value of the shard, so nothing remains to be repeated.
            one.whole = true;
            batch(bridge, call, shard, values, &[one])?;
        }
    }
    Ok(())
}

/// The shards of the next batch: as many as fit into memory.
fn next<'a>(
    (call, shard): (&'a Call<'_>, &'a Shard),
    (values, caching): (Values, Caching),
    jobs: &Jobs,
    first: usize,
) -> Result<Vec<Wanted<'a>>> {
    let mut wanted = Vec::new();
    let mut held: u64 = 0;
    for place in first..jobs.len().min(first + BATCH_KEYS) {
        let one = Wanted::new(call, shard, jobs.at(place), (values, caching))?;
        held = held.saturating_add(one.held(&call.opts));
        if held > BATCH_BYTES && !wanted.is_empty() {
            break;
        }
        wanted.push(one);
    }
    Ok(wanted)
}

/// Reads shards. Returns which ones were replaced meanwhile; nothing was read of those.
fn batch(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    shard: &Shard,
    values: Values,
    wanted: &[Wanted<'_>],
) -> Result<Vec<bool>> {
    let py = bridge.py();
    let heads: Vec<_> = wanted.iter().map(Wanted::head).collect();
    let heads = Parts::fetch(bridge, &heads, values)?;
    let (mut found, ranges) = py.detach(|| locate(call, wanted, &heads.values))?;
    let bodies = Parts::fetch(bridge, &ranges, values)?;
    let replaced = replaced(bridge, wanted, &found, &heads, &bodies)?;
    for (found, _) in found.iter_mut().zip(&replaced).filter(|(_, replaced)| **replaced) {
        found.places.clear();
    }
    let flat = Flat::new(found.iter().map(|found| found.places.len()));
    let work = call.work(&shard.chunk, flat.len());
    py.detach(|| {
        jobs::run(flat.len(), work, call.limits(), |job| {
            let (group, inner) = flat.find(job);
            let place = found[group].places[inner];
            wanted[group]
                .subchunk(call, inner, place, heads.values[group].as_ref(), &bodies.values)
                .map_err(|error| error.at(|| wanted[group].name.clone()))
        })
    })?;
    Ok(replaced)
}

/// Reads the indexes, fills missing shards, and joins neighboring subchunks into ranges.
pub(super) fn locate(
    call: &Call<'_>,
    wanted: &[Wanted<'_>],
    heads: &[Option<Borrowed>],
) -> Result<(Vec<Found>, Vec<Request>)> {
    let mut ranges = Vec::new();
    let mut all = Vec::with_capacity(wanted.len());
    for (one, head) in wanted.iter().zip(heads) {
        let found = match head {
            None => {
                call.missing(&one.touched.part)?;
                Found { places: Vec::new(), proof: Proof::Given }
            }
            Some(head) => {
                let index = one.index(call, head.bytes());
                let index = index.map_err(|error| error.at(|| one.name.clone()))?;
                one.find(&index, &mut ranges, &call.opts)?
            }
        };
        all.push(found);
    }
    Ok((all, ranges))
}

/// Which shards were replaced after their index was read, as far as index and subchunks show it.
fn replaced(
    bridge: &Bound<'_, PyAny>,
    wanted: &[Wanted<'_>],
    found: &[Found],
    heads: &Parts,
    bodies: &Parts,
) -> Result<Vec<bool>> {
    let mut replaced = vec![false; found.len()];
    let doubtful: Vec<usize> = (0..found.len())
        .filter(|number| is_doubtful(&found[*number], *number, heads, bodies))
        .collect();
    let again: Vec<_> = doubtful.iter().map(|number| wanted[*number].head()).collect();
    let now = get_many(bridge, &again, Use::Moved)?;
    for (number, now) in doubtful.into_iter().zip(now) {
        replaced[number] = now.as_ref().map(Borrowed::bytes) != heads.bytes(number);
    }
    Ok(replaced)
}

/// Whether the index of a shard must be requested again. `number` is that of its head.
pub(super) fn is_doubtful(found: &Found, number: usize, heads: &Parts, bodies: &Parts) -> bool {
    match found.proof {
        Proof::Given => false,
        Proof::Inside { number: range, at } => {
            let head = heads.bytes(number).unwrap_or_default();
            let body = bodies.bytes(range).and_then(|body| body.get(at as usize..));
            // Perhaps the shard only has unused bytes before its index.
            body.and_then(|body| body.get(..head.len())) != Some(head)
        }
        Proof::Tags { first, end } => {
            let tag = heads.tags[number].as_ref();
            let same = bodies.tags[first..end].iter().all(|other| other.as_ref() == tag);
            tag.is_none() || !same
        }
        Proof::Again => true,
    }
}
