//! API keys: bearer secrets, kept as hashes.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("api_keys")
            .col(string_len("id", 32).primary_key())
            .col(organization())
            .col(binary_len("secret_hash", 32))
            .col(text("label"))
            .col(string_len("role", 64))
            .col(big_integer("created"))
            .col(big_integer_null("last_used"))
            .col(big_integer_null("revoked"))
            .foreign_key(&mut of_organization("api_keys"))
            .to_owned();
        manager.create_table(table).await?;
        let of = Index::create()
            .name("api_keys_of_organization")
            .table("api_keys")
            .col("organization")
            .to_owned();
        manager.create_index(of).await
    }
}
