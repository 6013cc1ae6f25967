//! What FHIR adds to FHIRPath (<https://hl7.org/fhir/R4/fhirpath.html#functions>).

use tarn_fhir::definitions::{DataType, TypeId};
use tarn_fhir::json::Value as Json;

use super::{On, optional};
use crate::environment::Resolved;
use crate::error::Error;
use crate::eval::Outcome;
use crate::eval::operators::{boolean, truth_value};
use crate::function::Function as F;
use crate::item::{Item, Value};
use crate::node::Node;
use crate::types::FhirType;

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

impl<'d> On<'_, '_, 'd> {
    pub(super) fn elements(&self) -> Outcome<'d> {
        match self.call.function {
            F::Extension => self.extensions(),
            F::HasValue => Ok(boolean(self.only_value().is_some())),
            F::GetValue => optional(self.only_value()),
            F::Resolve => self.resolved(),
            F::MemberOf => self.member_of(),
            F::Subsumes => self.subsumed(self.input, &self.argument(0)?),
            F::SubsumedBy => self.subsumed(&self.argument(0)?, self.input),
            F::CheckModifiers => self.check_modifiers(),
            _ => self.conforms(),
        }
    }

    /// The value of a collection that is one primitive.
    fn only_value(&self) -> Option<Value<'d>> {
        match self.input {
            [Item::Node(node)] if !node.has_value() => None,
            [item] => item.value(),
            _ => None,
        }
    }

    fn extensions(&self) -> Outcome<'d> {
        let url = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        let Some(url) = url else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for node in self.input.iter().filter_map(Item::node) {
            node.named("extension", &mut |extension| {
                let own = extension.json().and_then(|json| json.get("url")?.as_str());
                if own.as_deref() == Some(&*url) {
                    found.push(Item::Node(extension));
                }
            });
        }
        self.run.charge_items(found.len())?;
        Ok(found)
    }

    fn resolved(&self) -> Outcome<'d> {
        let mut found = Vec::new();
        for item in self.input {
            self.run.charge(1)?;
            let Some(reference) = reference(item) else { continue };
            let reference = reference.trim();
            if let Some(id) = reference.strip_prefix('#') {
                found.extend(self.contained(id)?.map(Item::Node));
                continue;
            }
            let within = item.node().and_then(|node| node.json().map(Json::root));
            if let Some(entry) = within.and_then(|root| self.in_bundle(root, reference)) {
                found.push(Item::Node(entry));
                continue;
            }
            let resolver = self.run.environment.resolver;
            match resolver.map_or(Resolved::Nothing, |resolver| resolver.resolve(reference)) {
                Resolved::Resource(node) => found.push(Item::Node(node)),
                Resolved::Type(type_) => found.push(Item::Node(Node::unseen(type_))),
                Resolved::Nothing => {}
            }
        }
        Ok(found)
    }

    /// `#id`: contained in the root resource, or itself.
    fn contained(&self, id: &str) -> Result<Option<Node<'d>>, Error> {
        for holder in [self.run.resource(), self.run.root_resource()].into_iter().flatten() {
            let Some(json) = holder.json() else { continue };
            if id.is_empty() {
                return Ok(Some(holder));
            }
            for candidate in json.get("contained").into_iter().flat_map(Json::items) {
                self.run.charge(1)?;
                if candidate.get("id").and_then(Json::as_str).as_deref() == Some(id) {
                    return Ok(Some(Node::resource_at(candidate)));
                }
            }
        }
        Ok(None)
    }

    /// The resource of the Bundle entry whose `fullUrl` is what the reference says.
    fn in_bundle(&self, root: Json<'d>, reference: &str) -> Option<Node<'d>> {
        if root.get("resourceType")?.as_str()? != "Bundle" {
            return None;
        }
        let is_it = |entry: &Json<'d>| {
            let url = entry.get("fullUrl").and_then(Json::as_str);
            url.is_some_and(|url| {
                *url == *reference
                    || url.strip_suffix(reference).is_some_and(|base| base.ends_with('/'))
            })
        };
        let entry = root.get("entry")?.items().find(is_it)?;
        entry.get("resource").map(Node::resource_at)
    }

    fn member_of(&self) -> Outcome<'d> {
        let value_set = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        let item = self.run.single(self.input, self.at)?;
        let (Some(item), Some(value_set)) = (item, value_set) else { return Ok(Vec::new()) };
        let terminology = self.run.environment.terminology;
        Ok(truth_value(terminology.and_then(|known| known.member_of(item, &value_set))))
    }

    fn subsumed(&self, code: &[Item<'d>], other: &[Item<'d>]) -> Outcome<'d> {
        let code = self.run.single(code, self.at)?;
        let other = self.run.single(other, self.at)?;
        let (Some(code), Some(other)) = (code, other) else { return Ok(Vec::new()) };
        let terminology = self.run.environment.terminology;
        Ok(truth_value(terminology.and_then(|known| known.subsumes(code, other))))
    }

    /// The items as they are, if they have no modifier extensions but those that are named.
    fn check_modifiers(&self) -> Outcome<'d> {
        let mut known = Vec::new();
        for index in 0..self.call.arguments.len() {
            known.extend(self.run.string_argument(self.call, index, self.focus, self.at)?);
        }
        for node in self.input.iter().filter_map(Item::node) {
            let mut is_good = true;
            node.named("modifierExtension", &mut |extension| {
                let url = extension.json().and_then(|json| json.get("url")?.as_str());
                is_good &= url.is_some_and(|url| known.iter().any(|known| **known == *url));
            });
            if !is_good {
                return Err(self.fail("there is a modifier extension that is not expected"));
            }
        }
        Ok(self.input.to_vec())
    }

    /// Whether the resource conforms to a profile: one of R4's base definitions, or one that the
    /// environment knows.
    fn conforms(&self) -> Outcome<'d> {
        let profile = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        let item = self.run.single(self.input, self.at)?;
        let (Some(item), Some(profile)) = (item, profile) else { return Ok(Vec::new()) };
        let node = item.node().ok_or_else(|| self.fail("only elements conform to profiles"))?;
        let name = profile.split_once('|').map_or(&*profile, |(url, _)| url);
        if let Some(type_) = name.strip_prefix(BASE).and_then(base_type) {
            return Ok(boolean(node.fhir_type().is_a(type_)));
        }
        let profiles = self.run.environment.profiles;
        let conforms = profiles.and_then(|profiles| profiles.conforms(&node, &profile));
        conforms.map(boolean).ok_or_else(|| self.fail("this profile is not known"))
    }
}

fn base_type(name: &str) -> Option<FhirType> {
    FhirType::parse(name).filter(|type_| match type_ {
        FhirType::Resource(type_) => TypeId::parse(type_.name()).is_some(),
        FhirType::Data(data_type) => *data_type != DataType::Resource,
        _ => true,
    })
}

/// What a Reference, a canonical, a uri or a string points at.
fn reference<'d>(item: &Item<'d>) -> Option<crate::text::Text<'d>> {
    if let Item::Node(node) = item
        && node.fhir_type() == FhirType::Data(DataType::Reference)
    {
        return Some(node.json()?.get("reference")?.as_str()?.into());
    }
    match item.value()? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::environment::Resolved;
    use crate::environment::{Resolver, TypesOnly};

    #[test]
    fn references_tell_their_type() {
        for (reference, type_) in [
            ("Patient/1", Some("Patient")),
            ("http://x.org/fhir/Patient/1/_history/2", Some("Patient")),
            ("urn:uuid:1", None),
            ("Nonsense/1", None),
        ] {
            let found = match TypesOnly.resolve(reference) {
                Resolved::Type(type_) => Some(type_.name()),
                _ => None,
            };
            assert_eq!(found, type_, "{reference}");
        }
    }
}
