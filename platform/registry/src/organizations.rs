//! Table `organizations`: the tenants, and each one's key in its wrapped form.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};
use tarn_domain::{AccountId, OrganizationId, Timestamp};
use tarn_keys::DataKey;

use crate::text::{read, words};
use crate::{Registry, RegistryError};

const TABLE: &str = "organizations";

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its account, as AWS clients know it.
    pub account: AccountId,
    /// Its name, for people.
    pub name: String,
    /// Whether it may work.
    pub status: OrganizationStatus,
    /// Since when it is here.
    pub created: Timestamp,
}

words! {
    /// Whether an organisation may work.
    OrganizationStatus {
        /// It works.
        Active = "active",
        /// Nobody of it may do anything.
        Suspended = "suspended",
    }
}

/// An organisation to be.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Now.
    pub created: Timestamp,
}

impl Registry {
    /// One organisation.
    pub async fn organization(
        &self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, RegistryError> {
        let row = row::Entity::find_by_id(id.to_string()).one(&self.db).await?;
        row.map(organization).transpose()
    }

    /// All organisations in the order in which they came.
    pub async fn organizations(&self) -> Result<Vec<Organization>, RegistryError> {
        let all = row::Entity::find().order_by_asc(row::Column::Created);
        let rows = all.order_by_asc(row::Column::Id).all(&self.db).await?;
        rows.into_iter().map(organization).collect()
    }

    /// The oldest organisation of that name, if any: names are for people and may repeat.
    pub async fn organization_named(
        &self,
        name: &str,
    ) -> Result<Option<Organization>, RegistryError> {
        let named = row::Entity::find().filter(row::Column::Name.eq(name));
        let row = named.order_by_asc(row::Column::Created).one(&self.db).await?;
        row.map(organization).transpose()
    }

    /// Allows or forbids an organisation to work.
    pub async fn set_organization_status(
        &self,
        id: OrganizationId,
        status: OrganizationStatus,
    ) -> Result<(), RegistryError> {
        let change = row::Entity::update_many()
            .col_expr(row::Column::Status, Expr::value(status.as_str()))
            .filter(row::Column::Id.eq(id.to_string()));
        match change.exec(&self.db).await?.rows_affected {
            0 => Err(RegistryError::Missing { what: "the organisation" }),
            _ => Ok(()),
        }
    }

    /// The key that seals an organisation's secrets in this database.
    pub(crate) async fn organization_key(
        &self,
        id: OrganizationId,
    ) -> Result<DataKey, RegistryError> {
        let find = row::Entity::find_by_id(id.to_string()).select_only();
        let wrapped: Option<Vec<u8>> =
            find.column(row::Column::WrappedKey).into_tuple().one(&self.db).await?;
        let wrapped = wrapped.ok_or(RegistryError::Missing { what: "the organisation" })?;
        Ok(DataKey::unwrap(&*self.masters, &wrapped, context(id).as_bytes())?)
    }
}

/// Writes a new organisation with a new key; gives the key.
pub(crate) async fn insert(
    registry: &Registry,
    db: &impl ConnectionTrait,
    new: &NewOrganization,
) -> Result<DataKey, RegistryError> {
    let context = context(new.id);
    let (key, wrapped) = DataKey::generate_wrapped(&*registry.masters, context.as_bytes())?;
    let row = row::ActiveModel {
        id: Set(new.id.to_string()),
        account: Set(new.account.to_string()),
        name: Set(new.name.clone()),
        status: Set(OrganizationStatus::Active.as_str().into()),
        wrapped_key: Set(wrapped),
        created: Set(new.created.micros()),
    };
    let insert = row::Entity::insert(row).exec_without_returning(db).await;
    insert.map_err(RegistryError::insert("the organisation"))?;
    Ok(key)
}

fn context(id: OrganizationId) -> String {
    format!("registry/{id}")
}

fn organization(row: row::Model) -> Result<Organization, RegistryError> {
    Ok(Organization {
        id: read(TABLE, "id", &row.id)?,
        account: read(TABLE, "account", &row.account)?,
        status: read(TABLE, "status", &row.status)?,
        created: Timestamp::from_micros(row.created),
        name: row.name,
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "organizations")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) account: String,
        pub(super) name: String,
        pub(super) status: String,
        pub(super) wrapped_key: Vec<u8>,
        pub(super) created: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
