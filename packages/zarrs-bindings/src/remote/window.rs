//! Sends fewer requests at once to a server that refuses some.
//!
//! A request that is refused is sent again by the client, after a pause. Where many requests are in
//! flight, new ones take the free places meanwhile, and an old one may be refused until it fails.

#![expect(clippy::cast_precision_loss, reason = "no limit has more than 52 bits")]

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use object_store::client::{HttpError, HttpResponse, HttpResponseBody};
use reqwest::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::remote::limit;
use crate::remote::stop::Sending;

/// As good as no limit.
const UNLIMITED: usize = 1 << 20;

/// The lowest limit. A refusal of so few requests has other reasons than their number.
const LOWEST: usize = 4;

/// By which part a limit grows while all requests that it allows are answered.
const GROWTH: f64 = 1.0 / 16.0;

/// How long after the last refusal a limit is doubled, and again.
const LASTS: Duration = Duration::from_mins(1);

/// The limit that ends then.
const HIGHEST: f64 = 1024.0;

/// How many requests of a client may be in flight: halved when the server refuses one, and raised
/// bit by bit when it answers.
pub(super) struct Window {
    permits: Arc<Semaphore>,
    /// Of this process, like its client, so no child inherits it locked.
    state: Mutex<State>,
}

struct State {
    limit: f64,
    /// Number of permits that exist, or will when those above it have been given back.
    permits: usize,
    /// Number of permits to take away when they are given back.
    above: usize,
    /// Number of times that the limit was lowered.
    lowered: u64,
    /// When the latest request was refused, or the limit doubled; `None` without a limit.
    last: Option<Instant>,
}

/// A request that is in flight until this is dropped.
pub(super) struct Turn {
    window: Arc<Window>,
    permit: Option<OwnedSemaphorePermit>,
    /// How often the limit had been lowered when the request was sent.
    lowered: u64,
    /// The permit of the process.
    _process: Option<OwnedSemaphorePermit>,
}

impl Window {
    pub(super) fn new() -> Arc<Self> {
        let state =
            State { limit: UNLIMITED as f64, permits: UNLIMITED, above: 0, lowered: 0, last: None };
        Arc::new(Self { permits: Arc::new(Semaphore::new(UNLIMITED)), state: Mutex::new(state) })
    }

    /// Waits until another request may be sent, in the order of those that wait. The permits of the
    /// process are given back meanwhile: others may have a server that answers.
    pub(super) async fn turn(self: &Arc<Self>) -> Turn {
        let permits = || Arc::clone(&self.permits);
        let permit = if let Ok(permit) = permits().try_acquire_owned() {
            Some(permit)
        } else {
            limit::give_back();
            permits().acquire_owned().await.ok()
        };
        // Nobody waits for a turn who has a permit, so whoever has a turn gets a permit.
        let process = limit::permit().await;
        let mut state = self.state();
        let ago = state.last.map(|last| last.elapsed().as_secs() / LASTS.as_secs());
        if let Some(times @ 1..) = ago {
            let limit = state.limit * 2.0_f64.powi(times.min(10) as i32);
            let ends = limit >= HIGHEST;
            state.last = Some(Instant::now()).filter(|_| !ends);
            self.allow(&mut state, if ends { UNLIMITED as f64 } else { limit });
        }
        let lowered = state.lowered;
        drop(state);
        Turn { window: Arc::clone(self), permit, lowered, _process: process }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allow(&self, state: &mut State, limit: f64) {
        state.limit = limit.min(UNLIMITED as f64);
        let permits = state.limit as usize;
        if permits > state.permits {
            let more = permits - state.permits;
            let kept = more.min(state.above);
            state.above -= kept;
            self.permits.add_permits(more - kept);
        } else {
            let fewer = state.permits - permits;
            state.above += fewer - self.permits.forget_permits(fewer);
        }
        state.permits = permits;
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Window").finish_non_exhaustive()
    }
}

impl Turn {
    /// Learns from the status of the answer.
    pub(super) fn answered(&self, status: StatusCode) {
        let window = &self.window;
        let mut state = window.state();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            state.last = Some(Instant::now());
            // All that were sent before are refused for the same reason.
            if self.lowered == state.lowered {
                state.lowered += 1;
                let in_flight = state.permits + state.above - window.permits.available_permits();
                let half = (in_flight.min(state.permits) / 2).max(LOWEST.min(state.permits));
                window.allow(&mut state, half as f64);
            }
        } else if state.last.is_some() && window.permits.available_permits() == 0 {
            let limit = state.limit + (1.0 / state.limit).max(GROWTH);
            window.allow(&mut state, limit);
        }
    }

    /// The answer, of which the request is in flight until its body has ended. The client keeps an
    /// answer that refuses a request during its pause, so only a success keeps others waiting, and
    /// only an end is waited for after a stop.
    pub(super) fn with(self, answer: HttpResponse, sending: Option<Sending>) -> HttpResponse {
        let (head, body) = answer.into_parts();
        let turn = Some(self).filter(|_| head.status.is_success());
        let sending = sending.filter(|_| !is_sent_again(head.status));
        HttpResponse::from_parts(head, HttpResponseBody::new(Held { body, turn, sending }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.window.state();
        if state.above > 0
            && let Some(permit) = self.permit.take()
        {
            state.above -= 1;
            permit.forget();
        }
    }
}

/// Whether the client sends a request again after such an answer.
fn is_sent_again(status: StatusCode) -> bool {
    use StatusCode as S;
    let others = [S::TOO_MANY_REQUESTS, S::REQUEST_TIMEOUT, S::CONFLICT];
    status.is_server_error() || others.contains(&status)
}

/// A body whose request is in flight until it ends.
struct Held {
    body: HttpResponseBody,
    turn: Option<Turn>,
    sending: Option<Sending>,
}

impl Body for Held {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        // After an error the rest is requested before this body is dropped.
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.turn = None;
            self.sending = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, HttpResponse, LASTS, LOWEST, UNLIMITED, Window};
    use crate::remote::runtime::runtime;
    use reqwest::StatusCode;
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_millis(20);
    const BUSY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

    async fn turns(window: &Arc<Window>, most: usize) -> Vec<super::Turn> {
        let mut turns = Vec::new();
        while turns.len() < most {
            match timeout(SOON, window.turn()).await {
                Ok(turn) => turns.push(turn),
                Err(_) => break,
            }
        }
        turns
    }

    /// Catches a limit that is not lowered, is lowered for each request that was sent before, falls to
    /// nothing, or is never raised again.
    #[test]
    fn a_refusal_halves_the_requests_in_flight() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let window = Window::new();
            let sent = turns(&window, 40).await;
            assert_eq!(sent.len(), 40);
            sent[0].answered(StatusCode::OK);
            for turn in &sent {
                turn.answered(BUSY);
            }
            assert_eq!(turns(&window, 1).await.len(), 0);
            drop(sent);
            let sent = turns(&window, 99).await;
            assert_eq!(sent.len(), 20);
            for _ in 0..20 {
                sent[0].answered(StatusCode::OK);
            }
            // One more for each that is allowed, or a sixteenth of them.
            assert_eq!(turns(&window, 99).await.len(), 1);
            sent[1].answered(StatusCode::TOO_MANY_REQUESTS);
            drop(sent);
            let sent = turns(&window, 99).await;
            assert_eq!(sent.len(), 10);
            drop(sent);
            for _ in 0..9 {
                turns(&window, 1).await[0].answered(BUSY);
            }
            assert_eq!(turns(&window, 99).await.len(), LOWEST);
        });
    }

    /// Catches a limit that stays although the server has long been idle, or ends at once, and lost
    /// permits.
    #[test]
    fn a_limit_is_doubled_each_minute_until_it_ends() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let window = Window::new();
            let sent = turns(&window, 9).await;
            sent[0].answered(BUSY);
            assert_eq!(turns(&window, 9).await.len(), 0);
            drop(sent);
            assert_eq!(turns(&window, 99).await.len(), 4);
            for (minutes, limit) in [(1, 8), (2, 32), (0, 32)] {
                window.state().last = Instant::now().checked_sub(minutes * LASTS);
                // The first one that has its turn notices it.
                drop(turns(&window, 1).await);
                assert_eq!(turns(&window, 99).await.len(), limit);
            }
            window.state().last = Instant::now().checked_sub(5 * LASTS);
            drop(turns(&window, 1).await);
            assert_eq!(window.permits.available_permits(), UNLIMITED);
            assert!(window.state().last.is_none());
        });
    }

    /// Catches a request that takes a place during the pause after its refusal, and one that gives its
    /// place away before its body has arrived.
    #[test]
    fn a_refusal_ends_a_turn_and_a_success_keeps_it() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        runtime.block_on(async {
            let window = Window::new();
            let sent = turns(&window, 9).await;
            sent[0].answered(BUSY);
            drop(sent);
            for (status, free) in [(StatusCode::OK, 3), (BUSY, 4), (StatusCode::NOT_FOUND, 4)] {
                let mut answer = HttpResponse::new(Bytes::from_static(b"body").into());
                *answer.status_mut() = status;
                let turn = window.turn().await;
                let answer = turn.with(answer, None);
                assert_eq!(turns(&window, 9).await.len(), free, "{status}");
                assert!(answer.into_body().bytes().await.is_ok_and(|body| *body == *b"body"));
                assert_eq!(turns(&window, 9).await.len(), 4, "{status}");
            }
        });
    }
}
