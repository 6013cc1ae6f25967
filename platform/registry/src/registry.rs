//! Opens the control plane's database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tarn_keys::MasterKeys;
use tarn_migrations::{Migrator, MigratorTrait};

use crate::RegistryError;

/// The control plane's records. Cheap to clone; all clones share its connections.
#[derive(Clone)]
pub struct Registry {
    pub(crate) db: DatabaseConnection,
    pub(crate) masters: Arc<dyn MasterKeys>,
}

impl Registry {
    /// Opens the database file, creates it when there is none, and brings its schema up to date.
    /// Two processes may do so at once. The master keys open what is sealed in it.
    pub async fn open(path: &Path, masters: Arc<dyn MasterKeys>) -> Result<Self, RegistryError> {
        let failed = |source| RegistryError::Open { path: path.into(), source };
        let file = path.to_path_buf();
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.sqlx_logging(false).max_connections(4).map_sqlx_sqlite_opts(move |sqlite| {
            // The path is given as it is: in a URL some characters would mean something.
            sqlite
                .in_memory(false)
                .shared_cache(false)
                .filename(&file)
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("trusted_schema", "OFF")
        });
        let db = Database::connect(options).await.map_err(failed)?;
        let registry = Self { db, masters };
        registry.migrate().await.map_err(|error| match error {
            // How sea-orm-migration says that the file knows more migrations than we do.
            DbErr::Custom(words) if words.contains("file is missing") => {
                RegistryError::Later { path: path.into() }
            }
            error => failed(error),
        })?;
        Ok(registry)
    }

    /// Closes its connections; what is written is in the file.
    pub async fn close(self) -> Result<(), RegistryError> {
        Ok(self.db.close().await?)
    }

    /// Whether the database answers: for readiness.
    pub async fn ping(&self) -> Result<(), RegistryError> {
        Ok(self.db.ping().await?)
    }

    /// All in one transaction that writes from its start: of two processes that migrate at once
    /// the second waits, and then finds nothing to do.
    async fn migrate(&self) -> Result<(), DbErr> {
        let transaction = self.begin().await?;
        Migrator::up(&transaction, None).await?;
        transaction.commit().await
    }

    /// Begins a transaction that reads and then writes. Immediate: a deferred one could not
    /// become a writer when another process wrote in between.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.db.begin_with_options(immediate).await
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}
