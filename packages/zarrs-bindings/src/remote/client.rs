//! The client of one store, built again in a forked child.

use std::mem;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore};

use crate::errors::{Error, Result};
use crate::remote::builders::{Built, Kind, Settings};
use crate::remote::credentials::Credentials;
use crate::remote::error_text::without_secrets;
use crate::remote::failure::Failure;
use crate::remote::limit::Requests;
use crate::remote::pace::Pace;
use crate::remote::served_ranges::ServedRanges;
use crate::remote::suffixes::Suffixes;

/// A client, and what is known of its server.
pub(crate) struct Client {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) credentials: Credentials,
    pub(super) kind: Kind,
    pub(super) pace: Pace,
    /// Places of its requests, as many as the process may have in flight.
    pub(super) queue: Requests,
    prefix: String,
    /// How often a request is sent whose answer is lost.
    pub(super) attempts: u32,
    /// Whether a value can be replaced on the condition that it has not changed.
    pub(crate) has_conditions: bool,
    pub(super) suffixes: Suffixes,
    pub(super) ranges: ServedRanges,
    /// Maximum number of bytes that one request stores. Only such requests have conditions.
    pub(super) most_at_once: u64,
    /// Whether the server sent a value without a tag of its version.
    without_tags: AtomicBool,
    /// Whether the server has identified the version of any value.
    has_identified: AtomicBool,
}

impl Client {
    /// Seconds from a request to its answer, and bytes a second, as far as they were measured.
    pub(crate) fn pace(&self) -> (Option<f64>, Option<f64>) {
        self.pace.latest()
    }

    /// The path of a key. It is sent as it is: no character is encoded twice.
    pub(super) fn path(&self, key: &str) -> Result<Path, object_store::path::Error> {
        if self.prefix.is_empty() {
            Path::parse(key)
        } else {
            Path::parse(format!("{}/{key}", self.prefix))
        }
    }

    /// The path of a folder; `None` for that of the whole store.
    pub(super) fn folder(&self, path: &str) -> Result<Option<Path>, Failure> {
        let folder = self.path(path);
        let folder = folder.map_err(|source| Failure::new(&StoreError::InvalidPath { source }))?;
        Ok((!folder.as_ref().is_empty()).then_some(folder))
    }

    /// The key of a path that was listed; `None` if it is not below the prefix.
    pub(super) fn key(&self, path: &Path) -> Option<String> {
        let key = path.as_ref().strip_prefix(&self.prefix)?;
        let key = if self.prefix.is_empty() { key } else { key.strip_prefix('/')? };
        Some(key.to_owned())
    }

    /// A client of another store.
    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>) -> Arc<Self> {
        Arc::new(Self {
            store,
            credentials: Credentials::default(),
            kind: Kind::S3,
            pace: Pace::new(),
            queue: Requests::default(),
            prefix: String::new(),
            attempts: crate::remote::put::ATTEMPTS,
            has_conditions: true,
            suffixes: Suffixes::new(true),
            ranges: ServedRanges::default(),
            most_at_once: 1 << 10,
            without_tags: AtomicBool::new(false),
            has_identified: AtomicBool::new(false),
        })
    }

    pub(super) fn identified(&self) -> bool {
        self.has_identified.load(Ordering::Relaxed)
    }

    pub(super) fn identifies(&self) {
        self.has_identified.store(true, Ordering::Relaxed);
    }

    pub(super) fn sends_tags(&self) -> bool {
        !self.without_tags.load(Ordering::Relaxed)
    }

    pub(super) fn sends_no_tags(&self) {
        self.without_tags.store(true, Ordering::Relaxed);
    }
}

/// The limits of the services for one request.
fn most_at_once(kind: Kind) -> u64 {
    match kind {
        Kind::S3 => 5 << 30,
        Kind::Azure => 5000 << 20,
        Kind::Google => 5 << 40,
        Kind::Http => u64::MAX,
    }
}

/// The latest stores, the oldest first. Those with the same settings share a client: its
/// connections, and the certificates that it took milliseconds to load.
static LATEST: Mutex<Vec<Arc<Remote>>> = Mutex::new(Vec::new());

/// Maximum number of stores that are kept for others with the same settings.
const KEPT: usize = 16;

static MADE: AtomicU64 = AtomicU64::new(0);

/// A store of which each process has its own client.
pub(crate) struct Remote {
    /// Other stores have other numbers. Stores with equal settings share one `Remote`.
    pub(crate) number: u64,
    settings: Settings,
    /// Taken only while attached, and a fork happens attached, so no child inherits it locked.
    made: Mutex<Option<(u32, Arc<Client>)>>,
}

impl Remote {
    /// Checks the settings by building the client of this process.
    pub(crate) fn new(settings: Settings) -> Result<Arc<Self>> {
        // Taken only while attached, like `made`.
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        let found = latest.iter().position(|one| one.settings == settings);
        let remote = if let Some(place) = found {
            latest.remove(place)
        } else {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let remote = Arc::new(Self { number, settings, made: Mutex::new(None) });
            remote.client()?;
            remote
        };
        // What a provider refers to lives as long as its own store.
        if remote.settings.provider.is_none() {
            latest.push(Arc::clone(&remote));
        }
        let oldest = (latest.len() > KEPT).then(|| latest.remove(0));
        drop(latest);
        drop(oldest);
        Ok(remote)
    }

    /// Whether values are stored and deleted by this client: fsspec does neither over HTTP.
    pub(crate) fn is_written(&self) -> bool {
        !(self.settings.is_fsspec && self.settings.kind == Kind::Http)
    }

    /// The client of this process.
    pub(crate) fn client(&self) -> Result<Arc<Client>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if let Some((owner, client)) = made.as_ref()
            && *owner == process
        {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.build()?);
        let inherited = made.replace((process, Arc::clone(&client)));
        mem::forget(inherited);
        Ok(client)
    }

    fn build(&self) -> Result<Client> {
        let prefix = self.settings.prefix.as_deref().unwrap_or_default();
        let parsed = Path::parse(prefix).map_err(|e| Error::InvalidPath(e.to_string()))?;
        if parsed.as_ref() != prefix.strip_suffix('/').unwrap_or(prefix) {
            // Other stores do not drop the slash at its beginning, for instance.
            let text = format!("the prefix '{prefix}' has needless slashes");
            return Err(Error::InvalidPath(text));
        }
        let Built { store, credentials } = self.settings.build().map_err(|e| {
            let reason = without_secrets(&e.to_string());
            Error::Unsupported(format!("a client of this store cannot be built: {reason}"))
        })?;
        Ok(Client {
            store,
            credentials,
            kind: self.settings.kind,
            pace: Pace::new(),
            queue: Requests::default(),
            prefix: parsed.to_string(),
            attempts: self.settings.attempts(),
            has_conditions: self.settings.has_conditions(),
            suffixes: Suffixes::new(self.settings.kind != Kind::Azure),
            ranges: ServedRanges::default(),
            most_at_once: most_at_once(self.settings.kind),
            without_tags: AtomicBool::new(false),
            has_identified: AtomicBool::new(false),
        })
    }
}

impl Drop for Remote {
    /// The connections of a parent belong to threads that do not exist here, so they are leaked.
    fn drop(&mut self) {
        let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        if made.as_ref().is_some_and(|(owner, _)| *owner != process::id()) {
            mem::forget(made.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Remote};
    use crate::remote::builders::{Kind, Settings};
    use std::sync::Arc;

    fn remote(prefix: &str) -> Arc<Remote> {
        let mut settings = Settings::new(Kind::Http);
        settings.url = Some("http://localhost:1/".into());
        settings.client = Some(vec![("allow_http".into(), "true".into())]);
        settings.prefix = Some(prefix.into());
        Remote::new(settings).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// Catches a client for each call, keys that are encoded, and paths that leave the prefix.
    #[test]
    fn a_client_is_kept_and_sends_keys_as_they_are() {
        let remote = remote("a/b c");
        let (Ok(one), Ok(two)) = (remote.client(), remote.client()) else { unreachable!() };
        assert!(Arc::ptr_eq(&one, &two));
        let equal = self::remote("a/b c").client();
        assert!(equal.is_ok_and(|equal| Arc::ptr_eq(&one, &equal)));
        let other = self::remote("a/b").client();
        assert!(other.is_ok_and(|other| !Arc::ptr_eq(&one, &other)));
        let path = |key| one.path(key).map(|path| path.to_string()).ok();
        assert_eq!(path("x%20 #ü/c/0").as_deref(), Some("a/b c/x%20 #ü/c/0"));
        assert_eq!(path("../c/0"), None);
        let key = |path| Path::parse(path).ok().and_then(|path| one.key(&path));
        assert_eq!(key("a/b c/x%20 #ü/c/0").as_deref(), Some("x%20 #ü/c/0"));
        assert_eq!((key("a/b cd/x"), key("a/b c")), (None, None));
        assert!(one.ranges.may_serve("a"));
        one.ranges.ignored("a");
        assert!(!two.ranges.may_serve("a"));
    }
}
