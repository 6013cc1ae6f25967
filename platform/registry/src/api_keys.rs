//! Table `api_keys`: bearer keys, kept as the hash of their secret.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, Set};
use tarn_domain::{ApiKeyId, OrganizationId, Timestamp};

use crate::text::{moment, read, read_32};
use crate::{Registry, RegistryError};

const TABLE: &str = "api_keys";
/// Uses within this time are written once.
const USE_STEP_US: i64 = 60_000_000;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is part of what the caller sends.
    pub id: ApiKeyId,
    /// The organisation it acts for.
    pub organization: OrganizationId,
    /// The hash of its secret.
    pub secret_hash: [u8; 32],
    /// Its name, for people.
    pub label: String,
    /// Its role, as the policies name it.
    pub role: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
    /// Since when it proves nothing any more.
    pub revoked: Option<Timestamp>,
}

/// An API key to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The organisation it acts for.
    pub organization: OrganizationId,
    /// The hash of its secret.
    pub secret_hash: [u8; 32],
    /// Its name, for people.
    pub label: String,
    /// Its role, as the policies name it.
    pub role: String,
    /// Now.
    pub created: Timestamp,
}

impl Registry {
    /// Adds a key.
    pub async fn add_api_key(&self, new: NewApiKey) -> Result<(), RegistryError> {
        insert(&self.db, &new).await
    }

    /// One key, revoked or not.
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, RegistryError> {
        let row = row::Entity::find_by_id(id.to_string()).one(&self.db).await?;
        row.map(api_key).transpose()
    }

    /// The keys of an organisation, oldest first.
    pub async fn api_keys(&self, of: OrganizationId) -> Result<Vec<ApiKey>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Organization.eq(of.to_string()));
        let rows = find.order_by_asc(row::Column::Created).all(&self.db).await?;
        rows.into_iter().map(api_key).collect()
    }

    /// Notes that a key was used; within a minute of the last note nothing is written.
    pub async fn note_api_key_use(
        &self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let stale = Condition::any()
            .add(row::Column::LastUsed.is_null())
            .add(row::Column::LastUsed.lt(now.micros() - USE_STEP_US));
        row::Entity::update_many()
            .col_expr(row::Column::LastUsed, Expr::value(now.micros()))
            .filter(row::Column::Id.eq(id.to_string()))
            .filter(stale)
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Revokes a key of an organisation. A key stays revoked since the first time.
    pub async fn revoke_api_key(
        &self,
        of: OrganizationId,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let transaction = self.begin().await?;
        let row = row::Entity::find_by_id(id.to_string())
            .filter(row::Column::Organization.eq(of.to_string()))
            .one(&transaction)
            .await?
            .ok_or(RegistryError::Missing { what: "the API key" })?;
        if row.revoked.is_none() {
            row::Entity::update_many()
                .col_expr(row::Column::Revoked, Expr::value(now.micros()))
                .filter(row::Column::Id.eq(id.to_string()))
                .exec(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Writes a new key.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    new: &NewApiKey,
) -> Result<(), RegistryError> {
    let row = row::ActiveModel {
        id: Set(new.id.to_string()),
        organization: Set(new.organization.to_string()),
        secret_hash: Set(new.secret_hash.to_vec()),
        label: Set(new.label.clone()),
        role: Set(new.role.clone()),
        created: Set(new.created.micros()),
        last_used: Set(None),
        revoked: Set(None),
    };
    let insert = row::Entity::insert(row).exec_without_returning(db).await;
    insert.map(drop).map_err(RegistryError::insert("the API key"))
}

fn api_key(row: row::Model) -> Result<ApiKey, RegistryError> {
    Ok(ApiKey {
        id: read(TABLE, "id", &row.id)?,
        organization: read(TABLE, "organization", &row.organization)?,
        secret_hash: read_32(TABLE, "secret_hash", &row.secret_hash)?,
        label: row.label,
        role: row.role,
        created: Timestamp::from_micros(row.created),
        last_used: moment(row.last_used),
        revoked: moment(row.revoked),
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_keys")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) organization: String,
        pub(super) secret_hash: Vec<u8>,
        pub(super) label: String,
        pub(super) role: String,
        pub(super) created: i64,
        pub(super) last_used: Option<i64>,
        pub(super) revoked: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
