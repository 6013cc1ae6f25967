//! Data stores of organisations.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("stores")
            .col(string_len("id", 32).primary_key())
            .col(organization())
            .col(text("name"))
            .col(boolean("synthetic"))
            .col(string_len("status", 16))
            .col(big_integer("created"))
            .col(big_integer_null("deleted"))
            .foreign_key(&mut of_organization("stores"))
            .to_owned();
        manager.create_table(table).await?;
        let of = Index::create()
            .name("stores_of_organization")
            .table("stores")
            .col("organization")
            .to_owned();
        manager.create_index(of).await
    }
}
