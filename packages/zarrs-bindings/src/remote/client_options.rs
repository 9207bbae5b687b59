//! How a client connects and retries, from the settings of a store.

use std::time::Duration;

use object_store::{
    BackoffConfig, Certificate, ClientConfigKey, ClientOptions, HeaderMap, HeaderValue, Result,
    RetryConfig,
};
use reqwest::header::HeaderName;

use crate::remote::builders::{NO_TIMEOUT, READ_TIMEOUT, Settings};
use crate::remote::put::ATTEMPTS;
use crate::remote::redirect::Connector;

impl Settings {
    pub(super) fn connector(&self) -> Connector {
        Connector(self.certificates.clone())
    }

    pub(super) fn options(&self) -> Result<ClientOptions> {
        let mut options = ClientOptions::new();
        let given = self.client.as_deref().unwrap_or_default();
        if !given.iter().any(|(name, _)| name == "timeout" || name == "read_timeout") {
            options = options
                .with_config(ClientConfigKey::Timeout, NO_TIMEOUT)
                .with_config(ClientConfigKey::ReadTimeout, READ_TIMEOUT);
        }
        for (name, value) in given {
            options = options.with_config(name.parse()?, value.clone());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(wrong_header)?;
            headers.insert(name, HeaderValue::from_bytes(value).map_err(wrong_header)?);
        }
        if !headers.is_empty() {
            options = options.with_default_headers(headers);
        }
        for certificate in self.certificates.iter().map(|pem| Certificate::from_pem_bundle(pem)) {
            for one in certificate? {
                options = options.with_root_certificate(one);
            }
        }
        Ok(options)
    }

    /// How often a request is sent whose answer is lost: never more often than the store allows.
    pub(super) fn attempts(&self) -> u32 {
        let allowed = self.retry.map_or(ATTEMPTS, |(_, _, _, retries, _)| {
            u32::try_from(retries).unwrap_or(u32::MAX).saturating_add(1)
        });
        allowed.min(ATTEMPTS)
    }

    pub(super) fn retry(&self) -> Option<RetryConfig> {
        let (first, longest, base, max_retries, all) = self.retry?;
        Some(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::try_from_secs_f64(first).ok()?,
                max_backoff: Duration::try_from_secs_f64(longest).ok()?,
                base,
            },
            max_retries,
            retry_timeout: Duration::try_from_secs_f64(all).ok()?,
        })
    }
}

fn wrong_header(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    object_store::Error::Generic { store: "client options", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use crate::remote::builders::{Kind, Settings};
    use object_store::ClientConfigKey::{ReadTimeout, Timeout};
    use std::time::Duration;

    /// Catches a limit of the store that is replaced by ours, and a header that no server takes.
    #[test]
    fn the_store_has_precedence() {
        let mut settings = Settings::new(Kind::Http);
        let value = |settings: &Settings, key| {
            settings.options().ok().and_then(|options| options.get_config_value(&key))
        };
        assert_eq!(value(&settings, ReadTimeout).as_deref(), Some("30s"));
        settings.client = Some(vec![("timeout".into(), "9s".into())]);
        assert_eq!(value(&settings, Timeout).as_deref(), Some("9s"));
        assert_eq!(value(&settings, ReadTimeout), None);
        settings.headers = vec![("x-a".into(), b"b".to_vec())];
        assert!(settings.options().is_ok());
        settings.headers.push(("no header".into(), Vec::new()));
        assert!(settings.options().is_err());
        assert!(settings.retry().is_none());
        assert_eq!(settings.attempts(), 4);
        settings.retry = Some((0.1, 2.0, 3.0, 0, 5.0));
        assert_eq!(settings.attempts(), 1);
        settings.retry = Some((0.1, 2.0, 3.0, 4, 5.0));
        let retry = settings.retry();
        assert!(retry.is_some_and(|retry| {
            retry.max_retries == 4 && retry.retry_timeout == Duration::from_secs(5)
        }));
        assert_eq!(settings.attempts(), 4);
    }
}
