//! A resource on its way in: parsed, checked, brought into the form in which it is kept, indexed.

use std::sync::Arc;

use tarn_domain::{Issue, IssueCode, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, SyntaxError, Value};
use tarn_fhir::stored::{self, Stored};
use tarn_search::extract::R4Indexer;
use tarn_store::{Change, Entries, Expect, Hasher};

/// Parses a body.
pub(super) fn parse(body: &[u8]) -> Result<Document<'_>, Problem> {
    Document::parse(body).map_err(|error| no_json(&error))
}

/// Checks a resource against R4's structure, and that it is of the type that the URL names.
pub(super) fn check(document: &Document<'_>, expected: TypeId) -> Result<(), Problem> {
    let type_ = tarn_fhir::check::check(document)
        .map_err(|issues| Problem::with_issues(Kind::Invalid, "bad-resource", issues))?;
    if type_ == expected {
        return Ok(());
    }
    let words = format!("The URL names {expected}, the resource is a {type_}.");
    Err(refuse(IssueCode::Invalid, "wrong-type", &words, &format!("{type_}.resourceType")))
}

/// The id that a resource carries.
pub(super) fn id_of(document: &Document<'_>) -> Option<LogicalId> {
    document.root().get("id").and_then(Value::as_str)?.parse().ok()
}

/// Requires the resource to carry the id of the URL, as R4 §3.1.0.4 asks of an update.
pub(super) fn require_id(
    document: &Document<'_>,
    type_: TypeId,
    id: &LogicalId,
) -> Result<(), Problem> {
    let at = format!("{type_}.id");
    match id_of(document) {
        Some(found) if found == *id => Ok(()),
        Some(_) => {
            let words = "The resource's id is not the URL's.";
            Err(refuse(IssueCode::Value, "wrong-id", words, &at))
        }
        None => {
            let words = "An update needs the URL's id in the resource, too.";
            Err(refuse(IssueCode::Required, "no-id", words, &at))
        }
    }
}

/// The change that keeps a resource under an id.
pub(super) fn put(
    document: &Document<'_>,
    type_: TypeId,
    id: &LogicalId,
    hasher: &Hasher,
    expect: Expect,
) -> Change {
    put_stored(stored::store(document, id.as_str()), document, type_, id, hasher, expect)
}

/// The change that keeps a resource in a form that was made already, from the same document.
fn put_stored(
    stored: Stored,
    document: &Document<'_>,
    type_: TypeId,
    id: &LogicalId,
    hasher: &Hasher,
    expect: Expect,
) -> Change {
    let mut entries = Entries::default();
    R4Indexer.index(type_, id.as_str(), document, hasher, 0, &mut entries);
    Change::Put { type_, id: id.clone(), stored, entries: Arc::new(entries), expect }
}

/// The change that keeps a resource whose links were rewritten: the index sees the new ones.
pub(super) fn put_rewritten(
    document: &Document<'_>,
    type_: TypeId,
    id: &LogicalId,
    hasher: &Hasher,
    expect: Expect,
    replace: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Change, Problem> {
    let stored = stored::rewrite(document, id.as_str(), replace);
    let body = stored.body.clone();
    let rewritten = Document::parse(&body).map_err(|_| Problem::internal("a rewritten body"))?;
    Ok(put_stored(stored, &rewritten, type_, id, hasher, expect))
}

fn no_json(error: &SyntaxError) -> Problem {
    let mut issue = Issue::error(IssueCode::Structure, format!("Not JSON: {error}."));
    if !error.path.is_empty() {
        issue = issue.at(error.path.clone());
    }
    Problem::with_issues(Kind::Invalid, "bad-json", vec![issue])
}

fn refuse(code: IssueCode, name: &'static str, words: &str, at: &str) -> Problem {
    Problem::with_issues(Kind::Invalid, name, vec![Issue::error(code, words).at(at)])
}
