//! `dom-3`: what a resource contains is referenced from somewhere in it, or refers to it.

use std::borrow::Cow;
use std::collections::HashSet;

use tarn_fhir::definitions::DataType;
use tarn_fhir::json::Value as Json;

use crate::node::Node;
use crate::types::FhirType;

/// Whether the rule holds.
pub(super) fn contained_are_referenced(resource: &Node<'_>) -> bool {
    let mut contained = Vec::new();
    resource.named("contained", &mut |inner| contained.push(inner));
    if contained.is_empty() {
        return true;
    }
    let mut all = HashSet::new();
    gather(resource, &mut all);
    contained.iter().all(|inner| {
        let id = inner.json().and_then(|json| json.get("id")).and_then(Json::as_str);
        // What has no id cannot be referenced; that it has one is another rule.
        id.is_none_or(|id| all.contains(&*format!("#{id}"))) || refers_to_container(inner)
    })
}

fn refers_to_container(inner: &Node<'_>) -> bool {
    let mut own = HashSet::new();
    gather(inner, &mut own);
    own.contains("#")
}

/// Every reference within the document that an element or its children make.
fn gather<'d>(node: &Node<'d>, into: &mut HashSet<Cow<'d, str>>) {
    node.defined_children(&mut |child, node| {
        let points = match node.fhir_type() {
            FhirType::Data(DataType::Canonical | DataType::Uri | DataType::Url) => true,
            _ => child.name == "reference",
        };
        let text = node.json().filter(|_| points).and_then(Json::as_str);
        into.extend(text.filter(|text| text.starts_with('#')));
        if !node.is_primitive() || node.sibling().is_some() {
            gather(&node, into);
        }
    });
}
