//! Table `agreements`: the business associate agreement of each organisation, as it stands.

use sea_orm::Set;
use sea_orm::entity::prelude::*;
use tarn_domain::{OrganizationId, Timestamp};

use crate::text::{read, read_32, words};
use crate::{Registry, RegistryError};

const TABLE: &str = "agreements";

/// An agreement that somebody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The organisation it binds.
    pub organization: OrganizationId,
    /// How it stands. An organisation without a record has not signed.
    pub state: AgreementState,
    /// The version of the text.
    pub version: String,
    /// The SHA-256 of the exact text.
    pub document_hash: [u8; 32],
    /// The signer's full name.
    pub signed_by: String,
    /// The signer's title.
    pub title: String,
    /// When it was signed.
    pub signed_at: Timestamp,
}

words! {
    /// How an agreement stands.
    AgreementState {
        /// It is in force.
        Signed = "signed",
        /// It rests: no health data is served.
        Suspended = "suspended",
        /// It is over.
        Terminated = "terminated",
    }
}

impl Registry {
    /// An organisation's agreement.
    pub async fn agreement(&self, of: OrganizationId) -> Result<Option<Agreement>, RegistryError> {
        let row = row::Entity::find_by_id(of.to_string()).one(&self.db).await?;
        row.map(agreement).transpose()
    }

    /// Records a signature. An organisation signs once: a second signer is told so.
    pub async fn sign_agreement(&self, signed: Agreement) -> Result<(), RegistryError> {
        insert(&self.db, &signed).await
    }
}

/// Writes a signed agreement.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    signed: &Agreement,
) -> Result<(), RegistryError> {
    let row = row::ActiveModel {
        organization: Set(signed.organization.to_string()),
        state: Set(signed.state.as_str().into()),
        version: Set(signed.version.clone()),
        document_hash: Set(signed.document_hash.to_vec()),
        signed_by: Set(signed.signed_by.clone()),
        title: Set(signed.title.clone()),
        signed_at: Set(signed.signed_at.micros()),
    };
    let insert = row::Entity::insert(row).exec_without_returning(db).await;
    insert.map(drop).map_err(RegistryError::insert("the signed agreement"))
}

fn agreement(row: row::Model) -> Result<Agreement, RegistryError> {
    Ok(Agreement {
        organization: read(TABLE, "organization", &row.organization)?,
        state: read(TABLE, "state", &row.state)?,
        version: row.version,
        document_hash: read_32(TABLE, "document_hash", &row.document_hash)?,
        signed_by: row.signed_by,
        title: row.title,
        signed_at: Timestamp::from_micros(row.signed_at),
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreements")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) organization: String,
        pub(super) state: String,
        pub(super) version: String,
        pub(super) document_hash: Vec<u8>,
        pub(super) signed_by: String,
        pub(super) title: String,
        pub(super) signed_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
