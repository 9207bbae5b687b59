//! Requests that delete values.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore};

use crate::counters;
use crate::remote::builders::Kind;
use crate::remote::client::Client;
use crate::remote::credentials::again;
use crate::remote::failure::Failure;
use crate::remote::get::is_absent;
use crate::remote::put::{is_lost, path};
use crate::remote::stop::{Stop, pause};

/// Deletes values, several with one request where the service can; absent ones are no error.
/// Returns the first key that could not be deleted; after a stop nothing is sent again.
pub(super) async fn delete(
    client: &Arc<Client>,
    keys: &[String],
    stop: &Stop,
) -> Result<(), (String, Failure)> {
    let mut paths = Vec::with_capacity(keys.len());
    for key in keys {
        paths.push(path(client, key).map_err(|failure| (key.clone(), failure))?);
    }
    let (mut attempt, mut renewed) = (1, false);
    loop {
        let (number, (done, failed)) =
            client.credentials.numbered(delete_once(client, &paths)).await;
        let Some(mut error) = failed else { return Ok(()) };
        if renewed {
            error = again(error);
        } else if client.credentials.are_renewed(number, &error, Some(stop)).await {
            paths.drain(..done);
            renewed = true;
            continue;
        }
        if !is_lost(&error) || attempt >= client.attempts || !pause(stop, attempt).await {
            let key = keys.get(keys.len() - paths.len() + done).cloned().unwrap_or_default();
            return Err((key, Failure::new(&error)));
        }
        paths.drain(..done);
        attempt += 1;
    }
}

/// How many values are deleted before the first that is not, and why it is not. All requests have
/// ended then.
async fn delete_once(client: &Client, paths: &[Path]) -> (usize, Option<StoreError>) {
    counters::REQUESTS.add(match client.kind {
        Kind::S3 | Kind::Azure => 1,
        Kind::Google | Kind::Http => paths.len() as u64,
    });
    let paths: Vec<_> = paths.iter().cloned().map(Ok).collect();
    let mut answers = client.store.delete_stream(stream::iter(paths).boxed());
    let (mut done, mut failed) = (0, None);
    let read = async {
        while let Some(answer) = answers.next().await {
            match answer {
                Err(error) if failed.is_none() && !is_absent(&error) => failed = Some(error),
                _ if failed.is_none() => done += 1,
                _ => {}
            }
        }
    };
    // The client panics if the server names a key that it was not to delete.
    match AssertUnwindSafe(read).catch_unwind().await {
        Ok(()) => (done, failed),
        Err(_) => (0, Some(other_key())),
    }
}

fn other_key() -> StoreError {
    StoreError::Generic { store: "server", source: "the server's answer names another key".into() }
}

#[cfg(test)]
mod tests {
    use super::{Client, delete};
    use crate::remote::runtime::runtime;
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// Catches an absent value that is an error, and a key that is left or taken for another.
    #[test]
    fn what_is_named_is_deleted() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let store = Arc::new(InMemory::new());
        let client = Client::of(Arc::clone(&store) as Arc<dyn super::ObjectStore>);
        let (_go, stop) = tokio::sync::watch::channel(false);
        runtime.block_on(async {
            for key in ["a", "b", "c"] {
                assert!(store.put(&key.into(), "x".into()).await.is_ok());
            }
            let keys = ["c", "none", "a"].map(str::to_owned);
            assert!(delete(&client, &keys, &stop).await.is_ok());
            for (key, left) in [("a", false), ("b", true), ("c", false)] {
                assert_eq!(store.head(&key.into()).await.is_ok(), left, "{key}");
            }
            let keys = ["b", "..//"].map(str::to_owned);
            let failed = delete(&client, &keys, &stop).await;
            assert!(failed.is_err_and(|(key, _)| key == "..//"));
        });
    }
}
