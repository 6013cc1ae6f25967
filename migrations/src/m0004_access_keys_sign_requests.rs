//! Access keys: pairs that sign requests (SigV4), whose secrets must be had back and are sealed.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("access_keys")
            .col(string_len("id", 20).primary_key())
            .col(organization())
            .col(binary("sealed_secret"))
            .col(string_len("role", 64))
            .col(big_integer("created"))
            .col(big_integer_null("revoked"))
            .foreign_key(&mut of_organization("access_keys"))
            .to_owned();
        manager.create_table(table).await?;
        let of = Index::create()
            .name("access_keys_of_organization")
            .table("access_keys")
            .col("organization")
            .to_owned();
        manager.create_index(of).await
    }
}
