//! Several calls of one client: their requests are in flight together, and share its limits.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::call::Flat;
use crate::errors::Result;
use crate::remote::get::Answer;
use crate::remote::overlap::{Requests, Step};
use crate::remote::read::{self, Chunks};
use crate::remote::shards::{self, Shards};

/// What one call requests.
pub(super) enum Source<'a> {
    Chunks(Chunks<'a>),
    Shards(Shards<'a>),
}

/// The calls, and a number for each of the requests that they begin with.
pub(super) struct Together<'a> {
    sources: Vec<Source<'a>>,
    requests: Flat,
    /// The lowest number of a call that failed.
    pub(super) failed: AtomicUsize,
}

/// What a request of a call is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    Chunk(usize, read::Tag),
    Shard(usize, shards::Tag),
}

/// What one call can load.
pub(super) enum Unit<'a> {
    Chunk(usize, read::Unit),
    Shard(usize, shards::Unit<'a>),
}

impl<'a> Together<'a> {
    pub(super) fn new(sources: Vec<Source<'a>>) -> Self {
        let requests = Flat::new(sources.iter().map(|source| match source {
            Source::Chunks(chunks) => chunks.len(),
            Source::Shards(shards) => shards.len(),
        }));
        Self { sources, requests, failed: AtomicUsize::new(usize::MAX) }
    }

    fn counted<T>(&self, call: usize, done: Result<T>) -> Result<T> {
        done.inspect_err(|_| {
            self.failed.fetch_min(call, Ordering::Relaxed);
        })
    }
}

impl<'a> Requests for Together<'a> {
    type Tag = Tag;
    type Unit = Unit<'a>;

    fn len(&self) -> usize {
        self.requests.len()
    }

    fn first(&self, number: usize) -> Result<Step<Tag, Unit<'a>>> {
        let (call, number) = self.requests.find(number);
        let step = match &self.sources[call] {
            Source::Chunks(chunks) => chunks.first(number).map(|step| of_chunks(call, step)),
            Source::Shards(shards) => shards.first(number).map(|step| of_shards(call, step)),
        };
        self.counted(call, step)
    }

    fn answered(&self, tag: Tag, answer: &Answer) -> Result<Step<Tag, Unit<'a>>> {
        match (tag, &self.sources[tag.call()]) {
            (Tag::Chunk(call, tag), Source::Chunks(chunks)) => {
                self.counted(call, chunks.answered(tag, answer)).map(|step| of_chunks(call, step))
            }
            (Tag::Shard(call, tag), Source::Shards(shards)) => {
                self.counted(call, shards.answered(tag, answer)).map(|step| of_shards(call, step))
            }
            _ => Ok(Step::NOTHING),
        }
    }

    fn failed(&self, tag: Tag) {
        self.failed.fetch_min(tag.call(), Ordering::Relaxed);
    }

    fn load(&self, unit: &Unit<'a>) -> Result<()> {
        match unit {
            Unit::Chunk(call, unit) => match &self.sources[*call] {
                Source::Chunks(chunks) => self.counted(*call, chunks.load(unit)),
                Source::Shards(_) => Ok(()),
            },
            Unit::Shard(call, unit) => match &self.sources[*call] {
                Source::Shards(shards) => self.counted(*call, shards.load(unit)),
                Source::Chunks(_) => Ok(()),
            },
        }
    }

    fn work(&self, units: usize) -> u64 {
        let each = self.sources.iter().map(|source| match source {
            Source::Chunks(chunks) => chunks.work(units),
            Source::Shards(shards) => shards.work(units),
        });
        each.max().unwrap_or_default()
    }
}

impl Tag {
    fn call(self) -> usize {
        match self {
            Self::Chunk(call, _) | Self::Shard(call, _) => call,
        }
    }
}

fn of_chunks<'a>(call: usize, step: Step<read::Tag, read::Unit>) -> Step<Tag, Unit<'a>> {
    step.map(|tag| Tag::Chunk(call, tag), |unit| Unit::Chunk(call, unit))
}

fn of_shards(call: usize, step: Step<shards::Tag, shards::Unit<'_>>) -> Step<Tag, Unit<'_>> {
    step.map(|tag| Tag::Shard(call, tag), |unit| Unit::Shard(call, unit))
}
