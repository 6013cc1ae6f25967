//! Writes what a Bundle comes back as: `batch-response`, `transaction-response`.

use tarn_domain::{Problem, Timestamp};

use super::entry::BundleKind;
use crate::clinical::outcome::{status, write_problem};
use crate::clinical::text::object;

/// What became of one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// HTTP's status for it.
    pub status: u16,
    /// `Patient/1/_history/2`, below the base, where something was created or updated.
    pub location: Option<String>,
    /// The version that is current now.
    pub version: Option<u32>,
    /// When it came.
    pub updated: Option<Timestamp>,
    /// The resource or Bundle asked for, as JSON text.
    pub resource: Option<Vec<u8>>,
    /// An OperationOutcome, as JSON text.
    pub outcome: Option<Vec<u8>>,
}

impl From<&Problem> for Answer {
    fn from(problem: &Problem) -> Self {
        let mut outcome = Vec::new();
        write_problem(problem, &mut outcome);
        Self { status: status(problem.kind), outcome: Some(outcome), ..Self::default() }
    }
}

/// Writes the response Bundle. The base, with its closing slash, goes in front of locations.
pub(super) fn write(kind: BundleKind, answers: &[Answer], base: &str, out: &mut Vec<u8>) {
    object(out, |bundle| {
        bundle.plain("resourceType", "Bundle");
        bundle.plain(
            "type",
            match kind {
                BundleKind::Batch => "batch-response",
                BundleKind::Transaction => "transaction-response",
            },
        );
        if answers.is_empty() {
            return;
        }
        bundle.array("entry", |entries| {
            for answer in answers {
                entries.object(|entry| {
                    if let Some(resource) = &answer.resource {
                        entry.with("resource", |out| out.extend_from_slice(resource));
                    }
                    entry.object("response", |response| {
                        response.plain("status", answer.status);
                        if let Some(location) = &answer.location {
                            response.text("location", &format!("{base}{location}"));
                        }
                        if let Some(version) = answer.version {
                            response.with("etag", |out| {
                                out.extend_from_slice(format!(r#""W/\"{version}\"""#).as_bytes());
                            });
                        }
                        if let Some(updated) = answer.updated {
                            response.plain("lastModified", updated);
                        }
                        if let Some(outcome) = &answer.outcome {
                            response.with("outcome", |out| out.extend_from_slice(outcome));
                        }
                    });
                });
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use tarn_domain::Kind;

    #[test]
    fn an_entry_says_what_became_of_it() {
        let made = Answer {
            status: 201,
            location: Some("Patient/1/_history/1".into()),
            version: Some(1),
            updated: Some(Timestamp::from_micros(0)),
            resource: Some(br#"{"resourceType":"Patient","id":"1"}"#.to_vec()),
            outcome: None,
        };
        let failed = Answer::from(&Problem::new(Kind::Gone, "deleted", "It was deleted."));
        let mut out = Vec::new();
        write(BundleKind::Batch, &[made, failed], "http://h/r4/", &mut out);
        let bundle: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(bundle["type"], "batch-response");
        let response = &bundle["entry"][0]["response"];
        assert_eq!(response["status"], "201");
        assert_eq!(response["location"], "http://h/r4/Patient/1/_history/1");
        assert_eq!(response["etag"], "W/\"1\"");
        assert_eq!(response["lastModified"], "1970-01-01T00:00:00.000Z");
        assert_eq!(bundle["entry"][0]["resource"]["id"], "1");
        assert_eq!(bundle["entry"][1]["response"]["status"], "410");
        let issue = &bundle["entry"][1]["response"]["outcome"]["issue"][0];
        assert_eq!(issue["code"], "deleted");
    }

    #[test]
    fn an_empty_bundle_comes_back_without_entries() {
        let mut out = Vec::new();
        write(BundleKind::Transaction, &[], "http://h", &mut out);
        assert_eq!(out, br#"{"resourceType":"Bundle","type":"transaction-response"}"#);
    }
}
