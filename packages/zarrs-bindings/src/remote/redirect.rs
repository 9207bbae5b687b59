//! The client of HTTP. It goes where a server sends it, and takes no credentials elsewhere.

use std::hash::{BuildHasher, RandomState};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientConfigKey as Key, ClientOptions, Error as StoreError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, HeaderMap, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LOCATION,
    RANGE,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Method, NoProxy, Proxy, StatusCode, Url};
use tokio::task::spawn_blocking;

use crate::remote::answer::Asked;
use crate::remote::pace;
use crate::remote::stop::Sending;
use crate::remote::window::Window;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The most times that a request is sent elsewhere.
const MOST: usize = 10;

/// Makes clients with the options of a store, and the certificates that are trusted besides.
#[derive(Debug)]
pub(super) struct Connector(pub(super) Option<Vec<u8>>);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = self
            .client(options)
            .map_err(|source| StoreError::Generic { store: "client options", source })?;
        let headers = options.get_default_headers().cloned().unwrap_or_default();
        Ok(HttpClient::new(Follower { client, headers, window: Window::new() }))
    }
}

impl Connector {
    /// As `object_store` makes it, but without its redirects, and without headers for each request.
    fn client(&self, options: &ClientOptions) -> Result<Client, Source> {
        let text = |key| options.get_config_value(&key);
        let (flag, time) = (|key| flag(options, key), |key| time(options, key));
        let agent = text(Key::UserAgent).unwrap_or_else(|| "object_store".into());
        let mut builder = Client::builder().redirect(Policy::none()).user_agent(agent);
        if let Some(url) = text(Key::ProxyUrl) {
            let excluded = text(Key::ProxyExcludes).and_then(|names| NoProxy::from_string(&names));
            builder = builder.proxy(Proxy::all(url)?.no_proxy(excluded));
            if let Some(pem) = text(Key::ProxyCaCertificate) {
                builder = builder.tls_certs_merge([Certificate::from_pem(pem.as_bytes())?]);
            }
        }
        let own = match &self.0 {
            Some(pem) => Certificate::from_pem_bundle(pem)?,
            None => Vec::new(),
        };
        builder = if flag(Key::NoSystemCertificates)? {
            builder.tls_certs_only(own)
        } else {
            builder.tls_certs_merge(own)
        };
        builder = given(builder, time(Key::Timeout)?, ClientBuilder::timeout);
        builder = given(builder, time(Key::ConnectTimeout)?, ClientBuilder::connect_timeout);
        builder = given(builder, time(Key::ReadTimeout)?, ClientBuilder::read_timeout);
        builder = given(builder, time(Key::PoolIdleTimeout)?, ClientBuilder::pool_idle_timeout);
        let most = text(Key::PoolMaxIdlePerHost).map(|value| value.parse()).transpose()?;
        builder = given(builder, most, ClientBuilder::pool_max_idle_per_host);
        if flag(Key::Http1Only)? {
            builder = builder.http1_only();
        }
        if flag(Key::AllowInvalidCertificates)? {
            builder = builder.danger_accept_invalid_certs(true);
        }
        if flag(Key::RandomizeAddresses)? {
            builder = builder.dns_resolver(Arc::new(Rotated));
        }
        builder = Self::http2(builder, options)?;
        Ok(builder.https_only(!flag(Key::AllowHttp)?).build()?)
    }

    fn http2(mut builder: ClientBuilder, options: &ClientOptions) -> Result<ClientBuilder, Source> {
        builder =
            given(builder, time(options, Key::Http2KeepAliveInterval)?, |builder, interval| {
                builder.http2_keep_alive_interval(interval)
            });
        let limit = time(options, Key::Http2KeepAliveTimeout)?;
        builder = given(builder, limit, ClientBuilder::http2_keep_alive_timeout);
        let size = options.get_config_value(&Key::Http2MaxFrameSize);
        let size = size.map(|value| value.parse::<u32>()).transpose()?;
        builder = given(builder, size, ClientBuilder::http2_max_frame_size);
        if flag(options, Key::Http2KeepAliveWhileIdle)? {
            builder = builder.http2_keep_alive_while_idle(true);
        }
        if flag(options, Key::Http2Only)? {
            builder = builder.http2_prior_knowledge();
        }
        Ok(builder)
    }
}

fn flag(options: &ClientOptions, key: Key) -> Result<bool, Source> {
    let value = options.get_config_value(&key).unwrap_or_default().to_ascii_lowercase();
    match value.as_str() {
        "1" | "true" | "on" | "yes" | "y" => Ok(true),
        "" | "0" | "false" | "off" | "no" | "n" => Ok(false),
        _ => Err("an option of the client is neither true nor false".into()),
    }
}

fn time(options: &ClientOptions, key: Key) -> Result<Option<Duration>, Source> {
    let value = options.get_config_value(&key);
    Ok(value.map(|value| humantime::parse_duration(&value)).transpose()?)
}

fn given<T>(
    builder: ClientBuilder,
    value: Option<T>,
    set: fn(ClientBuilder, T) -> ClientBuilder,
) -> ClientBuilder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Addresses of a host, from a random one on: a service has many servers.
struct Rotated;

impl Resolve for Rotated {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = spawn_blocking(move || {
                (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)
            });
            let mut found = found.await??;
            if !found.is_empty() {
                let first = RandomState::new().hash_one(found.len()) as usize % found.len();
                found.rotate_left(first);
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A client that goes where servers send it.
#[derive(Debug)]
struct Follower {
    client: Client,
    /// For the server of the store only: they may be credentials.
    headers: HeaderMap,
    window: Arc<Window>,
}

#[async_trait]
impl HttpService for Follower {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        let asked = Asked::of(&request);
        for hop in 0..MOST {
            let sent = request.clone();
            let turn = self.window.turn().await;
            if hop == 0 {
                pace::sent();
            }
            let sending = if is_read(&request) { None } else { Sending::begin() };
            let answer = self.client.call(request).await?;
            let Some(next) = elsewhere(sent, &answer) else {
                let (answer, status) = asked.checked(answer).await?;
                turn.answered(status);
                return Ok(turn.with(answer, sending));
            };
            turn.answered(answer.status());
            request = next;
        }
        let reason = "the server sends each request elsewhere";
        Err(HttpError::new_boxed(HttpErrorKind::Unknown, reason.into()))
    }
}

fn is_read(request: &HttpRequest) -> bool {
    *request.method() == Method::GET || *request.method() == Method::HEAD
}

/// The request to send instead; `None` if the answer is final. A change is not sent to another
/// server, which would store it without knowing whose it is.
fn elsewhere(mut request: HttpRequest, answer: &HttpResponse) -> Option<HttpRequest> {
    use StatusCode as S;
    let keeps_method = matches!(answer.status(), S::TEMPORARY_REDIRECT | S::PERMANENT_REDIRECT);
    let may_change = matches!(answer.status(), S::MOVED_PERMANENTLY | S::FOUND | S::SEE_OTHER);
    let is_read = is_read(&request);
    if !(keeps_method || may_change && is_read) {
        return None;
    }
    let from: Url = request.uri().to_string().parse().ok()?;
    let to = from.join(answer.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    if from.origin() != to.origin() {
        if !is_read {
            return None;
        }
        let kept = [ACCEPT, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, RANGE];
        let all = std::mem::take(request.headers_mut());
        let kept = kept.iter().filter_map(|name| Some((name.clone(), all.get(name)?.clone())));
        request.headers_mut().extend(kept);
    }
    *request.uri_mut() = to.as_str().parse().ok()?;
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::{Connector, HttpConnector, Key};
    use object_store::ClientOptions;

    /// Catches an option that is lost, or that no client can be made with.
    #[test]
    fn a_client_is_made_with_all_options() {
        rustls::crypto::ring::default_provider().install_default().ok();
        let options = [
            (Key::AllowHttp, "true"),
            (Key::AllowInvalidCertificates, "1"),
            (Key::ConnectTimeout, "5s"),
            (Key::Http1Only, "off"),
            (Key::Http2KeepAliveInterval, "1m"),
            (Key::Http2KeepAliveTimeout, "2 s"),
            (Key::Http2KeepAliveWhileIdle, "yes"),
            (Key::Http2MaxFrameSize, "16384"),
            (Key::PoolIdleTimeout, "1day"),
            (Key::PoolMaxIdlePerHost, "7"),
            (Key::ProxyUrl, "http://127.0.0.1:1"),
            (Key::ProxyExcludes, "a,b"),
            (Key::RandomizeAddresses, "false"),
            (Key::ReadTimeout, "30s"),
            (Key::UserAgent, "me"),
        ];
        let mut all = ClientOptions::new();
        assert!(Connector(None).connect(&all).is_ok());
        for (key, value) in options {
            all = all.with_config(key, value);
        }
        assert!(Connector(None).connect(&all).is_ok());
        for (key, value) in [
            (Key::AllowHttp, "maybe"),
            (Key::Timeout, "soon"),
            (Key::PoolMaxIdlePerHost, "few"),
            (Key::ProxyUrl, "\0"),
        ] {
            let wrong = all.clone().with_config(key, value);
            assert!(Connector(None).connect(&wrong).is_err(), "{value}");
        }
        assert!(Connector(Some(b"-----BEGIN CERTIFICATE-----\n".into())).connect(&all).is_err());
    }
}
