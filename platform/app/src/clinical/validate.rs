//! `$validate`: whether a resource would be taken, without taking it
//! (<https://hl7.org/fhir/R4/resource-operation-validate.html>). Structure only; profiles come
//! with validation.

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value};

use super::asking::Asking;
use super::draft;
use super::outcome::{all_well, write_issues};
use super::settle::off_thread;
use crate::Act;

/// Checks a resource, bare or as the `resource` of Parameters; the OperationOutcome as JSON.
///
/// # Errors
/// Only what is no JSON: whatever is wrong with the resource is the answer, not an error.
pub async fn validate(asking: Asking<'_>, type_: TypeId, body: Bytes) -> Result<Vec<u8>, Problem> {
    let act = Act::new(Action::FhirCreate, "ValidateResource")
        .with(json!({"resourceType": type_.name()}));
    asking
        .act(act, async |_, _| {
            off_thread(move || {
                let issues = look_at(&body, type_)?;
                let mut out = Vec::new();
                write_issues(&issues, &mut out);
                Ok(out)
            })
            .await
        })
        .await
}

fn look_at(body: &[u8], type_: TypeId) -> Result<Vec<Issue>, Problem> {
    let document = draft::parse(body)?;
    let checked = match resource_of(document.root(), type_) {
        None => draft::check(&document, type_),
        Some(None) => {
            let words = "Parameters for `$validate` need a parameter `resource`.";
            return Ok(vec![Issue::error(IssueCode::Required, words).at("Parameters.parameter")]);
        }
        Some(Some(resource)) => {
            let inner = Document::parse(resource.raw().as_bytes());
            let inner = inner.map_err(|_| Problem::internal("a part of parsed JSON"))?;
            draft::check(&inner, type_)
        }
    };
    Ok(match checked {
        Ok(()) => vec![all_well("Validation successful. Only the structure was looked at.")],
        Err(problem) => problem.issues,
    })
}

/// The resource within Parameters; none where the body is the resource itself.
fn resource_of(root: Value<'_>, type_: TypeId) -> Option<Option<Value<'_>>> {
    let is_parameters = root.get("resourceType")?.as_str()? == "Parameters";
    if !is_parameters || type_.name() == "Parameters" {
        return None;
    }
    let named =
        |part: &Value<'_>| part.get("name").and_then(Value::as_str).as_deref() == Some("resource");
    let part = root.get("parameter").and_then(|list| list.items().find(named));
    Some(part.and_then(|part| part.get("resource")))
}
