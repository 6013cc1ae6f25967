//! Canonical references: a URL, and after a bar perhaps a version.

use std::fmt;

/// What a canonical reference names (<https://hl7.org/fhir/R4/references.html#canonical>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Canonical<'a> {
    /// The URL.
    pub url: &'a str,
    /// The business version; none means the newest.
    pub version: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    /// Reads `url` or `url|version`. A fragment (`#…`) is no part of either.
    pub fn parse(text: &'a str) -> Self {
        let text = text.split('#').next().unwrap_or(text);
        match text.rsplit_once('|') {
            Some((url, version)) if !version.is_empty() => Self { url, version: Some(version) },
            Some((url, _)) => Self { url, version: None },
            None => Self { url: text, version: None },
        }
    }
}

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}|{version}", self.url),
            None => f.write_str(self.url),
        }
    }
}
