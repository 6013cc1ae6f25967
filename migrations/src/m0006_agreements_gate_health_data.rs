//! Agreements: the business associate agreement of each organisation, as it stands.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("agreements")
            .col(organization().primary_key())
            .col(string_len("state", 16))
            .col(string_len("version", 32))
            .col(binary_len("document_hash", 32))
            .col(text("signed_by"))
            .col(text("title"))
            .col(big_integer("signed_at"))
            .foreign_key(&mut of_organization("agreements"))
            .to_owned();
        manager.create_table(table).await
    }
}
