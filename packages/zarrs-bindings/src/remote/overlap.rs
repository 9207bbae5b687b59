//! Decodes values while others arrive.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::errors::Result;
use crate::remote::client::Client;
use crate::remote::feed::{Arrived, Ask, Feed};
use crate::remote::get::Answer;
use crate::remote::limit::{REQUESTS_IN_FLIGHT, Room};
use crate::threads::jobs;
use crate::threads::limits::{Limits, Waits};
use crate::threads::tasks::Stop;
use crate::tuning::SIGNAL_INTERVAL;

/// Number of requests of a call that are prepared, so that none waits for a thread that decodes.
pub(super) const REQUESTS_WAITING: usize = 4 * REQUESTS_IN_FLIGHT;

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
    /// A request had no answer; the error is raised.
    fn failed(&self, _tag: Self::Tag) {}
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

    /// The same step, of whose requests nothing is wanted from values of this version.
    pub(super) fn unless(self, tag: &str) -> Self {
        let asks = self.asks.into_iter().map(|ask| ask.unless(tag)).collect();
        Self { units: self.units, asks }
    }

    /// The same step with other tags and units.
    pub(super) fn map<A, B>(self, tag: impl Fn(T) -> A, unit: impl Fn(U) -> B) -> Step<A, B> {
        let asks = self.asks.into_iter().map(|ask| ask.tagged(&tag)).collect();
        Step { units: self.units.into_iter().map(unit).collect(), asks }
    }
}

/// Sends all requests and loads what arrives. The calling thread is detached.
///
/// Jobs write elements, and each batch of jobs has ended before this returns. Network threads write
/// elements of chunks without codecs, until `requests` is dropped. So nothing is written after an
/// error or an interrupt has left the call, and the requests in flight are aborted.
pub(super) fn run<R: Requests>(
    client: &Arc<Client>,
    requests: &R,
    limits: Limits<'_>,
    bytes: u64,
) -> Result<()> {
    let mut overlap = Overlap::new(client, requests, Room::new(bytes))?;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    while overlap.send(limits)? {
        let batch = loop {
            limits.check_signals()?;
            match overlap.feed.poll(&mut context) {
                Poll::Ready(batch) => break batch?,
                Poll::Pending => thread::park_timeout(SIGNAL_INTERVAL),
            }
        };
        overlap.load(&batch, limits)?;
    }
    Ok(())
}

/// The same, but no thread waits. The future must be polled on a thread that may decode; while it
/// is not polled, only network threads write.
pub(super) async fn run_awaited<R: Requests>(
    client: &Arc<Client>,
    requests: &R,
    room: Room,
    (threads, stop): (Option<usize>, &Stop),
) -> Result<()> {
    let mut overlap = Overlap::new(client, requests, room)?;
    let check = || stop.check();
    while overlap.send(Limits { threads, waits: Waits::Never, interrupted: &check })? {
        let batch = poll_fn(|context| overlap.feed.poll(context)).await?;
        overlap.load(&batch, Limits { threads, waits: Waits::Never, interrupted: &check })?;
    }
    Ok(())
}

/// Wakes a thread that waits for answers.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A call whose requests are under way.
struct Overlap<'a, R: Requests> {
    requests: &'a R,
    feed: Feed<R::Tag>,
    /// Number of the next of the first requests.
    next: usize,
    /// Number of the answers that are not yet here.
    waiting: usize,
}

impl<'a, R: Requests> Overlap<'a, R> {
    fn new(client: &Arc<Client>, requests: &'a R, room: Room) -> Result<Self> {
        Ok(Self { requests, feed: Feed::new(client, room)?, next: 0, waiting: 0 })
    }

    /// Prepares requests up to the limit, and loads what needs none while they are in flight. Returns
    /// whether any answer is waited for.
    fn send(&mut self, limits: Limits<'_>) -> Result<bool> {
        while self.waiting < REQUESTS_WAITING && self.next < self.requests.len() {
            let (mut steps, mut begun) = (Vec::new(), self.waiting);
            while begun < REQUESTS_WAITING && self.next < self.requests.len() {
                let step = self.requests.first(self.next)?;
                begun += step.asks.len().max(1);
                self.next += 1;
                steps.push(step);
            }
            self.follow(steps, limits)?;
        }
        Ok(self.waiting > 0)
    }

    /// Loads what has arrived, and prepares the requests that follow from it.
    fn load(&mut self, batch: &[Arrived<R::Tag>], limits: Limits<'_>) -> Result<()> {
        let requests = self.requests;
        self.waiting -= batch.len();
        let work = requests.work(batch.len());
        let steps = jobs::collect(batch.len(), work, limits, |number| {
            let arrived = &batch[number];
            let answer = arrived.answer.as_ref().map_err(|failure| {
                requests.failed(arrived.tag);
                failure.at(&arrived.key)
            })?;
            requests.answered(arrived.tag, answer)
        })?;
        self.follow(steps, limits)
    }

    /// Sends the requests of some steps and loads their units.
    fn follow(&mut self, steps: Vec<Step<R::Tag, R::Unit>>, limits: Limits<'_>) -> Result<()> {
        let mut units = Vec::new();
        for step in steps {
            for ask in step.asks {
                self.feed.ask(ask)?;
                self.waiting += 1;
            }
            units.extend(step.units);
        }
        let work = self.requests.work(units.len());
        jobs::run(units.len(), work, limits, |number| self.requests.load(&units[number]))
    }
}
