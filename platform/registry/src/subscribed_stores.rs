//! Table `subscribed_stores`: data stores that have subscriptions, to be opened when the server
//! starts.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, Set};
use tarn_domain::{OrganizationId, StoreId};

use crate::text::read;
use crate::{Registry, RegistryError};

const TABLE: &str = "subscribed_stores";

impl Registry {
    /// Notes whether a store has subscriptions.
    pub async fn note_subscriptions(
        &self,
        organization: OrganizationId,
        store: StoreId,
        has: bool,
    ) -> Result<(), RegistryError> {
        if !has {
            row::Entity::delete_by_id(store.to_string()).exec(&self.db).await?;
            return Ok(());
        }
        let row = row::ActiveModel {
            store: Set(store.to_string()),
            organization: Set(organization.to_string()),
        };
        let once = OnConflict::column(row::Column::Store)
            .update_column(row::Column::Organization)
            .to_owned();
        row::Entity::insert(row).on_conflict(once).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// The stores of all organisations that have subscriptions.
    pub async fn subscribed_stores(&self) -> Result<Vec<(OrganizationId, StoreId)>, RegistryError> {
        let rows = row::Entity::find().order_by_asc(row::Column::Store).all(&self.db).await?;
        let read = |row: row::Model| {
            let organization = read(TABLE, "organization", &row.organization)?;
            Ok((organization, read(TABLE, "store", &row.store)?))
        };
        rows.into_iter().map(read).collect()
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "subscribed_stores")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) store: String,
        pub(super) organization: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
