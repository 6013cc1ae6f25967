//! Writes how a search was answered as an OperationOutcome, one issue for each step.
//!
//! People read the diagnostics; programs read the extension, whose parts have their names.

use tarn_search::{Plan, Step};

use crate::clinical::text::{Array, Object, object};

/// The extension of each issue.
const EXPLAIN: &str = "urn:tarn:explain";

/// Writes a plan.
pub(super) fn write_plan(plan: &Plan, out: &mut Vec<u8>) {
    object(out, |outcome| {
        outcome.plain("resourceType", "OperationOutcome");
        outcome.array("issue", |issues| {
            let total = plan.total.as_micros();
            write_issue(issues, &format!("{total} \u{b5}s in all"), |parts| {
                number(parts, "microseconds", total);
            });
            for step in &plan.steps {
                write_issue(issues, &words(step), |parts| write_step(parts, step));
            }
        });
    });
}

fn words(step: &Step) -> String {
    let indent = "  ".repeat(step.depth as usize);
    let expected = step.estimated.map(|rows| format!("{rows} expected, ")).unwrap_or_default();
    let (found, time) = (step.found, step.time.as_micros());
    format!("{indent}{}: {expected}{found} found, {time} \u{b5}s", step.what)
}

fn write_issue(issues: &mut Array<'_>, words: &str, extension: impl FnOnce(&mut Array<'_>)) {
    issues.object(|issue| {
        issue.array("extension", |list| {
            list.object(|explain| {
                explain.array("extension", extension);
                explain.plain("url", EXPLAIN);
            });
        });
        issue.plain("severity", "information");
        issue.plain("code", "informational");
        issue.text("diagnostics", words);
    });
}

fn write_step(parts: &mut Array<'_>, step: &Step) {
    part(parts, "step", |value| value.text("valueString", &step.what));
    number(parts, "depth", step.depth);
    if let Some(estimated) = step.estimated {
        number(parts, "estimated", estimated);
    }
    number(parts, "found", step.found);
    number(parts, "microseconds", step.time.as_micros());
}

fn number(parts: &mut Array<'_>, url: &'static str, value: impl std::fmt::Display) {
    part(parts, url, |o| o.value("valueDecimal", value));
}

fn part(parts: &mut Array<'_>, url: &'static str, value: impl FnOnce(&mut Object<'_>)) {
    parts.object(|o| {
        o.plain("url", url);
        value(o);
    });
}
