//! One walk over a resource, checking the rules of each element.

use tarn_domain::{Issue, IssueCode, Severity, Timestamp};
use tarn_fhir::definitions::{Child, ElementId, Invariant, definitions};

use super::rules::{Rule, rule};
use super::{MAX_ISSUES, references};
use crate::environment::{Casts, Environment, TypesOnly};
use crate::node::Node;
use crate::types::FhirType;

/// The walk, and what it found wrong so far.
pub(super) struct Walk {
    now: Timestamp,
    issues: Vec<Issue>,
}

/// The resources that an element is in.
#[derive(Clone, Copy)]
struct Around<'d> {
    resource: Node<'d>,
    root: Node<'d>,
}

impl Walk {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { now, issues: Vec::new() }
    }

    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    /// A resource that is in no other.
    pub(super) fn resource(&mut self, node: Node<'_>) {
        self.inside(node, Around { resource: node, root: node });
    }

    /// The rules of what is inside an element, then its children. Documents nest no deeper than
    /// their parser lets them.
    fn inside<'d>(&mut self, node: Node<'d>, around: Around<'d>) {
        for invariant in &definitions().shape(node.element()).invariants {
            self.check(invariant, node, around);
        }
        let mut children: Vec<(&'static Child, Node<'d>)> = Vec::new();
        node.defined_children(&mut |child, node| children.push((child, node)));
        for (child, node) in children {
            if self.issues.len() >= MAX_ISSUES {
                return;
            }
            self.child(child, node, around);
        }
    }

    fn child<'d>(&mut self, child: &Child, node: Node<'d>, around: Around<'d>) {
        for invariant in &child.invariants {
            self.check(invariant, node, around);
        }
        // Nearly all elements are primitives without extensions, and have nothing inside.
        if child.element == ElementId::PRIMITIVE && node.sibling().is_none() {
            return;
        }
        let is_resource = matches!(node.fhir_type(), FhirType::Resource(_))
            && child.element == ElementId::RESOURCE;
        let around = match (is_resource, child.name) {
            (false, _) => around,
            (true, "contained") => Around { resource: node, ..around },
            (true, _) => Around { resource: node, root: node },
        };
        self.inside(node, around);
    }

    fn check<'d>(&mut self, invariant: &Invariant, node: Node<'d>, around: Around<'d>) {
        let Some(rule) = rule(invariant) else { return };
        let words = match rule {
            Rule::HasContent if has_content(&node) => return,
            Rule::HasContent => "an element has a value or children".to_owned(),
            Rule::ContainedIsReferenced if references::contained_are_referenced(&node) => return,
            Rule::ContainedIsReferenced => {
                "what is contained is referenced from the resource, or refers to it".to_owned()
            }
            Rule::Expression(expression) => {
                let mut environment = Environment::new(self.now);
                environment.resource = Some(around.resource);
                environment.root_resource = Some(around.root);
                environment.resolver = Some(&TypesOnly);
                // R4's own rules cast whole collections.
                environment.casts = Casts::Filter;
                match expression.holds(node, &environment) {
                    Ok(Some(false)) => expression.to_string(),
                    Ok(_) => return,
                    Err(error) => return self.not_checked(invariant, &node, &error),
                }
            }
        };
        let severity = if invariant.is_error { Severity::Error } else { Severity::Warning };
        let words = format!("{} does not hold: {words}", invariant.key);
        self.report(severity, IssueCode::Invariant, &node, words);
    }

    fn not_checked(&mut self, invariant: &Invariant, node: &Node<'_>, error: &crate::Error) {
        let words = format!("{} could not be checked: {error}", invariant.key);
        self.report(Severity::Warning, IssueCode::Incomplete, node, words);
    }

    fn report(&mut self, severity: Severity, code: IssueCode, node: &Node<'_>, words: String) {
        if self.issues.len() >= MAX_ISSUES {
            return;
        }
        let expression = node.location().map(|location| location.to_string());
        self.issues.push(Issue { severity, code, expression, diagnostics: words });
    }
}

/// `hasValue() or (children().count() > id.count())`
fn has_content(node: &Node<'_>) -> bool {
    if node.has_value() {
        return true;
    }
    let mut has_content = false;
    node.defined_children(&mut |child, _| has_content |= child.name != "id");
    has_content
}
