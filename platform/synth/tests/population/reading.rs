//! What the tests read of a generated population.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;
use tarn_synth::{Generator, ResourceKind, Sink};

/// The population that most tests look at, read once.
pub(crate) fn population() -> &'static [Value] {
    static READ: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let mut sink = Sink::new();
        let generator = Generator::new(21);
        generator.shared(&mut sink);
        (0..40).for_each(|index| generator.patient(index, &mut sink));
        let all = read(&sink, ResourceKind::ALL);
        assert_eq!(all.len() as u64, sink.total());
        all
    });
    &READ
}

/// The resources of some types.
pub(crate) fn read(sink: &Sink, kinds: &[ResourceKind]) -> Vec<Value> {
    let mut all = Vec::new();
    for &kind in kinds {
        for line in sink.lines(kind).split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let value: Value = serde_json::from_slice(line).expect("every line is JSON");
            assert_eq!(value["resourceType"], kind.name());
            all.push(value);
        }
    }
    all
}

/// `Type/id` of every resource.
pub(crate) fn identities(all: &[Value]) -> HashSet<String> {
    all.iter().map(identity).collect()
}

pub(crate) fn identity(resource: &Value) -> String {
    format!("{}/{}", text(&resource["resourceType"]), text(&resource["id"]))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Calls `found` with every string member named `key`, at any depth.
pub(crate) fn each(value: &Value, key: &str, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                match inner {
                    Value::String(words) if name == key => found(words),
                    _ => each(inner, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each(item, key, found)),
        _ => {}
    }
}

/// The patient that a resource is about.
pub(crate) fn patient_of(resource: &Value) -> Option<&str> {
    ["subject", "patient", "beneficiary"]
        .into_iter()
        .map(|key| text(&resource[key]["reference"]))
        .find_map(|reference| reference.strip_prefix("Patient/"))
}
