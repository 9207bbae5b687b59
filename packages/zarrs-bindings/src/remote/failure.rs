//! Why a request failed, in the user's words and without secrets.

use std::error::Error as StdError;
use std::sync::Arc;

use object_store::Error as StoreError;
use object_store::client::HttpError;
use pyo3::prelude::*;

use crate::errors::Error;
use crate::remote::credentials::RefusedAgain;

/// A failed request. It becomes an exception on the calling thread.
#[derive(Debug)]
pub(super) enum Failure {
    /// The class in `obstore.exceptions` or `builtins`, the reason, and what to do.
    Store {
        class: &'static str,
        reason: String,
        advice: &'static str,
    },
    /// A credential provider raised this.
    Provider(Arc<PyErr>),
    TooLarge {
        bytes: u64,
        budget: u64,
    },
    /// So many bytes cannot be stored under a condition.
    TooLong {
        bytes: u64,
        most: u64,
    },
    Bug(&'static str),
}

/// An exception of a credential provider, on its way through the client.
#[derive(Debug, thiserror::Error)]
#[error("the credential provider failed")]
pub(super) struct Raised(pub(super) Arc<PyErr>);

/// Marks the errors of stores whose users do not expect obstore's exceptions.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Builtin(#[source] pub(super) Box<dyn StdError + Send + Sync>);

const NETWORK: &str = "check the endpoint and the network";
const BUCKET: &str = "check the name of the bucket";
const EXPIRED: &str = "renew the credentials, or pass a credential provider, which is asked for \
                       others";
const RENEWED: &str = "these are new credentials, because the server had refused others; check \
                       where they come from, and the clock of this machine";
/// What S3 answers with the status 400 to a token that it does not take any more.
const ENDED: [&str; 3] = ["(ExpiredToken)", "(InvalidToken)", "(TokenRefreshRequired)"];
const RIGHTS: &str = "check the credentials, and their right to read this key";

/// What a request was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Read,
    Write,
    Delete,
    List,
}

impl Deed {
    /// What cannot be done with a key, and which rights to check.
    fn words(self, key: &str) -> (String, &'static str) {
        match self {
            Self::Read => (format!("the value of '{key}' cannot be read"), RIGHTS),
            Self::Write => (
                format!("the value of '{key}' cannot be written"),
                "check the credentials, and their right to write this key",
            ),
            Self::Delete => (
                format!("the value of '{key}' cannot be deleted"),
                "check the credentials, and their right to delete this key",
            ),
            Self::List => (
                format!("the keys below '{key}' cannot be listed"),
                "check the credentials, and their right to list these keys",
            ),
        }
    }
}

impl Failure {
    pub(super) fn new(error: &StoreError) -> Self {
        if let Some(raised) = chain(error).find_map(|e| e.downcast_ref::<Raised>()) {
            return Self::Provider(Arc::clone(&raised.0));
        }
        let reason = reason(error);
        let (class, advice) = match error {
            StoreError::NotFound { .. } => ("FileNotFoundError", BUCKET),
            StoreError::PermissionDenied { .. } => ("PermissionDeniedError", RIGHTS),
            StoreError::Unauthenticated { .. } => ("UnauthenticatedError", RIGHTS),
            StoreError::InvalidPath { .. } => ("InvalidPathError", "use another path"),
            StoreError::NotSupported { .. } => ("NotSupportedError", NETWORK),
            // Lists, and deletions of many keys, do not distinguish these.
            _ if reason.contains("answers 403") || reason.ends_with("delete it (AccessDenied)") => {
                ("PermissionDeniedError", RIGHTS)
            }
            _ if reason.contains("answers 401") => ("UnauthenticatedError", RIGHTS),
            _ if ENDED.iter().any(|code| reason.ends_with(code)) => {
                ("UnauthenticatedError", EXPIRED)
            }
            _ if reason.contains("answers 404 Not Found (NoSuchBucket)") => {
                ("FileNotFoundError", BUCKET)
            }
            _ => ("GenericError", NETWORK),
        };
        let renewed = chain(error).any(<dyn StdError>::is::<RefusedAgain>);
        let advice = if renewed { RENEWED } else { advice };
        let class =
            if chain(error).any(<dyn StdError>::is::<Builtin>) { builtin(class) } else { class };
        Self::Store { class, reason, advice }
    }

    /// The error of a call that asked for `key`.
    pub(super) fn at(&self, key: &str) -> Error {
        self.of(Deed::Read, key)
    }

    /// The error of a call that was to do this with `key`.
    pub(super) fn of(&self, deed: Deed, key: &str) -> Error {
        match self {
            Self::Bug(what) => Error::Internal(format!("a bug in this library: {what}")),
            Self::TooLarge { bytes, budget } => {
                Error::too_large(&format!("the stored value of '{key}'"), *bytes, *budget)
            }
            Self::TooLong { bytes, most } => Error::Unsupported(format!(
                "the value of '{key}' cannot be written: it has {bytes} bytes, and the service \
                 stores at most {most} on the condition that nobody else has changed it; use \
                 smaller chunks or shards, or, if there is no other writer, locking='threads' in \
                 zarr.crud.Options"
            )),
            Self::Provider(raised) => {
                Error::Python(Python::attach(|py| PyErr::clone_ref(raised, py)))
            }
            Self::Store { class, reason, advice } => {
                let (failed, rights) = deed.words(key);
                let advice = if *advice == RIGHTS { rights } else { advice };
                let text = format!("{failed}: {reason}; {advice}");
                Error::Python(Python::attach(|py| raise(py, class, text)))
            }
        }
    }
}

/// The class for users who do not know obstore.
fn builtin(class: &str) -> &'static str {
    match class {
        "FileNotFoundError" => "FileNotFoundError",
        "PermissionDeniedError" | "UnauthenticatedError" => "PermissionError",
        _ => "OSError",
    }
}

/// Stores of obstore raise its exceptions, so their users expect these.
fn raise(py: Python<'_>, class: &str, text: String) -> PyErr {
    let builtins = ["FileNotFoundError", "PermissionError", "OSError"];
    let module = if builtins.contains(&class) { "builtins" } else { "obstore.exceptions" };
    let made = py
        .import(module)
        .and_then(|module| module.getattr(class)?.call1((&text,)))
        .map(PyErr::from_value);
    made.unwrap_or_else(|_| pyo3::exceptions::PyOSError::new_err(text))
}

/// An error and its causes, the innermost last.
pub(super) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// Whether the body of an answer broke off, or did not go on; the client does not send such a
/// request again.
pub(super) fn is_cut(error: &StoreError) -> bool {
    use object_store::client::HttpErrorKind::{Decode, Interrupted, Timeout, Unknown};
    let mut causes = chain(error).filter_map(|cause| cause.downcast_ref::<HttpError>());
    causes.any(|cause| match cause.kind() {
        Decode | Interrupted | Unknown => true,
        // The client has retried those that came before the body.
        Timeout => chain(cause)
            .filter_map(|cause| cause.downcast_ref::<reqwest::Error>())
            .any(|cause| !cause.is_request()),
        _ => false,
    })
}

/// The status of the server's answer and its code, or else the innermost cause and the server.
fn reason(error: &StoreError) -> String {
    let text = error.to_string();
    let answer = text.split_once(" - Server returned ").map_or("", |(_, answer)| answer);
    if answer.starts_with("error response: ") {
        return format!("the server answers 200 OK, with an error{}", code(&text));
    }
    if let Some(status) = status(&text) {
        return format!("the server answers {status}{}", code(&text));
    }
    if let Some(code) = undeleted(&text) {
        return format!("the server does not delete it ({code})");
    }
    let cause = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let cause = without_secrets(&cause);
    server(&text).map_or_else(|| cause.clone(), |server| format!("{cause}, at {server}"))
}

/// The code of an error in an answer, in parentheses.
fn code(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| code).filter(|code| is_code(code));
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

/// Scheme, host and port of the request that an error tells of.
fn server(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Error performing ")?;
    let url = rest.split(' ').nth(1)?;
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}

/// The code that a server gave for one of several keys that it was to delete.
pub(super) fn undeleted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("DeleteObjects request failed for key ")?;
    let (code, _) = rest.rsplit_once("(code: ")?.1.split_once(')')?;
    is_code(code).then_some(code)
}

/// Whether this is a word for a kind of error, and nothing else that a server sends.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The status in the text of an error, such as `403 Forbidden`.
pub(super) fn status(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("status code: ")?;
    Some(rest.split_once(": ").map_or(rest, |(status, _)| status))
}

/// URLs without their queries and users, which may hold credentials.
pub(crate) fn without_secrets(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let Some((scheme, rest)) = word.split_once("://") else {
            return word.to_owned();
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = rest.split_once('/').map_or((rest, None), |(h, p)| (h, Some(p)));
        let host = host.rsplit('@').next().unwrap_or_default();
        path.map_or_else(
            || format!("{scheme}://{host}"),
            |path| format!("{scheme}://{host}/{path}"),
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Deed, Failure, server, status, undeleted, without_secrets};
    use object_store::Error as StoreError;

    /// Catches credentials of a URL in a message.
    #[test]
    fn a_message_holds_no_query_and_no_user_of_a_url() {
        let text = "sending to (https://me:pass@host:9/a/b?sig=SECRET&x=1) failed: no route";
        let clean = without_secrets(text);
        assert!(!clean.contains("SECRET") && !clean.contains("pass"), "{clean}");
        assert!(clean.contains("host:9/a/b") && clean.ends_with("failed: no route"), "{clean}");
        assert_eq!(without_secrets("no URL here"), "no URL here");
    }

    /// Catches an error that does not tell which of several endpoints fails, and its secrets.
    #[test]
    fn the_server_of_a_request_is_found() {
        let text =
            "Generic S3 error: Error performing GET https://me:pw@host:9/b/c?sig=SECRET in 3ms";
        assert_eq!(server(text).as_deref(), Some("https://host:9"));
        assert_eq!(server("Error performing GET REDACTED in 3ms"), None);
        assert_eq!(server("operation timed out"), None);
    }

    /// Catches the answer of a server in a message.
    #[test]
    fn an_error_that_says_200_has_the_code_of_the_server() {
        let text = "Error performing POST https://host/b?delete in 1ms - Server returned error \
                    response: <Error><Code>SlowDown</Code><Message>SECRET</Message></Error>";
        let failure = Failure::new(&StoreError::Generic { store: "S3", source: text.into() });
        let Failure::Store { reason, .. } = failure else { unreachable!() };
        assert_eq!(reason, "the server answers 200 OK, with an error (SlowDown)");
    }

    #[test]
    fn the_status_of_an_answer_is_found() {
        let text = "Error - Server returned non-2xx status code: 403 Forbidden: <Code>A</Code>";
        assert_eq!(status(text), Some("403 Forbidden"));
        assert_eq!(status("timed out"), None);
    }

    /// Catches the message of a server in ours, and a right that is not named.
    #[test]
    fn a_key_that_is_not_deleted_has_the_code_of_the_server() {
        let text = "DeleteObjects request failed for key a(b): no SECRET (code: AccessDenied)";
        assert_eq!(undeleted(text), Some("AccessDenied"));
        let failure = Failure::new(&StoreError::Generic { store: "S3", source: text.into() });
        let Failure::Store { class, reason, .. } = failure else { unreachable!() };
        assert_eq!(class, "PermissionDeniedError");
        assert!(!reason.contains("SECRET") && reason.contains("(AccessDenied)"), "{reason}");
        assert!(Deed::List.words("a").1.contains("list"));
    }
}
