//! The resources that an operation finds by search parameters, each with its body.

use tarn_domain::{Explain as _, Issue, IssueCode, Kind, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_search::{Limits, ParseOptions, Scope, matches, parse};
use tarn_store::Snapshot;

use crate::clinical::resource::Resource;

/// Every resource of a type that matches the parameters.
///
/// # Errors
/// Invalid for parameters that the search does not know; too costly where more than `most` match.
pub(super) fn found(
    snapshot: &Snapshot,
    type_: TypeId,
    parameters: &[(String, String)],
    options: &ParseOptions,
    most: u64,
) -> Result<Vec<Resource>, Problem> {
    let query = parse(&Scope::Type(type_), parameters, options).map_err(|e| e.explain())?;
    let rows = matches(&query, snapshot, &Limits::default()).map_err(|e| e.explain())?;
    if rows.len() > most {
        let words = format!(
            "{} resources of type {type_} match, and at most {most} are looked into: narrow it \
             down with one more parameter.",
            rows.len(),
        );
        return Err(too_costly(words));
    }
    let mut all = Vec::with_capacity(rows.len() as usize);
    for rid in rows.merged() {
        let row = snapshot.row(rid).map_err(|e| e.explain())?;
        let row = row.ok_or_else(|| Problem::internal("a match without a row"))?;
        all.push(Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?);
    }
    Ok(all)
}

/// More work than one call may take.
pub(super) fn too_costly(words: impl Into<String>) -> Problem {
    let issue = Issue::error(IssueCode::TooCostly, words);
    Problem::with_issues(Kind::Unprocessable, "too-costly", vec![issue])
}
