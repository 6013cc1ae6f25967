//! Object storage driven from threads that block.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};

use crate::{BulkError, S3Settings};

/// Opens buckets by name. Tests hand in one that lives in memory.
pub trait Buckets: Send + Sync {
    /// The bucket of that name.
    ///
    /// # Errors
    /// When the settings make no client.
    fn bucket(&self, name: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error>;
}

/// Buckets of an S3-compatible service.
struct S3(S3Settings);

impl Buckets for S3 {
    fn bucket(&self, name: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        let mut builder = AmazonS3Builder::new().with_bucket_name(name).with_region(&self.0.region);
        if let Some(endpoint) = &self.0.endpoint {
            // Services of one's own are addressed by path, and often without TLS inside a network.
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"))
                .with_virtual_hosted_style_request(false);
        }
        builder = match &self.0.credentials {
            Some(known) => {
                let signed = builder
                    .with_access_key_id(&known.access_key_id)
                    .with_secret_access_key(known.secret_access_key.expose());
                match &known.session_token {
                    Some(token) => signed.with_token(token.expose()),
                    None => signed,
                }
            }
            None => builder.with_skip_signature(true),
        };
        Ok(Arc::new(builder.build()?))
    }
}

/// Buckets, and the one small runtime that speaks with them. The runtime starts at first use.
pub struct Objects {
    buckets: Box<dyn Buckets>,
    runtime: OnceLock<Runtime>,
}

impl Objects {
    /// The buckets of an S3-compatible service.
    pub fn s3(settings: S3Settings) -> Self {
        Self::of(Box::new(S3(settings)))
    }

    /// Other buckets.
    pub fn of(buckets: Box<dyn Buckets>) -> Self {
        Self { buckets, runtime: OnceLock::new() }
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Arc<dyn ObjectStore>, BulkError> {
        self.buckets.bucket(name).map_err(BulkError::objects("open", format!("s3://{name}")))
    }

    /// The runtime, for tasks that go on by themselves.
    pub(crate) fn runtime(&self) -> Result<&Runtime, BulkError> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tarn-objects")
            .enable_all()
            .build()
            .map_err(|error| BulkError::Runtime(Some(error)))?;
        Ok(self.runtime.get_or_init(|| runtime))
    }

    /// Runs `work` to its end while the calling thread waits. The work goes to the runtime's own
    /// thread, so the caller may be any thread.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, BulkError> {
        let (done, answer) = std::sync::mpsc::sync_channel(1);
        self.runtime()?.spawn(async move {
            let _ = done.send(work.await);
        });
        answer.recv().map_err(|_| BulkError::Runtime(None))
    }

    /// Whether an object of exactly that key is there.
    pub(crate) fn exists(&self, bucket: &str, key: &str) -> Result<bool, BulkError> {
        let store = self.bucket(bucket)?;
        let path = key_path(bucket, key)?;
        let uri = format!("s3://{bucket}/{key}");
        match self.wait(async move { store.head(&path).await })? {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(BulkError::objects("look at", uri)(error)),
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A plain drop would panic inside another runtime's thread.
            runtime.shutdown_background();
        }
    }
}

/// A key exactly as written: `Path::from` would escape some of it again.
pub(crate) fn key_path(bucket: &str, key: &str) -> Result<object_store::path::Path, BulkError> {
    object_store::path::Path::parse(key).map_err(|_| BulkError::Location {
        uri: format!("s3://{bucket}/{key}"),
        why: "a key has no empty, `.` or `..` parts",
    })
}
