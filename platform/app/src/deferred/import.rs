//! `$import`: brings in NDJSON files that a manifest names.
//!
//! The request is the one of the HL7 proposal (<https://github.com/smart-on-fhir/bulk-import>), as
//! JSON or as Parameters. Files are read from where imports may read: the import roots and object
//! storage. Other URLs are refused: a server that fetches what callers name can be made to knock at
//! doors that only it can reach.

use serde_json::json;
use tarn_access::Action;
use tarn_bulk::Place;
use tarn_domain::{Explain as _, Issue, IssueCode, JobId, Kind, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value};
use tarn_jobs::import::{ImportPlan, Validation};
use tarn_registry::JobKind;

use super::Deferred;
use super::asked::Asked;
use crate::clinical::Asking;
use crate::jobs;
use crate::{Act, authorise_do_account};

/// So many files are named at most.
const MOST: usize = 10_000;

/// A request for an import.
#[derive(Clone)]
pub struct NewBulkImport {
    /// The body that was sent.
    pub body: Vec<u8>,
    /// Whether what is not known may be left out.
    pub lenient: bool,
    /// The URL that was asked.
    pub url: String,
}

/// Puts an import into the queue.
///
/// # Errors
/// Refusals; invalid for what is not understood, and for places that may not be read; busy where
/// too many jobs wait.
pub async fn import(asking: Asking<'_>, new: NewBulkImport) -> Result<Deferred, Problem> {
    let act = Act::new(Action::ImportStart, "StartFHIRImportJob").on(asking.store);
    let act = act.with(json!({ "datastoreId": asking.store, "manifest": true }));
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let places = read(&new.body, new.lenient)?;
        for place in &places {
            jobs::check_input(asking.platform, place).await?;
        }
        let job = JobId::fresh(asking.platform.ids());
        Asked { url: new.url.clone(), by: None }.keep(asking, job).await?;
        let (input, output) = (Place::Several(places), Place::Kept(job));
        let plan = ImportPlan { input, output, validation: Validation::default() };
        let (kind, plan) = ((job, JobKind::Import), serde_json::to_value(plan));
        jobs::submit_kept(asking.platform, granted, asking.store, kind, plan).await?;
        Ok(Deferred { job })
    })
    .await
}

/// The places that a request names.
fn read(body: &[u8], lenient: bool) -> Result<Vec<Place>, Problem> {
    let document = Document::parse(body).map_err(|_| refuse("The body is no JSON.", "$import"))?;
    let root = document.root();
    let mut places = Vec::new();
    let is_parameters =
        root.get("resourceType").and_then(Value::as_str).as_deref() == Some("Parameters");
    if is_parameters {
        for (at, part) in root.get("parameter").into_iter().flat_map(Value::items).enumerate() {
            let place = format!("Parameters.parameter[{at}]");
            let name = part.get("name").and_then(Value::as_str).unwrap_or_default();
            let inner = |wanted: &str| {
                let parts = part.get("part").into_iter().flat_map(Value::items);
                parts
                    .filter(|part| {
                        part.get("name").and_then(Value::as_str).as_deref() == Some(wanted)
                    })
                    .find_map(simple)
            };
            take(&name, &place, simple(part), inner, lenient, &mut places)?;
        }
    } else {
        for (name, value) in root.members() {
            let all: Vec<Value<'_>> = match &*name {
                "input" => value.items().collect(),
                _ => vec![value],
            };
            for value in all {
                let inner = |wanted: &str| Some(value.get(wanted)?.as_str()?.into_owned());
                let simple = value.as_str().map(|text| text.into_owned());
                take(&name, &name, simple, inner, lenient, &mut places)?;
            }
        }
    }
    match places.len() {
        0 => Err(refuse("At least one `input` with a `url` is needed.", "$import")),
        1..=MOST => Ok(places),
        _ => Err(refuse("Too many inputs: at most 10000 are taken.", "$import")),
    }
}

fn take(
    name: &str,
    at: &str,
    value: Option<String>,
    inner: impl Fn(&str) -> Option<String>,
    lenient: bool,
    places: &mut Vec<Place>,
) -> Result<(), Problem> {
    match name {
        "inputFormat" => match value.as_deref() {
            Some("application/fhir+ndjson" | "application/ndjson" | "ndjson") => Ok(()),
            _ => Err(refuse("`inputFormat` must be `application/fhir+ndjson`.", at)),
        },
        // Where the files come from and how they lie there is told by their URLs.
        "inputSource" | "storageDetail" | "resourceType" => Ok(()),
        "input" => {
            if let Some(type_) = inner("type")
                && TypeId::parse(&type_).is_none()
            {
                return Err(refuse("`type` must be a resource type of FHIR R4.", at));
            }
            let url = inner("url").ok_or_else(|| refuse("`input` needs a `url`.", at))?;
            places.push(Place::parse(&url).map_err(|e| e.explain())?);
            Ok(())
        }
        _ if lenient => Ok(()),
        _ => Err(refuse("This is not taken by `$import`.", at)),
    }
}

/// The value of a parameter as text.
fn simple(part: Value<'_>) -> Option<String> {
    let (_, value) = part.members().find(|(key, _)| key.starts_with("value"))?;
    value.as_str().map(|text| text.into_owned())
}

fn refuse(words: &str, at: &str) -> Problem {
    let issue = Issue::error(IssueCode::Value, words.to_owned()).at(at.to_owned());
    Problem::with_issues(Kind::Invalid, "bad-import", vec![issue])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uris(body: &str) -> Option<Vec<String>> {
        let places = read(body.as_bytes(), false).ok()?;
        Some(places.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_manifest_is_read_as_json_and_as_parameters() {
        let json = r#"{"inputFormat":"application/fhir+ndjson","inputSource":"https://x",
            "storageDetail":{"type":"file"},
            "input":[{"type":"Patient","url":"file:///a"},{"url":"s3://bucket/b"}]}"#;
        let both = ["file:///a", "s3://bucket/b"].map(str::to_owned).to_vec();
        assert_eq!(uris(json), Some(both.clone()));
        let input = |url: &str| {
            format!(
                r#"{{"name":"input","part":[{{"name":"type","valueCode":"Patient"}},
                    {{"name":"url","valueUri":"{url}"}}]}}"#
            )
        };
        let parameters = format!(
            r#"{{"resourceType":"Parameters","parameter":[
                {{"name":"inputFormat","valueCode":"application/fhir+ndjson"}},{},{}]}}"#,
            input("file:///a"),
            input("s3://bucket/b")
        );
        assert_eq!(uris(&parameters), Some(both));
    }

    #[test]
    fn what_is_not_understood_or_may_lead_anywhere_is_refused() {
        for body in [
            "{}",
            "x",
            r#"{"input":[{"type":"Patient"}]}"#,
            r#"{"input":[{"type":"Nope","url":"file:///a"}]}"#,
            r#"{"input":[{"url":"http://169.254.169.254/latest"}]}"#,
            r#"{"input":[{"url":"https://example.org/a.ndjson"}]}"#,
            r#"{"input":[{"url":"file:///a"}],"mode":"x"}"#,
            r#"{"input":[{"url":"file:///a"}],"inputFormat":"text/csv"}"#,
        ] {
            assert_eq!(uris(body), None, "{body}");
        }
    }
}
