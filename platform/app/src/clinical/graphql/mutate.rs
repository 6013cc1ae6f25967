//! Makes a mutation's changes, one after the other, each by the verb that REST has for it: with its
//! own permit, checks and audit entry.

use bytes::Bytes;
use tarn_domain::{Kind, LogicalId, Problem};
use tarn_graphql::{Change, Changed, Limits, Mutation, Selected};

use super::GraphqlRequest;
use super::answer::{Answered, refusal};
use super::store::Store;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::condition::Conditions;
use crate::clinical::create::{Written, create};
use crate::clinical::delete::delete;
use crate::clinical::outcome::write_all_well;
use crate::clinical::page_key::page_key;
use crate::clinical::update::update;
use crate::clinical::writing::{Level, Writing};
use serde_json::json;
use tarn_access::Action;

/// Makes the changes that a mutation asks for. One that fails does not undo or stop the others
/// (GraphQL §6.2.2).
pub(super) async fn mutate(
    asking: Asking<'_>,
    request: GraphqlRequest,
) -> Result<Answered, Problem> {
    let changes = match Selected::read(&request).and_then(|selected| Mutation::read(&selected)) {
        Ok(mutation) => mutation.changes,
        Err(error) => return Ok(Answered::refused(&[error.to_json()])),
    };
    let (mut changed, mut errors) = (Vec::with_capacity(changes.len()), Vec::new());
    for (key, change) in changes {
        match make(asking, change).await {
            Ok(done) => changed.push(Some(done)),
            Err(problem) => {
                errors.push(refusal(&key, &problem));
                changed.push(None);
            }
        }
    }
    // What is selected in an answer may lead to other resources.
    let act = Act::new(Action::FhirRead, "ReadWithGraphQL").with(json!({"path": ""}));
    let (options, base) = (asking.parse_options(false), asking.base());
    asking
        .act(act, async |_, store| {
            let snapshot = store.snapshot();
            let key = page_key(&snapshot);
            let mut store = Store::new(&snapshot, options, base, key);
            let selected = Selected::read(&request).map_err(Problem::internal)?;
            let data = Mutation::answer(&selected, &changed, &mut store, &Limits::default());
            store.finish()?;
            Ok(match data {
                Ok(data) => Answered::good(&data, &errors),
                Err(error) => {
                    // The changes were made all the same.
                    errors.push(error.to_json());
                    Answered::good(b"null", &errors)
                }
            })
        })
        .await
}

async fn make(asking: Asking<'_>, change: Change) -> Result<Changed, Problem> {
    match change {
        Change::Create(type_, body) => {
            let written =
                create(asking, type_, Bytes::from(body), None, &Writing::default()).await?;
            Ok(shown(asking, &written))
        }
        Change::Update(type_, id, body) => {
            let (id, conditions) = (logical_id(&id)?, Conditions::default());
            let (body, level) = (Bytes::from(body), Level::default());
            let written = update(asking, type_, &id, body, &conditions, level).await?;
            Ok(shown(asking, &written))
        }
        Change::Delete(type_, id) => {
            let (id, conditions) = (logical_id(&id)?, Conditions::default());
            delete(asking, type_, &id, &conditions).await?;
            Ok(Changed { location: None, resource: None, information: Some(words("Deleted.")) })
        }
    }
}

fn shown(asking: Asking<'_>, written: &Written) -> Changed {
    let mut resource = Vec::new();
    written.resource.write(&mut resource);
    let location = format!("{}/{}", asking.base(), written.resource.versioned_reference());
    Changed {
        location: Some(location),
        resource: Some(resource),
        information: Some(words(written.words())),
    }
}

fn words(words: &str) -> Vec<u8> {
    let mut outcome = Vec::new();
    write_all_well(words, &mut outcome);
    outcome
}

fn logical_id(text: &str) -> Result<LogicalId, Problem> {
    let words = "An id is 1 to 64 letters, digits, `-` and `.`.";
    text.parse().map_err(|_| Problem::new(Kind::Invalid, "bad-id", words))
}
