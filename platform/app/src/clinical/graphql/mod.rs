//! GraphQL: queries on a resource or on the store, and mutations
//! (<https://hl7.org/fhir/R4/graphql.html>).

mod answer;
mod mutate;
mod store;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_graphql::{GraphqlError, Limits, OperationKind, Selected};

use super::asking::Asking;
use super::page_key::page_key;
use super::read::{live, whole};
use super::settle::off_thread;
use crate::Act;
use store::Store;

pub use answer::Answered;
pub use tarn_graphql::Request as GraphqlRequest;

/// What a GraphQL request is about.
type Focus = Option<(TypeId, LogicalId)>;

/// Answers a GraphQL request: on the resource in focus, or on the store. A mutation is made only
/// where the caller's way of asking may change something.
///
/// # Errors
/// That the request is refused before GraphQL has a say: no permit, no such resource, a mutation
/// that came as a question. What is wrong with the query itself is in the answer.
pub async fn graphql(
    asking: Asking<'_>,
    focus: Focus,
    request: GraphqlRequest,
    may_change: bool,
) -> Result<Answered, Problem> {
    let kind = Selected::read(&request).map(|selected| selected.kind());
    match kind {
        Ok(OperationKind::Mutation) if !may_change => {
            let words = "A mutation must be sent by POST.";
            Err(Problem::new(Kind::Invalid, "mutation-by-get", words))
        }
        Ok(OperationKind::Mutation) if focus.is_some() => {
            let error = "a mutation is sent to the store: `[base]/$graphql`";
            Ok(Answered::refused(&[json!({ "message": error })]))
        }
        Ok(OperationKind::Mutation) => mutate::mutate(asking, request).await,
        // A query that cannot be read asks leave all the same: who may not ask learns nothing.
        Ok(OperationKind::Query) | Err(_) => query(asking, focus, request).await,
    }
}

/// A query both reads and searches, so it needs leave for both. All of it sees one moment.
async fn query(
    asking: Asking<'_>,
    focus: Focus,
    request: GraphqlRequest,
) -> Result<Answered, Problem> {
    let what = match &focus {
        Some((type_, id)) => json!({"resourceType": type_.name(), "resourceId": id.as_str()}),
        None => json!({"path": ""}),
    };
    let leave = Act::new(Action::FhirRead, "ReadWithGraphQL").with(what.clone());
    asking.act(leave, async |_, _| Ok(())).await?;
    let act = Act::new(Action::FhirSearch, "SearchWithGraphQL").with(what);
    let (options, base) = (asking.parse_options(false), asking.base());
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let key = page_key(&snapshot);
            let (answered, touched) = off_thread(move || {
                let focus = focus.map(|(type_, id)| {
                    let mut json = Vec::new();
                    let row = live(&snapshot, type_, &id)?;
                    whole(&snapshot, &row)?.write(&mut json);
                    Ok::<_, Problem>(json)
                });
                let focus = focus.transpose()?;
                let mut store = Store::new(&snapshot, options, base, key);
                let done = run(&request, focus.as_deref(), &mut store);
                let touched = store.finish()?;
                Ok((Answered::of(done), touched))
            })
            .await?;
            granted.answers(touched);
            Ok(answered)
        })
        .await
}

fn run(
    request: &GraphqlRequest,
    focus: Option<&[u8]>,
    store: &mut Store<'_>,
) -> Result<Vec<u8>, GraphqlError> {
    Selected::read(request)?.run(focus, store, &Limits::default())
}
