//! Organisations: whoever everything else belongs to.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("organizations")
            .col(string_len("id", 32).primary_key())
            .col(string_len_uniq("account", 12))
            .col(text("name"))
            .col(string_len("status", 16))
            .col(binary("wrapped_key"))
            .col(big_integer("created"))
            .to_owned();
        manager.create_table(table).await
    }
}
