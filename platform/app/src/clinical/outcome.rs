//! OperationOutcome, and the one table that says which status a problem has on FHIR's surface.

use tarn_domain::{Issue, Kind, Problem, Severity};

use super::text::{Object, object};

/// The HTTP status of a kind of problem; also what `Bundle.entry.response.status` says.
pub const fn status(kind: Kind) -> u16 {
    match kind {
        Kind::Invalid => 400,
        Kind::Unauthenticated => 401,
        Kind::Forbidden => 403,
        Kind::NotFound => 404,
        Kind::MethodNotAllowed => 405,
        Kind::NotAcceptable => 406,
        Kind::Conflict => 409,
        Kind::Gone => 410,
        Kind::PreconditionFailed => 412,
        Kind::TooLarge => 413,
        Kind::UnsupportedMediaType => 415,
        Kind::Unprocessable => 422,
        Kind::Busy(_) => 429,
        Kind::NotSupported => 501,
        Kind::Unavailable(_) => 503,
        Kind::OutcomeUnknown | Kind::Internal => 500,
    }
}

/// The code system of [`Problem::code`] in `issue.details`.
pub const PROBLEM_SYSTEM: &str = "urn:tarn:problem";

/// Writes a problem as an OperationOutcome.
pub fn write_problem(problem: &Problem, out: &mut Vec<u8>) {
    write(&problem.issues, Some(problem.code), out);
}

/// Writes issues as an OperationOutcome.
pub fn write_issues(issues: &[Issue], out: &mut Vec<u8>) {
    write(issues, None, out);
}

/// Writes the OperationOutcome of something that went well.
pub fn write_all_well(diagnostics: &str, out: &mut Vec<u8>) {
    write_issues(&[all_well(diagnostics)], out);
}

/// Something that went well, as an issue.
pub fn all_well(diagnostics: &str) -> Issue {
    Issue {
        severity: Severity::Information,
        code: tarn_domain::IssueCode::Informational,
        expression: None,
        diagnostics: diagnostics.to_owned(),
    }
}

fn write(issues: &[Issue], code: Option<&'static str>, out: &mut Vec<u8>) {
    object(out, |outcome| {
        outcome.plain("resourceType", "OperationOutcome");
        outcome.array("issue", |list| {
            for issue in issues {
                list.object(|o| write_issue(issue, code, o));
            }
        });
    });
}

fn write_issue(issue: &Issue, code: Option<&'static str>, o: &mut Object<'_>) {
    o.plain("severity", issue.severity.as_str());
    o.plain("code", issue.code.as_str());
    if let Some(code) = code {
        o.object("details", |details| {
            details.array("coding", |codings| {
                codings.object(|coding| {
                    coding.plain("system", PROBLEM_SYSTEM);
                    coding.plain("code", code);
                });
            });
        });
    }
    o.text("diagnostics", &issue.diagnostics);
    if let Some(expression) = &issue.expression {
        o.array("expression", |list| list.text(expression));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tarn_domain::IssueCode;

    #[test]
    fn a_problem_is_an_outcome_with_its_words_and_place() {
        let issue = Issue::error(IssueCode::Value, "Not a \"date\".").at("Patient.birthDate");
        let problem = Problem::with_issues(Kind::Invalid, "bad-resource", vec![issue]);
        let mut out = Vec::new();
        write_problem(&problem, &mut out);
        let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(parsed["resourceType"], "OperationOutcome");
        assert_eq!(parsed["issue"][0]["code"], "value");
        assert_eq!(parsed["issue"][0]["severity"], "error");
        assert_eq!(parsed["issue"][0]["diagnostics"], "Not a \"date\".");
        assert_eq!(parsed["issue"][0]["expression"][0], "Patient.birthDate");
        assert_eq!(parsed["issue"][0]["details"]["coding"][0]["code"], "bad-resource");
    }
}
