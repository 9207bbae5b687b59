//! Stores a value if there is none, and tells a lost answer from another writer.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attribute, Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};

use crate::counters;
use crate::remote::client::Client;
use crate::remote::failure::Failure;
use crate::remote::put::{is_lost, is_refused, is_unknown};
use crate::remote::stop::{Stop, pause};

/// The name under which a value says who stored it. Azure takes only names that are identifiers.
const CREATOR: &str = "zarrcreator";

/// Stores a value if there is none. Returns whether it was stored; `None` if the client was told
/// that the server has no such condition.
///
/// If an answer is lost, the request is sent again, and fails because of the first one. Equal bytes
/// would not tell whose they are: several processes often create the same node. After a stop nothing
/// is sent, and the failure of the last request is returned.
pub(super) async fn create(
    client: &Arc<Client>,
    key: &str,
    value: Bytes,
    stop: &Stop,
) -> Result<Option<bool>, Failure> {
    let path = client.path(key);
    let path = path.map_err(|source| Failure::new(&StoreError::InvalidPath { source }))?;
    let token = token(key);
    let mut attempt = 1;
    loop {
        let mut options = PutOptions::from(PutMode::Create);
        options.attributes.insert(Attribute::Metadata(CREATOR.into()), token.clone().into());
        counters::REQUESTS.add(1);
        let send = || client.store.put_opts(&path, value.clone().into(), options.clone());
        match client.credentials.send(Some(stop), send).await {
            Ok(_) => {
                counters::BYTES_WRITTEN.add(value.len() as u64);
                return Ok(Some(true));
            }
            Err(StoreError::NotImplemented { .. }) => return Ok(None),
            Err(error) if is_unknown(&error) => return Err(not_offered()),
            Err(error) if is_refused(&error) && !*stop.borrow() => {
                if let Some(other) = creator(client, &path).await? {
                    return Ok(Some(other == token));
                }
                // While another request is being served, some services refuse to create a value.
                if attempt >= client.attempts || !pause(stop, attempt).await {
                    return Ok(Some(false));
                }
            }
            Err(error) => {
                let may = is_lost(&error) && attempt < client.attempts;
                if !may || !pause(stop, attempt).await {
                    return Err(Failure::new(&error));
                }
            }
        }
        attempt += 1;
    }
}

/// For a server without conditions. Without one, the value of another creator could be replaced.
fn not_offered() -> Failure {
    Failure::Store {
        class: "NotSupportedError",
        reason: "the server cannot store a value on the condition that there is none".into(),
        advice: "if nobody else creates it meanwhile, set conditional_put of the store to \"disabled\"",
    }
}

/// Who stored a value, if it says so; `None` if there is no value.
async fn creator(client: &Client, path: &Path) -> Result<Option<String>, Failure> {
    counters::REQUESTS.add(1);
    match client.credentials.send(None, || client.store.get(path)).await {
        Ok(found) => {
            let name = found.attributes.get(&Attribute::Metadata(CREATOR.into()));
            Ok(Some(name.map(|name| name.as_ref().to_owned()).unwrap_or_default()))
        }
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(Failure::new(&error)),
    }
}

/// A text that no other call makes.
fn token(key: &str) -> String {
    let random = RandomState::new().hash_one((key, process::id(), SystemTime::now()));
    format!("{random:016x}{:08x}", process::id())
}

#[cfg(test)]
mod tests {
    use super::{Client, create, token};
    use crate::remote::runtime::runtime;
    use bytes::Bytes;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// Catches two creators of one value, and calls that cannot be told apart.
    #[test]
    fn a_value_is_created_once() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let client = Client::of(Arc::new(InMemory::new()));
        let (_go, stop) = tokio::sync::watch::channel(false);
        let made = || {
            let value = Bytes::from_static(b"x");
            runtime.block_on(create(&client, "a", value, &stop))
        };
        assert!(matches!(made(), Ok(Some(true))));
        assert!(matches!(made(), Ok(Some(false))));
        assert_ne!(token("a"), token("a"));
    }
}
