//! Reading shards of a Python store: indexes in one batch, subchunks in the next.

use pyo3::prelude::*;

use crate::call::{Call, Flat, Touched};
use crate::codec::same_length;
use crate::counters;
use crate::errors::{Error, Result};
use crate::jobs;
use crate::load::Piece;
use crate::part::Part;
use crate::shard::{Index, Shard};
use crate::store::python::{Borrowed, Request, get_many};

/// Unwanted bytes between two subchunks that are fetched along rather than asked for apart.
const GAP: u64 = 1 << 20;

struct Wanted<'a> {
    name: String,
    touched: Touched<'a>,
    /// Whether to fetch the shard whole: most of it is wanted.
    whole: bool,
}

/// Where the stored bytes of a subchunk are, in what was fetched.
#[derive(Clone, Copy)]
enum Place {
    Absent,
    Whole { at: u64, length: u64 },
    Range { number: usize, at: u64, length: u64 },
}

/// Reads all shards of a call.
pub(crate) fn read(shim: &Bound<'_, PyAny>, call: &Call<'_>, shard: &Shard) -> Result<()> {
    let mut first = 0;
    while first < call.plan.len() {
        let count = call.batch().min(call.plan.len() - first);
        let jobs = first..first + count;
        let wanted = shim.py().detach(|| -> Result<Vec<_>> {
            jobs.map(|job| Wanted::new(call, shard, job)).collect()
        })?;
        batch(shim, call, shard, &wanted)?;
        first += count;
    }
    Ok(())
}

fn batch(
    shim: &Bound<'_, PyAny>,
    call: &Call<'_>,
    shard: &Shard,
    wanted: &[Wanted<'_>],
) -> Result<()> {
    let py = shim.py();
    let heads = get_many(shim, wanted.iter().map(Wanted::head).collect())?;
    let (places, ranges) = py.detach(|| locate(call, wanted, &heads))?;
    let bodies = get_many(shim, ranges)?;
    let flat = Flat::new(places.iter().map(Vec::len));
    let work = call.work(&shard.chunk, flat.len());
    py.detach(|| {
        jobs::run(flat.len(), work, call.effort(), |job| {
            let (group, inner) = flat.find(job);
            let place = places[group][inner];
            wanted[group]
                .subchunk(call, inner, place, heads[group].as_ref(), &bodies)
                .map_err(|error| error.at(|| wanted[group].name.clone()))
        })
    })
}

/// Reads the indexes, fills what is missing, and joins neighbouring subchunks into ranges.
fn locate(
    call: &Call<'_>,
    wanted: &[Wanted<'_>],
    heads: &[Option<Borrowed>],
) -> Result<(Vec<Vec<Place>>, Vec<Request>)> {
    let mut ranges = Vec::new();
    let mut places = Vec::with_capacity(wanted.len());
    for (one, head) in wanted.iter().zip(heads) {
        match head {
            None => {
                call.missing(&one.touched.take)?;
                places.push(Vec::new());
            }
            Some(head) => {
                let index = one.index(call, head.bytes());
                let index = index.map_err(|error| error.at(|| one.name.clone()))?;
                places.push(one.places(&index, &mut ranges));
            }
        }
    }
    Ok((places, ranges))
}

impl<'a> Wanted<'a> {
    fn new(call: &'a Call<'_>, shard: &'a Shard, job: usize) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        call.opts.allow("a shard index", touched.shard.index_size())?;
        let name = call.key(&touched.take).name();
        let whole = touched.plan.len() as u64 * 2 >= touched.shard.count;
        Ok(Self { name, touched, whole })
    }

    /// The first request: the shard, or its index.
    fn head(&self) -> Request {
        let shard = &self.touched.shard;
        let name = self.name.clone();
        if self.whole {
            (name, None, None)
        } else if shard.index_first {
            (name, Some(0), Some(shard.index_size()))
        } else {
            (name, None, Some(shard.index_size()))
        }
    }

    fn index(&self, call: &Call<'_>, head: &[u8]) -> Result<Index> {
        let shard = &self.touched.shard;
        let index = if self.whole {
            let size = head.len() as u64;
            let at = shard.index_at(size)? as usize;
            shard.index(&head[at..at + shard.index_size() as usize], Some(size), &call.opts)?
        } else {
            shard.index(head, None, &call.opts)?
        };
        let only = (self.touched.plan.len() == 1).then(|| self.touched.subchunk(0).1);
        index.check_overlaps(only)?;
        Ok(index)
    }

    /// Where each touched subchunk will be, after the ranges that are added here are fetched.
    fn places(&self, index: &Index, ranges: &mut Vec<Request>) -> Vec<Place> {
        let jobs = 0..self.touched.plan.len();
        let entries: Vec<_> = jobs.map(|job| index.get(self.touched.subchunk(job).1)).collect();
        let whole = |(at, length)| Place::Whole { at, length };
        let mut places: Vec<Place> =
            entries.iter().map(|entry| entry.map_or(Place::Absent, whole)).collect();
        if self.whole {
            return places;
        }
        let mut order: Vec<(u64, u64, usize)> = entries
            .iter()
            .enumerate()
            .filter_map(|(job, entry)| entry.map(|(at, length)| (at, length, job)))
            .collect();
        order.sort_unstable();
        let mut open: Option<(u64, u64)> = None;
        for (at, length, job) in order {
            let (start, end) = match open {
                Some((start, end)) if at.saturating_sub(end) <= GAP => {
                    (start, end.max(at + length))
                }
                _ => {
                    ranges.push((self.name.clone(), Some(at), Some(0)));
                    (at, at + length)
                }
            };
            open = Some((start, end));
            let number = ranges.len() - 1;
            ranges[number].2 = Some(end - start);
            places[job] = Place::Range { number, at: at - start, length };
        }
        places
    }

    fn subchunk(
        &self,
        call: &Call<'_>,
        job: usize,
        place: Place,
        head: Option<&Borrowed>,
        bodies: &[Option<Borrowed>],
    ) -> Result<()> {
        let shard = &self.touched.shard;
        let (take, _) = self.touched.subchunk(job);
        let part = Part::new(&shard.chunk, &take, &self.touched.view)?;
        let (source, at, length) = match place {
            Place::Absent => {
                counters::CHUNKS_MISSING.add(1);
                part.fill(&shard.fill.bytes);
                return Ok(());
            }
            Place::Whole { at, length } => (head, at, length),
            Place::Range { number, at, length } => (bodies[number].as_ref(), at, length),
        };
        let bytes = source
            .map(Borrowed::bytes)
            .ok_or_else(|| Error::damaged("the shard disappeared while it was being read"))?;
        let stored = bytes.get(at as usize..(at + length) as usize).unwrap_or_default();
        same_length(stored.len() as u64, length)?;
        part.load(&Piece::Bytes(stored), &call.opts)
    }
}
