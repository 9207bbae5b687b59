//! One GET request, and what its answer means.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::{Error as StoreError, GetOptions, GetRange};

use crate::chunk_cache::Version;
use crate::codec::incoming::Incoming;
use crate::counters;
use crate::options::Opts;
use crate::remote::client::Client;
use crate::remote::error_text::status;
use crate::remote::failure::{Failure, is_cut};
use crate::remote::pace::Requested;
use crate::remote::suffixes::{self, strong};
use crate::shutdown;

/// What to request.
#[derive(Clone, Debug)]
pub(super) struct Get {
    pub(super) key: String,
    pub(super) range: Option<GetRange>,
    /// The version that the answer must be of.
    pub(super) etag: Option<String>,
    /// The version of which the bytes are not wanted.
    pub(super) unless: Option<String>,
    /// Maximum number of bytes to accept.
    pub(super) budget: u64,
    /// About how many bytes to expect.
    pub(super) expected: u64,
    /// How many values its call requests together.
    pub(super) values: usize,
    /// Where to write the elements while they arrive.
    pub(super) place: Option<Arc<Incoming>>,
}

impl Get {
    /// A request for a value or a range of it, whatever its version.
    pub(super) fn new(key: String, range: Option<GetRange>, budget: u64, expected: u64) -> Self {
        Self { key, range, etag: None, unless: None, budget, expected, values: 1, place: None }
    }
}

/// What a server answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Missing,
    /// The value has another version, or does not have the requested range.
    Changed,
    /// The value has the version that is not wanted.
    Same,
    Value(Value),
    /// All elements were written where the request said.
    Written,
}

/// Bytes of a stored value; more than requested if the server does not serve ranges.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) bytes: Bytes,
    /// Where they start in the value.
    pub(super) start: u64,
    /// Size of the whole value.
    pub(super) size: u64,
    /// A tag that no other version has.
    pub(super) etag: Option<String>,
    /// The version, for services that number them.
    pub(super) version: Option<String>,
}

impl Value {
    pub(super) fn is_whole(&self) -> bool {
        self.start == 0 && self.bytes.len() as u64 == self.size
    }

    /// Bytes of a range of the value.
    pub(super) fn slice(&self, at: u64, length: u64) -> Option<Bytes> {
        let from = at.checked_sub(self.start)? as usize;
        let to = from.checked_add(length as usize)?;
        (to <= self.bytes.len()).then(|| self.bytes.slice(from..to))
    }
}

/// Sends a request, and again if the connection is lost in the middle of a body.
pub(super) async fn get(client: &Arc<Client>, get: &Get) -> Result<Answer, Failure> {
    let mut attempt = 1_u32;
    loop {
        match once(client, get).await {
            Err(Lost::Body(_)) if attempt < client.attempts => attempt += 1,
            Err(Lost::Body(failure) | Lost::Request(failure)) => return Err(failure),
            Ok(answer) => return Ok(answer),
        }
    }
}

/// Where a request failed. The client has retried what came before the body.
enum Lost {
    Request(Failure),
    Body(Failure),
}

fn odd(reason: String) -> Failure {
    Failure::Store { class: "GenericError", reason, advice: "check the server" }
}

async fn once(client: &Arc<Client>, get: &Get) -> Result<Answer, Lost> {
    let path = client
        .path(&get.key)
        .map_err(|error| Lost::Request(Failure::new(&StoreError::InvalidPath { source: error })))?;
    let mut options = GetOptions {
        if_match: get.etag.clone(),
        if_none_match: get.unless.clone(),
        ..GetOptions::default()
    };
    if get.range.is_some() && client.ranges.asks(&get.key) {
        options.range = get.range.clone();
    }
    match suffixes::locate(client, &path, &mut options).await {
        Ok(tag) if tag.is_some() && tag == get.unless => return Ok(Answer::Same),
        Ok(_) => {}
        Err(error) => return missed(&error),
    }
    let mut requested = client.pace.request();
    let sent = suffixes::send(client, &path, &get.key, &mut options);
    let found = match requested.send(sent).await {
        Ok(found) => found,
        Err(error) => return missed(&error),
    };
    requested.answered();
    if options.range.is_some() {
        client.ranges.served(&get.key);
    }
    let Range { start, end } = found.range;
    if end - start > get.budget {
        return Err(Lost::Request(Failure::TooLarge { bytes: end - start, budget: get.budget }));
    }
    let (size, etag) = (found.meta.size, strong(found.meta.e_tag.clone()));
    let version = found.meta.version.clone();
    let body = Body { length: end - start, requested: &requested };
    let stream = found.into_stream();
    // The thread that ends the interpreter may read when the end waits for no call any more.
    let may_write = |place: &&Arc<Incoming>| {
        place.size == size && place.is_in(start, end) && shutdown::join().is_some()
    };
    let (bytes, sent) = if let Some(place) = get.place.as_ref().filter(may_write) {
        (None, body.write(stream, start, place).await?)
    } else {
        let bytes = body.collect(stream).await?;
        let sent = bytes.len() as u64;
        (Some(bytes), sent)
    };
    counters::BYTES_READ.add(sent);
    if sent != end - start {
        let reason = format!("the server sent {sent} of {} bytes", end - start);
        return Err(Lost::Body(odd(reason)));
    }
    requested.ended(end - start);
    Ok(match bytes {
        Some(bytes) => Answer::Value(Value { bytes, start, size, etag, version }),
        None => Answer::Written,
    })
}

type Stream = BoxStream<'static, object_store::Result<Bytes>>;

/// A body of a known length. A server may announce more than there is memory for, and send more than
/// it has announced.
struct Body<'a> {
    length: u64,
    requested: &'a Requested<'a>,
}

impl Body<'_> {
    async fn collect(&self, stream: Stream) -> Result<Bytes, Lost> {
        let (mut all, mut whole): (Vec<u8>, _) = (Vec::new(), Bytes::new());
        self.receive(stream, |bytes| {
            if bytes.len() as u64 == self.length {
                whole = bytes;
                return Ok(());
            }
            if all.capacity() == 0 {
                let refused = Failure::TooLarge { bytes: self.length, budget: u64::MAX };
                all.try_reserve_exact(self.length as usize).map_err(|_| refused)?;
            }
            all.extend_from_slice(&bytes);
            Ok(())
        })
        .await?;
        Ok(if whole.is_empty() { all.into() } else { whole })
    }

    /// Writes elements while they arrive: a body of its own would be new memory, and another copy.
    async fn write(&self, stream: Stream, start: u64, place: &Incoming) -> Result<u64, Lost> {
        let (mut next, mut at) = (0, start);
        self.receive(stream, |bytes| {
            let running = shutdown::join();
            if running.is_none() || !place.write(&mut next, at, &bytes) {
                return Err(Failure::Bug("the call has ended"));
            }
            at += bytes.len() as u64;
            Ok(())
        })
        .await
    }

    /// Takes all pieces, and returns how many bytes they have.
    async fn receive(
        &self,
        mut stream: Stream,
        mut take: impl FnMut(Bytes) -> Result<(), Failure>,
    ) -> Result<u64, Lost> {
        let mut sent = 0;
        while let Some(bytes) = stream.next().await {
            let bytes = bytes.map_err(|error| Lost::Body(Failure::new(&error)))?;
            self.requested.arrived(bytes.len());
            sent += bytes.len() as u64;
            if sent > self.length {
                let length = self.length;
                let reason =
                    format!("the server sent more than the {length} bytes that it announced");
                return Err(Lost::Request(odd(reason)));
            }
            take(bytes).map_err(Lost::Request)?;
        }
        Ok(sent)
    }
}

fn missed(error: &StoreError) -> Result<Answer, Lost> {
    let text = error.to_string();
    match error {
        _ if is_absent(error) => Ok(Answer::Missing),
        StoreError::Precondition { .. } => Ok(Answer::Changed),
        StoreError::NotModified { .. } => Ok(Answer::Same),
        _ if status(&text).is_some_and(|status| status.starts_with("416")) => Ok(Answer::Changed),
        _ if is_cut(error) => Err(Lost::Body(Failure::new(error))),
        _ => Err(Lost::Request(Failure::new(error))),
    }
}

/// Whether a value does not exist. A bucket that does not exist has no absent values.
pub(super) fn is_absent(error: &StoreError) -> bool {
    let text = error.to_string();
    let has = |code: &str| text.contains(&format!("<Code>{code}<"));
    let containers = ["NoSuchBucket", "ContainerNotFound", "FilesystemNotFound"];
    // The client takes a method that is not allowed for a folder.
    let is_refused = status(&text).is_some_and(|status| status.starts_with("405"));
    matches!(error, StoreError::NotFound { .. }) && !is_refused && !containers.into_iter().any(has)
}

/// The version that a tag stands for; `None` if the value may be replaced and nothing would show it.
pub(super) fn version_of(tag: Option<&str>, opts: &Opts) -> Option<Version> {
    match tag {
        Some(tag) => Some(Version::Tag(tag.into())),
        None => (opts.immutable_store == Some(true)).then_some(Version::Only),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Value};

    /// Catches bytes of another place, if a server sends more than was requested.
    #[test]
    fn a_range_is_cut_out_of_what_was_sent() {
        let value = |start, size| {
            let bytes = Bytes::from_static(b"abcdef");
            Value { bytes, start, size, etag: None, version: None }
        };
        assert_eq!(value(0, 6).slice(2, 3).as_deref(), Some(&b"cde"[..]));
        assert_eq!(value(10, 20).slice(12, 4).as_deref(), Some(&b"cdef"[..]));
        assert_eq!(value(10, 20).slice(12, 5), None);
        assert_eq!(value(10, 20).slice(9, 1), None);
        assert!(value(0, 6).is_whole() && !value(0, 7).is_whole() && !value(1, 7).is_whole());
    }
}
