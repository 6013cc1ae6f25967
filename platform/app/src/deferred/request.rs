//! Puts a request off: a batch or transaction, a search, a history, `$everything`.

use std::net::IpAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tarn_access::{Action, Principal};
use tarn_domain::{JobId, Kind, Problem};
use tarn_registry::JobKind;

use super::Deferred;
use super::asked::Asked;
use crate::clinical::parameters::Parameters;
use crate::clinical::{Asking, Preferences, Return, bundle};
use crate::jobs::{self, off_thread};
use crate::{Act, authorise_do_account};

/// The note with the body of a request.
pub(super) const BODY: &str = "body";

/// A request that may be answered later.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// What it asks leave for.
    pub action: Action,
    /// Whether it is a POST.
    pub posted: bool,
    /// Its path below the store's base.
    pub path: String,
    /// Its query, and the form's.
    pub parameters: Parameters,
    /// What its caller prefers.
    pub preferences: Preferences,
    /// The Bundle that it brings.
    pub body: Option<Bytes>,
    /// The URL that was asked.
    pub url: String,
}

/// A request as it is kept. It may name patients, so it lies sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct PutOff {
    pub(super) posted: bool,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) lenient: bool,
    pub(super) returns: Option<String>,
    pub(super) has_body: bool,
    /// Who asked: their rights are looked up again when it is answered.
    pub(super) key: String,
    pub(super) request: String,
    pub(super) source: Option<IpAddr>,
    pub(super) agent: Option<String>,
}

/// Puts a request off.
///
/// # Errors
/// Refusals; what is wrong with a Bundle as a whole; busy where too many requests wait.
pub async fn put_off(asking: Asking<'_>, new: NewRequest) -> Result<Deferred, Problem> {
    let names: Vec<&str> = new.parameters.iter().map(|(name, _)| name).collect();
    let what = json!({ "datastoreId": asking.store, "path": new.path, "parameters": names });
    let act = Act::new(new.action, "DeferRequest").on(asking.store).with(what);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let Principal::ApiKey(key) = &asking.call.caller.principal else {
            let words = "Only a request with an API key can be put off.";
            return Err(Problem::new(Kind::NotSupported, "not-deferrable", words));
        };
        if let Some(body) = &new.body {
            bundle::look_at(asking, body.clone()).await?;
        }
        let put_off = PutOff {
            posted: new.posted,
            path: new.path.clone(),
            query: new.parameters.pairs().to_vec(),
            lenient: new.preferences.lenient,
            returns: new.preferences.returns.map(|returns| named(returns).to_owned()),
            has_body: new.body.is_some(),
            key: key.to_string(),
            request: asking.call.request.to_string(),
            source: asking.call.source,
            agent: asking.call.agent.clone(),
        };
        let job = JobId::fresh(asking.platform.ids());
        let noted = serde_json::to_vec(&put_off).map_err(Problem::internal)?;
        let (results, body) = (asking.platform.bulk.results.clone(), new.body.clone());
        off_thread(move || {
            body.map_or(Ok(()), |body| results.note(job, BODY, &body))?;
            results.note(job, tarn_jobs::REQUEST, &noted)
        })
        .await?;
        let by = Some(asking.call.caller.principal.to_string());
        Asked { url: new.url.clone(), by }.keep(asking, job).await?;
        let (kind, plan) = ((job, JobKind::Request), Ok(json!({})));
        jobs::submit_kept(asking.platform, granted, asking.store, kind, plan).await?;
        Ok(Deferred { job })
    })
    .await
}

const RETURNS: [(&str, Return); 3] = [
    ("minimal", Return::Minimal),
    ("representation", Return::Representation),
    ("OperationOutcome", Return::OperationOutcome),
];

fn named(returns: Return) -> &'static str {
    RETURNS.iter().find(|(_, known)| *known == returns).map_or("minimal", |(name, _)| name)
}

impl PutOff {
    /// What its caller prefers.
    pub(super) fn preferences(&self) -> Preferences {
        let returns = self.returns.as_deref();
        let returns = RETURNS.iter().find(|(name, _)| Some(*name) == returns).map(|(_, r)| *r);
        Preferences { returns, lenient: self.lenient, ..Preferences::default() }
    }
}
