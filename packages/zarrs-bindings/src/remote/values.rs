//! Values of a store as bytes, and lists of its keys. The calling thread must be detached.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, GetRange, ObjectStore};

use crate::counters;
use crate::errors::Result;
use crate::remote::builders::Kind;
use crate::remote::client::Client;
use crate::remote::create::create;
use crate::remote::delete::delete;
use crate::remote::failure::{Deed, Failure, is_cut};
use crate::remote::get::{Answer, Get, Value, get};
use crate::remote::limit::{REQUESTS_IN_FLIGHT, request};
use crate::remote::multipart;
use crate::remote::put::{self, Condition, Put, may_be_made};
use crate::remote::stop::{unless, until_answered};
use crate::remote::wait::{Task, UnderWay, change};

/// A key and a range: all of it, so many bytes from a place, all from a place, or the last bytes.
pub(crate) type Wanted = (String, Option<u64>, Option<u64>);

/// A value that was requested, or the key and the reason why it was not.
type Found = std::result::Result<Option<Bytes>, (String, Failure)>;

/// A value that is on its way.
pub(crate) struct Coming(Task<Found>);

impl Coming {
    /// Requests a value.
    pub(crate) fn new(client: &Arc<Client>, wanted: Wanted) -> Result<Self> {
        Task::start(fetch(Arc::clone(client), wanted)).map(Self)
    }

    /// The value; `None` if there is none.
    pub(crate) fn wait(&self) -> Result<Option<Bytes>> {
        self.0.wait()?.map_err(|(key, failure)| failure.of(Deed::Read, &key))
    }
}

/// The values of some keys, in their order; the first failure in that order is raised.
pub(crate) fn get_many(client: &Arc<Client>, wanted: Vec<Wanted>) -> Result<Vec<Option<Bytes>>> {
    let client = Arc::clone(client);
    let all = stream::iter(wanted).map(move |one| fetch(Arc::clone(&client), one));
    Task::start(all.buffered(REQUESTS_IN_FLIGHT).try_collect())?
        .wait()?
        .map_err(|(key, failure): (String, Failure)| failure.of(Deed::Read, &key))
}

async fn fetch(client: Arc<Client>, (key, start, length): Wanted) -> Found {
    let range = match (start, length) {
        (None, None) => None,
        // No request could ask for nothing, and only an answer says whether there is a value.
        (None, Some(last)) => Some(GetRange::Suffix(last.max(1))),
        (Some(start), None) => Some(GetRange::Offset(start)),
        (Some(start), Some(length)) => Some((start..start.saturating_add(length.max(1))).into()),
    };
    let wanted = Get::new(key, range, u64::MAX, 0);
    match request(&client.queue).await.run(get(&client, &wanted)).await {
        Ok(Answer::Missing) => Ok(None),
        // The range is beyond the end.
        Ok(Answer::Changed | Answer::Same | Answer::Written) => Ok(Some(Bytes::new())),
        Ok(Answer::Value(_)) if length == Some(0) => Ok(Some(Bytes::new())),
        Ok(Answer::Value(value)) => Ok(Some(cut(value, wanted.range.as_ref()))),
        Err(failure) => Err((wanted.key, failure)),
    }
}

/// The range of a value of which more was sent.
fn cut(value: Value, range: Option<&GetRange>) -> Bytes {
    let Some(range) = range else { return value.bytes };
    let Ok(range) = range.as_range(value.size) else { return Bytes::new() };
    value.slice(range.start, range.end - range.start).unwrap_or_default()
}

/// Replaces a value, or stores it only if there is none. Returns whether it was stored; `None` if
/// the store has no such condition.
pub(crate) fn put(
    client: &Arc<Client>,
    key: &str,
    value: Bytes,
    absent: bool,
) -> Result<Option<bool>> {
    if absent && !client.has_conditions {
        return Ok(None);
    }
    let keys = [key.to_owned()];
    let client = Arc::clone(client);
    let done = change(move |under_way| async move {
        let stop = under_way.stopped();
        let Some(place) = unless(&stop, request(&client.queue)).await else { return Ok(None) };
        let Some(number) = under_way.begin(&keys) else { return Ok(None) };
        let [key] = &keys;
        let (done, is_sent) = if absent {
            place.run(until_answered(&stop, create(&client, key, value, &stop))).await
        } else {
            let condition = Condition::Nothing;
            let put = Put { key: key.clone(), value, condition, budget: u64::MAX };
            let (stored, is_sent) = if multipart::is_large_value(&client, &put) {
                // Each part is a request of its own.
                drop(place);
                let stored = multipart::put(&client, &put, &stop).await;
                let has_ended = stored.is_some();
                (stored, has_ended)
            } else {
                place.run(until_answered(&stop, put::put(&client, &put, &stop))).await
            };
            (stored.map(|stored| stored.map(|_| Some(true))), is_sent)
        };
        if !(is_sent && done.as_ref().is_none_or(|done| done.as_ref().is_err_and(may_be_made))) {
            under_way.end(number);
        }
        done.unwrap_or(Ok(None))
    })?;
    done.map_err(|failure| failure.of(Deed::Write, key))
}

/// Maximum number of keys that one request deletes, and of such requests at a time.
fn deleted_at_once(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::S3 => (1000, 20),
        Kind::Azure => (256, 20),
        Kind::Google | Kind::Http => (1, REQUESTS_IN_FLIGHT),
    }
}

/// Deletes values, many at a time; absent ones are no error. After a failure no further request
/// begins, and the first failure in the order of the keys is raised.
pub(crate) fn delete_many(client: &Arc<Client>, keys: Vec<String>) -> Result<()> {
    let client = Arc::clone(client);
    let (keys_at_once, requests_at_once) = deleted_at_once(client.kind);
    let mut keys = keys.into_iter();
    let parts = std::iter::from_fn(move || {
        let part: Vec<_> = keys.by_ref().take(keys_at_once).collect();
        (!part.is_empty()).then_some(part)
    });
    let failed = change(move |under_way| {
        let delete = move |keys| delete_some(Arc::clone(&client), Arc::clone(&under_way), keys);
        let mut ends = stream::iter(parts).map(delete).buffered(requests_at_once);
        async move {
            let mut failed = None;
            while let Some(end) = ends.next().await {
                failed = failed.or(end.err());
            }
            failed
        }
    })?;
    failed.map_or(Ok(()), |(key, failure)| Err(failure.of(Deed::Delete, &key)))
}

async fn delete_some(
    client: Arc<Client>,
    under_way: Arc<UnderWay>,
    keys: Vec<String>,
) -> std::result::Result<(), (String, Failure)> {
    let stop = under_way.stopped();
    let Some(place) = unless(&stop, request(&client.queue)).await else { return Ok(()) };
    let Some(number) = under_way.begin(&keys) else { return Ok(()) };
    let (done, is_sent) = place.run(until_answered(&stop, delete(&client, &keys, &stop))).await;
    let may_be = |(_, failure): &(String, Failure)| may_be_made(failure);
    if !(is_sent && done.as_ref().is_none_or(|done| done.as_ref().is_err_and(may_be))) {
        under_way.end(number);
    }
    let done = done.unwrap_or(Ok(()));
    if done.is_err() {
        under_way.begin_no_more();
    }
    done
}

/// All keys below a path, or all of the store.
pub(crate) fn list(client: &Arc<Client>, path: &str) -> Result<Vec<String>> {
    listed(client, path, keys_below)
}

async fn keys_below(client: Arc<Client>, folder: Option<Path>) -> Listed<Vec<String>> {
    let mut found = client.store.list(folder.as_ref());
    let mut keys = Vec::new();
    while let Some(object) = found.try_next().await? {
        keys.extend(client.key(&object.location));
    }
    Ok(keys)
}

/// The keys of one level below a path, and the folders.
pub(crate) fn list_level(client: &Arc<Client>, path: &str) -> Result<(Vec<String>, Vec<String>)> {
    listed(client, path, level_below)
}

async fn level_below(
    client: Arc<Client>,
    folder: Option<Path>,
) -> Listed<(Vec<String>, Vec<String>)> {
    let found = client.store.list_with_delimiter(folder.as_ref()).await?;
    let keys = found.objects.iter().filter_map(|object| client.key(&object.location));
    let folders = found.common_prefixes.iter().filter_map(|folder| client.key(folder));
    Ok((keys.collect(), folders.collect()))
}

type Listed<T> = std::result::Result<T, StoreError>;

/// Lists a folder, and again if the connection is lost in the middle of a page.
fn listed<T: Send + 'static, F: Future<Output = Listed<T>> + Send + 'static>(
    client: &Arc<Client>,
    path: &str,
    list: fn(Arc<Client>, Option<Path>) -> F,
) -> Result<T> {
    let (client, wanted) = (Arc::clone(client), path.to_owned());
    let listed = Task::start(async move {
        let folder = client.folder(&wanted)?;
        let attempts = async {
            let mut attempt = 1;
            loop {
                counters::REQUESTS.add(1);
                let send = || list(Arc::clone(&client), folder.clone());
                match client.credentials.send(None, send).await {
                    Err(error) if is_cut(&error) && attempt < client.attempts => attempt += 1,
                    Err(error) => return Err(Failure::new(&error)),
                    Ok(found) => return Ok(found),
                }
            }
        };
        request(&client.queue).await.run(attempts).await
    })?;
    listed.wait()?.map_err(|failure| failure.of(Deed::List, path))
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Client, Value, cut, delete_many, get_many, list, list_level, put};
    use object_store::GetRange;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// Catches bytes of another place, if a server sends more than was requested.
    #[test]
    fn a_range_is_what_was_requested() {
        let value = |start, size| {
            let bytes = Bytes::from_static(b"abcdef");
            Value { bytes, start, size, etag: None, version: None }
        };
        assert_eq!(cut(value(0, 6), None), "abcdef");
        assert_eq!(cut(value(0, 6), Some(&GetRange::Suffix(2))), "ef");
        assert_eq!(cut(value(4, 10), Some(&GetRange::Suffix(6))), "abcdef");
        assert_eq!(cut(value(0, 6), Some(&GetRange::Offset(4))), "ef");
        assert_eq!(cut(value(0, 6), Some(&GetRange::Offset(9))), "");
        assert_eq!(cut(value(0, 6), Some(&(1..3).into())), "bc");
        assert_eq!(cut(value(0, 6), Some(&(4..30).into())), "ef");
    }

    /// Catches a key that is lost, or listed with the wrong name or at the wrong level.
    #[test]
    fn what_is_stored_is_listed_and_deleted() {
        let client = Client::of(Arc::new(InMemory::new()));
        let store = |key: &str| put(&client, key, Bytes::from_static(b"x"), false);
        for key in ["a/b/c", "a/d", "ab", "e%20 #ü"] {
            assert!(matches!(store(key), Ok(Some(true))));
        }
        assert!(matches!(put(&client, "ab", Bytes::new(), true), Ok(Some(false))));
        let sorted = |path| {
            let mut keys = list(&client, path).unwrap_or_default();
            keys.sort();
            keys
        };
        assert_eq!(sorted(""), ["a/b/c", "a/d", "ab", "e%20 #ü"]);
        assert_eq!(sorted("a"), ["a/b/c", "a/d"]);
        let level = list_level(&client, "a").unwrap_or_default();
        assert_eq!(level, (vec!["a/d".to_owned()], vec!["a/b".to_owned()]));
        let wanted = |key: &str| (key.to_owned(), None, None);
        let found = get_many(&client, vec![wanted("ab"), wanted("none"), wanted("a/d")]);
        let x = Some(Bytes::from_static(b"x"));
        assert_eq!(found.unwrap_or_default(), [x.clone(), None, x]);
        let keys = ["a/d", "none", "ab"].map(str::to_owned).to_vec();
        assert!(delete_many(&client, keys).is_ok());
        assert_eq!(sorted(""), ["a/b/c", "e%20 #ü"]);
    }
}
