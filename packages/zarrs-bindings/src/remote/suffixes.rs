//! Requests for ranges at servers that do not serve them, or serve only those with a first byte.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Instant;

use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt,
};

use crate::counters;
use crate::remote::client::Client;
use crate::remote::error_text::status;

/// For how many seconds no last bytes are requested after a server did not serve them. Then one
/// request finds out again.
const AGAIN: u32 = 60;

/// Whether a server sends the last bytes of a value of unknown size.
pub(super) struct Suffixes {
    /// Whether the service could serve them at all.
    may: bool,
    since: Instant,
    /// The second in which to request them again; zero if they were never refused.
    again: AtomicU32,
}

impl Suffixes {
    pub(super) fn new(may: bool) -> Self {
        Self { may, since: Instant::now(), again: AtomicU32::new(0) }
    }

    /// Whether to request them now: of all that could find out again, only one does.
    pub(super) fn asks(&self) -> bool {
        self.may && self.asks_at(self.now())
    }

    fn asks_at(&self, now: u32) -> bool {
        match self.again.load(Relaxed) {
            0 => true,
            again if now < again => false,
            again => self.again.compare_exchange(again, now + AGAIN, Relaxed, Relaxed).is_ok(),
        }
    }

    /// The server did not serve them, but the same bytes as a range with a first byte.
    fn refused(&self, now: u32) {
        self.again.store(now + AGAIN, Relaxed);
    }

    fn served(&self) {
        self.again.store(0, Relaxed);
    }

    fn now(&self) -> u32 {
        u32::try_from(self.since.elapsed().as_secs()).unwrap_or(u32::MAX - AGAIN)
    }
}

/// Turns the last bytes into a range with a first byte, if the server does not serve the former.
/// Returns the tag of the version that was found.
pub(super) async fn locate(
    client: &Client,
    path: &Path,
    options: &mut GetOptions,
) -> Result<Option<String>, StoreError> {
    let Some(GetRange::Suffix(length)) = options.range else { return Ok(None) };
    if client.suffixes.asks() { Ok(None) } else { begin(client, path, length, options).await }
}

/// Sends a request, and others if the server does not serve such a range.
pub(super) async fn send(
    client: &Client,
    path: &Path,
    key: &str,
    options: &mut GetOptions,
) -> Result<GetResult, StoreError> {
    let mut found = once(client, path, options).await;
    if let Some(GetRange::Suffix(length)) = options.range {
        match &found {
            Ok(_) => client.suffixes.served(),
            Err(error) if is_refused(error) => {
                let mut other = options.clone();
                // If the size is not known either, the first error tells more.
                if begin(client, path, length, &mut other).await.is_ok() {
                    *options = other;
                    found = once(client, path, options).await;
                }
                // A whole value may be the right answer to a request for more bytes than it has.
                let is_part =
                    matches!(&options.range, Some(GetRange::Bounded(range)) if range.start > 0);
                if found.is_ok() && is_part {
                    client.suffixes.refused(client.suffixes.now());
                }
            }
            Err(_) => {}
        }
    }
    match found {
        Err(error) if options.range.is_some() && is_ignored(&error) => {
            client.ranges.ignored(key);
            options.range = None;
            once(client, path, options).await
        }
        found => found,
    }
}

async fn once(client: &Client, path: &Path, options: &GetOptions) -> Result<GetResult, StoreError> {
    counters::REQUESTS.add(1);
    client.credentials.send(None, || client.store.get_opts(path, options.clone())).await
}

/// Asks for the size of a value, to request its last bytes as a range of the version that was found.
async fn begin(
    client: &Client,
    path: &Path,
    length: u64,
    options: &mut GetOptions,
) -> Result<Option<String>, StoreError> {
    counters::REQUESTS.add(1);
    let meta = client.credentials.send(None, || client.store.head(path)).await?;
    let tag = strong(meta.e_tag);
    // No request could ask for a part of nothing.
    options.range = (meta.size > 0).then(|| (meta.size.saturating_sub(length)..meta.size).into());
    options.if_match = options.if_match.take().or_else(|| tag.clone());
    Ok(tag)
}

/// Whether a server does not serve the last bytes of a value, although it may serve other ranges.
fn is_refused(error: &StoreError) -> bool {
    let text = error.to_string();
    let answers = |code| status(&text).is_some_and(|status| status.starts_with(code));
    is_ignored(error) || ["400", "416", "501"].into_iter().any(answers)
}

/// Whether a server answered a request for a range with the whole value.
fn is_ignored(error: &StoreError) -> bool {
    let text = error.to_string();
    text.contains("Received non-partial response") || text.contains("Range request not supported")
}

/// A weak tag stands for several versions, and a server compares no weak tag with `If-Match`.
pub(super) fn strong(etag: Option<String>) -> Option<String> {
    etag.filter(|etag| !etag.starts_with("W/"))
}

#[cfg(test)]
mod tests {
    use super::{AGAIN, Suffixes, strong};

    /// Catches a server that is asked in vain for each value, and one that is never asked again.
    #[test]
    fn last_bytes_are_requested_again_once_a_while() {
        let suffixes = Suffixes::new(true);
        assert!(suffixes.asks() && suffixes.asks());
        suffixes.refused(7);
        assert!(!suffixes.asks_at(7) && !suffixes.asks_at(6 + AGAIN));
        // Only one request finds out.
        assert!(suffixes.asks_at(7 + AGAIN) && !suffixes.asks_at(7 + AGAIN));
        assert!(suffixes.asks_at(7 + 2 * AGAIN));
        suffixes.served();
        assert!(suffixes.asks_at(0));
        assert!(!Suffixes::new(false).asks());
    }

    /// Catches a weak tag that is taken as proof of one version.
    #[test]
    fn only_strong_tags_are_kept() {
        assert_eq!(strong(Some("\"a\"".into())).as_deref(), Some("\"a\""));
        assert_eq!(strong(Some("W/\"a\"".into())), None);
    }
}
