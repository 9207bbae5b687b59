//! The client of a file system of fsspec, whose users expect what that file system does.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;

use crate::remote::failure::Builtin;

/// How long to wait for the answer about a region.
const PATIENCE: Duration = Duration::from_secs(30);

/// Marks all errors, so that builtin exceptions are raised, and follows a bucket to its region.
pub(super) struct FsspecClient {
    store: Arc<dyn ObjectStore>,
    regions: Option<Arc<Regions>>,
}

impl FsspecClient {
    pub(super) fn new(store: Arc<dyn ObjectStore>, regions: Option<Regions>) -> Self {
        Self { store, regions: regions.map(Arc::new) }
    }

    fn store(&self) -> &Arc<dyn ObjectStore> {
        self.regions.as_ref().and_then(|regions| regions.found.get()).unwrap_or(&self.store)
    }

    /// The store of the bucket's region, if this error says that the bucket is elsewhere.
    async fn elsewhere(&self, error: &StoreError) -> Option<&Arc<dyn ObjectStore>> {
        let regions = self.regions.as_ref()?;
        if !is_elsewhere(&error.to_string()) {
            return None;
        }
        regions.found.get_or_try_init(|| regions.find()).await.ok()
    }

    /// What `begin` begins with the store of the bucket's region. That is looked up before, because
    /// part of a stream cannot be repeated.
    fn stream<T: Send + 'static>(
        &self,
        begin: impl FnOnce(Arc<dyn ObjectStore>) -> BoxStream<'static, Result<T>> + Send + 'static,
    ) -> BoxStream<'static, Result<T>> {
        let (store, regions) = (Arc::clone(&self.store), self.regions.clone());
        let flow = async move {
            let found = match &regions {
                Some(regions) => regions.found.get_or_try_init(|| regions.find()).await.ok(),
                None => None,
            };
            begin(found.map_or(store, Arc::clone))
        };
        stream::once(flow).flatten().map(|item| item.map_err(marked)).boxed()
    }
}

/// How to reach a bucket of S3 in another region, as botocore does.
pub(super) struct Regions {
    builder: AmazonS3Builder,
    /// Answers with the region of the bucket.
    url: String,
    /// The endpoint of a region, which is written as `{region}`.
    endpoint: String,
    found: OnceCell<Arc<dyn ObjectStore>>,
}

impl Regions {
    pub(super) fn new(builder: &AmazonS3Builder, (url, endpoint): (String, String)) -> Self {
        Self { builder: builder.clone(), url, endpoint, found: OnceCell::new() }
    }

    async fn find(&self) -> Result<Arc<dyn ObjectStore>, Box<dyn StdError + Send + Sync>> {
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE);
        let answer = client.build()?.head(&self.url).send().await?;
        let region = answer.headers().get("x-amz-bucket-region").ok_or("no region")?.to_str()?;
        // It becomes a part of a host's name.
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("not a region".into());
        }
        let builder = self.builder.clone().with_region(region);
        Ok(Arc::new(builder.with_endpoint(self.endpoint.replace("{region}", region)).build()?))
    }
}

fn is_elsewhere(text: &str) -> bool {
    ["redirect without LOCATION", "<Code>AuthorizationHeaderMalformed<", "<Code>PermanentRedirect<"]
        .iter()
        .any(|sign| text.contains(sign))
}

fn marked(error: StoreError) -> StoreError {
    use StoreError as E;
    let mark = |source| -> Box<dyn StdError + Send + Sync> { Box::new(Builtin(source)) };
    match error {
        E::NotFound { path, source } => E::NotFound { path, source: mark(source) },
        E::PermissionDenied { path, source } => E::PermissionDenied { path, source: mark(source) },
        E::Unauthenticated { path, source } => E::Unauthenticated { path, source: mark(source) },
        E::Precondition { path, source } => E::Precondition { path, source: mark(source) },
        E::AlreadyExists { path, source } => E::AlreadyExists { path, source: mark(source) },
        E::NotModified { path, source } => E::NotModified { path, source: mark(source) },
        E::NotSupported { source } => E::NotSupported { source: mark(source) },
        E::Generic { store, source } => E::Generic { store, source: mark(source) },
        other => E::Generic { store: "fsspec", source: mark(Box::new(other)) },
    }
}

impl fmt::Debug for FsspecClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FsspecClient")
    }
}

impl fmt::Display for FsspecClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FsspecClient")
    }
}

#[async_trait]
impl ObjectStore for FsspecClient {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let mut found = self.store().get_opts(location, options.clone()).await;
        if let Err(error) = &found
            && let Some(store) = self.elsewhere(error).await
        {
            found = store.get_opts(location, options).await;
        }
        let mut found = found.map_err(marked)?;
        let GetResultPayload::Stream(body) = found.payload;
        found.payload = GetResultPayload::Stream(body.map(|part| part.map_err(marked)).boxed());
        Ok(found)
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let mut done = self.store().put_opts(location, payload.clone(), options.clone()).await;
        if let Err(error) = &done
            && let Some(store) = self.elsewhere(error).await
        {
            done = store.put_opts(location, payload, options).await;
        }
        done.map_err(marked)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let mut begun = self.store().put_multipart_opts(location, options.clone()).await;
        if let Err(error) = &begun
            && let Some(store) = self.elsewhere(error).await
        {
            begun = store.put_multipart_opts(location, options).await;
        }
        begun.map_err(marked)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.stream(|store| store.delete_stream(locations))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned();
        self.stream(move |store| store.list(prefix.as_ref()))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut found = self.store().list_with_delimiter(prefix).await;
        if let Err(error) = &found
            && let Some(store) = self.elsewhere(error).await
        {
            found = store.list_with_delimiter(prefix).await;
        }
        found.map_err(marked)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store().copy_opts(from, to, options).await.map_err(marked)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_elsewhere, marked};
    use crate::remote::failure::Builtin;
    use object_store::Error as StoreError;
    use std::error::Error as StdError;

    /// Catches an error that loses its kind, its text or its cause when it is marked.
    #[test]
    fn a_marked_error_is_the_same_error() {
        let source = || -> Box<dyn StdError + Send + Sync> { "403 Forbidden".into() };
        let path = || "a/b".to_owned();
        let error = StoreError::PermissionDenied { path: path(), source: source() };
        let text = error.to_string();
        let error = marked(error);
        assert!(matches!(&error, StoreError::PermissionDenied { path, .. } if path == "a/b"));
        assert_eq!(error.to_string(), text);
        assert!(error.source().is_some_and(<dyn StdError>::is::<Builtin>));
        let missing = marked(StoreError::NotFound { path: path(), source: source() });
        assert!(matches!(missing, StoreError::NotFound { .. }));
    }

    /// Catches a search for a region after any error.
    #[test]
    fn only_a_wrong_region_is_elsewhere() {
        assert!(is_elsewhere("<Error><Code>PermanentRedirect</Code></Error>"));
        assert!(is_elsewhere("Received redirect without LOCATION, this normally"));
        assert!(!is_elsewhere("<Error><Code>AccessDenied</Code></Error>"));
    }
}
