//! The rules, parsed once.

use std::sync::OnceLock;

use tarn_fhir::definitions::{Invariant, definitions};

use crate::expression::Expression;

/// How a rule is checked.
pub(super) enum Rule {
    /// By its expression.
    Expression(Expression),
    /// `ele-1`, which is about every element: checked without evaluation.
    HasContent,
    /// `dom-3`, which as an expression goes through the whole resource for each that it contains.
    ContainedIsReferenced,
}

/// Rules that say something else than R4 means, as published, and what is checked instead.
const MENDED: [(&str, &str); 1] = [
    // FHIR's booleans are not FHIRPath's: as published, no answer could be right.
    ("que-7", "operator = 'exists' implies (answer is boolean)"),
];

/// The rule of an invariant.
pub(super) fn rule(invariant: &Invariant) -> Option<&'static Rule> {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    let rules = RULES.get_or_init(|| definitions().invariants().iter().map(|i| parse(i)).collect());
    rules.get(usize::from(invariant.number))
}

fn parse(invariant: &Invariant) -> Rule {
    match invariant.key {
        "ele-1" => return Rule::HasContent,
        "dom-3" => return Rule::ContainedIsReferenced,
        _ => {}
    }
    let mended = MENDED.iter().find(|(key, _)| *key == invariant.key);
    let text = mended.map_or(invariant.expression, |(_, text)| text);
    let parsed = Expression::parse(text).expect("a test parses the expression of every invariant");
    Rule::Expression(parsed)
}
