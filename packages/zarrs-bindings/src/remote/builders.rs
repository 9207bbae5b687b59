//! Builds clients from the settings of obstore's stores.

use std::env;
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, Result};
use pyo3::prelude::*;

use crate::remote::credentials::{Credentials, Renewable};
use crate::remote::fsspec::{FsspecClient, Regions};
use crate::remote::provider::Provider;

/// How long a server may send nothing. The time of a whole request has no limit: it depends on the
/// size of the value.
pub(super) const READ_TIMEOUT: &str = "30s";
pub(super) const NO_TIMEOUT: &str = "1day";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    S3,
    Google,
    Azure,
    Http,
}

/// What a store was made from, as plain values.
#[derive(PartialEq)]
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    pub(crate) url: Option<String>,
    pub(crate) prefix: Option<String>,
    pub(crate) config: Vec<(String, String)>,
    /// `None` if the store was made without any: then those of the environment apply.
    pub(crate) client: Option<Vec<(String, String)>>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) certificates: Option<Vec<u8>>,
    pub(crate) retry: Option<Retry>,
    pub(crate) provider: Option<Function>,
    /// For a file system of fsspec, which reads the environment itself and raises builtin errors.
    pub(crate) is_fsspec: bool,
    /// Where a bucket of S3 may be asked for its region, and the endpoint of a region.
    pub(crate) regional: Option<(String, String)>,
    /// The environment when the settings were made: a forked child builds the same client.
    environment: Vec<(String, String)>,
}

/// A function that returns credentials, and how many seconds before they expire it is called again.
pub(crate) struct Function(pub(crate) Py<PyAny>, pub(crate) f64);

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&other.0) && self.1.to_bits() == other.1.to_bits()
    }
}

/// First and longest pause and their ratio, the number of attempts, and the time for all: in
/// seconds.
pub(crate) type Retry = (f64, f64, f64, usize, f64);

/// What is built from settings.
pub(super) struct Built {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) credentials: Credentials,
}

impl Settings {
    pub(crate) fn new(kind: Kind) -> Self {
        let text = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((key.into_string().ok()?, value.into_string().ok()?))
        };
        let start = match kind {
            Kind::S3 => "AWS_",
            Kind::Google => "GOOGLE_",
            Kind::Azure => "AZURE_",
            Kind::Http => "\0",
        };
        let own = |(key, _): &(String, String)| {
            key.starts_with(start) || (kind == Kind::Google && key == "SERVICE_ACCOUNT")
        };
        Self {
            kind,
            url: None,
            prefix: None,
            config: Vec::new(),
            client: None,
            headers: Vec::new(),
            certificates: None,
            retry: None,
            provider: None,
            is_fsspec: false,
            regional: None,
            environment: env::vars_os().filter_map(text).filter(own).collect(),
        }
    }

    /// Whether the store can replace a value on a condition. Some services that resemble S3 cannot,
    /// and their users say so.
    pub(super) fn has_conditions(&self) -> bool {
        match self.kind {
            Kind::Google | Kind::Azure => true,
            Kind::Http => false,
            Kind::S3 => {
                let given = self.s3().ok().and_then(|builder| {
                    builder.get_config_value(&AmazonS3ConfigKey::ConditionalPut)
                });
                given.as_deref() != Some("disabled")
            }
        }
    }

    pub(super) fn build(&self) -> Result<Built> {
        // Fails only if it is already set.
        rustls::crypto::ring::default_provider().install_default().ok();
        let (mut regions, mut credentials) = (None, Credentials::default());
        let store: Arc<dyn ObjectStore> = match self.kind {
            Kind::S3 => {
                let mut builder = self.s3()?.with_http_connector(self.connector());
                if let Some(provider) = self.provider(Provider::aws, &mut credentials) {
                    builder = builder.with_credentials(provider);
                }
                regions = self.regional.clone().map(|places| Regions::new(&builder, places));
                Arc::new(builder.build()?)
            }
            Kind::Google => {
                let mut builder = self.google()?.with_http_connector(self.connector());
                if let Some(provider) = self.provider(Provider::google, &mut credentials) {
                    builder = builder.with_credentials(provider);
                }
                Arc::new(builder.build()?)
            }
            Kind::Azure => {
                let mut builder = self.azure()?.with_http_connector(self.connector());
                if let Some(provider) = self.provider(Provider::azure, &mut credentials) {
                    builder = builder.with_credentials(provider);
                }
                Arc::new(builder.build()?)
            }
            Kind::Http => self.http()?,
        };
        let store =
            if self.is_fsspec { Arc::new(FsspecClient::new(store, regions)) } else { store };
        Ok(Built { store, credentials })
    }

    fn http(&self) -> Result<Arc<dyn ObjectStore>> {
        let mut builder = HttpBuilder::new()
            .with_client_options(self.options()?)
            .with_http_connector(self.connector());
        // A URL that ends with a slash would make keys that start with one.
        if let Some(url) = &self.url {
            builder = builder.with_url(url.strip_suffix('/').unwrap_or(url));
        }
        if let Some(retry) = self.retry() {
            builder = builder.with_retry(retry);
        }
        Ok(Arc::new(builder.build()?))
    }

    /// The provider of credentials, if the store has one, which is then the one of `credentials`.
    fn provider<C: PartialEq + Send + Sync + 'static>(
        &self,
        make: fn(&Function) -> Provider<C>,
        credentials: &mut Credentials,
    ) -> Option<Arc<Provider<C>>> {
        let provider = Arc::new(make(self.provider.as_ref()?));
        credentials.0 = Some(Arc::clone(&provider) as Arc<dyn Renewable>);
        Some(provider)
    }

    /// The environment, unless who made the settings has read it.
    fn environment(&self) -> &[(String, String)] {
        if self.is_fsspec { &[] } else { &self.environment }
    }

    /// All settings in the order in which the last one wins.
    fn cloud<B, K: std::str::FromStr<Err = object_store::Error>>(
        &self,
        mut builder: B,
        set: impl Fn(B, K, String) -> B,
        options: impl FnOnce(B, ClientOptions) -> B,
        client: impl Fn(ClientConfigKey) -> K,
    ) -> Result<B> {
        let mut given = Vec::new();
        for (name, value) in self.environment() {
            let name = name.to_ascii_lowercase();
            if let Ok(key) = name.parse() {
                builder = set(builder, key, value.clone());
                given.push(name);
            }
        }
        if self.client.is_some() {
            builder = options(builder, self.options()?);
        } else {
            let named = |name: &str| given.iter().any(|key| key.ends_with(name));
            if !named("_timeout") {
                builder = set(builder, client(ClientConfigKey::Timeout), NO_TIMEOUT.into());
                builder = set(builder, client(ClientConfigKey::ReadTimeout), READ_TIMEOUT.into());
            }
        }
        for (name, value) in &self.config {
            builder = set(builder, name.parse()?, value.clone());
        }
        Ok(builder)
    }

    fn s3(&self) -> Result<AmazonS3Builder> {
        let mut builder = self.cloud(
            AmazonS3Builder::new(),
            |b, key: AmazonS3ConfigKey, value| b.with_config(key, value),
            AmazonS3Builder::with_client_options,
            AmazonS3ConfigKey::Client,
        )?;
        if let Some(retry) = self.retry() {
            builder = builder.with_retry(retry);
        }
        Ok(builder)
    }

    fn google(&self) -> Result<GoogleCloudStorageBuilder> {
        let mut builder = self.cloud(
            GoogleCloudStorageBuilder::new(),
            |b, key: GoogleConfigKey, value| b.with_config(key, value),
            GoogleCloudStorageBuilder::with_client_options,
            GoogleConfigKey::Client,
        )?;
        if let Some(retry) = self.retry() {
            builder = builder.with_retry(retry);
        }
        Ok(builder)
    }

    fn azure(&self) -> Result<MicrosoftAzureBuilder> {
        let mut builder = self.cloud(
            MicrosoftAzureBuilder::new(),
            |b, key: AzureConfigKey, value| b.with_config(key, value),
            MicrosoftAzureBuilder::with_client_options,
            AzureConfigKey::Client,
        )?;
        if let Some(retry) = self.retry() {
            builder = builder.with_retry(retry);
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Settings};
    use object_store::ClientConfigKey::{ReadTimeout, Timeout};
    use object_store::aws::AmazonS3ConfigKey::{AccessKeyId, Client, Region};

    /// Catches settings of the environment that win over those of the store, and a limit on the
    /// time of a whole request.
    #[test]
    fn a_store_has_its_own_settings_and_those_of_the_environment() {
        let mut settings = Settings::new(Kind::S3);
        settings.environment =
            vec![("AWS_REGION".into(), "here".into()), ("AWS_ACCESS_KEY_ID".into(), "a".into())];
        settings.config = vec![("access_key_id".into(), "b".into())];
        let value = |settings: &Settings, key| {
            settings.s3().ok().and_then(|builder| builder.get_config_value(&key))
        };
        assert_eq!(value(&settings, AccessKeyId).as_deref(), Some("b"));
        assert_eq!(value(&settings, Region).as_deref(), Some("here"));
        assert_eq!(value(&settings, Client(Timeout)).as_deref(), Some("1day"));
        settings.environment.push(("AWS_TIMEOUT".into(), "7s".into()));
        assert_eq!(value(&settings, Client(Timeout)).as_deref(), Some("7s"));
        settings.client = Some(vec![("timeout".into(), "9s".into())]);
        assert_eq!(value(&settings, Client(Timeout)).as_deref(), Some("9s"));
        assert!(settings.has_conditions());
        settings.config.push(("conditional_put".into(), "disabled".into()));
        assert!(!settings.has_conditions());
        settings.client = Some(Vec::new());
        assert_eq!(value(&settings, Client(ReadTimeout)).as_deref(), Some("30s"));
        settings.is_fsspec = true;
        assert_eq!(value(&settings, Region), None);
        settings.config.push(("no_such_key".into(), "1".into()));
        assert!(settings.s3().is_err());
    }
}
