//! The folders that an operator opened, and whether a path really leads into one.

use std::path::{Path, PathBuf};

use crate::{BulkError, Place};

/// Folders with everything below them.
#[derive(Debug, Clone)]
pub(crate) struct Roots(Vec<PathBuf>);

impl Roots {
    pub(crate) fn new(folders: Vec<PathBuf>) -> Self {
        Self(folders)
    }

    /// The path that `path` really is, symbolic links followed, when it lies under a root.
    ///
    /// Both sides are resolved at each call: a root may appear, or be a link, after the start.
    /// What is not there is told apart from what is not allowed only below a root, so the answer
    /// tells nothing about the rest of the disk.
    pub(crate) fn resolve(&self, path: &Path) -> Result<PathBuf, BulkError> {
        let roots: Vec<PathBuf> = self.0.iter().filter_map(|r| r.canonicalize().ok()).collect();
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(_) if self.names_below(path) => return Err(BulkError::Missing { uri: uri(path) }),
            Err(_) => return Err(self.outside(path)),
        };
        if roots.iter().any(|root| real.starts_with(root)) {
            Ok(real)
        } else {
            Err(self.outside(path))
        }
    }

    /// Whether the deepest folder of `path` that exists lies under a root, or `path` is a root.
    fn names_below(&self, path: &Path) -> bool {
        let roots: Vec<PathBuf> = self.0.iter().filter_map(|r| r.canonicalize().ok()).collect();
        let existing = path.ancestors().skip(1).find_map(|p| p.canonicalize().ok());
        let below = existing.is_some_and(|real| roots.iter().any(|root| real.starts_with(root)));
        below || self.0.iter().any(|root| root == path)
    }

    fn outside(&self, path: &Path) -> BulkError {
        let names: Vec<String> =
            self.0.iter().map(|root| format!("`{}`", root.display())).collect();
        BulkError::OutsideRoots { uri: uri(path), roots: names.join(", ") }
    }
}

fn uri(path: &Path) -> String {
    Place::Disk(path.to_owned()).to_string()
}
