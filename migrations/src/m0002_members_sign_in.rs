//! Members: people of an organisation, who sign in with a password.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("members")
            .col(string_len("id", 32).primary_key())
            .col(organization())
            .col(text("email"))
            .col(text("password_hash"))
            .col(string_len("role", 64))
            .col(big_integer("created"))
            .foreign_key(&mut of_organization("members"))
            .to_owned();
        manager.create_table(table).await?;
        // One person may be a member of several organisations, once of each.
        let once = Index::create()
            .name("members_of_organization")
            .table("members")
            .col("organization")
            .col("email")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let by_email =
            Index::create().name("members_by_email").table("members").col("email").to_owned();
        manager.create_index(by_email).await
    }
}
