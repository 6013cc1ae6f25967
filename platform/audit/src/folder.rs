//! Checks an exported folder without keys.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::chain::Head;
use crate::export::{FORMAT, MANIFEST};
use crate::{AuditError, Break, ExportedFile, Manifest, Verdict};

/// A line longer than any entry.
const LINE_LIMIT: usize = 2 * 1_024 * 1_024;
const MANIFEST_LIMIT: u64 = 64 * 1_024 * 1_024;

/// Recomputes the chain of a folder that [`crate::Reader::export`] wrote.
///
/// It shows that the folder is what its manifest's head stands for. That the head is the trail's
/// own is for whoever kept it elsewhere to compare.
pub fn verify_folder(folder: &Path) -> Result<Verdict, AuditError> {
    match walk(folder) {
        Ok(head) => Ok(Verdict::Whole(head)),
        Err(AuditError::Broken(found)) => Ok(Verdict::Broken(found)),
        Err(e) => Err(e),
    }
}

fn walk(folder: &Path) -> Result<Head, AuditError> {
    let manifest = read_manifest(folder)?;
    refuse_strangers(folder, &manifest)?;
    let mut at = Head::genesis(manifest.organization);
    if at.hash_hex() != manifest.before {
        return Err(broken(1, "the manifest does not begin where the organisation's chain does"));
    }
    for file in &manifest.files {
        if file.first != at.seq + 1 {
            return Err(broken(at.seq + 1, "the manifest's files do not follow one another"));
        }
        at = walk_file(folder, &manifest, file, at)?;
    }
    if at.seq != manifest.entries {
        return Err(broken(at.seq + 1, "the manifest counts other entries than its files hold"));
    }
    if at.hash_hex() != manifest.head {
        return Err(broken(at.seq.max(1), "the chain does not lead to the manifest's head"));
    }
    Ok(at)
}

fn read_manifest(folder: &Path) -> Result<Manifest, AuditError> {
    let path = folder.join(MANIFEST);
    let stat = fs::metadata(&path).map_err(AuditError::disk(&path))?;
    if stat.len() > MANIFEST_LIMIT {
        return Err(broken(0, "the manifest is too long to be one"));
    }
    let bytes = fs::read(&path).map_err(AuditError::disk(&path))?;
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|_| broken(0, "the manifest cannot be read"))?;
    if manifest.format != FORMAT {
        return Err(broken(0, "the manifest is of an unknown format"));
    }
    Ok(manifest)
}

/// A file of entries that the manifest does not name, or a name that leaves the folder.
fn refuse_strangers(folder: &Path, manifest: &Manifest) -> Result<(), AuditError> {
    let known = |name: &str| manifest.files.iter().any(|file| file.name == name);
    for inside in fs::read_dir(folder).map_err(AuditError::disk(folder))? {
        let name = inside.map_err(AuditError::disk(folder))?.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".ndjson") && !known(&name) {
            return Err(broken(0, "the folder holds a file that the manifest does not name"));
        }
    }
    let plain = |name: &str| !name.contains(['/', '\\']) && name.ends_with(".ndjson");
    if !manifest.files.iter().all(|file| plain(&file.name)) {
        return Err(broken(0, "the manifest names a file elsewhere"));
    }
    Ok(())
}

fn walk_file(
    folder: &Path,
    manifest: &Manifest,
    about: &ExportedFile,
    mut at: Head,
) -> Result<Head, AuditError> {
    let path = folder.join(&about.name);
    let file = match File::open(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(broken(at.seq + 1, "a file of the manifest is missing"));
        }
        other => other.map_err(AuditError::disk(&path))?,
    };
    let mut lines = BufReader::with_capacity(1 << 16, file);
    let mut hash = Sha256::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = std::io::Read::take(&mut lines, LINE_LIMIT as u64);
        if bounded.read_until(b'\n', &mut line).map_err(AuditError::disk(&path))? == 0 {
            break;
        }
        hash.update(&line);
        let entry = line.strip_suffix(b"\n");
        let entry = entry.ok_or_else(|| broken(at.seq + 1, "a line is cut off"))?;
        at = at.after(manifest.organization, entry);
    }
    // The chain alone would find it too, but only at the folder's end: this names the file.
    if hex::encode(hash.finalize()) != about.sha256 {
        return Err(broken(about.first, "a file does not match its hash in the manifest"));
    }
    if at.seq != about.last {
        return Err(broken(about.first, "a file holds other entries than the manifest says"));
    }
    Ok(at)
}

fn broken(seq: u64, why: &'static str) -> AuditError {
    AuditError::Broken(Break { seq, why })
}
