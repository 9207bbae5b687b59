//! The requests to a Python store that read a part of a shard.

use crate::bridge::cached::Caching;
use crate::bridge::store::Request;
use crate::bridge::values::Values;
use crate::call::{Call, Touched};
use crate::codec::shard::{Index, Shard};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result, same_length};
use crate::memory::borrowed::Borrowed;
use crate::memory::reserve::room;
use crate::options::Opts;
use crate::read::load::Piece;

/// A shard that is read in part or whole.
pub(crate) struct Wanted<'a> {
    pub(crate) name: String,
    pub(crate) touched: Touched<'a>,
    /// Whether to fetch the whole shard in one request.
    pub(crate) whole: bool,
    values: Values,
    caching: Caching,
}

/// Where the stored bytes of a subchunk are within the fetched values.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Absent,
    Whole { at: u64, length: u64 },
    Range { number: usize, at: u64, length: u64 },
}

/// How to tell whether index and subchunks belong to the same value of the shard.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    /// The store never replaces a value, or index and subchunks came in one response.
    Given,
    /// The only range also holds the index: the range's number, and the index's offset in it.
    Inside { number: usize, at: u64 },
    /// The tags of these ranges and of the index, if all have the same.
    Tags { first: usize, end: usize },
    /// The index must be requested again.
    Again,
}

/// Where the touched subchunks of a shard are.
pub(crate) struct Found {
    pub(crate) places: Vec<Place>,
    pub(crate) proof: Proof,
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(
        call: &'a Call<'_>,
        shard: &'a Shard,
        job: usize,
        (values, caching): (Values, Caching),
    ) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        call.opts.allow("a shard index", touched.shard.index_size())?;
        let name = call.key(&touched.part).name();
        let Shard { count, chunk, .. } = &*touched.shard;
        // One request for the whole shard replaces three, but fetches more than is wanted. Where
        // nothing must be proved it would replace only two.
        let size = count.saturating_mul(chunk.size);
        let limit = call.opts.coalesce_max_gap.min(call.opts.coalesce_max_bytes);
        let small = values == Values::Changing && size <= limit && !chunk.has_vlen();
        let whole = small || touched.plan.len() as u64 == *count;
        Ok(Self { name, touched, whole, values, caching })
    }

    /// Approximate memory for what is fetched.
    pub(crate) fn held(&self, opts: &Opts) -> u64 {
        let shard = &self.touched.shard;
        let all = shard.count.saturating_mul(shard.chunk.size);
        if self.whole {
            return all;
        }
        let each = shard.chunk.size.saturating_add(opts.coalesce_max_gap);
        let parts = all.min(each.saturating_mul(self.touched.plan.len() as u64));
        parts.saturating_add(shard.index_size())
    }

    /// The first request: the shard, or its index.
    pub(crate) fn head(&self) -> Request {
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

    pub(crate) fn index(&self, call: &Call<'_>, head: &[u8]) -> Result<Index> {
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

    /// Adds the ranges to fetch to `ranges`, and returns where each touched subchunk will be.
    pub(crate) fn find(
        &self,
        index: &Index,
        ranges: &mut Vec<Request>,
        opts: &Opts,
    ) -> Result<Found> {
        let count = self.touched.plan.len();
        let entries = || (0..count).map(|job| index.get(self.touched.subchunk(job).1));
        let whole = |(at, length)| Place::Whole { at, length };
        let mut places: Vec<Place> = room(count, "parts of a shard")?;
        places.extend(entries().map(|entry| entry.map_or(Place::Absent, whole)));
        if self.whole || places.iter().all(|place| matches!(place, Place::Absent)) {
            return Ok(Found { places, proof: Proof::Given });
        }
        let mut order: Vec<(u64, u64, usize)> = room(count, "parts of a shard")?;
        let present = entries().enumerate();
        order.extend(present.filter_map(|(job, entry)| entry.map(|(at, n)| (at, n, job))));
        order.sort_unstable();
        let first = ranges.len();
        let mut open: Option<(u64, u64)> = None;
        for (at, length, job) in order {
            let (start, end) = match open {
                Some((start, end))
                    if at.saturating_sub(end) <= opts.coalesce_max_gap
                        && end.max(at + length) - start <= opts.coalesce_max_bytes =>
                {
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
        let proof = match self.values {
            Values::Immutable => Proof::Given,
            Values::Tagged => Proof::Tags { first, end: ranges.len() },
            Values::Changing => match &mut ranges[first..] {
                [only] => self
                    .include_index(only, &mut places, index, opts)
                    .map_or(Proof::Again, |at| Proof::Inside { number: first, at }),
                _ => Proof::Again,
            },
        };
        Ok(Found { places, proof })
    }

    /// Extends the only range of a shard so that it also holds the index, if nothing else would
    /// have to be joined that is too far away. Returns the offset of the index in the range.
    fn include_index(
        &self,
        range: &mut Request,
        places: &mut [Place],
        index: &Index,
        opts: &Opts,
    ) -> Option<u64> {
        let shard = &self.touched.shard;
        let (start, length) = (range.1?, range.2?);
        let end = start + length;
        // If there is something between the last subchunk and the index, it will not be found.
        let last = || index.present().map(|(at, length)| at + length).max();
        let (first, stop, gap) = if shard.index_first {
            (0, end, start - shard.index_size())
        } else {
            let last = last()?;
            (start, last.checked_add(shard.index_size())?, last - end)
        };
        if gap > opts.coalesce_max_gap || stop - first > opts.coalesce_max_bytes {
            return None;
        }
        (range.1, range.2) = (Some(first), Some(stop - first));
        for place in places {
            if let Place::Range { at, .. } = place {
                *at += start - first;
            }
        }
        Some(if shard.index_first { 0 } else { last()? - start })
    }

    pub(crate) fn subchunk(
        &self,
        call: &Call<'_>,
        job: usize,
        place: Place,
        head: Option<&Borrowed>,
        bodies: &[Option<Borrowed>],
    ) -> Result<()> {
        let shard = &self.touched.shard;
        let (part, number) = self.touched.subchunk(job);
        let transfer = Transfer::new(&shard.chunk, &part, &self.touched.view)?;
        let (source, at, length) = match place {
            Place::Absent => {
                counters::CHUNKS_MISSING.add(1);
                transfer.fill(&shard.fill.bytes);
                return Ok(());
            }
            Place::Whole { at, length } => (head, at, length),
            Place::Range { number, at, length } => (bodies[number].as_ref(), at, length),
        };
        let cached = self.caching.source(call, &self.touched.part, Some((shard, number)))?;
        let bytes = source
            .map(Borrowed::bytes)
            .ok_or_else(|| Error::damaged("the shard disappeared while it was being read"))?;
        let stored = bytes.get(at as usize..(at + length) as usize).unwrap_or_default();
        same_length(stored.len() as u64, length)?;
        transfer.load_from(&Piece::Bytes(stored), cached, &call.opts)
    }
}
