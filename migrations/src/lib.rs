//! The control plane's schema, one migration for one reason.
//!
//! Each works with the release before it: expand, move over, contract. They run at every start;
//! those that ran before are skipped.

use sea_orm_migration::prelude::*;

mod m0001_organizations_are_tenants;
mod m0002_members_sign_in;
mod m0003_api_keys_prove_callers;
mod m0004_access_keys_sign_requests;
mod m0005_stores_belong_to_organizations;
mod m0006_agreements_gate_health_data;
mod m0007_jobs_survive_restarts;
mod m0008_subscriptions_wake_their_stores;
mod m0009_stores_may_follow_healthlake;

pub use sea_orm_migration::MigratorTrait;

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_organizations_are_tenants::Migration),
            Box::new(m0002_members_sign_in::Migration),
            Box::new(m0003_api_keys_prove_callers::Migration),
            Box::new(m0004_access_keys_sign_requests::Migration),
            Box::new(m0005_stores_belong_to_organizations::Migration),
            Box::new(m0006_agreements_gate_health_data::Migration),
            Box::new(m0007_jobs_survive_restarts::Migration),
            Box::new(m0008_subscriptions_wake_their_stores::Migration),
            Box::new(m0009_stores_may_follow_healthlake::Migration),
        ]
    }
}

/// A column that names the organisation a row belongs to.
fn organization() -> ColumnDef {
    sea_orm_migration::schema::string_len("organization", 32)
}

/// The rule that such a row needs its organisation.
fn of_organization(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "organization")
        .to("organizations", "id")
        .on_delete(ForeignKeyAction::Restrict)
        .to_owned()
}
