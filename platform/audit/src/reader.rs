//! Reads a trail beside its writer.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tarn_domain::OrganizationId;
use tarn_keys::MasterKeys;

use crate::chain::Head;
use crate::file::{self, Trusted};
use crate::page::Pages;
use crate::{AuditError, Break};

/// Verifies, searches and exports an organisation's trail. It never writes, and it works while
/// the writer, in this process or another, goes on.
pub struct Reader {
    pub(crate) connection: Connection,
    pub(crate) trusted: Trusted,
    pub(crate) pages: Pages,
}

impl Reader {
    /// Opens an organisation's trail in its folder for reading.
    pub fn open(
        folder: &Path,
        organization: OrganizationId,
        masters: &dyn MasterKeys,
    ) -> Result<Self, AuditError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let (connection, trusted) = file::open(folder, organization, masters, flags)?;
        let pages = Pages::new(organization, trusted.key.derive("audit pages"))?;
        Ok(Self { connection, trusted, pages })
    }

    /// The end of the chain at this moment.
    pub fn head(&self) -> Result<Head, AuditError> {
        self.trusted.read_head(&self.connection)
    }

    /// The organisation whose trail it is.
    pub fn organization(&self) -> OrganizationId {
        self.trusted.organization
    }
}

/// A page that does not open: the chain is broken there.
pub(crate) fn unreadable(first: u64) -> AuditError {
    AuditError::Broken(Break { seq: first, why: "a page was changed or moved" })
}
