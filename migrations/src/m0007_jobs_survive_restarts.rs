//! Jobs: queued and running work of an organisation, in the order it came.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{of_organization, organization};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("jobs")
            .col(big_pk_auto("place"))
            .col(string_len_uniq("id", 32))
            .col(organization())
            .col(string_len("store", 32))
            .col(string_len("kind", 16))
            .col(string_len("status", 24))
            .col(text("plan"))
            .col(text("progress"))
            .col(big_integer("submitted"))
            .col(big_integer_null("started"))
            .col(big_integer_null("cancelled"))
            .col(big_integer_null("ended"))
            .col(text_null("output"))
            .col(text_null("error"))
            .col(big_integer("fence"))
            .foreign_key(&mut of_organization("jobs"))
            .foreign_key(
                ForeignKey::create()
                    .from("jobs", "store")
                    .to("stores", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(table).await?;
        let of = Index::create()
            .name("jobs_of_organization")
            .table("jobs")
            .col("organization")
            .col("place")
            .to_owned();
        manager.create_index(of).await
    }
}
