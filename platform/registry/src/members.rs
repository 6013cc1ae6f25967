//! Table `members`: people of an organisation.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set};
use tarn_domain::{MemberId, OrganizationId, Secret, Timestamp};

use crate::text::read;
use crate::{Registry, RegistryError, passwords};

const TABLE: &str = "members";

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// The organisation they act for.
    pub organization: OrganizationId,
    /// Their address, in lower case.
    pub email: String,
    /// Their role, as the policies name it.
    pub role: String,
    /// Since when they are a member.
    pub created: Timestamp,
}

/// A member to be.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Their id.
    pub id: MemberId,
    /// The organisation they act for.
    pub organization: OrganizationId,
    /// Their address; case does not count.
    pub email: String,
    /// Their first password.
    pub password: Secret<String>,
    /// Their role, as the policies name it.
    pub role: String,
    /// Now.
    pub created: Timestamp,
}

impl Registry {
    /// Adds a member. An address is a member of an organisation once.
    pub async fn add_member(&self, new: NewMember) -> Result<(), RegistryError> {
        let hash = hash(new.password.clone()).await?;
        insert(&self.db, &new, hash).await
    }

    /// The members of an organisation, oldest first.
    pub async fn members(&self, of: OrganizationId) -> Result<Vec<Member>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Organization.eq(of.to_string()));
        let rows = find.order_by_asc(row::Column::Created).all(&self.db).await?;
        rows.into_iter().map(member).collect()
    }

    /// One member.
    pub async fn member(&self, id: MemberId) -> Result<Option<Member>, RegistryError> {
        let row = row::Entity::find_by_id(id.to_string()).one(&self.db).await?;
        row.map(member).transpose()
    }

    /// The memberships that an address and a password prove: none, or one for each organisation
    /// where both fit. It takes as long for an address that nobody has.
    pub async fn sign_in(
        &self,
        email: &str,
        password: Secret<String>,
    ) -> Result<Vec<Member>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Email.eq(email.trim().to_lowercase()));
        let rows = find.order_by_asc(row::Column::Created).all(&self.db).await?;
        let proven = slowly(move || {
            if rows.is_empty() {
                passwords::fits_nobody(&password);
            }
            let fits = |row: &row::Model| passwords::fits(&password, &row.password_hash);
            rows.into_iter().filter(fits).collect::<Vec<_>>()
        });
        proven.await?.into_iter().map(member).collect()
    }

    /// Gives a member another password.
    pub async fn set_password(
        &self,
        id: MemberId,
        password: Secret<String>,
    ) -> Result<(), RegistryError> {
        let hash = hash(password).await?;
        let change = row::Entity::update_many()
            .col_expr(row::Column::PasswordHash, Expr::value(hash))
            .filter(row::Column::Id.eq(id.to_string()));
        match change.exec(&self.db).await?.rows_affected {
            0 => Err(RegistryError::Missing { what: "the member" }),
            _ => Ok(()),
        }
    }
}

/// The hash of a password, made off the async threads.
pub(crate) async fn hash(password: Secret<String>) -> Result<String, RegistryError> {
    slowly(move || passwords::hash(&password)).await?
}

async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RegistryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| RegistryError::Password(argon2::password_hash::Error::Crypto))
}

/// Writes a new member.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    new: &NewMember,
    password_hash: String,
) -> Result<(), RegistryError> {
    let row = row::ActiveModel {
        id: Set(new.id.to_string()),
        organization: Set(new.organization.to_string()),
        email: Set(new.email.trim().to_lowercase()),
        password_hash: Set(password_hash),
        role: Set(new.role.clone()),
        created: Set(new.created.micros()),
    };
    let insert = row::Entity::insert(row).exec_without_returning(db).await;
    insert.map(drop).map_err(RegistryError::insert("the member"))
}

fn member(row: row::Model) -> Result<Member, RegistryError> {
    Ok(Member {
        id: read(TABLE, "id", &row.id)?,
        organization: read(TABLE, "organization", &row.organization)?,
        created: Timestamp::from_micros(row.created),
        email: row.email,
        role: row.role,
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "members")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) organization: String,
        pub(super) email: String,
        pub(super) password_hash: String,
        pub(super) role: String,
        pub(super) created: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
