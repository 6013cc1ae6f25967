//! Does one entry's interaction by the verb it names: every entry of a batch, and what a
//! transaction reads.

use bytes::Bytes;
use tarn_domain::{Kind, Problem};
use tarn_search::Scope;

use super::entry::{Entry, Method};
use super::patch::patch_of;
use super::response::Answer;
use crate::clinical::asking::Asking;
use crate::clinical::create::{Written, create};
use crate::clinical::delete::{Deleted, delete, delete_where};
use crate::clinical::history::{Past, history};
use crate::clinical::operations::{self, Arguments, Operation};
use crate::clinical::outcome::{all_well, write_issues};
use crate::clinical::patch::{patch as patch_resource, patch_where};
use crate::clinical::read::{Reading, read, vread};
use crate::clinical::resource::View;
use crate::clinical::search::{Search, search};
use crate::clinical::target::Target;
use crate::clinical::update::{update, update_where};
use crate::clinical::{Preferences, Return, Writing, capabilities};

/// Does what an entry asks. `body` is its resource.
pub(super) async fn answer(
    asking: Asking<'_>,
    entry: &Entry,
    body: Option<Bytes>,
    preferences: Preferences,
) -> Result<Answer, Problem> {
    let conditions = &entry.conditions;
    let returns = preferences.returns;
    let body = body.unwrap_or_default();
    if let Some(operation) = operations::find(&entry.target) {
        return operated(asking, entry, operation, &body).await;
    }
    match (entry.method, &entry.target) {
        (Method::Get | Method::Head, _) => looked_up(asking, entry, preferences.lenient).await,
        (Method::Post, Target::Type(type_)) => {
            let criteria = entry.if_none_exist.as_ref();
            let writing = Writing { level: preferences.level, key: None };
            written(create(asking, *type_, body, criteria, &writing).await?, returns)
        }
        (Method::Put, Target::Instance(type_, id)) => {
            let level = preferences.level;
            written(update(asking, *type_, id, body, conditions, level).await?, returns)
        }
        (Method::Put, Target::Type(type_)) => {
            let criteria = &entry.parameters;
            let level = preferences.level;
            let done = update_where(asking, *type_, criteria, body, conditions, level).await?;
            written(done, returns)
        }
        (Method::Delete, Target::Instance(type_, id)) => {
            delete(asking, *type_, id, conditions).await.map(deleted)
        }
        (Method::Delete, Target::Type(type_)) => {
            delete_where(asking, *type_, &entry.parameters, conditions).await.map(deleted)
        }
        (Method::Post, Target::TypeSearch(_) | Target::SystemSearch) => {
            looked_up(asking, entry, preferences.lenient).await
        }
        (Method::Patch, Target::Instance(type_, id)) => {
            let patch = patch_of(&body)?;
            written(patch_resource(asking, *type_, id, patch, conditions).await?, returns)
        }
        (Method::Patch, Target::Type(type_)) => {
            let (patch, criteria) = (patch_of(&body)?, &entry.parameters);
            written(patch_where(asking, *type_, criteria, patch, conditions).await?, returns)
        }
        _ => Err(not_here()),
    }
}

async fn looked_up(asking: Asking<'_>, entry: &Entry, lenient: bool) -> Result<Answer, Problem> {
    let conditions = &entry.conditions;
    let view = View::read(&entry.parameters)?;
    match &entry.target {
        Target::Instance(type_, id) => found(read(asking, *type_, id, conditions).await?, &view),
        Target::Version(type_, id, version) => {
            found(vread(asking, *type_, id, *version, conditions).await?, &view)
        }
        Target::InstanceHistory(type_, id) => {
            let past = Past::Instance(*type_, id.clone());
            history(asking, past, &entry.parameters).await.map(bundle)
        }
        Target::TypeHistory(type_) => {
            history(asking, Past::Type(*type_), &entry.parameters).await.map(bundle)
        }
        Target::SystemHistory => history(asking, Past::System, &entry.parameters).await.map(bundle),
        Target::Metadata => Ok(bundle(capabilities::statement(asking.platform, asking.store))),
        Target::Type(type_) | Target::TypeSearch(type_) => {
            searched(asking, entry, Scope::Type(*type_), lenient).await
        }
        Target::System | Target::SystemSearch => {
            searched(asking, entry, Scope::System, lenient).await
        }
        Target::Compartment(owner, id, type_) => {
            let scope = Scope::Compartment { owner: *owner, id: id.to_string(), type_: *type_ };
            searched(asking, entry, scope, lenient).await
        }
        _ => Err(not_here()),
    }
}

async fn operated(
    asking: Asking<'_>,
    entry: &Entry,
    operation: &Operation,
    body: &[u8],
) -> Result<Answer, Problem> {
    let is_callable = match entry.method {
        Method::Get => !operation.changes,
        Method::Post => true,
        _ => false,
    };
    if !is_callable {
        return Err(not_here());
    }
    let arguments = Arguments::read(&entry.parameters, body)?;
    let done = operations::invoke(asking, operation, &entry.target, arguments).await?;
    Ok(Answer {
        status: 200,
        location: done.location,
        resource: Some(done.body),
        ..Answer::default()
    })
}

async fn searched(
    asking: Asking<'_>,
    entry: &Entry,
    scope: Scope,
    lenient: bool,
) -> Result<Answer, Problem> {
    let posted = entry.method == Method::Post;
    let parameters = entry.parameters.clone();
    search(asking, Search { scope, parameters, lenient, posted, explain: false }).await.map(bundle)
}

fn found(reading: Reading, view: &View) -> Result<Answer, Problem> {
    match reading {
        Reading::NotModified { version, updated } => Ok(Answer {
            status: 304,
            version: Some(version),
            updated: Some(updated),
            ..Answer::default()
        }),
        Reading::Resource(resource) => {
            let mut text = Vec::with_capacity(resource.length());
            view.write(&resource, &mut text)?;
            Ok(Answer {
                status: 200,
                version: Some(resource.version),
                updated: Some(resource.updated),
                resource: Some(text),
                ..Answer::default()
            })
        }
    }
}

fn written(written: Written, returns: Option<Return>) -> Result<Answer, Problem> {
    Ok(of_write(&written, returns))
}

/// The answer to a write. An entry gets its resource back only if that was preferred: a client
/// that sends thousands has them already.
pub(super) fn of_write(written: &Written, returns: Option<Return>) -> Answer {
    let resource = &written.resource;
    let mut answer = Answer {
        status: if written.created { 201 } else { 200 },
        location: Some(resource.versioned_reference()),
        version: Some(resource.version),
        updated: Some(resource.updated),
        ..Answer::default()
    };
    match returns {
        Some(Return::Representation) => {
            let mut text = Vec::with_capacity(resource.length());
            resource.write(&mut text);
            answer.resource = Some(text);
        }
        Some(Return::OperationOutcome) => {
            let mut text = Vec::new();
            write_issues(&[all_well(written.words())], &mut text);
            answer.outcome = Some(text);
        }
        Some(Return::Minimal) | None => {}
    }
    if !written.tolerated.is_empty() {
        let mut text = Vec::new();
        write_issues(&written.tolerated, &mut text);
        answer.outcome = Some(text);
    }
    answer
}

/// The answer to a deletion.
pub(super) fn deleted(deleted: Deleted) -> Answer {
    Answer {
        status: 204,
        version: deleted.version.map(|(version, _)| version),
        updated: deleted.version.map(|(_, updated)| updated),
        ..Answer::default()
    }
}

fn bundle(text: Vec<u8>) -> Answer {
    Answer { status: 200, resource: Some(text), ..Answer::default() }
}

fn not_here() -> Problem {
    let words = "This interaction is not offered in a Bundle.";
    Problem::new(Kind::NotSupported, "interaction-not-supported", words)
}
