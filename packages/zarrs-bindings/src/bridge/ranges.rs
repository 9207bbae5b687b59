//! The requests to a Python store that read a part of a shard.

use crate::bridge::store::Request;
use crate::call::{Call, Touched};
use crate::codec::shard::{Index, Shard};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result, same_length};
use crate::memory::borrowed::Borrowed;
use crate::memory::reserve::room;
use crate::options::Opts;
use crate::read::load::Piece;
use crate::tuning::ALIKE;

/// A shard that is read in part or whole.
pub(crate) struct Wanted<'a> {
    pub(crate) name: String,
    pub(crate) touched: Touched<'a>,
    /// Whether to fetch the whole shard in one request: it is small, or most of it is wanted.
    pub(crate) whole: bool,
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
    /// They came in one response.
    Given,
    /// A range of subchunks also holds the index: the range's number, and the index's offset in it.
    Inside { number: usize, at: u64 },
    /// The index, and some of the ranges, must be requested again.
    Missing { first: usize, end: usize },
}

/// Where the touched subchunks of a shard are.
pub(crate) struct Found {
    pub(crate) places: Vec<Place>,
    pub(crate) proof: Proof,
}

impl<'a> Wanted<'a> {
    pub(crate) fn new(call: &'a Call<'_>, shard: &'a Shard, job: usize) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        call.opts.allow("a shard index", touched.shard.index_size())?;
        let name = call.key(&touched.part).name();
        let Shard { count, chunk, .. } = &*touched.shard;
        let small = count.saturating_mul(chunk.size) <= call.opts.coalesce_max_gap;
        let whole = small || touched.plan.len() as u64 * 2 >= *count;
        Ok(Self { name, touched, whole })
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
        let mut sizes = index.present().map(|(_, length)| length);
        let first = sizes.next();
        let alike = sizes.all(|length| Some(length) == first);
        let gap =
            if alike { opts.coalesce_max_gap.saturating_mul(ALIKE) } else { opts.coalesce_max_gap };
        if let Some((start, length, at)) = self.with_index(&order, index, gap) {
            let number = ranges.len();
            ranges.push((self.name.clone(), Some(start), Some(length)));
            for (at, length, job) in order {
                places[job] = Place::Range { number, at: at - start, length };
            }
            return Ok(Found { places, proof: Proof::Inside { number, at } });
        }
        let first = ranges.len();
        let mut open: Option<(u64, u64)> = None;
        for (at, length, job) in order {
            let (start, end) = match open {
                Some((start, end))
                    if at.saturating_sub(end) <= gap
                        && at + length - start <= opts.coalesce_max_bytes =>
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
        // All bytes of one response belong to one value, which the index fits.
        let end = if alike && ranges.len() - first > 1 { ranges.len() } else { first };
        Ok(Found { places, proof: Proof::Missing { first, end } })
    }

    /// Start and length of a range that holds the index and the touched subchunks (given in order),
    /// and the offset of the index in it; `None` if the range is far larger than what is wanted.
    fn with_index(
        &self,
        order: &[(u64, u64, usize)],
        index: &Index,
        gap: u64,
    ) -> Option<(u64, u64, u64)> {
        let shard = &self.touched.shard;
        let end = |(at, length): (u64, u64)| at + length;
        let (start, stop, at) = if shard.index_first {
            (0, order.iter().map(|(at, length, _)| at + length).max()?, 0)
        } else {
            // If there is something between the last subchunk and the index, the shard looks
            // replaced.
            let (start, last) = (order.first()?.0, index.present().map(end).max()?);
            (start, last.checked_add(shard.index_size())?, last - start)
        };
        let wanted: u64 = order.iter().map(|(_, length, _)| length).sum();
        (stop - start <= wanted.saturating_add(gap)).then_some((start, stop - start, at))
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
        let (part, _) = self.touched.subchunk(job);
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
        let bytes = source
            .map(Borrowed::bytes)
            .ok_or_else(|| Error::damaged("the shard disappeared while it was being read"))?;
        let stored = bytes.get(at as usize..(at + length) as usize).unwrap_or_default();
        same_length(stored.len() as u64, length)?;
        transfer.load(&Piece::Bytes(stored), &call.opts)
    }
}
