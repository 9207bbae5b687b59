//! Decodes values of a Python store while others arrive.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use crate::bridge::feed::{Answer, Arrived, Ask, Feed};
use crate::bridge::store::{Parts, Request, Use};
use crate::call::Flat;
use crate::counters;
use crate::errors::{Error, Result};
use crate::memory::borrowed::Borrowed;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::{BATCH_BYTES, BATCH_KEYS};

/// The most bytes, and jobs, that are requested, or received and not decoded: while one batch is
/// decoded, another one arrives.
const HELD_BYTES: u64 = 2 * BATCH_BYTES;
const HELD_JOBS: usize = 2 * BATCH_KEYS;

/// What a call requests, and what it does with the answers.
pub(super) trait Reads: Sync {
    /// What is known of a job while it lasts.
    type State: Send + Sync;

    fn len(&self) -> usize;
    /// The key of the value that a job reads.
    fn name(&self, job: usize) -> String;
    fn limits(&self) -> Limits<'static>;
    /// How the answers to the first requests of a job are used.
    fn purpose(&self) -> Use;
    /// The state of a job, its first requests, and approximately the bytes that it will hold.
    fn begin(&self, job: usize) -> Result<(Self::State, Vec<Request>, u64)>;
    /// What to do when all requests have been answered.
    fn next(&self, state: &mut Self::State, answers: Parts) -> Result<Step>;
    fn load(&self, state: &Self::State, unit: usize) -> Result<()>;
    /// The cost of loading some units, in bytes that one could decode instead.
    fn work(&self, units: usize) -> u64;
}

pub(super) enum Step {
    Ask(Vec<Request>, Use),
    /// Load so many units; the job then ends.
    Load(usize),
}

/// Sends all requests and loads what arrives. Returns the error of the first job that has one.
///
/// Only the jobs of the pool write elements, and they have ended when this returns.
pub(super) fn run<R: Reads>(py: Python<'_>, feed: &Feed<'_>, reads: &R) -> Result<()> {
    let mut flow = Flow::new(reads);
    loop {
        let asks = py.detach(|| flow.begin());
        flow.send(feed, asks)?;
        if flow.in_flight == 0 {
            return flow.outcome();
        }
        let arrived = feed.take()?;
        let (further, complete) = py.detach(|| flow.take(arrived));
        flow.send(feed, further)?;
        py.detach(|| flow.load(&complete))?;
    }
}

struct Open<S> {
    state: S,
    purpose: Use,
    held: u64,
    answers: Vec<Option<Result<Answer>>>,
    missing: usize,
}

impl<S> Open<S> {
    fn ask(&mut self, job: usize, requests: Vec<Request>, purpose: Use) -> Vec<Ask> {
        self.purpose = purpose;
        self.missing = requests.len();
        self.answers = requests.iter().map(|_| None).collect();
        requests.into_iter().enumerate().map(|(at, request)| (job, at, request)).collect()
    }

    /// The answers, or the first error among them.
    fn parts(&mut self) -> Result<Parts> {
        let mut parts = Parts { values: Vec::new(), tags: Vec::new() };
        for answer in std::mem::take(&mut self.answers).into_iter().flatten() {
            let Answer { value, tag } = answer?;
            let bytes = value.as_ref().map_or(0, |value| value.bytes().len());
            counters::BYTES_READ.add(bytes as u64);
            parts.values.push(match self.purpose {
                Use::Decoded => value.map(Borrowed::steady).transpose()?,
                Use::Moved => value,
            });
            parts.tags.push(tag);
        }
        Ok(parts)
    }
}

/// The jobs that are under way.
struct Flow<'a, R: Reads> {
    reads: &'a R,
    next: usize,
    open: BTreeMap<usize, Open<R::State>>,
    held: u64,
    in_flight: usize,
    /// The first job that failed. No later one goes on.
    failed: Option<(usize, Error)>,
    /// Whether the feed knows of it.
    is_told: bool,
}

/// Jobs to load, with the number of their units.
type Ready<S> = Vec<(usize, Open<S>, usize)>;

impl<'a, R: Reads> Flow<'a, R> {
    fn new(reads: &'a R) -> Self {
        let open = BTreeMap::new();
        Self { reads, next: 0, open, held: 0, in_flight: 0, failed: None, is_told: false }
    }

    fn end(&self) -> usize {
        self.failed.as_ref().map_or(self.reads.len(), |(job, _)| *job)
    }

    fn fail(&mut self, job: usize, error: Error) {
        if job < self.end() {
            self.failed = Some((job, error));
            self.is_told = false;
            let later = self.open.split_off(&job);
            self.held -= later.values().map(|open| open.held).sum::<u64>();
        }
    }

    fn outcome(self) -> Result<()> {
        match self.failed {
            Some((_, error)) => Err(error),
            None if self.open.is_empty() => Ok(()),
            None => Err(Error::Internal("the store left requests without an answer".into())),
        }
    }

    /// Begins as many jobs as there is room for.
    fn begin(&mut self) -> Vec<Ask> {
        let mut asks = Vec::new();
        while self.next < self.end() && self.open.len() < HELD_JOBS && self.held < HELD_BYTES {
            let job = self.next;
            match self.reads.begin(job) {
                Err(error) => self.fail(job, error),
                Ok((state, requests, held)) => {
                    let (answers, purpose) = (Vec::new(), self.reads.purpose());
                    let mut open = Open { state, purpose, held, answers, missing: 0 };
                    asks.extend(open.ask(job, requests, purpose));
                    self.open.insert(job, open);
                    self.held = self.held.saturating_add(held);
                }
            }
            self.next += 1;
        }
        asks
    }

    fn send(&mut self, feed: &Feed<'_>, asks: Vec<Ask>) -> Result<()> {
        if let (Some((job, _)), false) = (&self.failed, self.is_told) {
            feed.stop_after(*job)?;
            self.is_told = true;
        }
        self.in_flight += asks.len();
        feed.ask(asks)
    }

    /// Takes answers. Returns what to request next, and the jobs to load.
    fn take(&mut self, arrived: Vec<Arrived>) -> (Vec<Ask>, Ready<R::State>) {
        self.in_flight = self.in_flight.saturating_sub(arrived.len());
        let mut complete = Vec::new();
        for Arrived { job, number, answer } in arrived {
            if let Some(open) = self.open.get_mut(&job)
                && let Some(place @ None) = open.answers.get_mut(number)
            {
                *place = Some(answer);
                open.missing -= 1;
                if open.missing == 0 {
                    complete.push(job);
                }
            }
        }
        complete.sort_unstable();
        let (mut asks, mut ready) = (Vec::new(), Vec::new());
        for job in complete {
            let Some(open) = self.open.get_mut(&job) else { continue };
            match open.parts().and_then(|parts| self.reads.next(&mut open.state, parts)) {
                Err(error) => self.fail(job, error.at(|| self.reads.name(job))),
                Ok(Step::Ask(requests, purpose)) => asks.extend(open.ask(job, requests, purpose)),
                Ok(Step::Load(units)) => {
                    ready.extend(self.open.remove(&job).map(|open| (job, open, units)));
                }
            }
        }
        (asks, ready)
    }

    fn load(&mut self, ready: &Ready<R::State>) -> Result<()> {
        let flat = Flat::new(ready.iter().map(|(.., units)| *units));
        let failed: Mutex<BTreeMap<usize, Error>> = Mutex::default();
        let (work, limits) = (self.reads.work(flat.len()), self.reads.limits());
        jobs::run(flat.len(), work, limits, |number| {
            let (group, unit) = flat.find(number);
            if let Err(error) = self.reads.load(&ready[group].1.state, unit) {
                failed.lock().unwrap_or_else(PoisonError::into_inner).insert(number, error);
            }
            Ok(())
        })?;
        self.held -= ready.iter().map(|(_, open, _)| open.held).sum::<u64>();
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, error)) = failed.into_iter().next() {
            self.fail(ready[flat.find(number).0].0, error);
        }
        Ok(())
    }
}
