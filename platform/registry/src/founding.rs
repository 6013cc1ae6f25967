//! Creates an organisation with all that it needs to begin, or not at all.

use crate::{
    Agreement, NewAccessKey, NewApiKey, NewMember, NewOrganization, Registry, RegistryError,
};
use crate::{access_keys, agreements, api_keys, members, organizations};

/// An organisation's beginning.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The organisation.
    pub organization: NewOrganization,
    /// Its first member.
    pub admin: NewMember,
    /// Its first API key.
    pub api_key: NewApiKey,
    /// Its first access key.
    pub access_key: NewAccessKey,
    /// Its agreement, when it is signed at once.
    pub agreement: Option<Agreement>,
}

impl Registry {
    /// Writes it all in one transaction.
    pub async fn found(&self, new: Founding) -> Result<(), RegistryError> {
        let password_hash = members::hash(new.admin.password.clone()).await?;
        let transaction = self.begin().await?;
        let key = organizations::insert(self, &transaction, &new.organization).await?;
        members::insert(&transaction, &new.admin, password_hash).await?;
        api_keys::insert(&transaction, &new.api_key).await?;
        access_keys::insert(&transaction, &key, &new.access_key).await?;
        if let Some(agreement) = &new.agreement {
            agreements::insert(&transaction, agreement).await?;
        }
        Ok(transaction.commit().await?)
    }
}
