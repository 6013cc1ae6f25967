//! Compares two resources element by element.

use std::io::Write as _;

use tarn_fhir::definitions::{Child, DataType, ElementId, TypeId, definitions};
use tarn_fhir::json::{Value, escape_into};

use super::value::{Item, children};

/// The operations that make the new of the old, being written.
pub(super) struct Comparison {
    out: Vec<u8>,
    is_first: bool,
}

impl Comparison {
    /// Compares two resources of a type; the operations as Parameters. They are to be done in their
    /// order: each counts on those before it.
    pub(super) fn of(type_: TypeId, old: Value<'_>, new: Value<'_>) -> Vec<u8> {
        let mut comparison =
            Self { out: b"{\"resourceType\":\"Parameters\"".to_vec(), is_first: true };
        comparison.inside(type_.name(), definitions().root(type_), old, new);
        if !comparison.is_first {
            comparison.out.push(b']');
        }
        comparison.out.push(b'}');
        comparison.out
    }

    /// Compares what is inside two values. Nesting is what the parser lets through.
    fn inside(&mut self, path: &str, inside: ElementId, old: Value<'_>, new: Value<'_>) {
        let mut all = children(old, inside);
        for child in children(new, inside) {
            if !all.iter().any(|known| known.name == child.name) {
                all.push(child);
            }
        }
        // A choice that changes its type is deleted first: there may be one of it.
        all.sort_by_key(|child| new.get(child.name).is_some());
        for child in all.into_iter().filter(|child| child.name != "id" || path.contains('.')) {
            let (before, after) = (Item::all(old, child), Item::all(new, child));
            if child.is_array {
                self.list(path, child, &before, &after);
            } else {
                self.single(path, child, before.first(), after.first());
            }
        }
    }

    fn single(
        &mut self,
        path: &str,
        child: &Child,
        old: Option<&Item<'_>>,
        new: Option<&Item<'_>>,
    ) {
        let at = format!("{path}.{}", child.path_name);
        match (old, new) {
            (Some(old), Some(new)) => self.item(&at, child, old, new),
            (Some(_), None) => self.begin("delete", &at, None).end(),
            (None, Some(new)) => {
                self.begin("add", path, Some(child.path_name)).value("value", child, new).end();
            }
            (None, None) => {}
        }
    }

    /// What is the same at both ends stays; between them items are compared one by one, and what
    /// is left over is deleted from the end or put in.
    fn list(&mut self, path: &str, child: &Child, old: &[Item<'_>], new: &[Item<'_>]) {
        let common = |pairs: &mut dyn Iterator<Item = (&Item<'_>, &Item<'_>)>| {
            pairs.take_while(|(old, new)| old.is(new)).count()
        };
        let begin = common(&mut old.iter().zip(new));
        let (old, new) = (&old[begin..], &new[begin..]);
        let end = common(&mut old.iter().rev().zip(new.iter().rev()));
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        let at = format!("{path}.{}", child.path_name);
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            self.item(&format!("{at}[{}]", begin + index), child, old, new);
        }
        for index in (new.len()..old.len()).rev() {
            self.begin("delete", &format!("{at}[{}]", begin + index), None).end();
        }
        let is_at_end = end == 0;
        for (index, item) in new.iter().enumerate().skip(old.len()) {
            if is_at_end {
                self.begin("add", path, Some(child.path_name)).value("value", child, item).end();
            } else {
                let index = begin + index;
                self.begin("insert", &at, None).value("value", child, item).index(index).end();
            }
        }
    }

    fn item(&mut self, path: &str, child: &Child, old: &Item<'_>, new: &Item<'_>) {
        if old.is(new) {
            return;
        }
        match (old.value, new.value) {
            (Some(old), Some(new))
                if !child.data_type.is_primitive() && child.data_type != DataType::Resource =>
            {
                self.inside(path, child.element, old, new);
            }
            _ => {
                let operation = self.begin("replace", path, None);
                operation.value("previousValue", child, old).value("value", child, new).end();
            }
        }
    }

    fn begin(&mut self, type_: &str, path: &str, name: Option<&str>) -> &mut Self {
        let before = if std::mem::take(&mut self.is_first) { ",\"parameter\":[" } else { "," };
        self.out.extend_from_slice(before.as_bytes());
        self.out.extend_from_slice(b"{\"name\":\"operation\",\"part\":[");
        // Writing to memory cannot fail.
        let _ = write!(self.out, "{{\"name\":\"type\",\"valueCode\":\"{type_}\"}}");
        self.out.extend_from_slice(b",{\"name\":\"path\",\"valueString\":");
        escape_into(path, &mut self.out);
        self.out.push(b'}');
        if let Some(name) = name {
            let _ = write!(self.out, ",{{\"name\":\"name\",\"valueString\":\"{name}\"}}");
        }
        self
    }

    fn value(&mut self, name: &str, child: &Child, item: &Item<'_>) -> &mut Self {
        let _ = write!(self.out, ",{{\"name\":\"{name}\"");
        item.write(child, &mut self.out);
        self.out.push(b'}');
        self
    }

    fn index(&mut self, index: usize) -> &mut Self {
        let _ = write!(self.out, ",{{\"name\":\"index\",\"valueInteger\":{index}}}");
        self
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"]}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::clinical::operations::meta::ours;

    /// Type, path and value of each operation, one a line.
    fn compared(type_: &str, old: &str, new: &str) -> Vec<String> {
        let (old, new) = (ours(old.as_bytes()).unwrap(), ours(new.as_bytes()).unwrap());
        let text = Comparison::of(TypeId::parse(type_).unwrap(), old.root(), new.root());
        let document = ours(&text).unwrap();
        tarn_fhir::check::check(&document).unwrap();
        let parameters: Json = serde_json::from_slice(&text).unwrap();
        let operations = parameters["parameter"].as_array().cloned().unwrap_or_default();
        let line = |operation: &Json| {
            let part = |part: &Json| {
                let members = part.as_object().unwrap().iter().filter(|(key, _)| *key != "name");
                let values: Vec<_> = members.map(|(_, value)| value.to_string()).collect();
                values.join(" ").replace('"', "")
            };
            let parts = operation["part"].as_array().unwrap().iter();
            parts.map(part).collect::<Vec<_>>().join(" ")
        };
        operations.iter().map(line).collect()
    }

    #[test]
    fn elements_are_replaced_added_and_deleted() {
        let old = r#"{"resourceType":"Patient","id":"1","gender":"male","birthDate":"1970-01-01",
            "name":[{"family":"A"}]}"#;
        let new = r#"{"resourceType":"Patient","id":"1","gender":"female","active":true,
            "name":[{"family":"B"}]}"#;
        assert_eq!(
            compared("Patient", old, new),
            [
                "delete Patient.birthDate",
                "replace Patient.gender male female",
                "replace Patient.name[0].family A B",
                "add Patient active true",
            ],
        );
        assert!(compared("Patient", old, old).is_empty());
    }

    #[test]
    fn lists_keep_what_is_the_same_at_both_ends() {
        let patient =
            |given: &str| format!(r#"{{"resourceType":"Patient","name":[{{"given":[{given}]}}]}}"#);
        let changes = |old, new| compared("Patient", &patient(old), &patient(new));
        let at = "Patient.name[0].given";
        assert_eq!(changes(r#""a","c""#, r#""a","b","c""#), [format!("insert {at} b 1")]);
        assert_eq!(changes(r#""a","b","c""#, r#""a","c""#), [format!("delete {at}[1]")]);
        assert_eq!(changes(r#""a""#, r#""a","b""#), ["add Patient.name[0] given b"]);
        assert_eq!(
            changes(r#""a","b""#, r#""x""#),
            [format!("replace {at}[0] a x"), format!("delete {at}[1]"),]
        );
    }

    #[test]
    fn a_choice_of_another_type_and_a_backbone_element_are_put_in_whole() {
        let old = r#"{"resourceType":"Observation","valueString":"x"}"#;
        let new = r#"{"resourceType":"Observation","valueInteger":7,
            "component":[{"code":{"text":"c"},"valueBoolean":true}]}"#;
        let lines = compared("Observation", old, new);
        assert_eq!(lines[0], "delete Observation.value");
        assert_eq!(lines[1], "add Observation value 7");
        assert_eq!(
            lines[2],
            "add Observation component [{name:code,valueCodeableConcept:{text:c}},\
             {name:value,valueBoolean:true}]",
        );
    }

    #[test]
    fn what_stands_beside_a_primitive_is_part_of_it() {
        let old = r#"{"resourceType":"Patient","birthDate":"1970"}"#;
        let new = r#"{"resourceType":"Patient","birthDate":"1970","_birthDate":{"id":"x"}}"#;
        assert_eq!(compared("Patient", old, new), ["replace Patient.birthDate 1970 {id:x} 1970"]);
    }
}
