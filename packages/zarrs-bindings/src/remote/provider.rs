//! Credentials from a Python function.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use object_store::aws::AwsCredential;
use object_store::azure::{AzureAccessKey, AzureCredential};
use object_store::gcp::GcpCredential;
use object_store::{CredentialProvider, Error as StoreError};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::remote::builders::Function;
use crate::remote::credentials::{Renewable, note};
use crate::remote::failure::Raised;
use crate::shutdown;

type Read<C> = fn(&Bound<'_, PyAny>) -> PyResult<C>;

/// The latest credentials, and when they expire.
struct Kept<C> {
    latest: Option<(Arc<C>, Option<SystemTime>)>,
    /// Whether a server refused them before that.
    refused: bool,
    /// How often they were others than before.
    number: u64,
}

/// A function that returns credentials. They are kept until shortly before they expire.
pub(super) struct Provider<C> {
    function: Arc<Py<PyAny>>,
    /// How long before they expire new ones are requested.
    before: Duration,
    read: Read<C>,
    kept: Mutex<Kept<C>>,
}

impl<C> Provider<C> {
    fn new(Function(function, before): &Function, read: Read<C>) -> Self {
        Self {
            function: Arc::new(Python::attach(|py| function.clone_ref(py))),
            before: Duration::try_from_secs_f64(*before).unwrap_or_default(),
            read,
            kept: Mutex::new(Kept { latest: None, refused: false, number: 0 }),
        }
    }
}

impl Provider<AwsCredential> {
    pub(super) fn aws(given: &Function) -> Self {
        Self::new(given, |found| {
            Ok(AwsCredential {
                key_id: found.get_item("access_key_id")?.extract()?,
                secret_key: found.get_item("secret_access_key")?.extract()?,
                token: found.get_item("token").ok().map(|t| t.extract()).transpose()?.flatten(),
            })
        })
    }
}

impl Provider<GcpCredential> {
    pub(super) fn google(given: &Function) -> Self {
        Self::new(given, |found| Ok(GcpCredential { bearer: found.get_item("token")?.extract()? }))
    }
}

impl Provider<AzureCredential> {
    /// A shared access signature comes as pairs of names and values.
    pub(super) fn azure(given: &Function) -> Self {
        Self::new(given, |found| {
            if let Ok(key) = found.get_item("access_key") {
                let key = AzureAccessKey::try_new(key.extract()?)
                    .map_err(|_| PyValueError::new_err("the access key is not base64"))?;
                return Ok(AzureCredential::AccessKey(key));
            }
            if let Ok(pairs) = found.get_item("sas_token") {
                return Ok(AzureCredential::SASToken(pairs.extract()?));
            }
            Ok(AzureCredential::BearerToken(found.get_item("token")?.extract()?))
        })
    }
}

impl<C> fmt::Debug for Provider<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}

#[async_trait]
impl<C: PartialEq + Send + Sync + 'static> CredentialProvider for Provider<C> {
    type Credential = C;

    async fn get_credential(&self) -> Result<Arc<C>, StoreError> {
        let mut kept = self.kept.lock().await;
        if let Some((credential, expires)) = kept.latest.as_ref()
            && !kept.refused
            && expires.is_none_or(|at| at > SystemTime::now() + self.before)
        {
            note(kept.number);
            return Ok(Arc::clone(credential));
        }
        let (function, read, refused) = (Arc::clone(&self.function), self.read, kept.refused);
        // Only this thread waits for the interpreter; the caller of the read is detached.
        let asked = spawn_blocking(move || {
            // A thread that attaches after the interpreter's end is ended by force.
            let Some(_guard) = shutdown::join() else {
                return Err(PyRuntimeError::new_err("the interpreter ends"));
            };
            Python::attach(|py| ask(function.bind(py), read, refused))
        });
        let failed = |source| StoreError::Generic { store: "credentials", source };
        let (credential, expires) = asked
            .await
            .map_err(|error| failed(Box::new(error)))?
            .map_err(|raised| failed(Box::new(Raised(Arc::new(raised)))))?;
        if refused || kept.latest.as_ref().is_none_or(|(old, _)| **old != credential) {
            kept.number += 1;
        }
        let credential = Arc::new(credential);
        kept.latest = Some((Arc::clone(&credential), expires));
        kept.refused = false;
        note(kept.number);
        Ok(credential)
    }
}

#[async_trait]
impl<C: Send + Sync + 'static> Renewable for Provider<C> {
    async fn refuse(&self, number: u64) {
        let mut kept = self.kept.lock().await;
        if kept.number == number {
            kept.refused = true;
        }
    }
}

/// Asks for credentials. A provider of ours that keeps them itself has another method for those
/// that were refused.
fn ask<C>(
    function: &Bound<'_, PyAny>,
    read: Read<C>,
    refused: bool,
) -> PyResult<(C, Option<SystemTime>)> {
    let renew = if refused { function.getattr_opt("renew_refused")? } else { None };
    let found = renew.as_ref().unwrap_or(function).call0()?;
    if found.hasattr("__await__")? {
        found.call_method0("close").ok();
        return Err(PyTypeError::new_err(
            "the credential provider is asynchronous but is not declared as such; \
             declare it with 'async def'",
        ));
    }
    let credential = read(&found)?;
    let expires = found.get_item("expires_at")?;
    if expires.is_none() {
        return Ok((credential, None));
    }
    let seconds: f64 = expires.call_method0("timestamp")?.extract()?;
    Ok((credential, Some(UNIX_EPOCH + Duration::try_from_secs_f64(seconds).unwrap_or_default())))
}
