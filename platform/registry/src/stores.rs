//! Table `stores`: the data stores of organisations.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set};
use tarn_domain::{OrganizationId, StoreId, Timestamp};

use crate::text::{moment, read, words};
use crate::{Registry, RegistryError};

const TABLE: &str = "stores";

/// A data store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// The organisation that owns it.
    pub organization: OrganizationId,
    /// Its name, for people; it may repeat.
    pub name: String,
    /// Whether it holds made-up patients only: it works without an agreement.
    pub synthetic: bool,
    /// Whether it follows AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: bool,
    /// What it is doing.
    pub status: StoreStatus,
    /// When it was made.
    pub created: Timestamp,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

words! {
    /// What a store is doing, in HealthLake's words (`DatastoreStatus`).
    StoreStatus {
        /// Its files are being made.
        Creating = "CREATING",
        /// It works.
        Active = "ACTIVE",
        /// Its files are being removed.
        Deleting = "DELETING",
        /// It is gone; its record stays.
        Deleted = "DELETED",
        /// Its files could not be made.
        CreateFailed = "CREATE_FAILED",
    }
}

/// A store to be.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its id.
    pub id: StoreId,
    /// The organisation that owns it.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Whether it holds made-up patients only.
    pub synthetic: bool,
    /// Whether it follows AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: bool,
    /// What it is doing.
    pub status: StoreStatus,
    /// Now.
    pub created: Timestamp,
}

impl Registry {
    /// Adds a store.
    pub async fn add_store(&self, new: NewStore) -> Result<(), RegistryError> {
        let row = row::ActiveModel {
            id: Set(new.id.to_string()),
            organization: Set(new.organization.to_string()),
            name: Set(new.name),
            synthetic: Set(new.synthetic),
            aws_compat: Set(new.aws_compat),
            status: Set(new.status.as_str().into()),
            created: Set(new.created.micros()),
            deleted: Set(None),
        };
        let insert = row::Entity::insert(row).exec_without_returning(&self.db).await;
        insert.map(drop).map_err(RegistryError::insert("the store"))
    }

    /// One store, deleted or not, whoever owns it.
    pub async fn store(&self, id: StoreId) -> Result<Option<Store>, RegistryError> {
        let row = row::Entity::find_by_id(id.to_string()).one(&self.db).await?;
        row.map(store).transpose()
    }

    /// All stores of an organisation, deleted ones too, oldest first.
    pub async fn stores(&self, of: OrganizationId) -> Result<Vec<Store>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Organization.eq(of.to_string()));
        let ordered = find.order_by_asc(row::Column::Created).order_by_asc(row::Column::Id);
        let rows = ordered.all(&self.db).await?;
        rows.into_iter().map(store).collect()
    }

    /// Sets whether a store follows AWS HealthLake.
    pub async fn set_store_aws_compat(&self, id: StoreId, on: bool) -> Result<(), RegistryError> {
        let change = row::Entity::update_many()
            .col_expr(row::Column::AwsCompat, Expr::value(on))
            .filter(row::Column::Id.eq(id.to_string()));
        match change.exec(&self.db).await?.rows_affected {
            0 => Err(RegistryError::Missing { what: "the store" }),
            _ => Ok(()),
        }
    }

    /// Notes what a store is doing; with [`StoreStatus::Deleted`] since when.
    pub async fn set_store_status(
        &self,
        id: StoreId,
        status: StoreStatus,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let mut change = row::Entity::update_many()
            .col_expr(row::Column::Status, Expr::value(status.as_str()))
            .filter(row::Column::Id.eq(id.to_string()));
        if status == StoreStatus::Deleted {
            change = change.col_expr(row::Column::Deleted, Expr::value(now.micros()));
        }
        match change.exec(&self.db).await?.rows_affected {
            0 => Err(RegistryError::Missing { what: "the store" }),
            _ => Ok(()),
        }
    }
}

fn store(row: row::Model) -> Result<Store, RegistryError> {
    Ok(Store {
        id: read(TABLE, "id", &row.id)?,
        organization: read(TABLE, "organization", &row.organization)?,
        name: row.name,
        synthetic: row.synthetic,
        aws_compat: row.aws_compat,
        status: read(TABLE, "status", &row.status)?,
        created: Timestamp::from_micros(row.created),
        deleted: moment(row.deleted),
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "stores")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) organization: String,
        pub(super) name: String,
        pub(super) synthetic: bool,
        pub(super) aws_compat: bool,
        pub(super) status: String,
        pub(super) created: i64,
        pub(super) deleted: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
