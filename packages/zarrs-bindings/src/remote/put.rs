//! Requests that replace or delete values.

use std::sync::Arc;

use bytes::Bytes;
use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, PutMode, UpdateVersion};

use crate::counters;
use crate::remote::builders::Kind;
use crate::remote::client::Client;
use crate::remote::error_text::status;
use crate::remote::failure::{Failure, chain};
use crate::remote::get::{Answer, Get, Value, get};
use crate::remote::stop::{Stop, pause};

/// How often a request is sent whose answer is lost, or that the server refuses for the moment,
/// unless the settings of a store allow fewer attempts.
pub(super) const ATTEMPTS: u32 = 4;

/// How often a value is sent again that the server refuses although its condition holds, as some do
/// while they serve another change. `zarr.crud._stores.attempts` has the same number.
pub(super) const MOST_UNCHANGED: u32 = 10;

/// A value to store.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) key: String,
    pub(super) value: Bytes,
    pub(super) condition: Condition,
    /// Maximum number of bytes to accept if another value is stored.
    pub(super) budget: u64,
}

/// What must hold for a value to be stored.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Nothing,
    Absent,
    /// The stored value has still this version.
    Version(UpdateVersion),
    /// That of a value whose version is not known: it must be read again.
    Unknown,
}

/// What has become of a value to store.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is stored, with this version.
    Stored(#[expect(dead_code, reason = "for a later condition")] UpdateVersion),
    /// The condition does not hold: this is stored.
    Conflict(Answer),
    /// The server knows no such conditions; nothing was stored.
    NotOffered,
}

impl Condition {
    /// That the value is still the one of this answer; `None` if the answer does not identify it.
    pub(super) fn still(client: &Client, answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Missing => Some(Self::Absent),
            Answer::Changed | Answer::Same | Answer::Written => None,
            Answer::Value(value) => {
                let named = match client.kind {
                    Kind::Google => value.version.is_some(),
                    _ => value.etag.is_some(),
                };
                named.then(|| Self::Version(version(value)))
            }
        }
    }

    /// Whether it holds for what is stored.
    fn holds(&self, now: &Answer) -> bool {
        match (self, now) {
            (Self::Nothing, _) | (Self::Absent, Answer::Missing) => true,
            (Self::Version(wanted), Answer::Value(value)) => *wanted == version(value),
            _ => false,
        }
    }

    fn mode(&self) -> PutMode {
        match self {
            Self::Nothing => PutMode::Overwrite,
            // Nothing is sent under an unknown one.
            Self::Absent | Self::Unknown => PutMode::Create,
            Self::Version(version) => PutMode::Update(version.clone()),
        }
    }
}

fn version(value: &Value) -> UpdateVersion {
    UpdateVersion { e_tag: value.etag.clone(), version: value.version.clone() }
}

/// Stores a value, if the condition holds.
///
/// If an answer is lost, the request is sent again. Its condition then fails because of the first
/// one, so a conflict is one only if the stored value is not ours. After a stop nothing is sent, and
/// the failure of the last request is returned.
pub(super) async fn put(client: &Arc<Client>, put: &Put, stop: &Stop) -> Result<Outcome, Failure> {
    put_again(client, put, 0, stop).await
}

/// The same after so many conflicts: if there is another one, waits before it reads what is stored.
pub(super) async fn put_again(
    client: &Arc<Client>,
    put: &Put,
    conflicts: u32,
    stop: &Stop,
) -> Result<Outcome, Failure> {
    if matches!(put.condition, Condition::Unknown) {
        return identified(client, put, stop).await;
    }
    let (bytes, most) = (put.value.len() as u64, client.most_at_once);
    if bytes > most && !matches!(put.condition, Condition::Nothing) {
        return Err(Failure::TooLong { bytes, most, is_stored: false });
    }
    let path = path(client, &put.key)?;
    // The client itself repeats requests without a condition.
    let is_repeated = matches!(put.condition, Condition::Nothing);
    let attempts = if is_repeated { 1 } else { client.attempts };
    let (mut attempt, mut unchanged) = (1, 0);
    loop {
        counters::REQUESTS.add(1);
        let send =
            || client.store.put_opts(&path, put.value.clone().into(), put.condition.mode().into());
        match client.credentials.send(Some(stop), send).await {
            Ok(stored) => {
                counters::BYTES_WRITTEN.add(put.value.len() as u64);
                return Ok(Outcome::Stored(stored.into()));
            }
            Err(error) if is_unknown(&error) && !is_repeated => return Ok(Outcome::NotOffered),
            Err(error) if is_refused(&error) && !is_repeated => {
                if *stop.borrow() || (conflicts > 0 && !pause(stop, conflicts).await) {
                    return Err(Failure::new(&error));
                }
                let now = stored(client, put).await?;
                if let Answer::Value(value) = &now
                    && value.bytes == put.value
                {
                    return Ok(Outcome::Stored(version(value)));
                }
                // Some services refuse a change while they serve another one.
                if !put.condition.holds(&now) {
                    return Ok(Outcome::Conflict(now));
                }
                unchanged += 1;
                if unchanged > MOST_UNCHANGED || !pause(stop, unchanged.min(5)).await {
                    return Err(refused_for_nothing());
                }
            }
            Err(error) => {
                if !is_lost(&error) || attempt >= attempts || !pause(stop, attempt).await {
                    return Err(Failure::new(&error));
                }
                attempt += 1;
            }
        }
    }
}

/// Reads what is stored until an answer identifies its version. To the caller that is a conflict.
async fn identified(client: &Arc<Client>, put: &Put, stop: &Stop) -> Result<Outcome, Failure> {
    for attempt in 1..=MOST_UNCHANGED {
        if !pause(stop, attempt.min(5)).await {
            break;
        }
        let now = stored(client, put).await?;
        if Condition::still(client, &now).is_some() {
            return Ok(Outcome::Conflict(now));
        }
    }
    Err(Failure::Store {
        class: "PreconditionError",
        reason: "the server sends no tag of its version, although it has sent such tags".into(),
        advice: THREADS,
    })
}

const THREADS: &str = "check the server, or write with locking='threads' in zarr.crud.Options if \
                       there is no other writer";

/// For a server that refuses a condition that holds: another attempt would not end.
fn refused_for_nothing() -> Failure {
    Failure::Store {
        class: "PreconditionError",
        reason: "the server refuses to replace it, although nobody has changed it".into(),
        advice: THREADS,
    }
}

async fn stored(client: &Arc<Client>, put: &Put) -> Result<Answer, Failure> {
    let (key, expected) = (put.key.clone(), put.value.len() as u64);
    let wanted = Get::new(key, None, put.budget, expected);
    get(client, &wanted).await
}

/// Whether a change may have been made although it failed: some answers say that it was not.
pub(super) fn may_be_made(failure: &Failure) -> bool {
    match failure {
        Failure::Store { class, .. } => matches!(*class, "GenericError" | "OSError"),
        Failure::Bug(_) => true,
        Failure::Provider(_) | Failure::TooLarge { .. } | Failure::TooLong { .. } => false,
    }
}

pub(super) fn path(client: &Client, key: &str) -> Result<Path, Failure> {
    client.path(key).map_err(|source| Failure::new(&StoreError::InvalidPath { source }))
}

/// Whether the condition of a request does not hold.
pub(super) fn is_refused(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::AlreadyExists { .. }
            | StoreError::Precondition { .. }
            | StoreError::NotModified { .. }
    )
}

/// Whether the client or the server knows no conditions.
pub(super) fn is_unknown(error: &StoreError) -> bool {
    let text = error.to_string();
    matches!(error, StoreError::NotImplemented { .. })
        || text.contains("<Code>NotImplemented<")
        || status(&text).is_some_and(|status| status.starts_with("501"))
}

/// Whether a request may have arrived, and its answer has not.
pub(super) fn is_lost(error: &StoreError) -> bool {
    use object_store::client::HttpErrorKind::{Connect, Request};
    let mut causes = chain(error).filter_map(|cause| cause.downcast_ref::<HttpError>());
    // The client has retried the others until its time was over.
    causes.any(|cause| !matches!(cause.kind(), Connect | Request))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Bytes, Client, Condition, Failure, Get, Outcome, Put, get, put};
    use crate::remote::delete::delete;
    use crate::remote::runtime::runtime;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    fn new(key: &str, value: &'static str, condition: Condition) -> Put {
        let (key, value) = (key.into(), Bytes::from_static(value.as_bytes()));
        Put { key, value, condition, budget: 1 << 20 }
    }

    async fn stored(client: &Arc<Client>, key: &str) -> Answer {
        let wanted = Get::new(key.into(), None, 1 << 20, 0);
        get(client, &wanted).await.unwrap_or_else(|error| unreachable!("{error:?}"))
    }

    /// Catches a lost update, a conflict with our own value, and a condition that is not sent.
    #[test]
    fn a_value_is_stored_if_its_condition_holds() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let client = Client::of(Arc::new(InMemory::new()));
        runtime.block_on(async {
            let kind = |outcome| match outcome {
                Ok(Outcome::Stored(_)) => "stored",
                Ok(Outcome::Conflict(Answer::Value(value))) if *value.bytes == *b"b" => "b",
                Ok(Outcome::Conflict(Answer::Missing)) => "missing",
                _ => "other",
            };
            let (_go, stop) = tokio::sync::watch::channel(false);
            let put = async |value: &'static str, condition: &Condition| {
                kind(put(&client, &new("a", value, condition.clone()), &stop).await)
            };
            assert_eq!(put("a", &Condition::Absent).await, "stored");
            // As if the first answer had been lost.
            assert_eq!(put("a", &Condition::Absent).await, "stored");
            let before = Condition::still(&client, &stored(&client, "a").await);
            let Some(before) = before else { unreachable!("no version") };
            assert_eq!(put("b", &before).await, "stored");
            assert_eq!(put("b", &before).await, "stored");
            assert_eq!(put("c", &before).await, "b");
            assert_eq!(put("c", &Condition::Absent).await, "b");
            assert_eq!(put("c", &Condition::Nothing).await, "stored");
            let keys = ["none".into(), "a".into()];
            assert!(delete(&client, &keys, &stop).await.is_ok());
            assert!(matches!(stored(&client, "a").await, Answer::Missing));
            assert_eq!(put("c", &before).await, "missing");
            // Longer than one request of this client may be.
            let long = Put { value: vec![0; 1025].into(), ..new("long", "", Condition::Absent) };
            let refused = super::put(&client, &long, &stop).await;
            assert!(matches!(
                refused,
                Err(Failure::TooLong { bytes: 1025, most: 1024, is_stored: false })
            ));
            assert!(matches!(stored(&client, "long").await, Answer::Missing));
            let long = Put { condition: Condition::Nothing, ..long };
            let done = super::put(&client, &long, &stop).await;
            assert_eq!(kind(done), "stored");
        });
    }
}
