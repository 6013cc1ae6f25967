//! Answers a request that was put off, and keeps the answer.

use std::time::Duration;

use tarn_access::{Caller, Principal};
use tarn_domain::{ApiKeyId, Explain as _, JobId, Kind, OrganizationId, Problem, StoreId};
use tarn_jobs::{Control, Ending, JobError, Requests, Signal};
use tokio::runtime::Handle;

use super::request::{BODY, PutOff};
use crate::clinical::outcome::{status, write_problem};
use crate::clinical::parameters::Parameters;
use crate::clinical::target::Target;
use crate::clinical::{Asking, bundle};
use crate::jobs::off_thread;
use crate::{Call, Platform};

/// The note with the answer: its status, a line end, its body.
pub(super) const ANSWER: &str = "answer";

/// How often a cancelled request is looked for.
const LOOK: Duration = Duration::from_millis(100);

impl Requests for Platform {
    fn answer(
        &self,
        organization: OrganizationId,
        store: StoreId,
        job: JobId,
        control: &dyn Control,
    ) -> Result<Ending, JobError> {
        let watched = async {
            tokio::select! {
                answered = answer(self, organization, store, job) => answered,
                signal = cut_off(control) => Ok(match signal {
                    Signal::Cancel => Ending::Cancelled,
                    Signal::Go | Signal::Stop => Ending::Stopped,
                }),
            }
        };
        Handle::current().block_on(watched)
    }
}

/// Returns when the job should not go on.
async fn cut_off(control: &dyn Control) -> Signal {
    loop {
        match control.signal() {
            Signal::Go => tokio::time::sleep(LOOK).await,
            signal => return signal,
        }
    }
}

async fn answer(
    platform: &Platform,
    organization: OrganizationId,
    store: StoreId,
    job: JobId,
) -> Result<Ending, JobError> {
    let answered = match do_it(platform, organization, store, job).await {
        Ok(body) => (200, body),
        Err(problem) if is_passing(&problem) => return Err(JobError::Store(problem.to_string())),
        Err(problem) => {
            let mut body = Vec::new();
            write_problem(&problem, &mut body);
            (status(problem.kind), body)
        }
    };
    let mut note = format!("{}\n", answered.0).into_bytes();
    note.extend(answered.1);
    let results = platform.bulk.results.clone();
    off_thread(move || results.note(job, ANSWER, &note)).await.map_err(JobError::Refused)?;
    Ok(Ending::Completed { with_errors: false })
}

/// Whether another try may help. Where the outcome is unknown the mark in the store knows it.
fn is_passing(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::Busy(_) | Kind::Unavailable(_) | Kind::OutcomeUnknown)
}

async fn do_it(
    platform: &Platform,
    organization: OrganizationId,
    store: StoreId,
    job: JobId,
) -> Result<Vec<u8>, Problem> {
    let results = platform.bulk.results.clone();
    let (request, body) = off_thread(move || {
        Ok((results.noted(job, tarn_jobs::REQUEST)?, results.noted(job, BODY)?))
    })
    .await?;
    let removed =
        || Problem::new(Kind::Gone, "request-removed", "The request was removed before it ran.");
    let request = request.ok_or_else(removed)?;
    let request: PutOff = serde_json::from_slice(&request).map_err(Problem::internal)?;
    let call = Call {
        request: request.request.parse().map_err(|_| bad("a request's id"))?,
        caller: caller(platform, organization, &request).await?,
        source: request.source,
        agent: request.agent.clone(),
        mark: Some(job),
    };
    let asking = Asking { platform, call: &call, store };
    if request.has_body {
        let body = body.ok_or_else(removed)?;
        return bundle::process(asking, body.into(), request.preferences()).await;
    }
    let target = Target::parse(&request.path)?;
    let parameters = Parameters::from(request.query);
    bundle::look_up(asking, request.posted, target, parameters, request.lenient).await
}

/// Who asked, with the rights that they have now.
async fn caller(
    platform: &Platform,
    organization: OrganizationId,
    request: &PutOff,
) -> Result<Caller, Problem> {
    let id: ApiKeyId = request.key.parse().map_err(|_| bad("a key's id"))?;
    let key = platform.registry.api_key(id).await.map_err(|e| e.explain())?;
    let key = key.filter(|key| key.revoked.is_none() && key.organization == organization);
    let key = key.ok_or_else(|| {
        let words = "The key that asked was revoked before the request was answered.";
        Problem::new(Kind::Forbidden, "key-revoked", words)
    })?;
    Ok(Caller { organization, principal: Principal::ApiKey(id), role: key.role.into() })
}

fn bad(what: &str) -> Problem {
    Problem::internal(format!("a kept request has no {what}"))
}
