//! Several calls of one client: their requests are in flight together, and share its limits.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::call::Flat;
use crate::errors::Result;
use crate::remote::chunks::{self, Chunks};
use crate::remote::get::Answer;
use crate::remote::overlap::{Requests, Step};
use crate::remote::shards::{self, Shards};

/// The calls, and a number for each of the requests that they begin with.
pub(super) struct Together<'a> {
    /// Calls on chunks that are no shards, each with its number; their requests come first.
    chunks: Vec<(usize, Chunks<'a>)>,
    shards: Vec<(usize, Shards<'a>)>,
    requests: Flat,
    /// The lowest number of a call that failed.
    pub(super) failed: AtomicUsize,
}

/// What a request is for, and the place of its call among those of its kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    Chunk(usize, chunks::Tag),
    Shard(usize, shards::Tag),
}

/// What one call can load.
pub(super) enum Unit<'a> {
    Chunk(usize, chunks::Unit),
    Shard(usize, shards::Unit<'a>),
}

impl<'a> Together<'a> {
    pub(super) fn new(chunks: Vec<(usize, Chunks<'a>)>, shards: Vec<(usize, Shards<'a>)>) -> Self {
        let lengths = chunks.iter().map(|(_, chunks)| chunks.len());
        let requests = Flat::new(lengths.chain(shards.iter().map(|(_, shards)| shards.len())));
        Self { chunks, shards, requests, failed: AtomicUsize::new(usize::MAX) }
    }

    fn counted<T>(&self, number: usize, done: Result<T>) -> Result<T> {
        done.inspect_err(|_| {
            self.failed.fetch_min(number, Ordering::Relaxed);
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
        let (place, request) = self.requests.find(number);
        if let Some((number, chunks)) = self.chunks.get(place) {
            return self.counted(*number, chunks.first(request)).map(|step| of_chunks(place, step));
        }
        let place = place - self.chunks.len();
        let (number, shards) = &self.shards[place];
        self.counted(*number, shards.first(request)).map(|step| of_shards(place, step))
    }

    fn answered(&self, tag: Tag, answer: &Answer) -> Result<Step<Tag, Unit<'a>>> {
        match tag {
            Tag::Chunk(place, tag) => {
                let (number, chunks) = &self.chunks[place];
                let step = self.counted(*number, chunks.answered(tag, answer))?;
                Ok(of_chunks(place, step))
            }
            Tag::Shard(place, tag) => {
                let (number, shards) = &self.shards[place];
                let step = self.counted(*number, shards.answered(tag, answer))?;
                Ok(of_shards(place, step))
            }
        }
    }

    fn failed(&self, tag: Tag) {
        let number = match tag {
            Tag::Chunk(place, _) => self.chunks[place].0,
            Tag::Shard(place, _) => self.shards[place].0,
        };
        self.failed.fetch_min(number, Ordering::Relaxed);
    }

    fn load(&self, unit: &Unit<'a>) -> Result<()> {
        match unit {
            Unit::Chunk(place, unit) => {
                let (number, chunks) = &self.chunks[*place];
                self.counted(*number, chunks.load(unit))
            }
            Unit::Shard(place, unit) => {
                let (number, shards) = &self.shards[*place];
                self.counted(*number, shards.load(unit))
            }
        }
    }

    fn work(&self, units: usize) -> u64 {
        let chunks = self.chunks.iter().map(|(_, chunks)| chunks.work(units));
        let shards = self.shards.iter().map(|(_, shards)| shards.work(units));
        chunks.chain(shards).max().unwrap_or_default()
    }
}

fn of_chunks<'a>(place: usize, step: Step<chunks::Tag, chunks::Unit>) -> Step<Tag, Unit<'a>> {
    step.map(|tag| Tag::Chunk(place, tag), |unit| Unit::Chunk(place, unit))
}

fn of_shards(place: usize, step: Step<shards::Tag, shards::Unit<'_>>) -> Step<Tag, Unit<'_>> {
    step.map(|tag| Tag::Shard(place, tag), |unit| Unit::Shard(place, unit))
}
