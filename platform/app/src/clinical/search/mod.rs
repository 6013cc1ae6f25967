//! Searches a store and writes the answer as a Bundle.

mod answer;
mod bundle;
mod explain;
mod token;

use std::sync::Arc;

use serde_json::json;
use tarn_access::Action;
use tarn_actors::StoreHandle;
use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_search::Scope;
use tarn_store::Snapshot;

use super::asking::Asking;
use super::page_key::page_key;
use super::parameters::{Parameters, refuse_parameter};
use super::settle::off_thread;
use crate::Act;
use answer::Asked;

/// The parameter that carries a page token.
pub const CURSOR: &str = "_cursor";
/// The same, as HealthLake calls it.
const AWS_CURSOR: &str = "page";

/// A search.
#[derive(Debug, Clone)]
pub struct Search {
    /// Where to look.
    pub scope: Scope,
    /// What for, as it was sent.
    pub parameters: Parameters,
    /// Whether parameters that are not known may be left out.
    pub lenient: bool,
    /// Whether it came by POST.
    pub posted: bool,
    /// Whether the answer should say how it was found (`x-tarn-explain`). Needs its own leave.
    pub explain: bool,
}

/// One page of a search's answer, as a Bundle.
///
/// # Errors
/// Invalid for what cannot be understood; nothing is left out unless the caller asked for that.
pub async fn search(asking: Asking<'_>, search: Search) -> Result<Vec<u8>, Problem> {
    let event = if search.posted { "SearchWithPost" } else { "SearchWithGet" };
    let act = Act::new(Action::FhirSearch, event);
    if !search.explain {
        return run(asking, act, search, None).await;
    }
    // Two leaves, two records: to see the plan, and to search.
    let explain = Act::new(Action::FhirExplain, "ExplainSearch").with(described(&search));
    asking.act(explain, async |_, _| run(asking, act, search, None).await).await
}

/// Runs a search as an act of another name, if asked so only where a resource is there.
pub(super) async fn run(
    asking: Asking<'_>,
    act: Act,
    mut search: Search,
    about: Option<(TypeId, LogicalId)>,
) -> Result<Vec<u8>, Problem> {
    let mut sent = search.parameters.get(CURSOR).map(str::to_owned);
    search.parameters.remove(CURSOR);
    let act = act.with(described(&search));
    let options = asking.parse_options(search.lenient);
    let base = asking.base();
    asking
        .act(act, async |granted, store| {
            let mut token_name = CURSOR;
            if asking.is_aws_compat(granted) {
                token_name = AWS_CURSOR;
                sent = sent.or(search.parameters.get(AWS_CURSOR).map(str::to_owned));
                search.parameters.remove(AWS_CURSOR);
                refuse_aws_count(&search.parameters)?;
            }
            let key = page_key(&store.snapshot());
            let opened = sent.as_deref().map(|sent| token::open(&key, sent)).transpose()?;
            let (mut cursor, mut search) = (None, search);
            if let Some(opened) = opened {
                cursor = Some(opened.cursor);
                if let Some(posted) = opened.posted {
                    search.parameters = posted;
                    search.posted = true;
                }
            }
            let (snapshot, is_kept) = moment(&store, cursor.as_ref().map(|cursor| cursor.t));
            let pinned = Arc::clone(&snapshot);
            let asked =
                Asked { search, about, options, base, token_name, sent, cursor, key, is_kept };
            let done = off_thread(move || asked.answer(&snapshot)).await?;
            granted.answers(json!({"matches": done.matches, "included": done.included}));
            if done.goes_on {
                store.pin(&pinned);
            }
            Ok(done.text)
        })
        .await
}

/// HealthLake gives 1 to 100 matches to a page, and refuses what asks for another number.
fn refuse_aws_count(parameters: &Parameters) -> Result<(), Problem> {
    match parameters.number("_count")? {
        Some(count) if !(1..=100).contains(&count) => {
            Err(refuse_parameter("_count", "takes a number from 1 to 100 in this store"))
        }
        _ => Ok(()),
    }
}

/// The snapshot of a moment, and whether it is still that moment's: a store keeps moments for a
/// while only. Rows keep their order, so a page of now still follows the one before.
pub(super) fn moment(store: &StoreHandle, t: Option<u64>) -> (Arc<Snapshot>, bool) {
    let Some(t) = t else { return (store.snapshot(), true) };
    match store.pinned(t) {
        Some(snapshot) => (snapshot, true),
        None => {
            let snapshot = store.snapshot();
            let is_kept = snapshot.t() == t;
            (snapshot, is_kept)
        }
    }
}

/// What the audit trail says of a search: names of parameters, never their values.
fn described(search: &Search) -> serde_json::Value {
    let names: Vec<_> = search.parameters.iter().map(|(name, _)| name).collect();
    json!({"path": path(&search.scope), "parameters": names})
}

fn path(scope: &Scope) -> String {
    match scope {
        Scope::Type(type_) => type_.name().to_owned(),
        Scope::System => String::new(),
        Scope::Compartment { owner, id, type_: Some(type_) } => format!("{owner}/{id}/{type_}"),
        Scope::Compartment { owner, id, type_: None } => format!("{owner}/{id}/*"),
    }
}
