//! R4's own invariants: rules in FHIRPath about elements, with a key and a severity each.

mod references;
mod rules;
#[cfg(test)]
mod tests;
mod walk;

use tarn_domain::{Issue, Timestamp};
use tarn_fhir::json::Document;

use crate::node::Node;

/// At most so many issues are reported for one resource.
pub const MAX_ISSUES: usize = 50;

/// Checks every invariant of R4's base definitions that applies to a resource, and those of all
/// that is in it. The structure must have been checked before
/// ([`tarn_fhir::check::check`]). What cannot be known, such as the order of `2020` and
/// `2020-05`, breaks no rule.
///
/// No words hold a value of the document.
pub fn check(document: &Document<'_>, now: Timestamp) -> Vec<Issue> {
    let mut walk = walk::Walk::new(now);
    walk.resource(Node::resource(document));
    walk.into_issues()
}
