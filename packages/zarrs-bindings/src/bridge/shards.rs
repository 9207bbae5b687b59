//! Reads shards of a Python store: indexes in one batch, subchunks in the next, then the indexes
//! again, because nothing else shows that a shard was replaced meanwhile.

use pyo3::prelude::*;

use crate::bridge::ranges::{Found, Proof, Wanted};
use crate::bridge::store::{Request, Use, get_many};
use crate::call::{Call, Flat};
use crate::codec::shard::Shard;
use crate::errors::Result;
use crate::memory::borrowed::Borrowed;
use crate::threads::jobs;

/// Reads all shards of a call.
pub(crate) fn read(bridge: &Bound<'_, PyAny>, call: &Call<'_>, shard: &Shard) -> Result<()> {
    let mut first = 0;
    while first < call.plan.len() {
        let count = call.batch().min(call.plan.len() - first);
        let jobs = first..first + count;
        let wanted = bridge.py().detach(|| -> Result<Vec<_>> {
            jobs.map(|job| Wanted::new(call, shard, job)).collect()
        })?;
        let replaced = batch(bridge, call, shard, &wanted)?;
        let pairs = wanted.into_iter().zip(replaced);
        let mut wanted: Vec<_> = pairs.filter_map(|(one, again)| again.then_some(one)).collect();
        if !wanted.is_empty() {
            // One response holds one value of the shard, so nothing remains to be repeated.
            for one in &mut wanted {
                one.whole = true;
            }
            batch(bridge, call, shard, &wanted)?;
        }
        first += count;
    }
    Ok(())
}

/// Reads shards. Returns which ones were replaced meanwhile; nothing was read of those.
fn batch(
    bridge: &Bound<'_, PyAny>,
    call: &Call<'_>,
    shard: &Shard,
    wanted: &[Wanted<'_>],
) -> Result<Vec<bool>> {
    let py = bridge.py();
    let heads =
        get_many(bridge, &wanted.iter().map(Wanted::head).collect::<Vec<_>>(), Use::Decoded)?;
    let (mut found, ranges) = py.detach(|| locate(call, wanted, &heads))?;
    let bodies = get_many(bridge, &ranges, Use::Decoded)?;
    let replaced = replaced(bridge, wanted, &heads, &found, &ranges, &bodies)?;
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
                .subchunk(call, inner, place, heads[group].as_ref(), &bodies)
                .map_err(|error| error.at(|| wanted[group].name.clone()))
        })
    })?;
    Ok(replaced)
}

/// Reads the indexes, fills missing shards, and joins neighboring subchunks into ranges.
fn locate(
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

/// Which shards now have another index than the one used to fetch their subchunks, or, where the
/// index may be unchanged, other subchunks.
fn replaced(
    bridge: &Bound<'_, PyAny>,
    wanted: &[Wanted<'_>],
    heads: &[Option<Borrowed>],
    found: &[Found],
    ranges: &[Request],
    bodies: &[Option<Borrowed>],
) -> Result<Vec<bool>> {
    let mut again = Vec::new();
    for (one, found) in wanted.iter().zip(found) {
        if let Proof::Missing { first, end } = found.proof {
            again.push(one.head());
            again.extend_from_slice(&ranges[first..end]);
        }
    }
    let now = get_many(bridge, &again, Use::Moved)?;
    let mut now = now.iter().map(|answer| answer.as_ref().map(Borrowed::bytes));
    let replaced = found.iter().zip(heads).map(|(found, head)| {
        let Some(head) = head.as_ref().map(Borrowed::bytes) else {
            return false;
        };
        match found.proof {
            Proof::Given => false,
            Proof::Inside { number, at } => {
                let body = bodies[number].as_ref().map(Borrowed::bytes);
                body.and_then(|body| body.get(at as usize..)?.get(..head.len())) != Some(head)
            }
            Proof::Missing { first, end } => {
                let before = bodies[first..end].iter().map(|body| body.as_ref());
                let before =
                    std::iter::once(Some(head)).chain(before.map(|b| b.map(Borrowed::bytes)));
                // Consume all responses of this shard, even after a difference; later ones belong
                // to others.
                before.fold(false, |differs, before| differs | (now.next() != Some(before)))
            }
        }
    });
    Ok(replaced.collect())
}
