//! The embedded keyring: master keys in one file of the data folder, for its owner's eyes only.
//!
//! ```text
//! tarn keyring 1
//! # …a note for people…
//! key 1 <64 hex digits>
//! check <64 hex digits: BLAKE3 of all lines above>
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tarn_domain::Secret;
use zeroize::Zeroizing;

use crate::data::random;
use crate::{DataKey, KeyError, MasterKeys};

const FILE: &str = "keyring";
const TITLE: &str = "tarn keyring 1";
const NOTE: &str = "# The master keys of this data folder. Nothing in it can be read without \
                    them: keep a copy of this file in a safe place, away from the backups.";
const SIZE_LIMIT: u64 = 64 * 1024;

/// What other floors keep in a data folder that is in use. A folder with one of these and no
/// keyring has lost it: a new one would make old data unreadable without a word.
const SEALED_DATA: [&str; 2] = ["control.sqlite", "organizations"];

/// Master keys in a file, by version; the newest wraps, all unwrap.
pub struct Keyring {
    versions: Vec<(u32, DataKey)>,
}

impl Keyring {
    /// Opens the keyring of a data folder, and creates folder and keyring on first use. When two
    /// processes create at once, both end up with the same keyring.
    pub fn open_or_create(dir: &Path) -> Result<Self, KeyError> {
        // Looked at before the keyring is: whoever made data has made its keyring before.
        let in_use = SEALED_DATA.iter().any(|name| dir.join(name).exists());
        match Self::open(dir) {
            Err(KeyError::Missing { .. }) if !in_use => {
                create(dir)?;
                Self::open(dir)
            }
            other => other,
        }
    }

    /// Opens the keyring of a data folder.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing { path });
            }
            Err(source) => return Err(KeyError::Read { path, source }),
        };
        refuse_open_permissions(&path, &file)?;
        let mut text = Zeroizing::new(String::new());
        match file.take(SIZE_LIMIT).read_to_string(&mut text) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                return Err(KeyError::Corrupt { path, why: "not text" });
            }
            Err(source) => return Err(KeyError::Read { path, source }),
        }
        let versions = parse(&text).map_err(|why| KeyError::Corrupt { path, why })?;
        Ok(Self { versions })
    }

    fn newest(&self) -> (u32, &DataKey) {
        let (version, key) = self.versions.last().expect("a keyring without keys is not parsed");
        (*version, key)
    }
}

/// A wrapped key is `version (4, big end first) | nonce (12) | sealed key (32) | tag (16)`.
impl MasterKeys for Keyring {
    fn wrap(&self, key: &Secret<[u8; 32]>, context: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (version, master) = self.newest();
        let mut wrapped = version.to_be_bytes().to_vec();
        wrapped.extend_from_slice(&master.seal(&place(context), key.expose()));
        Ok(wrapped)
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<[u8; 32]>, KeyError> {
        let (version, sealed) = wrapped.split_first_chunk::<4>().ok_or(KeyError::Sealed)?;
        let version = u32::from_be_bytes(*version);
        let found = self.versions.iter().find(|(v, _)| *v == version);
        let (_, master) = found.ok_or(KeyError::UnknownVersion { version })?;
        let plain = Zeroizing::new(master.open(&place(context), sealed)?);
        let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| KeyError::Sealed)?;
        Ok(Secret::new(bytes))
    }

    fn id(&self) -> String {
        format!("keyring/{}", self.newest().0)
    }
}

fn place(context: &[u8]) -> Vec<u8> {
    [b"tarn wrapped key\0", context].concat()
}

fn parse(text: &str) -> Result<Vec<(u32, DataKey)>, &'static str> {
    let cut = text.rfind("check ").ok_or("its check line is missing")?;
    let (body, check) = text.split_at(cut);
    if check != format!("check {}\n", blake3::hash(body.as_bytes()).to_hex()) {
        return Err("its check line does not match");
    }
    let mut lines = body.lines();
    if lines.next() != Some(TITLE) {
        return Err("its first line is unknown");
    }
    let mut versions: Vec<(u32, DataKey)> = Vec::new();
    for line in lines.filter(|line| !line.starts_with('#')) {
        let (version, key) = parse_key(line).ok_or("a line is not a key")?;
        if versions.last().is_some_and(|(last, _)| *last >= version) {
            return Err("its versions are out of order");
        }
        versions.push((version, key));
    }
    if versions.is_empty() { Err("it holds no key") } else { Ok(versions) }
}

fn parse_key(line: &str) -> Option<(u32, DataKey)> {
    let (version, digits) = line.strip_prefix("key ")?.split_once(' ')?;
    let mut bytes = [0u8; 32];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some((version.parse().ok()?, DataKey::from_secret(Secret::new(bytes))))
}

/// Writes a whole keyring beside its place, then links it there: the link fails when another
/// process was first, and nobody ever sees half a keyring.
fn create(dir: &Path) -> Result<(), KeyError> {
    let path = dir.join(FILE);
    let failed = |source| KeyError::Create { path: path.clone(), source };
    make_folder(dir).map_err(failed)?;
    let mut suffix = [0u8; 8];
    random(&mut suffix);
    let draft = dir.join(format!(".{FILE}-{}", hex::encode(suffix)));
    let linked = write_draft(&draft).and_then(|()| fs::hard_link(&draft, &path));
    let removed = fs::remove_file(&draft);
    match linked {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        other => other.map_err(failed)?,
    }
    removed.map_err(failed)?;
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn write_draft(path: &Path) -> io::Result<()> {
    let mut key = Zeroizing::new([0u8; 32]);
    random(key.as_mut());
    let digits = Zeroizing::new(hex::encode(key.as_ref()));
    let body = Zeroizing::new(format!("{TITLE}\n{NOTE}\nkey 1 {}\n", digits.as_str()));
    let check = blake3::hash(body.as_bytes()).to_hex();
    let mut file = owner_only(path)?;
    file.write_all(body.as_bytes())?;
    file.write_all(format!("check {check}\n").as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn owner_only(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn owner_only(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes the data folder for its owner only, and makes the making durable.
fn make_folder(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)?;
    let parent: PathBuf = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.into(),
        _ => ".".into(),
    };
    File::open(parent)?.sync_all()
}

#[cfg(unix)]
fn refuse_open_permissions(path: &Path, file: &File) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let stat = file.metadata().map_err(|source| KeyError::Read { path: path.into(), source })?;
    let mode = stat.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Permissions { path: path.into(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open_permissions(_: &Path, _: &File) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
