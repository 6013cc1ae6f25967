//! A batch: every entry by itself, in R4's order of methods.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, JobId, Problem};

use super::answer::answer;
use super::entry::{BundleKind, Entry, Method, Read, placed};
use super::response::{self, Answer};
use super::{location_base, resume, within_aws_limit};
use crate::clinical::Preferences;
use crate::clinical::asking::Asking;
use crate::clinical::mark;
use crate::{Act, Call};

/// So many entries are on their way at once: their commits share an fsync.
const AT_ONCE: usize = 32;

/// R4's order (<https://hl7.org/fhir/R4/http.html#trules>): what is in one step has no order.
const STEPS: [&[Method]; 4] = [
    &[Method::Delete],
    &[Method::Post],
    &[Method::Put, Method::Patch],
    &[Method::Get, Method::Head],
];

/// Does what each entry asks; what goes wrong with one is its own affair.
pub(super) async fn process(
    asking: Asking<'_>,
    entries: Vec<Read>,
    body: Bytes,
    preferences: Preferences,
) -> Result<Vec<u8>, Problem> {
    let act = Act::new(Action::FhirTransaction, "ProcessBundle")
        .with(json!({"type": "batch", "entries": entries.len()}));
    let is_aws_compat = asking
        .act(act, async |granted, _| {
            let is_aws_compat = asking.is_aws_compat(granted);
            if is_aws_compat {
                within_aws_limit(entries.len(), 500)?;
            }
            Ok(is_aws_compat)
        })
        .await?;
    let mut answers: Vec<Answer> = vec![Answer::default(); entries.len()];
    let mut good = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        match entry {
            Ok(entry) => good.push(entry),
            Err(problem) => answers[index] = Answer::from(&problem),
        }
    }
    for step in STEPS {
        let now = good.iter().filter(|entry| step.contains(&entry.method));
        let mut running = stream::iter(now)
            .map(|entry| one(asking, entry, &body, preferences))
            .buffer_unordered(AT_ONCE);
        while let Some((index, answer)) = running.next().await {
            answers[index] = answer;
        }
    }
    let mut out = Vec::new();
    let base = location_base(asking, is_aws_compat);
    response::write(BundleKind::Batch, &answers, &base, &mut out);
    Ok(out)
}

async fn one(
    asking: Asking<'_>,
    entry: &Entry,
    body: &Bytes,
    preferences: Preferences,
) -> (usize, Answer) {
    let resource = entry.resource.clone().map(|span| body.slice(span));
    let done = match asking.call.mark {
        Some(job) => marked(asking, job, entry, resource, preferences).await,
        None => answer(asking, entry, resource, preferences).await,
    };
    let answer = done.unwrap_or_else(|problem| {
        let at = format!("Bundle.entry[{}].resource", entry.index);
        Answer::from(&placed(problem, &at))
    });
    (entry.index, answer)
}

/// Does what an entry asks, unless it was done before its job was cut off.
async fn marked(
    asking: Asking<'_>,
    job: JobId,
    entry: &Entry,
    resource: Option<Bytes>,
    preferences: Preferences,
) -> Result<Answer, Problem> {
    let mark = mark::of_entry(job, entry.index);
    let call = Call { mark: Some(mark), ..asking.call.clone() };
    let asking = Asking { call: &call, ..asking };
    if !matches!(entry.method, Method::Get | Method::Head) {
        let tenant = asking.platform.tenant(call.caller.organization).await?;
        let store = tenant.store(asking.store).await.map_err(|e| e.explain())?;
        if let Some(done) = mark::find(&store, mark).await?
            && let Some(answer) =
                resume::entry_resumed(asking, entry.method, &done, preferences).await
        {
            return Ok(answer);
        }
    }
    answer(asking, entry, resource, preferences).await
}
