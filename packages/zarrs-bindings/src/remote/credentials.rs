//! Requests whose credentials a server refuses before their time.

use std::cell::Cell;
use std::error::Error as StdError;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::Error as StoreError;

use crate::counters;
use crate::remote::error_text::status;
use crate::remote::stop::Stop;

tokio::task_local! {
    /// The number of the credentials that the latest request of a task is signed with.
    static USED: Cell<u64>;
}

/// Notes with which credentials the request of this task is signed.
pub(super) fn note(number: u64) {
    // No request of ours: the client itself may ask.
    USED.try_with(|used| used.set(number)).ok();
}

/// Who can be asked for credentials again.
#[async_trait]
pub(super) trait Renewable: Send + Sync {
    /// Uses the credentials with this number no more.
    async fn refuse(&self, number: u64);
}

/// The credentials of a client; `None` if nobody can be asked for others.
#[derive(Clone, Default)]
pub(super) struct Credentials(pub(super) Option<Arc<dyn Renewable>>);

/// Marks an error of a request that was sent again with new credentials.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct RefusedAgain(#[source] Box<dyn StdError + Send + Sync>);

impl Credentials {
    /// Sends a request, and again with new credentials if the server refuses those that it has.
    /// After a stop nothing is sent again.
    pub(super) async fn send<T, F>(
        &self,
        stop: Option<&Stop>,
        request: impl Fn() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let (number, sent) = self.numbered(request()).await;
        match sent {
            Err(error) if self.are_renewed(number, &error, stop).await => {
                counters::REQUESTS.add(1);
                request().await.map_err(again)
            }
            done => done,
        }
    }

    /// Sends a request; returns the number of the credentials that it had, too.
    pub(super) async fn numbered<T>(&self, request: impl Future<Output = T>) -> (u64, T) {
        if self.0.is_none() {
            return (0, request.await);
        }
        let numbered = async {
            let done = request.await;
            (USED.with(Cell::get), done)
        };
        USED.scope(Cell::new(0), numbered).await
    }

    /// Whether a request is to be sent again: the server refuses its credentials, and the next
    /// request will have others. All that were refused with the same ones have the same others.
    pub(super) async fn are_renewed(
        &self,
        number: u64,
        error: &StoreError,
        stop: Option<&Stop>,
    ) -> bool {
        let Some(renewable) = &self.0 else { return false };
        if !are_refused(error) || stop.is_some_and(|stop| *stop.borrow()) {
            return false;
        }
        renewable.refuse(number).await;
        true
    }
}

/// Marks the error of a request that was sent with new credentials.
pub(super) fn again(error: StoreError) -> StoreError {
    if !are_refused(&error) {
        return error;
    }
    StoreError::Generic { store: "credentials", source: Box::new(RefusedAgain(Box::new(error))) }
}

/// The answers of services to credentials that have ended, or that they do not know any more. A
/// right that is missing has another code.
const CODES: [&str; 7] = [
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "InvalidAccessKeyId",
    "InvalidTokenId",
    "AuthenticationFailed",
    "InvalidAuthenticationInfo",
];

/// Whether a server refuses the credentials themselves.
fn are_refused(error: &StoreError) -> bool {
    let text = error.to_string();
    match status(&text) {
        Some(status) if status.starts_with("401") => true,
        Some(_) => CODES.iter().any(|code| text.contains(&format!("<Code>{code}</Code>"))),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{StoreError, again, are_refused};

    fn error(text: &'static str) -> StoreError {
        let source = format!("Server returned non-2xx status code: {text}");
        StoreError::Generic { store: "S3", source: source.into() }
    }

    /// Catches a provider that is asked after any error, and one that is not asked.
    #[test]
    fn only_credentials_that_are_refused_are_renewed() {
        assert!(are_refused(&error("400 Bad Request: <Error><Code>ExpiredToken</Code></Error>")));
        assert!(are_refused(&error("403 Forbidden: <Code>InvalidAccessKeyId</Code>")));
        assert!(are_refused(&error("401 Unauthorized")));
        assert!(!are_refused(&error("403 Forbidden: <Code>AccessDenied</Code>")));
        assert!(!are_refused(&error("404 Not Found: <Code>NoSuchKey</Code>")));
        let second = again(error("401 Unauthorized"));
        assert!(second.to_string().contains("401") && are_refused(&second));
        assert!(!again(error("403 Forbidden")).to_string().contains("credentials"));
    }
}
