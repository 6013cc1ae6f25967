//! Outputs: files that appear whole or not at all, and never in place of another.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use object_store::buffered::BufWriter as ObjectWriter;
use object_store::{ObjectStore, ObjectStoreExt};
use tarn_domain::JobId;
use tokio::io::AsyncWriteExt;

use crate::objects::key_path;
use crate::sealed::SealedWriter;
use crate::{BulkError, Objects, Place, Results, Settings};

/// Bytes of an object that are sent at once. S3 takes 10,000 parts of at least 5 MiB.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 3;

/// Where outputs may be written.
#[derive(Clone)]
pub struct Outputs {
    root: PathBuf,
    objects: Arc<Objects>,
    results: Option<Results>,
}

impl Outputs {
    /// Outputs below the export root and in object storage.
    pub fn new(settings: &Settings, objects: Arc<Objects>) -> Self {
        Self { root: settings.export_root.clone(), objects, results: None }
    }

    /// The same, and among kept results.
    pub fn keeping(mut self, results: Results) -> Self {
        self.results = Some(results);
        self
    }

    /// Where outputs go when nobody said where.
    pub fn default_place(&self) -> Place {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        Place::Disk(root.components().collect())
    }

    /// Checks a place before a job is made of it. Object storage is not asked.
    ///
    /// # Errors
    /// A refusal that names the export root.
    pub fn check(&self, place: &Place) -> Result<(), BulkError> {
        match place {
            Place::Disk(path) => self.resolve(path).map(|_| ()),
            Place::Objects { bucket, prefix } if !prefix.is_empty() => {
                key_path(bucket, prefix).map(|_| ())
            }
            Place::Objects { .. } => Ok(()),
            Place::Upload { .. } | Place::Kept(_) | Place::Several(_) => Err(no_output(place)),
        }
    }

    /// A job's own folder at a place. Nothing is made yet.
    ///
    /// # Errors
    /// Like [`Outputs::check`].
    pub fn folder(&self, place: &Place, name: &str) -> Result<Folder, BulkError> {
        let target = match place {
            Place::Disk(path) => Target::Disk(self.resolve(path)?.join(name)),
            Place::Objects { bucket, prefix } => Target::Objects {
                objects: Arc::clone(&self.objects),
                store: self.objects.bucket(bucket)?,
                bucket: bucket.clone(),
                prefix: join(prefix, name),
            },
            Place::Kept(job) => {
                let results = self.results.clone().ok_or_else(|| no_output(place))?;
                let target = Target::Kept { results, job: *job };
                return Ok(Folder { target, uri: place.to_string() });
            }
            Place::Upload { .. } | Place::Several(_) => return Err(no_output(place)),
        };
        let base = place.to_string();
        Ok(Folder { target, uri: format!("{}/{name}", base.trim_end_matches('/')) })
    }

    /// The path that `path` will really be, when it lies under the export root: its deepest
    /// existing folder with links followed, and the rest as written.
    fn resolve(&self, path: &Path) -> Result<PathBuf, BulkError> {
        make_folder(&self.root)?;
        let root = self.root.canonicalize().map_err(BulkError::disk("find", &self.root))?;
        let outside = || BulkError::OutsideExportRoot {
            uri: Place::Disk(path.to_owned()).to_string(),
            root: self.root.clone(),
        };
        let mut rest = Vec::new();
        let mut existing = path;
        let real = loop {
            match existing.canonicalize() {
                Ok(real) => break real,
                // A link that leads nowhere would be followed once something is there.
                Err(_) if existing.symlink_metadata().is_ok() => return Err(outside()),
                Err(_) => {}
            }
            rest.push(existing.file_name().ok_or_else(outside)?);
            existing = existing.parent().ok_or_else(outside)?;
        };
        let real = rest.iter().rev().fold(real, |path, part| path.join(part));
        if real.starts_with(&root) { Ok(real) } else { Err(outside()) }
    }
}

/// A folder that one job writes and nobody else.
pub struct Folder {
    target: Target,
    uri: String,
}

enum Target {
    Disk(PathBuf),
    Objects { objects: Arc<Objects>, store: Arc<dyn ObjectStore>, bucket: String, prefix: String },
    Kept { results: Results, job: JobId },
}

impl Folder {
    /// Its URI, without a slash at the end.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Begins a file of that name, `/` between its parts.
    ///
    /// # Errors
    /// A file of that name is there already, or the disk or the object store refused.
    pub fn create(&self, name: &str) -> Result<OutputFile, BulkError> {
        let writer = match &self.target {
            Target::Disk(folder) => Writer::Disk(DiskFile::create(&folder.join(name))?),
            Target::Objects { objects, store, bucket, prefix } => {
                let key = join(prefix, name);
                let uri = format!("s3://{bucket}/{key}");
                if objects.exists(bucket, &key)? {
                    return Err(BulkError::Exists { uri });
                }
                let path = key_path(bucket, &key)?;
                let writer = ObjectWriter::with_capacity(Arc::clone(store), path, PART)
                    .with_max_concurrency(PARTS_AT_ONCE);
                let objects = Arc::clone(objects);
                Writer::Object(ObjectFile { objects, uri, writer: Some(writer), held: Vec::new() })
            }
            Target::Kept { results, job } => {
                Writer::Kept(results.create(*job, &Results::file_name(name))?)
            }
        };
        Ok(OutputFile { writer, bytes: 0 })
    }

    /// Removes everything in it, so that a job that starts again starts clean.
    ///
    /// # Errors
    /// The disk or the object store refused.
    pub fn clear(&self) -> Result<(), BulkError> {
        match &self.target {
            Target::Disk(folder) => match fs::remove_dir_all(folder) {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(BulkError::disk("clear", folder)(error)),
            },
            Target::Objects { objects, store, bucket, prefix } => {
                let path = key_path(bucket, prefix)?;
                let store = Arc::clone(store);
                let cleared = objects.wait(async move {
                    let mut listed = store.list(Some(&path));
                    while let Some(object) = listed.next().await {
                        store.delete(&object?.location).await?;
                    }
                    Ok(())
                })?;
                cleared.map_err(BulkError::objects("clear", &self.uri))
            }
            Target::Kept { results, job } => results.clear(*job),
        }
    }
}

fn no_output(place: &Place) -> BulkError {
    BulkError::Location { uri: place.to_string(), why: "outputs go to `file://` or `s3://`" }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// A file on its way out. Dropped without [`OutputFile::finish`], it leaves nothing.
pub struct OutputFile {
    writer: Writer,
    bytes: u64,
}

enum Writer {
    Disk(DiskFile),
    Object(ObjectFile),
    Kept(SealedWriter),
}

impl OutputFile {
    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the file appear, whole and durable.
    ///
    /// # Errors
    /// A file of that name appeared meanwhile, or the disk or the object store refused.
    pub fn finish(self) -> Result<u64, BulkError> {
        match self.writer {
            Writer::Disk(file) => file.finish()?,
            Writer::Object(file) => file.finish()?,
            Writer::Kept(file) => drop(file.finish()?),
        }
        Ok(self.bytes)
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Writer::Disk(file) => file.writer.write_all(bytes)?,
            Writer::Object(file) => file.write(bytes).map_err(BulkError::into_io)?,
            Writer::Kept(file) => file.write(bytes).map_err(BulkError::into_io)?,
        }
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file under another name until it is whole.
struct DiskFile {
    writer: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl DiskFile {
    fn create(path: &Path) -> Result<Self, BulkError> {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let partial = path.with_file_name(format!(".{name}.partial"));
        // What an earlier attempt of the same job left: the folder is the job's alone.
        let _ = fs::remove_file(&partial);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o640)
            .open(&partial)
            .map_err(BulkError::disk("create", &partial))?;
        let writer = BufWriter::with_capacity(256 << 10, file);
        Ok(Self { writer, partial, path: path.to_owned(), finished: false })
    }

    fn finish(mut self) -> Result<(), BulkError> {
        let written = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        written.map_err(BulkError::disk("write", &self.partial))?;
        self.publish()?;
        self.finished = true;
        if let Some(folder) = self.path.parent() {
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// A link, unlike a rename, fails where there is a file already. Where the disk knows no
    /// links, the check and the rename are two steps.
    fn publish(&self) -> Result<(), BulkError> {
        match fs::hard_link(&self.partial, &self.path) {
            Ok(()) => {
                fs::remove_file(&self.partial).map_err(BulkError::disk("remove", &self.partial))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&self.path)),
            Err(_) if self.path.symlink_metadata().is_ok() => Err(exists(&self.path)),
            Err(_) => fs::rename(&self.partial, &self.path)
                .map_err(BulkError::disk("rename", &self.partial)),
        }
    }
}

impl Drop for DiskFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// An object: it appears when the last part is confirmed.
struct ObjectFile {
    objects: Arc<Objects>,
    uri: String,
    /// Away while a part is on its way.
    writer: Option<ObjectWriter>,
    held: Vec<u8>,
}

impl ObjectFile {
    fn write(&mut self, bytes: &[u8]) -> Result<(), BulkError> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PART { self.send(false) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), BulkError> {
        self.send(true)
    }

    fn send(&mut self, last: bool) -> Result<(), BulkError> {
        let Some(mut writer) = self.writer.take() else {
            // An earlier part failed, and said so.
            return Err(BulkError::Runtime(None));
        };
        let part = std::mem::take(&mut self.held);
        let (writer, sent) = self.objects.wait(async move {
            let mut sent = writer.write_all(&part).await;
            if last && sent.is_ok() {
                sent = writer.shutdown().await;
            }
            if sent.is_err() {
                let _ = writer.abort().await;
            }
            (writer, sent)
        })?;
        sent.map_err(|error| BulkError::Disk {
            act: "write",
            path: (&self.uri).into(),
            source: error,
        })?;
        if !last {
            self.writer = Some(writer);
        }
        Ok(())
    }
}

impl Drop for ObjectFile {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        // Parts without an end cost money until somebody clears them.
        if let Ok(runtime) = self.objects.runtime() {
            runtime.spawn(async move {
                let _ = writer.abort().await;
            });
        }
    }
}

fn exists(path: &Path) -> BulkError {
    BulkError::Exists { uri: Place::Disk(path.to_owned()).to_string() }
}

fn make_folder(folder: &Path) -> Result<(), BulkError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(folder)
        .map_err(BulkError::disk("create", folder))
}

fn sync_folder(folder: &Path) -> Result<(), BulkError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BulkError::disk("write", folder))
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
