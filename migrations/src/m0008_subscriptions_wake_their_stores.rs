//! Stores that have subscriptions: they are opened when the server starts, so that what an earlier
//! process did not deliver goes out.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("subscribed_stores")
            .col(string_len("store", 32).primary_key())
            .col(organization())
            .foreign_key(&mut of_organization("subscribed_stores"))
            .to_owned();
        manager.create_table(table).await
    }
}
