//! Inputs: what lies at a place, and its lines.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::decode::{Decoded, Marked};
use crate::lines::Failing;
use crate::objects::key_path;
use crate::remote;
use crate::roots::Roots;
use crate::{BulkError, LineLimits, LineReader, Objects, Place, Position, Settings, Shape, Spools};

/// Files left out that a listing names; the rest is counted.
pub const SKIPPED_KEPT: usize = 1_000;

/// Folders in folders that are followed.
const MAX_FOLDERS_DEEP: usize = 64;

/// A file that an import reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its name for people and logs: the path below the place, `/` between parts.
    pub name: String,
    /// The path below the place; empty when the place names the file itself.
    pub below: String,
    /// Its size in bytes, packed as it lies there.
    pub size: u64,
    /// Tells one version of the file from another.
    pub tag: String,
}

impl InputFile {
    /// What the file is made of, told by its name.
    pub fn shape(&self) -> Shape {
        match taken(&self.name) {
            Some(shape) => shape,
            None => Shape::Lines,
        }
    }
}

/// A file that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path below the place.
    pub name: String,
    /// Why it was left out.
    pub why: String,
}

/// What lies at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// What will be read, sorted by name.
    pub files: Vec<InputFile>,
    /// What was left out; at most [`SKIPPED_KEPT`] of it.
    pub skipped: Vec<Skipped>,
    /// How many were left out.
    pub skipped_count: u64,
}

impl Listing {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    fn skip(&mut self, name: impl Into<String>, why: &str) {
        self.skipped_count += 1;
        if self.skipped.len() < SKIPPED_KEPT {
            self.skipped.push(Skipped { name: name.into(), why: why.to_owned() });
        }
    }

    fn offer(&mut self, name: String, below: String, size: u64, tag: String) {
        match taken(&name) {
            Some(_) => self.files.push(InputFile { name, below, size, tag }),
            None => self.skip(name, "not .ndjson, .jsonl or .json (gzip allowed)"),
        }
    }

    fn sorted(mut self) -> Self {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.skipped.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }
}

/// Whether a file of that name is read, and as what.
fn taken(name: &str) -> Option<Shape> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if name.ends_with(".ndjson") || name.ends_with(".jsonl") {
        Some(Shape::Lines)
    } else {
        name.ends_with(".json").then_some(Shape::Whole)
    }
}

/// Finds and opens inputs.
pub struct Sources {
    roots: Roots,
    objects: Arc<Objects>,
    spools: Spools,
}

impl Sources {
    /// Inputs of the folders that the settings open, of object storage, and of uploads.
    pub fn new(settings: &Settings, objects: Arc<Objects>, spools: Spools) -> Self {
        Self { roots: Roots::new(settings.import_roots.clone()), objects, spools }
    }

    /// Checks a place before a job is made of it: is it there, may it be read? Object storage is
    /// not asked, so this is quick.
    ///
    /// # Errors
    /// A refusal that names the import roots, or that nothing is there.
    pub fn check(&self, place: &Place) -> Result<(), BulkError> {
        match place {
            Place::Disk(path) => self.roots.resolve(path).map(|_| ()),
            Place::Objects { bucket, prefix } if !prefix.is_empty() => {
                key_path(bucket, prefix).map(|_| ())
            }
            Place::Objects { .. } => Ok(()),
            Place::Upload { request, .. } => self.spools.size(*request).map(|_| ()),
            Place::Several(places) => places.iter().try_for_each(|place| self.check(place)),
            Place::Kept(_) => Err(no_input(place)),
        }
    }

    /// Lists what lies at a place: a file itself, or a folder with everything below it.
    ///
    /// # Errors
    /// Like [`Sources::check`], or the disk or the object store refused.
    pub fn list(&self, place: &Place) -> Result<Listing, BulkError> {
        match place {
            Place::Disk(path) => self.list_disk(path),
            Place::Objects { bucket, prefix } => self.list_objects(bucket, prefix),
            Place::Upload { request, name } => {
                let size = self.spools.size(*request)?;
                let name =
                    if taken(name).is_some() { name.clone() } else { name.clone() + ".ndjson" };
                let (below, tag) = (String::new(), String::new());
                let file = InputFile { name, below, size, tag };
                Ok(Listing { files: vec![file], ..Listing::default() })
            }
            Place::Several(places) => self.list_several(places),
            Place::Kept(_) => Err(no_input(place)),
        }
    }

    /// The lines of a file from a position on. What keeps the file from being opened becomes the
    /// reader's one record, so that a job goes on with its other files.
    pub fn lines(
        &self,
        place: &Place,
        file: &InputFile,
        from: Position,
        limits: LineLimits,
    ) -> LineReader {
        let packed = Arc::new(AtomicU64::new(0));
        match self.text(place, file, from, &packed) {
            Ok(text) => LineReader::new(text, file.shape(), from, limits).counting(packed),
            Err(error) => LineReader::unreadable(public(&error), from),
        }
    }

    /// A file's text from a position on: by seeking where it is plain, by unpacking again where it
    /// is gzip.
    fn text(
        &self,
        place: &Place,
        file: &InputFile,
        from: Position,
        packed: &Arc<AtomicU64>,
    ) -> Result<Box<dyn Read + Send>, BulkError> {
        let opened =
            |error| BulkError::Disk { act: "read", path: (&file.name).into(), source: error };
        let mut text =
            Decoded::open(self.raw(place, file, 0)?, Arc::clone(packed)).map_err(opened)?;
        if from.offset == 0 {
            return Ok(Box::new(text));
        }
        if text.is_gzip() {
            let skipped = io::copy(&mut text.by_ref().take(from.offset), &mut io::sink());
            return match skipped {
                Ok(skipped) if skipped == from.offset => Ok(Box::new(text)),
                Ok(_) => Err(BulkError::Changed { name: file.name.clone() }),
                Err(error) => Ok(Box::new(Failing::with(error))),
            };
        }
        drop(text);
        packed.store(from.offset, Ordering::Relaxed);
        let raw = self.raw(place, file, from.offset)?;
        Ok(Box::new(Marked::new(raw, Arc::clone(packed))))
    }

    fn raw(
        &self,
        place: &Place,
        file: &InputFile,
        from: u64,
    ) -> Result<Box<dyn Read + Send>, BulkError> {
        match place {
            Place::Disk(path) => self.raw_disk(path, file, from),
            Place::Objects { bucket, prefix } => {
                let key = match (prefix.as_str(), file.below.as_str()) {
                    ("", below) => below.to_owned(),
                    (prefix, "") => prefix.to_owned(),
                    (prefix, below) => format!("{prefix}/{below}"),
                };
                let tag = (!file.tag.is_empty()).then(|| file.tag.clone());
                let path = key_path(bucket, &key)?;
                remote::read(&self.objects, bucket, path, tag, file.size, from)
            }
            Place::Upload { request, .. } => {
                let mut reader = self.spools.read(*request)?;
                reader.seek_to(from);
                Ok(Box::new(reader))
            }
            Place::Several(places) => {
                let changed = || BulkError::Changed { name: file.name.clone() };
                let (number, below) = file.below.split_once('/').ok_or_else(changed)?;
                let number: usize = number.parse().map_err(|_| changed())?;
                let place = places.get(number).ok_or_else(changed)?;
                let file = InputFile { below: below.to_owned(), ..file.clone() };
                self.raw(place, &file, from)
            }
            Place::Kept(_) => Err(no_input(place)),
        }
    }

    /// The files of several places in their order; which place a file is of stands in front of
    /// where it lies below it.
    fn list_several(&self, places: &[Place]) -> Result<Listing, BulkError> {
        let mut all = Listing::default();
        for (number, place) in places.iter().enumerate() {
            let listing = self.list(place)?;
            all.files.extend(
                listing
                    .files
                    .into_iter()
                    .map(|file| InputFile { below: format!("{number}/{}", file.below), ..file }),
            );
            let room = SKIPPED_KEPT.saturating_sub(all.skipped.len());
            all.skipped.extend(listing.skipped.into_iter().take(room));
            all.skipped_count += listing.skipped_count;
        }
        Ok(all)
    }

    fn raw_disk(
        &self,
        path: &Path,
        file: &InputFile,
        from: u64,
    ) -> Result<Box<dyn Read + Send>, BulkError> {
        // Resolved again: a link may have been laid since the listing.
        let path = match file.below.as_str() {
            "" => self.roots.resolve(path)?,
            below => self.roots.resolve(&path.join(below))?,
        };
        let known = fs::metadata(&path).map_err(BulkError::disk("look at", &path))?;
        if !known.is_file() || tag_of(&known) != file.tag || known.len() != file.size {
            return Err(BulkError::Changed { name: file.name.clone() });
        }
        let mut opened = fs::File::open(&path).map_err(BulkError::disk("open", &path))?;
        io::Seek::seek(&mut opened, io::SeekFrom::Start(from))
            .map_err(BulkError::disk("read", &path))?;
        Ok(Box::new(opened))
    }

    fn list_disk(&self, path: &Path) -> Result<Listing, BulkError> {
        let real = self.roots.resolve(path)?;
        let known = fs::metadata(&real).map_err(BulkError::disk("look at", &real))?;
        let mut listing = Listing::default();
        if known.is_file() {
            let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
            listing.offer(name, String::new(), known.len(), tag_of(&known));
        } else if known.is_dir() {
            let mut walk = Walk { roots: &self.roots, seen: HashSet::from([real.clone()]) };
            walk.folder(&real, "", 0, &mut listing)?;
        } else {
            let name = real.file_name().unwrap_or_default().to_string_lossy();
            listing.skip(name, "neither file nor folder");
        }
        Ok(listing.sorted())
    }

    fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Listing, BulkError> {
        let uri = format!("s3://{bucket}/{prefix}");
        let path = match prefix {
            "" => object_store::path::Path::default(),
            prefix => key_path(bucket, prefix)?,
        };
        let store = self.objects.bucket(bucket)?;
        let found = self
            .objects
            .wait(remote::list(store, path))?
            .map_err(BulkError::objects("list", uri))?;
        let mut listing = Listing::default();
        for object in found {
            let key = object.location.to_string();
            let below = key.strip_prefix(prefix).unwrap_or(&key).trim_start_matches('/');
            let name = if below.is_empty() { last_part(&key) } else { below };
            let tag = object.e_tag.unwrap_or_default();
            listing.offer(name.to_owned(), below.to_owned(), object.size, tag);
        }
        Ok(listing.sorted())
    }
}

/// Goes through a folder and all below it, following links that stay under the roots.
struct Walk<'a> {
    roots: &'a Roots,
    /// Folders gone through, so that a link to a folder above ends.
    seen: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        listing: &mut Listing,
    ) -> Result<(), BulkError> {
        let entries = fs::read_dir(folder).map_err(BulkError::disk("list", folder))?;
        for entry in entries {
            let entry = entry.map_err(BulkError::disk("list", folder))?;
            let Ok(part) = entry.file_name().into_string() else {
                let lossy = entry.file_name().to_string_lossy().into_owned();
                listing.skip(format!("{prefix}{lossy}"), "its name is not UTF-8");
                continue;
            };
            self.entry(&entry, format!("{prefix}{part}"), &part, depth, listing)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        entry: &fs::DirEntry,
        name: String,
        part: &str,
        depth: usize,
        listing: &mut Listing,
    ) -> Result<(), BulkError> {
        if part.starts_with('.') {
            listing.skip(name, "hidden");
            return Ok(());
        }
        // The folder is resolved already, so only a link can lead elsewhere.
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let real = match if link { self.roots.resolve(&entry.path()) } else { Ok(entry.path()) } {
            Ok(real) => real,
            Err(BulkError::OutsideRoots { .. }) => {
                listing.skip(name, "a link that leads out of the import roots");
                return Ok(());
            }
            Err(_) => {
                listing.skip(name, "a link that leads nowhere");
                return Ok(());
            }
        };
        let known = fs::metadata(&real).map_err(BulkError::disk("look at", &real))?;
        if known.is_file() {
            listing.offer(name.clone(), name, known.len(), tag_of(&known));
        } else if !known.is_dir() {
            listing.skip(name, "neither file nor folder");
        } else if depth >= MAX_FOLDERS_DEEP || !self.seen.insert(real.clone()) {
            listing.skip(name, "a folder that is listed already, or too deep");
        } else {
            self.folder(&real, &format!("{name}/"), depth + 1, listing)?;
        }
        Ok(())
    }
}

/// Size is checked apart; the time of the last change tells versions of a size from each other.
fn tag_of(known: &fs::Metadata) -> String {
    let changed = known.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    changed.map(|since| since.as_nanos().to_string()).unwrap_or_default()
}

fn last_part(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// What a failure log says of a file that could not be opened.
fn public(error: &BulkError) -> String {
    tarn_domain::Explain::explain(error).public().to_owned()
}

fn no_input(place: &Place) -> BulkError {
    BulkError::Location { uri: place.to_string(), why: "kept results are no input" }
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
