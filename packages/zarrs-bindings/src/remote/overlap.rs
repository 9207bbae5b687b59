//! Decodes values while others arrive.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;

use crate::errors::{Error, Result};
use crate::remote::client::Client;
use crate::remote::feed::{Arrived, Ask, Feed};
use crate::remote::get::Answer;
use crate::remote::limit::REQUESTS_IN_FLIGHT;
use crate::threads::jobs;
use crate::threads::limits::Limits;
use crate::tuning::SIGNAL_INTERVAL;

/// Number of requests of a call that are prepared, so that none waits for a thread that decodes.
const REQUESTS_WAITING: usize = 4 * REQUESTS_IN_FLIGHT;

/// What a call requests, and what it does with the answers.
pub(super) trait Requests: Sync {
    /// What a request is for.
    type Tag: Copy + Ord + Send + Sync + 'static;
    /// Stored bytes that can be loaded independently of others.
    type Unit: Send + Sync;

    /// Number of the requests that a call begins with.
    fn len(&self) -> usize;
    /// What to request first, and what to load without a request.
    fn first(&self, number: usize) -> Result<Step<Self::Tag, Self::Unit>>;
    /// What to load now, and what to request next.
    fn answered(&self, tag: Self::Tag, answer: &Answer) -> Result<Step<Self::Tag, Self::Unit>>;
    fn load(&self, unit: &Self::Unit) -> Result<()>;
    /// The cost of loading some units, in bytes that one could decode instead.
    fn work(&self, units: usize) -> u64;
}

pub(super) struct Step<T, U> {
    pub(super) units: Vec<U>,
    pub(super) asks: Vec<Ask<T>>,
}

impl<T, U> Step<T, U> {
    pub(super) const NOTHING: Self = Self { units: Vec::new(), asks: Vec::new() };

    pub(super) fn ask(ask: Ask<T>) -> Self {
        Self { units: Vec::new(), asks: vec![ask] }
    }
}

/// Sends all requests and loads what arrives. The calling thread is detached.
///
/// Only jobs write elements, and each batch of jobs has ended before this returns: so nothing is
/// written after an error or an interrupt, and the requests in flight are aborted.
pub(super) fn run<R: Requests>(
    client: &Arc<Client>,
    requests: &R,
    limits: Limits<'_>,
    bytes: u64,
) -> Result<()> {
    let feed = Feed::new(client, bytes)?;
    let (mut next, mut waiting) = (0, 0);
    while next < requests.len() || waiting > 0 {
        let mut steps = Vec::new();
        let mut begun = waiting;
        while begun < REQUESTS_WAITING && next < requests.len() {
            let step = requests.first(next)?;
            begun += step.asks.len().max(1);
            next += 1;
            steps.push(step);
        }
        // What is known without a request is loaded while the first requests are in flight.
        waiting += follow(&feed, requests, limits, steps)?;
        if waiting == 0 {
            continue;
        }
        let batch = receive(&feed, limits)?;
        waiting -= batch.len();
        let work = requests.work(batch.len());
        let steps = jobs::collect(batch.len(), work, limits, |number| {
            let arrived = &batch[number];
            let answer = arrived.answer.as_ref().map_err(|failure| failure.at(&arrived.key))?;
            requests.answered(arrived.tag, answer)
        })?;
        waiting += follow(&feed, requests, limits, steps)?;
    }
    Ok(())
}

/// Sends the requests of some steps and loads their units. Returns the number of requests.
fn follow<R: Requests>(
    feed: &Feed<R::Tag>,
    requests: &R,
    limits: Limits<'_>,
    steps: Vec<Step<R::Tag, R::Unit>>,
) -> Result<usize> {
    let (mut units, mut sent) = (Vec::new(), 0);
    for step in steps {
        for ask in step.asks {
            feed.ask(ask)?;
            sent += 1;
        }
        units.extend(step.units);
    }
    let work = requests.work(units.len());
    jobs::run(units.len(), work, limits, |number| requests.load(&units[number]))?;
    Ok(sent)
}

/// Waits for an answer, and takes all that have arrived, in the order of the plan.
fn receive<T: Copy + Ord + Send + 'static>(
    feed: &Feed<T>,
    limits: Limits<'_>,
) -> Result<Vec<Arrived<T>>> {
    loop {
        limits.check_signals()?;
        match feed.arrived.recv_timeout(SIGNAL_INTERVAL) {
            Ok(first) => {
                let mut batch = vec![first];
                batch.extend(feed.arrived.try_iter());
                batch.sort_by_key(|arrived| arrived.tag);
                return Ok(batch);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Internal("the network task has ended".into()));
            }
        }
    }
}
