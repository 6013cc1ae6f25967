//! A store may follow AWS HealthLake where it differs from FHIR's standard.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut follows = boolean("aws_compat");
        let change = Table::alter().table("stores").add_column(follows.default(false)).to_owned();
        manager.alter_table(change).await
    }
}
