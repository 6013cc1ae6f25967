//! Table `access_keys`: pairs that sign requests, their secrets sealed under the organisation's
//! key, because checking a signature needs the secret itself.

use std::fmt;
use std::str::FromStr;

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set};
use tarn_domain::{Ids, OrganizationId, Secret, Timestamp};
use tarn_keys::DataKey;

use crate::text::{moment, read};
use crate::{Registry, RegistryError};

const TABLE: &str = "access_keys";
const PREFIX: &str = "AKIA";
/// The alphabet of access key ids (base 32 of RFC 4648).
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An access key's id: `AKIA` and 16 of `A-Z` and `2-7`, as AWS clients expect it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessKeyId(Box<str>);

/// An access key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The organisation it acts for.
    pub organization: OrganizationId,
    /// Its role, as the policies name it.
    pub role: String,
    /// When it was made.
    pub created: Timestamp,
    /// Since when it proves nothing any more.
    pub revoked: Option<Timestamp>,
}

/// An access key to be.
#[derive(Debug, Clone)]
pub struct NewAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The organisation it acts for.
    pub organization: OrganizationId,
    /// Its secret: see [`AccessKeyId::fresh_secret`].
    pub secret: Secret<String>,
    /// Its role, as the policies name it.
    pub role: String,
    /// Now.
    pub created: Timestamp,
}

impl AccessKeyId {
    /// A fresh one.
    pub fn fresh(ids: &dyn Ids) -> Self {
        let mut bits = ids.fresh();
        let mut text = String::from(PREFIX);
        for _ in 0..16 {
            text.push(char::from(LETTERS[(bits % 32) as usize]));
            bits /= 32;
        }
        Self(text.into())
    }

    /// A fresh secret of 40 letters and digits: 200 bits.
    pub fn fresh_secret(ids: &dyn Ids) -> Secret<String> {
        let mut text = String::with_capacity(40);
        for _ in 0..2 {
            let mut bits = ids.fresh();
            for _ in 0..20 {
                text.push(char::from(LETTERS[(bits % 32) as usize].to_ascii_lowercase()));
                bits /= 32;
            }
        }
        Secret::new(text)
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AccessKeyId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let letters = text.strip_prefix(PREFIX).ok_or(())?;
        let valid = letters.len() == 16 && letters.bytes().all(|b| LETTERS.contains(&b));
        if valid { Ok(Self(text.into())) } else { Err(()) }
    }
}

impl Registry {
    /// Adds a key.
    pub async fn add_access_key(&self, new: NewAccessKey) -> Result<(), RegistryError> {
        let key = self.organization_key(new.organization).await?;
        insert(&self.db, &key, &new).await
    }

    /// One key with its secret, revoked or not.
    pub async fn access_key(
        &self,
        id: &AccessKeyId,
    ) -> Result<Option<(AccessKey, Secret<String>)>, RegistryError> {
        let Some(row) = row::Entity::find_by_id(id.as_str()).one(&self.db).await? else {
            return Ok(None);
        };
        let sealed = row.sealed_secret.clone();
        let found = access_key(row)?;
        let key = self.organization_key(found.organization).await?;
        let plain = key.open(&place(found.organization, &found.id), &sealed)?;
        let corrupt = RegistryError::Corrupt { table: TABLE, column: "sealed_secret" };
        let secret = String::from_utf8(plain).map_err(|_| corrupt)?;
        Ok(Some((found, Secret::new(secret))))
    }

    /// The keys of an organisation, oldest first.
    pub async fn access_keys(&self, of: OrganizationId) -> Result<Vec<AccessKey>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Organization.eq(of.to_string()));
        let rows = find.order_by_asc(row::Column::Created).all(&self.db).await?;
        rows.into_iter().map(access_key).collect()
    }

    /// Revokes a key of an organisation. A key stays revoked since the first time.
    pub async fn revoke_access_key(
        &self,
        of: OrganizationId,
        id: &AccessKeyId,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let transaction = self.begin().await?;
        let row = row::Entity::find_by_id(id.as_str())
            .filter(row::Column::Organization.eq(of.to_string()))
            .one(&transaction)
            .await?
            .ok_or(RegistryError::Missing { what: "the access key" })?;
        if row.revoked.is_none() {
            row::Entity::update_many()
                .col_expr(row::Column::Revoked, Expr::value(now.micros()))
                .filter(row::Column::Id.eq(id.as_str()))
                .exec(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Writes a new key, its secret sealed under the organisation's key.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    key: &DataKey,
    new: &NewAccessKey,
) -> Result<(), RegistryError> {
    let place = place(new.organization, &new.id);
    let row = row::ActiveModel {
        id: Set(new.id.to_string()),
        organization: Set(new.organization.to_string()),
        sealed_secret: Set(key.seal(&place, new.secret.expose().as_bytes())),
        role: Set(new.role.clone()),
        created: Set(new.created.micros()),
        revoked: Set(None),
    };
    let insert = row::Entity::insert(row).exec_without_returning(db).await;
    insert.map(drop).map_err(RegistryError::insert("the access key"))
}

fn place(organization: OrganizationId, id: &AccessKeyId) -> Vec<u8> {
    format!("{TABLE}/{organization}/{id}").into_bytes()
}

fn access_key(row: row::Model) -> Result<AccessKey, RegistryError> {
    Ok(AccessKey {
        id: read(TABLE, "id", &row.id)?,
        organization: read(TABLE, "organization", &row.organization)?,
        role: row.role,
        created: Timestamp::from_micros(row.created),
        revoked: moment(row.revoked),
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_keys")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: String,
        pub(super) organization: String,
        pub(super) sealed_secret: Vec<u8>,
        pub(super) role: String,
        pub(super) created: i64,
        pub(super) revoked: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
