//! Table `jobs`: long work of an organisation, in the order in which it came.
//!
//! Whoever runs a job holds its fence number: a new lease raises it, and a write under an older
//! one is refused, so a worker that was thought dead cannot spoil its successor's record.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};
use serde_json::Value;
use tarn_domain::{JobId, OrganizationId, StoreId, Timestamp};

use crate::text::{moment, read, words};
use crate::{Registry, RegistryError};

const TABLE: &str = "jobs";

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The organisation whose queue it is in.
    pub organization: OrganizationId,
    /// The store it works on.
    pub store: StoreId,
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub status: JobStatus,
    /// What was asked for.
    pub plan: Value,
    /// What is done so far.
    pub progress: Value,
    /// When it was asked for.
    pub submitted: Timestamp,
    /// When it first ran.
    pub started: Option<Timestamp>,
    /// When somebody asked to stop it.
    pub cancelled: Option<Timestamp>,
    /// When it came to its end.
    pub ended: Option<Timestamp>,
    /// Where its result is.
    pub output: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The number of its newest lease; 0 before the first.
    pub fence: u64,
}

words! {
    /// What a job does.
    JobKind {
        /// Brings resources in.
        Import = "import",
        /// Takes resources out.
        Export = "export",
        /// Removes resources for good, all versions of them.
        Erase = "erase",
        /// Answers a request that was put off.
        Request = "request",
        /// Deletes what a search finds.
        BulkDelete = "bulk-delete",
    }
}

words! {
    /// How far a job is, in HealthLake's words (`JobStatus`).
    JobStatus {
        /// Taken in.
        Submitted = "SUBMITTED",
        /// Waiting for another job of its store.
        Queued = "QUEUED",
        /// Running.
        InProgress = "IN_PROGRESS",
        /// Done.
        Completed = "COMPLETED",
        /// Done, except for lines that were refused.
        CompletedWithErrors = "COMPLETED_WITH_ERRORS",
        /// Came to nothing.
        Failed = "FAILED",
        /// Stopped by request.
        Cancelled = "CANCELLED",
    }
}

impl JobStatus {
    /// Whether nothing more happens to the job.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::CompletedWithErrors | Self::Failed | Self::Cancelled)
    }
}

/// A job to be.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// The organisation whose queue it is in.
    pub organization: OrganizationId,
    /// The store it works on.
    pub store: StoreId,
    /// What it does.
    pub kind: JobKind,
    /// Submitted, or queued behind another.
    pub status: JobStatus,
    /// What is asked for.
    pub plan: Value,
    /// What is done so far: as much as nothing.
    pub progress: Value,
    /// Now.
    pub submitted: Timestamp,
}

/// How a job came to its end.
#[derive(Debug, Clone)]
pub struct JobEnd {
    /// A final status.
    pub status: JobStatus,
    /// What was done.
    pub progress: Value,
    /// Where the result is.
    pub output: Option<String>,
    /// Why it failed, in words for the caller.
    pub error: Option<String>,
    /// Now.
    pub ended: Timestamp,
}

impl Registry {
    /// Puts a job behind all others.
    pub async fn add_job(&self, new: NewJob) -> Result<(), RegistryError> {
        let row = row::ActiveModel {
            id: Set(new.id.to_string()),
            organization: Set(new.organization.to_string()),
            store: Set(new.store.to_string()),
            kind: Set(new.kind.as_str().into()),
            status: Set(new.status.as_str().into()),
            plan: Set(new.plan.to_string()),
            progress: Set(new.progress.to_string()),
            submitted: Set(new.submitted.micros()),
            fence: Set(0),
            ..<row::ActiveModel as sea_orm::ActiveModelTrait>::default()
        };
        let insert = row::Entity::insert(row).exec_without_returning(&self.db).await;
        insert.map(drop).map_err(RegistryError::insert("the job"))
    }

    /// One job of an organisation.
    pub async fn job(&self, of: OrganizationId, id: JobId) -> Result<Option<Job>, RegistryError> {
        let find = row::Entity::find()
            .filter(row::Column::Id.eq(id.to_string()))
            .filter(row::Column::Organization.eq(of.to_string()));
        find.one(&self.db).await?.map(job).transpose()
    }

    /// One job, whosever it is: for the platform's own upkeep.
    pub async fn any_job(&self, id: JobId) -> Result<Option<Job>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Id.eq(id.to_string()));
        find.one(&self.db).await?.map(job).transpose()
    }

    /// The newest jobs of an organisation, at most `limit`, in the order in which they came.
    pub async fn jobs(&self, of: OrganizationId, limit: u64) -> Result<Vec<Job>, RegistryError> {
        let find = row::Entity::find().filter(row::Column::Organization.eq(of.to_string()));
        let rows = find.order_by_desc(row::Column::Place).limit(limit).all(&self.db).await?;
        rows.into_iter().rev().map(job).collect()
    }

    /// The jobs of an organisation that have not ended, in the order in which they came: what a
    /// queue takes up again after a restart.
    pub async fn open_jobs(&self, of: OrganizationId) -> Result<Vec<Job>, RegistryError> {
        let find = row::Entity::find()
            .filter(row::Column::Organization.eq(of.to_string()))
            .filter(row::Column::Ended.is_null());
        let rows = find.order_by_asc(row::Column::Place).all(&self.db).await?;
        rows.into_iter().map(job).collect()
    }

    /// The organisations with jobs that have not ended: whose queues wake at a start.
    pub async fn organizations_with_open_jobs(&self) -> Result<Vec<OrganizationId>, RegistryError> {
        let find = row::Entity::find().select_only().column(row::Column::Organization).distinct();
        let open = find.filter(row::Column::Ended.is_null());
        let ids: Vec<String> = open.into_tuple().all(&self.db).await?;
        ids.iter().map(|id| read(TABLE, "organization", id)).collect()
    }

    /// Leases a job that has not ended: it runs from now on, and only the number that this gives
    /// may write to it.
    pub async fn lease_job(&self, id: JobId, now: Timestamp) -> Result<u64, RegistryError> {
        let transaction = self.begin().await?;
        let row = row::Entity::find()
            .filter(row::Column::Id.eq(id.to_string()))
            .filter(row::Column::Ended.is_null())
            .one(&transaction)
            .await?
            .ok_or(RegistryError::Missing { what: "the job" })?;
        let fence = row.fence + 1;
        row::Entity::update_many()
            .col_expr(row::Column::Fence, Expr::value(fence))
            .col_expr(row::Column::Status, Expr::value(JobStatus::InProgress.as_str()))
            .col_expr(row::Column::Started, Expr::value(row.started.unwrap_or(now.micros())))
            .filter(row::Column::Id.eq(id.to_string()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(fence as u64)
    }

    /// Notes what a leased job has done so far.
    pub async fn set_job_progress(
        &self,
        id: JobId,
        fence: u64,
        progress: &Value,
    ) -> Result<(), RegistryError> {
        let change = row::Entity::update_many()
            .col_expr(row::Column::Progress, Expr::value(progress.to_string()));
        self.change_leased(change, id, fence).await
    }

    /// Notes that a job waits, or waits again: its worker gave it back.
    pub async fn set_job_waiting(
        &self,
        id: JobId,
        fence: u64,
        status: JobStatus,
    ) -> Result<(), RegistryError> {
        let change =
            row::Entity::update_many().col_expr(row::Column::Status, Expr::value(status.as_str()));
        self.change_leased(change, id, fence).await
    }

    /// Notes that somebody wants a job stopped; what runs it finds out and ends it.
    pub async fn mark_job_cancelled(&self, id: JobId, now: Timestamp) -> Result<(), RegistryError> {
        row::Entity::update_many()
            .col_expr(row::Column::Cancelled, Expr::value(now.micros()))
            .filter(row::Column::Id.eq(id.to_string()))
            .filter(row::Column::Cancelled.is_null())
            .filter(row::Column::Ended.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Ends a job under its newest lease (0 for one that never ran).
    pub async fn end_job(&self, id: JobId, fence: u64, end: JobEnd) -> Result<(), RegistryError> {
        let change = row::Entity::update_many()
            .col_expr(row::Column::Status, Expr::value(end.status.as_str()))
            .col_expr(row::Column::Progress, Expr::value(end.progress.to_string()))
            .col_expr(row::Column::Output, Expr::value(end.output))
            .col_expr(row::Column::Error, Expr::value(end.error))
            .col_expr(row::Column::Ended, Expr::value(end.ended.micros()));
        self.change_leased(change, id, fence).await
    }

    async fn change_leased(
        &self,
        change: sea_orm::UpdateMany<row::Entity>,
        id: JobId,
        fence: u64,
    ) -> Result<(), RegistryError> {
        let fence = i64::try_from(fence).map_err(|_| RegistryError::Fenced)?;
        let done = change
            .filter(row::Column::Id.eq(id.to_string()))
            .filter(row::Column::Fence.eq(fence))
            .filter(row::Column::Ended.is_null())
            .exec(&self.db)
            .await?;
        if done.rows_affected == 0 { Err(RegistryError::Fenced) } else { Ok(()) }
    }
}

fn job(row: row::Model) -> Result<Job, RegistryError> {
    Ok(Job {
        id: read(TABLE, "id", &row.id)?,
        organization: read(TABLE, "organization", &row.organization)?,
        store: read(TABLE, "store", &row.store)?,
        kind: read(TABLE, "kind", &row.kind)?,
        status: read(TABLE, "status", &row.status)?,
        plan: read(TABLE, "plan", &row.plan)?,
        progress: read(TABLE, "progress", &row.progress)?,
        submitted: Timestamp::from_micros(row.submitted),
        started: moment(row.started),
        cancelled: moment(row.cancelled),
        ended: moment(row.ended),
        output: row.output,
        error: row.error,
        fence: row.fence.unsigned_abs(),
    })
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) place: i64,
        pub(super) id: String,
        pub(super) organization: String,
        pub(super) store: String,
        pub(super) kind: String,
        pub(super) status: String,
        pub(super) plan: String,
        pub(super) progress: String,
        pub(super) submitted: i64,
        pub(super) started: Option<i64>,
        pub(super) cancelled: Option<i64>,
        pub(super) ended: Option<i64>,
        pub(super) output: Option<String>,
        pub(super) error: Option<String>,
        pub(super) fence: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
