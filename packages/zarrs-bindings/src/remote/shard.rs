//! One shard of a read: what to request of it, and where its subchunks are in the answers.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use object_store::GetRange;

use crate::call::{Call, Touched};
use crate::chunk_cache::Decoded;
use crate::codec::shard::index_cache::{self, Source};
use crate::codec::shard::{Index, Shard};
use crate::codec::transfer::Transfer;
use crate::counters;
use crate::errors::{Error, Result};
use crate::options::Opts;
use crate::read::load::Piece;
use crate::remote::cached_shard::Cached;
use crate::remote::cost::{Limits, Many};
use crate::remote::get::Value;
use crate::remote::pace::Known;
use crate::remote::ranges::{Range, inside, is_cheap, join};

/// A shard that is read in part or whole.
pub(super) struct Wanted<'a> {
    pub(super) name: String,
    pub(super) touched: Touched<'a>,
    /// Whether every subchunk in the array is wanted.
    pub(super) all: bool,
    /// Whether the first request is for the whole shard, if its index is not known.
    pub(super) whole: bool,
    pub(super) found: OnceLock<Found>,
    pub(super) source: Source,
    known: Option<(Known, Many)>,
    pub(super) cached: Cached,
}

/// The index of a shard that is read in ranges, and what is known of the answers.
pub(super) struct Found {
    /// The version of the shard; without one, the index is compared with a later one.
    pub(super) etag: Option<String>,
    /// The stored index; `None` if it was known before.
    pub(super) index: Option<Bytes>,
    pub(super) ranges: Vec<Range>,
    /// Number of ranges that are not yet here.
    left: AtomicUsize,
    replaced: AtomicBool,
    /// Whether all answers so far have the tag of the index. A server may ignore `If-Match`.
    tagged: AtomicBool,
    /// Whether the shard has come whole, after it was replaced.
    ended: AtomicBool,
}

/// A subchunk, and what is here of it.
pub(super) type Part = (usize, Stored);

#[derive(Clone, Debug)]
pub(super) enum Stored {
    Absent,
    /// Its stored bytes, and the version of the shard if that is known.
    Bytes(Bytes, Option<Arc<str>>),
    Cached(Decoded),
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        store: u64,
        call: &'a Call<'_>,
        shard: &'a Shard,
        job: usize,
        known: Option<(Known, Many)>,
    ) -> Result<Self> {
        let touched = Touched::new(call, shard, job)?;
        let shard = &touched.shard;
        call.opts.allow("a shard index", shard.index_size())?;
        let name = call.key(&touched.part).name();
        let all = touched.plan.len() as u64 >= inside(call, &touched);
        let whole = all || is_cheap(&call.opts, &touched, known);
        let source = shard.source_of(store, &name);
        let (found, cached) = (OnceLock::new(), Cached::new(store));
        Ok(Self { name, touched, all, whole, found, source, known, cached })
    }

    /// Where the index is, for a request that does not know the size of the shard.
    pub(super) fn index_range(&self) -> GetRange {
        let length = self.touched.shard.index_size();
        if self.touched.shard.index_first { (0..length).into() } else { GetRange::Suffix(length) }
    }

    /// The bytes of the index in an answer.
    pub(super) fn index_of(&self, value: &Value) -> Result<Bytes> {
        let shard = &self.touched.shard;
        let at = shard.index_at(value.size)?;
        value
            .slice(at, shard.index_size())
            .ok_or_else(|| Error::damaged("the server sent another range than was requested"))
    }

    fn index(&self, stored: &[u8], size: u64, opts: &Opts) -> Result<Index> {
        let index = self.touched.shard.index(stored, Some(size), opts)?;
        index.check_overlaps(self.only())?;
        counters::INDEXES_READ.add(1);
        Ok(index)
    }

    /// Keeps an index for later reads of the same version.
    fn keep(&self, index: &Arc<Index>, value: &Value, opts: &Opts) {
        if opts.validate_checksums
            && let Some(tag) = &value.etag
        {
            index_cache::keep_tagged(self.source.clone(), index, tag);
        }
    }

    /// The place of the only wanted subchunk.
    fn only(&self) -> Option<usize> {
        (self.touched.plan.len() == 1).then(|| self.touched.subchunk(0).1)
    }

    /// All wanted subchunks of a shard that is here as a whole.
    pub(super) fn whole(&self, value: &Value, opts: &Opts) -> Result<Vec<Part>> {
        let index = Arc::new(self.index(&self.index_of(value)?, value.size, opts)?);
        if !self.all {
            self.keep(&index, value, opts);
        }
        let tag: Option<Arc<str>> = value.etag.as_deref().map(Into::into);
        let part = |job| match index.get(self.touched.subchunk(job).1) {
            None => Ok((job, Stored::Absent)),
            Some((at, length)) => {
                let bytes = value.slice(at, length);
                let bytes = bytes.ok_or_else(|| Error::damaged("a subchunk is incomplete"))?;
                Ok((job, Stored::Bytes(bytes, tag.clone())))
            }
        };
        (0..self.touched.plan.len()).map(part).collect()
    }

    /// Reads the index. Returns what needs no request; the other subchunks are in `found`.
    pub(super) fn locate(&self, value: &Value, call: &Call<'_>) -> Result<Vec<Part>> {
        let opts = &call.opts;
        let stored = self.index_of(value)?;
        let index = Arc::new(self.index(&stored, value.size, opts)?);
        self.keep(&index, value, opts);
        let (order, absent) = self.places(&index, value.etag.as_deref(), call);
        self.find(order, value.etag.clone(), Some(stored), opts)?;
        Ok(absent)
    }

    /// Finds the subchunks in a known index. Returns those without a request; `None` if it is not
    /// known, or if no request would show that it still is the shard's.
    pub(super) fn locate_known(&self, call: &Call<'_>) -> Result<Option<Vec<Part>>> {
        let Some((index, tag)) = index_cache::find_tagged(&self.source) else {
            return Ok(None);
        };
        // A full check, once: it pays off now. If it fails, unwanted subchunks may still overlap.
        index.check_overlaps(None).or_else(|_| index.check_overlaps(self.only()))?;
        let (order, absent) = self.places(&index, Some(&tag), call);
        if order.is_empty() {
            return Ok(None);
        }
        counters::INDEXES_REUSED.add(1);
        self.find(order, Some(tag), None, &call.opts)?;
        Ok(Some(absent))
    }

    /// The wanted subchunks to request (number, offset and length), and those that need no request.
    fn places(
        &self,
        index: &Index,
        tag: Option<&str>,
        call: &Call<'_>,
    ) -> (Vec<(usize, u64, u64)>, Vec<Part>) {
        let (mut order, mut absent) = (Vec::new(), Vec::new());
        for job in 0..self.touched.plan.len() {
            match index.get(self.touched.subchunk(job).1) {
                // No request can ask for a range without bytes.
                Some((_, 0)) => absent.push((job, Stored::Bytes(Bytes::new(), None))),
                Some((at, length)) => match self.cached_of(call, job, tag) {
                    Some(decoded) => absent.push((job, Stored::Cached(decoded))),
                    None => order.push((job, at, length)),
                },
                None => absent.push((job, Stored::Absent)),
            }
        }
        (order, absent)
    }

    fn find(
        &self,
        order: Vec<(usize, u64, u64)>,
        etag: Option<String>,
        index: Option<Bytes>,
        opts: &Opts,
    ) -> Result<()> {
        let given = Limits { gap: opts.coalesce_max_gap, most: opts.coalesce_max_bytes };
        let ranges = join(order, given, self.known);
        let found = Found {
            index,
            left: AtomicUsize::new(ranges.len()),
            replaced: AtomicBool::new(false),
            tagged: AtomicBool::new(etag.is_some()),
            ended: AtomicBool::new(false),
            etag,
            ranges,
        };
        self.found.set(found).map_err(|_| Error::Internal("an index came twice".into()))
    }

    pub(super) fn load(&self, (job, stored): &Part, call: &Call<'_>) -> Result<()> {
        let shard = &self.touched.shard;
        let (part, _) = self.touched.subchunk(*job);
        let transfer = Transfer::new(&shard.chunk, &part, &self.touched.view)?;
        match stored {
            Stored::Absent => {
                counters::CHUNKS_MISSING.add(1);
                transfer.fill(&shard.fill.bytes);
                Ok(())
            }
            Stored::Cached(decoded) => {
                transfer.scatter(decoded, 0);
                Ok(())
            }
            Stored::Bytes(bytes, tag) => {
                let source = self.cache_source(call, *job, tag.as_deref());
                transfer.load_from(&Piece::Bytes(bytes), source, &call.opts)
            }
        }
    }
}

impl Found {
    /// The wanted subchunks of a range; `None` if the answer does not hold them.
    pub(super) fn parts(&self, number: usize, value: &Value) -> Option<Vec<Part>> {
        if value.etag != self.etag {
            self.tagged.store(false, Ordering::Release);
        }
        let tag: Option<Arc<str>> =
            value.etag.as_deref().filter(|_| value.etag == self.etag).map(Into::into);
        let parts = self.ranges[number].parts.iter();
        parts
            .map(|(job, at, length)| {
                Some((*job, Stored::Bytes(value.slice(*at, *length)?, tag.clone())))
            })
            .collect()
    }

    /// Whether this was the last of the answers that are waited for.
    pub(super) fn is_last(&self) -> bool {
        self.left.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(super) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Whether what was received may be of two versions, which only a comparison shows.
    pub(super) fn is_unproven(&self) -> bool {
        !self.is_tagged() && !self.ended.load(Ordering::Acquire)
    }

    /// Whether the tags show that all answers are of one version.
    pub(super) fn is_tagged(&self) -> bool {
        self.tagged.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(super) fn replace(&self) {
        self.replaced.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomicBool, AtomicUsize, Bytes, Found, Part, Range, Stored, Value};

    /// Catches a shard that is taken for complete too early, and an answer of another version that
    /// counts as proof.
    #[test]
    fn the_last_answer_and_another_version_are_noticed() {
        let range = |at| Range { at, length: 2, parts: vec![(0, at, 2)] };
        let found = Found {
            etag: Some("a".into()),
            index: None,
            ranges: vec![range(0), range(2)],
            left: AtomicUsize::new(2),
            replaced: AtomicBool::new(false),
            tagged: AtomicBool::new(true),
            ended: AtomicBool::new(false),
        };
        let value = |tag: &str| {
            let bytes = Bytes::from_static(b"abcd");
            Value { bytes, start: 0, size: 9, etag: Some(tag.into()), version: None }
        };
        let first = found.parts(0, &value("a"));
        let is_first = |parts: &[Part]| matches!(parts, [(0, Stored::Bytes(bytes, Some(tag)))] if **bytes == *b"ab" && **tag == *"a");
        assert!(first.is_some_and(|parts| is_first(&parts)));
        assert!(!found.is_last() && found.is_tagged() && !found.is_unproven());
        let other = found.parts(1, &value("b")).unwrap_or_default();
        assert!(matches!(other.as_slice(), [(0, Stored::Bytes(_, None))]));
        assert!(found.is_last() && found.is_unproven());
        found.end();
        assert!(!found.is_unproven());
    }
}
