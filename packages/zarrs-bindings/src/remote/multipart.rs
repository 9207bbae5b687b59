//! Uploads a large value in parts, many at a time.

use std::sync::Arc;

use bytes::Bytes;
use object_store::{Error as StoreError, MultipartUpload, ObjectStore, PutMultipartOptions};
use tokio::task::JoinSet;

use crate::counters;
use crate::remote::builders::Kind;
use crate::remote::changes::Request;
use crate::remote::client::Client;
use crate::remote::credentials::again;
use crate::remote::failure::Failure;
use crate::remote::get::is_absent;
use crate::remote::limit::request;
use crate::remote::put::{Condition, Outcome, Put, is_lost, path};
use crate::remote::stop::{Stop, pause, unless, until_answered};

/// Size from which a value is uploaded in parts. Two more requests pay off then.
const LARGE: usize = 32 << 20;

/// Size of a part; larger if there would be too many.
const PART: usize = 16 << 20;

/// Maximum number of parts that all services take.
const PARTS: usize = 10_000;

/// How often an upload is begun whose end remains unknown, unless the settings allow less.
const ATTEMPTS: u32 = 3;

/// Whether a request is sent in parts.
pub(super) fn is_large(client: &Client, request: &Request) -> bool {
    matches!(request, Request::Put(put, _) if is_large_value(client, put))
}

/// Whether a value is sent in parts. An upload in parts has no condition.
pub(super) fn is_large_value(client: &Client, put: &Put) -> bool {
    put.value.len() >= LARGE
        && matches!(put.condition, Condition::Nothing)
        && client.kind != Kind::Http
}

/// Stores a large value; `None` if told to stop. Then, and after a failure, the server is told to
/// forget the parts.
pub(super) async fn put(
    client: &Arc<Client>,
    put: &Put,
    stop: &Stop,
) -> Option<Result<Outcome, Failure>> {
    let attempts = ATTEMPTS.min(client.attempts);
    let (mut attempt, mut renewed) = (1, false);
    loop {
        match once(client, put, stop, renewed).await? {
            Ok(outcome) => return Some(Ok(outcome)),
            // The server no longer knows an upload that it has completed, if the answer was lost.
            Err(Lost::Answer(error)) => {
                if attempt >= attempts || !pause(stop, attempt).await {
                    return Some(Err(Failure::new(&error)));
                }
            }
            Err(Lost::Credentials) => {
                renewed = true;
                continue;
            }
            Err(Lost::Upload(error)) => return Some(Err(Failure::new(&error))),
            Err(Lost::Path(failure)) => return Some(Err(failure)),
        }
        attempt += 1;
    }
}

/// Where an upload failed.
enum Lost {
    Path(Failure),
    Upload(StoreError),
    /// The server refused the credentials, and there are others now.
    Credentials,
    Answer(StoreError),
}

async fn once(
    client: &Arc<Client>,
    put: &Put,
    stop: &Stop,
    renewed: bool,
) -> Option<Result<Outcome, Lost>> {
    let path = match path(client, &put.key) {
        Ok(path) => path,
        Err(failure) => return Some(Err(Lost::Path(failure))),
    };
    let place = unless(stop, request(&client.queue)).await?;
    counters::REQUESTS.add(1);
    // Once sent, awaited even after a stop: an upload whose answer nobody reads would stay at the server.
    let ask = || client.store.put_multipart_opts(&path, PutMultipartOptions::default());
    let asked = client.credentials.send(Some(stop), ask);
    let (begun, _) = place.run(until_answered(stop, asked)).await;
    let mut upload = match begun? {
        Ok(upload) => upload,
        Err(error) => return Some(Err(Lost::Upload(error))),
    };
    let mut parts = JoinSet::new();
    let sent = unless(stop, async {
        send(client, &mut parts, upload.as_mut(), &put.value);
        while let Some(sent) = parts.join_next().await {
            let failed = |error| (0, StoreError::Generic { store: "upload", source: error });
            sent.map_err(|error| failed(error.into()))??;
        }
        Ok(request(&client.queue).await)
    });
    let mut number = 0;
    let failed = match sent.await {
        Some(Ok(place)) => {
            let ended = place.run(complete(client, upload.as_mut()));
            match until_answered(stop, ended).await {
                (Some((_, Ok(version))), _) => {
                    counters::BYTES_WRITTEN.add(put.value.len() as u64);
                    return Some(Ok(Outcome::Stored(version.into())));
                }
                (Some((_, Err(error))), _) if is_lost(&error) || is_absent(&error) => {
                    Some(Lost::Answer(error))
                }
                (Some((used, Err(error))), _) => {
                    number = used;
                    Some(Lost::Upload(error))
                }
                (None, is_sent) => is_sent.then(|| Lost::Answer(stopped())),
            }
        }
        Some(Err((used, error))) => {
            number = used;
            Some(Lost::Upload(error))
        }
        None => None,
    };
    // A part that arrives later would stay.
    parts.shutdown().await;
    // With the old credentials, the parts would stay, too.
    let failed = match failed {
        Some(Lost::Upload(error)) if renewed => Some(Lost::Upload(again(error))),
        Some(Lost::Upload(error))
            if client.credentials.are_renewed(number, &error, Some(stop)).await =>
        {
            Some(Lost::Credentials)
        }
        failed => failed,
    };
    let place = request(&client.queue).await;
    counters::REQUESTS.add(1);
    // Parts that the server keeps cost money, but the error of the upload is the one to report.
    place.run(upload.abort()).await.ok();
    failed.map(Err)
}

fn stopped() -> StoreError {
    StoreError::Generic { store: "upload", source: "the call has ended".into() }
}

/// Sends all parts, each with its own place among the requests of the process.
fn send(
    client: &Arc<Client>,
    parts: &mut JoinSet<Result<(), (u64, StoreError)>>,
    upload: &mut dyn MultipartUpload,
    value: &Bytes,
) {
    let size = PART.max(value.len().div_ceil(PARTS));
    for start in (0..value.len()).step_by(size) {
        let client = Arc::clone(client);
        let part = upload.put_part(value.slice(start..value.len().min(start + size)).into());
        parts.spawn_on(
            async move {
                let place = request(&client.queue).await;
                counters::REQUESTS.add(1);
                let (number, sent) = place.run(client.credentials.numbered(part)).await;
                sent.map_err(|error| (number, error))
            },
            &tokio::runtime::Handle::current(),
        );
    }
}

async fn complete(
    client: &Client,
    upload: &mut dyn MultipartUpload,
) -> (u64, object_store::Result<object_store::PutResult>) {
    counters::REQUESTS.add(1);
    client.credentials.numbered(upload.complete()).await
}
