//! `$graph`: a resource with what a GraphDefinition says belongs to it
//! (<https://hl7.org/fhir/R4/resource-operation-graph.html>).

use serde_json::json;
use tarn_access::Action;
use tarn_domain::Problem;

use super::arguments::{Arguments, required};
use super::lost;
use super::meta::ours;
use super::searchset::Searchset;
use super::walk::{Gathered, graph as definition};
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::links::url;
use crate::clinical::read::live;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;

/// The graph, as a Bundle: the resource first.
pub(super) async fn graph(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let Target::InstanceOperation(type_, id, _) = target else { return Err(lost()) };
    let name = required("graph", arguments.text("graph")?)?.to_owned();
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirSearch, "GetGraph").with(what);
    let (type_, id, base) = (*type_, id.clone(), asking.base());
    let options = asking.parse_options(false);
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let (text, count) = off_thread(move || {
                live(&snapshot, type_, &id)?;
                let definition = definition(&snapshot, &options, &name)?;
                let mut gathered = Gathered::new(&snapshot, &options);
                let start = gathered.add(type_, id.as_str())?.ok_or_else(lost)?;
                gathered.follow_graph(start, ours(definition.body())?.root())?;
                let (matches, included) = gathered.resources.split_at(1);
                let path = format!("{type_}/{id}/$graph");
                let link = url(&base, &path, [("graph", name.as_str())]);
                let bundle = Searchset {
                    base: &base,
                    total: Some(1),
                    links: &[("self", link)],
                    matches,
                    included,
                    issues: &[],
                };
                Ok((bundle.write(), gathered.resources.len()))
            })
            .await?;
            granted.answers(json!({"resources": count}));
            Ok(text)
        })
        .await
}
