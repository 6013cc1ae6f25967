//! The audit trail of an organisation: entries in a hash chain, sealed at rest, never deleted.
//!
//! One SQLite file per organisation. Its one writer is a [`Trail`]; anybody with the master keys
//! reads it beside the writer through a [`Reader`]. Entries are CloudTrail records ([`Event`]);
//! the chain runs over their exact bytes, so that an exported folder can be checked without keys
//! ([`verify_folder`]).
//!
//! A link is `hash(n) = SHA-256(tag | organisation | n | hash(n-1) | SHA-256(entry n))`. Entries
//! written together are one page: compressed, sealed under a key of its own, with its place in
//! the chain as associated data. The head (last number, last hash) carries a MAC, so a cut-off
//! tail shows. A whole file put back as it was once is beyond what one file can tell: compare
//! the head with one that was kept elsewhere.

mod chain;
mod entry;
mod error;
mod event;
mod export;
mod file;
mod folder;
mod page;
mod reader;
mod search;
mod trail;
mod verify;

pub use chain::Head;
pub use entry::Entry;
pub use error::AuditError;
pub use event::{Category, Event, ResourceName, UserIdentity};
pub use export::{ExportedFile, Manifest};
pub use folder::verify_folder;
pub use reader::Reader;
pub use search::{Cursor, Filter, Found, Record};
pub use trail::{Batch, Trail};
pub use verify::{Break, Verdict};
