//! Sends the requests of one write, and waits for those that change what is stored.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::errors::{Error, Result};
use crate::remote::client::Client;
use crate::remote::delete::delete;
use crate::remote::failure::{Deed, Failure};
use crate::remote::get::{Answer, Get};
use crate::remote::limit::{Place, request};
use crate::remote::multipart;
use crate::remote::parts;
use crate::remote::put::{Outcome, Put, may_be_made, put_again};
use crate::remote::runtime::runtime;
use crate::remote::stop::{Stop, unless, until_answered};
use crate::tuning::SIGNAL_INTERVAL;

/// How long a call that ends early waits for the changes that it has sent: as long as a server may
/// send nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How long it waits for tasks that it has aborted.
const ABORTED: Duration = Duration::from_secs(2);

/// A request of some jobs.
pub(super) enum Request {
    /// A value, and the most bytes that may be stored instead.
    Get(Get, u64),
    /// A value, and how often there was a conflict before.
    Put(Put, u32),
    Delete(Vec<String>),
}

pub(super) enum Reply {
    Found(Answer),
    Put(Outcome),
    Deleted,
}

/// What a server answered to a request of some jobs.
pub(super) struct Replied {
    pub(super) jobs: Vec<usize>,
    reply: Result<Reply, (Deed, String, Failure)>,
}

impl Replied {
    /// The answer, or the error of the call.
    pub(super) fn reply(self) -> Result<Reply> {
        self.reply.map_err(|(deed, key, failure)| failure.of(deed, &key))
    }
}

type Asked = (Vec<usize>, Request);

/// Sends requests, from any thread.
#[derive(Clone)]
pub(super) struct Asks(UnboundedSender<Asked>);

impl Asks {
    pub(super) fn send(&self, jobs: Vec<usize>, request: Request) -> Result<()> {
        self.0.send((jobs, request)).map_err(|_| ended())
    }
}

/// The requests of one write.
pub(super) struct Changes {
    pub(super) asks: Asks,
    replies: Receiver<Replied>,
    stop: watch::Sender<bool>,
    changing: Arc<Changing>,
    task: JoinHandle<()>,
}

/// The keys of the changes that are in flight, and of those whose end stays unknown.
#[derive(Default)]
struct Changing(Mutex<BTreeSet<String>>);

impl Changing {
    fn keys(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    pub(super) fn new(client: &Arc<Client>) -> Result<Self> {
        let (asks, asked) = unbounded_channel();
        let (replies, arrived) = channel();
        let (stop, stopped) = watch::channel(false);
        let changing = Arc::new(Changing::default());
        let sender = Sends {
            client: Arc::clone(client),
            replies,
            stop: stopped,
            changing: Arc::clone(&changing),
        };
        let task = runtime()?.spawn(feed(sender, asked));
        Ok(Self { asks: Asks(asks), replies: arrived, stop, changing, task })
    }

    /// All answers that have arrived; waits so long for the first one.
    pub(super) fn receive(&self, longest: Option<Duration>) -> Result<Vec<Replied>> {
        let mut replied = Vec::new();
        if let Some(longest) = longest {
            match self.replies.recv_timeout(longest) {
                Ok(first) => replied.push(first),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
        replied.extend(self.replies.try_iter());
        Ok(replied)
    }

    /// Begins nothing more, and waits for the changes in flight. If `check` fails, or the server
    /// takes longer than `patience`, they are aborted. Returns the keys whose values are unknown, and
    /// the error of `check`.
    pub(super) fn finish(
        &self,
        patience: Duration,
        check: impl Fn() -> Result<()>,
    ) -> (BTreeSet<String>, Option<Error>) {
        self.stop.send_replace(true);
        let last = Instant::now() + patience;
        let mut error = None;
        while self.is_busy(SIGNAL_INTERVAL) {
            error = check().err();
            if error.is_some() || Instant::now() > last {
                self.task.abort();
                let last = Instant::now() + ABORTED;
                while self.is_busy(SIGNAL_INTERVAL) && Instant::now() < last {}
                break;
            }
        }
        (self.changing.keys().clone(), error)
    }

    /// Whether a task of this call is still running after some time.
    fn is_busy(&self, time: Duration) -> bool {
        let last = Instant::now() + time;
        loop {
            match self.replies.recv_timeout(last.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the tasks of a call share.
#[derive(Clone)]
struct Sends {
    client: Arc<Client>,
    replies: Sender<Replied>,
    stop: Stop,
    changing: Arc<Changing>,
}

async fn feed(sends: Sends, mut asked: UnboundedReceiver<Asked>) {
    let mut tasks = JoinSet::new();
    while let Some(Some((jobs, asked))) = unless(&sends.stop, asked.recv()).await {
        while tasks.try_join_next().is_some() {}
        let queue = &sends.client.queue;
        let Some(mut place) = unless(&sends.stop, request(queue)).await else { break };
        let task = Task::new(sends.clone(), jobs, &asked);
        // Each part of a large value is a request of its own.
        if multipart::is_large(&sends.client, &asked) {
            place = Place::default();
        }
        tasks.spawn(async move {
            let mut task = task;
            let is_sent = Box::pin(place.run(task.run(asked))).await;
            task.is_unknown = is_sent
                && match &task.reply {
                    Some(Err((_, _, failure))) => may_be_made(failure),
                    reply => reply.is_none(),
                };
        });
    }
    drop(asked);
    while tasks.join_next().await.is_some() {}
}

/// A request in flight. It replies when it is dropped, so that a panic leaves no caller waiting.
struct Task {
    sends: Sends,
    jobs: Vec<usize>,
    keys: Vec<String>,
    /// Whether its keys may have the old or the new values.
    is_unknown: bool,
    reply: Option<Result<Reply, (Deed, String, Failure)>>,
}

impl Task {
    fn new(sends: Sends, jobs: Vec<usize>, request: &Request) -> Self {
        let keys = match request {
            Request::Get(..) => Vec::new(),
            Request::Put(put, _) => vec![put.key.clone()],
            Request::Delete(keys) => keys.clone(),
        };
        sends.changing.keys().extend(keys.iter().cloned());
        Self { sends, jobs, keys, is_unknown: true, reply: None }
    }

    /// Sends the request, and keeps the reply unless the call ends early. Returns whether any change
    /// was sent.
    async fn run(&mut self, request: Request) -> bool {
        let Sends { client, stop, .. } = &self.sends;
        let (reply, is_sent) = match request {
            Request::Get(mut wanted, most) => {
                let budget = wanted.budget;
                wanted.budget = budget.min(most);
                let found = unless(stop, parts::get(client, &wanted)).await;
                let found = found.map(|found| {
                    found.map_err(|failure| match failure {
                        Failure::TooLarge { bytes, budget: limit }
                            if limit == most && most < budget =>
                        {
                            Failure::TooLong { bytes, most, is_stored: true }
                        }
                        failure => failure,
                    })
                });
                let failed = |failure| (Deed::Read, wanted.key, failure);
                (found.map(|found| found.map(Reply::Found).map_err(failed)), false)
            }
            Request::Put(new, conflicts) => {
                let (stored, is_sent) = if multipart::is_large_value(client, &new) {
                    let stored = multipart::put(client, &new, stop).await;
                    let has_ended = stored.is_some();
                    (stored, has_ended)
                } else {
                    until_answered(stop, put_again(client, &new, conflicts, stop)).await
                };
                let failed = |failure| (Deed::Write, new.key, failure);
                (stored.map(|stored| stored.map(Reply::Put).map_err(failed)), is_sent)
            }
            Request::Delete(keys) => {
                let (deleted, is_sent) = until_answered(stop, delete(client, &keys, stop)).await;
                let failed = |(key, failure)| (Deed::Delete, key, failure);
                let deleted = deleted.map(|deleted| deleted.map(|()| Reply::Deleted));
                (deleted.map(|deleted| deleted.map_err(failed)), is_sent)
            }
        };
        self.reply = reply;
        is_sent
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.is_unknown {
            let mut changing = self.sends.changing.keys();
            for key in &self.keys {
                changing.remove(key);
            }
        }
        let bug = || (Deed::Write, String::new(), Failure::Bug("a request failed"));
        let reply = self.reply.take().unwrap_or_else(|| Err(bug()));
        // Fails if the call has ended.
        self.sends.replies.send(Replied { jobs: std::mem::take(&mut self.jobs), reply }).ok();
    }
}

fn ended() -> Error {
    Error::Internal("the network task has ended".into())
}

#[cfg(test)]
mod tests;
