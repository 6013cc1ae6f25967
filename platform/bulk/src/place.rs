//! Where bulk files lie: a folder or file of the server, a bucket, an upload.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use tarn_domain::{JobId, RequestId};

use crate::BulkError;

/// A location of bulk files, not yet checked against what the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// A file or folder on the server: `file:///abs/path`.
    Disk(PathBuf),
    /// Objects of a bucket: `s3://bucket/prefix`.
    Objects {
        /// The bucket.
        bucket: String,
        /// The object, or what the objects' keys begin with; no slash at either end.
        prefix: String,
    },
    /// What a client uploaded: `upload://request/name`. Never taken from a client.
    Upload {
        /// The request that brought it.
        request: RequestId,
        /// The file's name, as the client gave it.
        name: String,
    },
    /// What is kept, sealed, for whoever asked for a job: `kept://job`. Never taken from a client.
    Kept(JobId),
    /// Several places to read, one after the other.
    Several(Vec<Self>),
}

/// What a path keeps in a URI (RFC 3986 §3.3), and what would end it.
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

impl Place {
    /// Reads a location that a client gave: `file://` and `s3://`.
    ///
    /// # Errors
    /// [`BulkError::Location`] with what would be right.
    pub fn parse(uri: &str) -> Result<Self, BulkError> {
        if let Some(rest) = uri.strip_prefix("file://") {
            return disk(uri, rest);
        }
        if let Some(rest) = uri.strip_prefix("s3://") {
            return objects(uri, rest);
        }
        Err(refuse(uri, "it begins with neither `file://` nor `s3://`"))
    }

    /// An upload's place. Of the name only the last part is kept.
    pub fn upload(request: RequestId, name: &str) -> Self {
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        let name = if kept.is_empty() { "upload.ndjson".to_owned() } else { kept };
        Self::Upload { request, name }
    }
}

fn disk(uri: &str, rest: &str) -> Result<Place, BulkError> {
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return Err(refuse(uri, "a file's path is absolute, as in `file:///folder/file.ndjson`"));
    }
    let path = decoded(uri, rest)?;
    let path = Path::new(&path);
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(refuse(uri, "`..` is not taken in a path"));
    }
    Ok(Place::Disk(path.components().collect()))
}

fn objects(uri: &str, rest: &str) -> Result<Place, BulkError> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    // Bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
    // relaxed to what other services allow.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(allowed) {
        return Err(refuse(uri, "a bucket's name has 3 to 63 letters, digits, `-`, `.` or `_`"));
    }
    let prefix = prefix.trim_matches('/');
    if prefix.chars().any(char::is_control) || prefix.len() > 1_024 {
        return Err(refuse(uri, "a key has at most 1,024 bytes and no control characters"));
    }
    Ok(Place::Objects { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

fn decoded(uri: &str, text: &str) -> Result<String, BulkError> {
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| refuse(uri, "its percent escapes are not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(refuse(uri, "it has control characters"));
    }
    Ok(text.into_owned())
}

fn refuse(uri: &str, why: &'static str) -> BulkError {
    BulkError::Location { uri: uri.to_owned(), why }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(path) => {
                write!(f, "file://{}", utf8_percent_encode(&path.to_string_lossy(), PATH))
            }
            Self::Objects { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Upload { request, name } => {
                write!(f, "upload://{request}/{}", utf8_percent_encode(name, PATH))
            }
            Self::Kept(job) => write!(f, "kept://{job}"),
            // No location has a line end in it.
            Self::Several(places) => {
                f.write_str("several:")?;
                places.iter().try_for_each(|place| write!(f, "{place}\n"))
            }
        }
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

/// Reads back what a plan holds: uploads and kept results too.
impl TryFrom<String> for Place {
    type Error = BulkError;

    fn try_from(uri: String) -> Result<Self, BulkError> {
        if let Some(list) = uri.strip_prefix("several:") {
            // One level: a place among several is a place itself.
            let places = list.lines().filter(|line| !line.starts_with("several:"));
            return places
                .map(|line| Self::try_from(line.to_owned()))
                .collect::<Result<_, _>>()
                .map(Self::Several);
        }
        if let Some(job) = uri.strip_prefix("kept://") {
            let job = job.parse().map_err(|_| refuse(&uri, "a kept result is named by its job"))?;
            return Ok(Self::Kept(job));
        }
        let Some(rest) = uri.strip_prefix("upload://") else { return Self::parse(&uri) };
        let (request, name) = rest.split_once('/').unwrap_or((rest, ""));
        let request =
            request.parse().map_err(|_| refuse(&uri, "an upload is named by its request"))?;
        Ok(Self::upload(request, &decoded(&uri, name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_reads_back_from_what_it_prints() {
        for uri in ["file:///data/a%20b/c%23.ndjson", "s3://bucket/pre/fix", "file:///"] {
            let place = Place::parse(uri).unwrap();
            assert_eq!(place.to_string(), uri);
            assert_eq!(Place::try_from(uri.to_owned()).unwrap(), place);
        }
        let several = Place::Several(
            ["file:///a", "s3://bucket/b"].map(|uri| Place::parse(uri).unwrap()).to_vec(),
        );
        assert_eq!(Place::try_from(several.to_string()).unwrap(), several);
        assert_eq!(Place::parse("file:///a//b/./c/").unwrap().to_string(), "file:///a/b/c");
        assert_eq!(Place::parse("s3://buc/a/").unwrap().to_string(), "s3://buc/a");
    }

    #[test]
    fn other_locations_are_refused_with_what_would_be_right() {
        for uri in [
            "",
            "/etc/passwd",
            "http://x/y",
            "file://relative/path",
            "file:///a/../etc/passwd",
            "file:///a/%2e%2e/etc",
            "file:///a%00b",
            "file:///%ff",
            "s3://b/x",
            "s3:///x",
            "upload://0123456789abcdef0123456789abcdef/x",
            "kept://0123456789abcdef0123456789abcdef",
            "several:file:///a\n",
        ] {
            assert!(matches!(Place::parse(uri), Err(BulkError::Location { .. })), "{uri}");
        }
    }

    #[test]
    fn an_upload_keeps_the_last_part_of_its_name() {
        let request = RequestId::from_bytes([7; 16]);
        for (given, kept) in
            [("../../etc/passwd", "passwd"), ("a b.ndjson", "a b.ndjson"), ("", "upload.ndjson")]
        {
            let place = Place::upload(request, given);
            assert_eq!(place, Place::Upload { request, name: kept.to_owned() });
            assert_eq!(Place::try_from(place.to_string()).unwrap(), place);
        }
    }
}
