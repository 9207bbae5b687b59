//! Sends the requests of one call, as many at once as the limits allow.

use std::sync::Arc;
use std::task::{Context, Poll};

use object_store::GetRange;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};

use crate::codec::incoming::Incoming;
use crate::errors::{Error, Result};
use crate::remote::client::Client;
use crate::remote::failure::Failure;
use crate::remote::get::{Answer, Get};
use crate::remote::limit::{Room, request};
use crate::remote::parts;
use crate::remote::runtime::runtime;

/// A request and what it is for.
pub(super) struct Ask<T> {
    pub(super) tag: T,
    pub(super) get: Get,
    /// The expected number of bytes.
    pub(super) cost: u64,
}

/// The answer to a request. Its bytes count as held until this is dropped.
pub(super) struct Arrived<T> {
    pub(super) tag: T,
    pub(super) key: String,
    pub(super) answer: Result<Answer, Failure>,
    _room: Option<OwnedSemaphorePermit>,
}

/// The requests of one call. All that are still in flight are aborted when this is dropped.
pub(super) struct Feed<T> {
    asks: UnboundedSender<Ask<T>>,
    arrived: UnboundedReceiver<Arrived<T>>,
    task: JoinHandle<()>,
}

impl<T: Copy + Send + 'static> Feed<T> {
    /// The bytes of requests and answers take room.
    pub(super) fn new(client: &Arc<Client>, room: Room) -> Result<Self> {
        let (asks, asked) = unbounded_channel();
        let (answers, arrived) = unbounded_channel();
        let task = runtime()?.spawn(feed(Arc::clone(client), room, asked, answers));
        Ok(Self { asks, arrived, task })
    }

    pub(super) fn ask(&self, ask: Ask<T>) -> Result<()> {
        self.asks.send(ask).map_err(|_| ended())
    }
}

impl<T: Copy + Ord + Send + 'static> Feed<T> {
    /// All answers that have arrived, at least one, in the order of the plan.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<Arrived<T>>>> {
        let first = match self.arrived.poll_recv(context) {
            Poll::Ready(Some(first)) => first,
            Poll::Ready(None) => return Poll::Ready(Err(ended())),
            Poll::Pending => return Poll::Pending,
        };
        let mut batch = vec![first];
        while let Ok(next) = self.arrived.try_recv() {
            batch.push(next);
        }
        batch.sort_by_key(|arrived| arrived.tag);
        Poll::Ready(Ok(batch))
    }
}

fn ended() -> Error {
    Error::Internal("the network task has ended".into())
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn feed<T: Copy + Send + 'static>(
    client: Arc<Client>,
    room: Room,
    mut asked: UnboundedReceiver<Ask<T>>,
    answers: UnboundedSender<Arrived<T>>,
) {
    let mut requests = JoinSet::new();
    while let Some(ask) = asked.recv().await {
        while requests.try_join_next().is_some() {}
        let held = room.take(ask.cost).await;
        let place = request(&client.queue).await;
        let mut reply = Reply { ask, held, answers: answers.clone(), answer: None };
        let client = Arc::clone(&client);
        requests.spawn(async move {
            let answer = place.run(parts::get(&client, &reply.ask.get)).await;
            reply.set(answer);
        });
    }
    while requests.join_next().await.is_some() {}
}

/// Sends an answer when it is dropped, so that a panic leaves no caller waiting.
struct Reply<T: Copy> {
    ask: Ask<T>,
    held: Option<OwnedSemaphorePermit>,
    answers: UnboundedSender<Arrived<T>>,
    answer: Option<Result<Answer, Failure>>,
}

impl<T: Copy> Reply<T> {
    fn set(&mut self, answer: Result<Answer, Failure>) {
        self.answer = Some(answer);
    }
}

impl<T: Copy> Drop for Reply<T> {
    fn drop(&mut self) {
        let arrived = Arrived {
            tag: self.ask.tag,
            key: std::mem::take(&mut self.ask.get.key),
            answer: self.answer.take().unwrap_or(Err(Failure::Bug("a request failed"))),
            _room: self.held.take(),
        };
        // Fails if the call has ended.
        self.answers.send(arrived).ok();
    }
}

impl<T> Ask<T> {
    /// Requests a whole value.
    pub(super) fn whole(tag: T, key: String, cost: u64, budget: u64) -> Self {
        Self { tag, get: Get::new(key, None, budget, cost), cost }
    }

    /// Requests a range of a value.
    pub(super) fn range(tag: T, key: String, range: GetRange, cost: u64, budget: u64) -> Self {
        let range = Some(range);
        Self { tag, get: Get::new(key, range, budget, cost), cost }
    }

    /// The same, with another tag.
    pub(super) fn tagged<A>(self, tag: impl Fn(T) -> A) -> Ask<A> {
        Ask { tag: tag(self.tag), get: self.get, cost: self.cost }
    }

    /// The same, unless the value still has this version.
    pub(super) fn unless(mut self, tag: &str) -> Self {
        self.get.unless = Some(tag.to_owned());
        self
    }

    /// The same, as one of so many values of a call.
    pub(super) fn among(mut self, values: usize) -> Self {
        self.get.values = values;
        self
    }

    /// The same, whose elements are written while they arrive, if they have a place.
    pub(super) fn writing_to(mut self, place: Option<Incoming>) -> Self {
        self.get.place = place.map(Arc::new);
        self
    }

    /// The same, if the value still has this version.
    pub(super) fn of(mut self, etag: Option<String>) -> Self {
        self.get.etag = etag;
        self
    }
}
