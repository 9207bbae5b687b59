//! Why a request failed, in the user's words and without secrets.

use std::error::Error as StdError;
use std::sync::Arc;

use object_store::Error as StoreError;
use object_store::client::HttpError;
use pyo3::prelude::*;

use crate::errors::Error;
use crate::remote::credentials::RefusedAgain;
use crate::remote::error_text::reason;

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
    /// So many bytes cannot be stored under a condition, or replaced.
    TooLong {
        bytes: u64,
        most: u64,
        is_stored: bool,
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
            _ if reason.contains("answers 405") => ("GenericError", NETWORK),
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
        let error = match self {
            Self::Bug(what) => Error::Internal(format!("a bug in this library: {what}")),
            Self::TooLarge { bytes, budget } => {
                Error::too_large(&format!("the stored value of '{key}'"), *bytes, *budget)
            }
            Self::TooLong { bytes, most, is_stored } => Error::Unsupported(format!(
                "the value of '{key}' cannot be written: {} has {bytes} bytes, and the service \
                 stores at most {most} on the condition that nobody else has changed it; use \
                 smaller chunks or shards, or, if there is no other writer, locking='threads' in \
                 zarr.crud.Options",
                if *is_stored { "the stored value" } else { "it" }
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
        };
        error.at(|| key.to_owned())
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

#[cfg(test)]
mod tests {
    use super::{Deed, Failure};
    use crate::remote::error_text::undeleted;
    use object_store::Error as StoreError;

    /// Catches the answer of a server in a message.
    #[test]
    fn an_error_that_says_200_has_the_code_of_the_server() {
        let text = "Error performing POST https://host/b?delete in 1ms - Server returned error \
                    response: <Error><Code>SlowDown</Code><Message>SECRET</Message></Error>";
        let failure = Failure::new(&StoreError::Generic { store: "S3", source: text.into() });
        let Failure::Store { reason, .. } = failure else { unreachable!() };
        assert_eq!(reason, "the server answers 200 OK, with an error (SlowDown)");
    }

    /// Catches a message that takes the stored value for the new one.
    #[test]
    fn an_error_tells_which_value_is_too_long() {
        for (is_stored, words) in [(true, ": the stored value has 9"), (false, ": it has 9")] {
            let error = Failure::TooLong { bytes: 9, most: 8, is_stored }.of(Deed::Write, "a");
            assert!(error.to_string().contains(words), "{error}");
        }
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
