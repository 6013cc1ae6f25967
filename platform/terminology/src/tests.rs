use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

/// Definitions in memory, by canonical URL.
#[derive(Default)]
struct Shelf(BTreeMap<String, Value>);

impl Shelf {
    fn with(all: Vec<Value>) -> Self {
        let url = |value: &Value| value["url"].as_str().unwrap_or_default().to_owned();
        Self(all.into_iter().map(|value| (url(&value), value)).collect())
    }

    fn find(&self, type_: &str, canonical: Canonical<'_>) -> Option<Vec<u8>> {
        let found = self.0.get(canonical.url).filter(|value| value["resourceType"] == type_)?;
        let fits = canonical.version.is_none_or(|version| found["version"] == version);
        fits.then(|| found.to_string().into_bytes())
    }
}

impl Resolver for Shelf {
    type Error = TerminologyError;

    fn value_set(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.find("ValueSet", canonical))
    }

    fn code_system(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.find("CodeSystem", canonical))
    }
}

/// animal > mammal > (dog > puppy, cat); fish; `whale` is below mammal by property.
fn animals() -> Value {
    json!({"resourceType": "CodeSystem", "url": "urn:animals", "content": "complete",
        "property": [{"code": "kindOf", "uri": "http://hl7.org/fhir/concept-properties#parent"}],
        "concept": [{"code": "animal", "concept": [
            {"code": "mammal", "concept": [
                {"code": "dog", "display": "Good boy", "property": [
                    {"code": "legs", "valueInteger": 4}],
                    "concept": [{"code": "puppy"}]},
                {"code": "cat", "property": [{"code": "legs", "valueInteger": 4}]}]},
            {"code": "fish", "property": [{"code": "legs", "valueInteger": 0}]}]},
            {"code": "whale", "property": [
                {"code": "kindOf", "valueCode": "mammal"},
                {"code": "seas", "valueCoding": {"system": "urn:x", "code": "all"}}]}]})
}

fn set(url: &str, compose: Value) -> Value {
    json!({"resourceType": "ValueSet", "url": url, "compose": compose})
}

fn filtered(property: &str, op: &str, value: &str) -> Value {
    set(
        "urn:vs",
        json!({"include": [{"system": "urn:animals",
            "filter": [{"property": property, "op": op, "value": value}]}]}),
    )
}

fn expand(shelf: &Shelf, canonical: &str) -> Result<String, TerminologyError> {
    let expansion =
        Terminology::new(shelf, Limits::default()).expand(Canonical::parse(canonical))?;
    let codes = expansion.codes().map(|(_, code)| code.to_owned());
    let systems = expansion.systems().map(|system| format!("{system}|*"));
    Ok(codes.chain(systems).collect::<Vec<_>>().join(" "))
}

fn told(all: Vec<Value>) -> String {
    let all = all.into_iter().chain([animals()]).collect();
    expand(&Shelf::with(all), "urn:vs").unwrap_or_else(|error| error.to_string())
}

#[test]
fn filters_choose_concepts() {
    for (property, op, value, codes) in [
        ("concept", "is-a", "mammal", "cat dog mammal puppy whale"),
        ("concept", "descendent-of", "mammal", "cat dog puppy whale"),
        ("concept", "is-not-a", "mammal", "animal fish"),
        ("concept", "generalizes", "puppy", "animal dog mammal puppy"),
        ("concept", "=", "dog", "dog"),
        ("concept", "in", "dog, fish", "dog fish"),
        ("concept", "not-in", "dog,fish,cat,whale", "animal mammal puppy"),
        ("code", "regex", ".*a.", "animal cat mammal"),
        ("display", "regex", "Good.*", "dog"),
        ("display", "=", "good boy", ""),
        ("legs", "=", "4", "cat dog"),
        ("legs", "exists", "true", "cat dog fish"),
        ("legs", "exists", "false", "animal mammal puppy whale"),
        ("seas", "=", "all", "whale"),
        ("parent", "=", "mammal", "cat dog whale"),
        ("child", "=", "puppy", "dog"),
        ("concept", "is-a", "no such", ""),
    ] {
        assert_eq!(told(vec![filtered(property, op, value)]), codes, "{property} {op} {value}");
    }
    assert!(told(vec![filtered("code", "regex", "(")]).contains("no regular expression"));
    assert!(told(vec![filtered("code", "around", "x")]).contains("operator is not known"));
    assert!(told(vec![filtered("legs", "exists", "x")]).contains("neither"));
}

#[test]
fn includes_and_excludes_compose() {
    let listed = json!({"system": "urn:animals", "concept": [{"code": "dog"}, {"code": "cat"}]});
    let mammals = json!({"system": "urn:animals",
        "filter": [{"property": "concept", "op": "is-a", "value": "mammal"}]});
    let pets = || set("urn:pets", json!({"include": [listed]}));
    let both = json!({"include": [mammals], "exclude": [{"valueSet": ["urn:pets"]}]});
    assert_eq!(told(vec![set("urn:vs", both), pets()]), "mammal puppy whale");
    let common = json!({"include": [{"system": "urn:animals", "valueSet": ["urn:pets"]}]});
    assert_eq!(told(vec![set("urn:vs", common), pets()]), "cat dog");
    let whole = json!({"include": [{"system": "urn:animals"}]});
    assert_eq!(told(vec![set("urn:vs", whole)]), "animal cat dog fish mammal puppy whale");
    let unknown = json!({"include": [{"system": "urn:elsewhere"}]});
    assert_eq!(told(vec![set("urn:vs", unknown)]), "urn:elsewhere|*");
    let hole = json!({"include": [{"system": "urn:elsewhere"}],
        "exclude": [{"system": "urn:elsewhere", "concept": [{"code": "a"}]}]});
    assert!(told(vec![set("urn:vs", hole)]).contains("not stored here"));
    let two = json!({"include": [{"system": "urn:animals", "filter": [
        {"property": "concept", "op": "is-a", "value": "mammal"},
        {"property": "legs", "op": "=", "value": "4"}]}]});
    assert_eq!(told(vec![set("urn:vs", two)]), "cat dog", "every filter must hold");
}

#[test]
fn r4s_own_value_sets_are_known() {
    let shelf = Shelf::default();
    let gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
    assert_eq!(expand(&shelf, gender).unwrap(), "female male other unknown");
    assert!(expand(&shelf, &format!("{gender}|4.0.1")).is_ok());
    assert!(expand(&shelf, &format!("{gender}|3.0.1")).is_err());
}

#[test]
fn a_stored_expansion_counts_where_the_definition_cannot_be_used() {
    let expansion = json!({"contains": [
        {"system": "urn:a", "code": "x", "abstract": true,
            "contains": [{"system": "urn:a", "code": "y"}]},
        {"system": "urn:a", "code": "z"}]});
    let mut stored = json!({"resourceType": "ValueSet", "url": "urn:vs", "expansion": expansion});
    assert_eq!(told(vec![stored.clone()]), "y z");
    stored["compose"] = json!({"include": [{"system": "urn:no",
        "filter": [{"property": "concept", "op": "is-a", "value": "y"}]}]});
    assert_eq!(told(vec![stored.clone()]), "y z");
    stored["expansion"]["total"] = json!(500);
    assert!(told(vec![stored]).contains("urn:no"), "a page of an expansion is no expansion");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_reason() {
    let (codes, definitions) = (3, 2);
    let narrow = Limits { codes, definitions, ..Limits::default() };
    let shelf = Shelf::with(vec![
        animals(),
        filtered("concept", "is-a", "mammal"),
        set("urn:a", json!({"include": [{"valueSet": ["urn:b"]}]})),
        set("urn:b", json!({"include": [{"valueSet": ["urn:a"]}]})),
        set("urn:empty", json!({"include": [{}]})),
        json!({"resourceType": "ValueSet", "url": "urn:nothing"}),
    ]);
    let ask = |url: &str, limits| {
        Terminology::new(&shelf, limits).expand(Canonical::parse(url)).unwrap_err()
    };
    assert!(matches!(ask("urn:vs", narrow), TerminologyError::TooLarge { limit: 3, .. }));
    assert!(matches!(ask("urn:a", Limits::default()), TerminologyError::Circular { .. }));
    assert!(matches!(ask("urn:a", narrow), TerminologyError::TooLarge { limit: 2, .. }));
    assert!(matches!(ask("urn:no", narrow), TerminologyError::UnknownValueSet { .. }));
    assert!(matches!(ask("urn:empty", narrow), TerminologyError::Unusable { .. }));
    assert!(matches!(ask("urn:nothing", narrow), TerminologyError::Unusable { .. }));
    let few = Limits { concepts: 2, ..Limits::default() };
    assert!(ask("urn:vs", few).is_too_costly());
}

#[test]
fn concepts_know_what_is_above_and_below_them() {
    let mut circle = animals();
    circle["url"] = json!("urn:circle");
    circle["concept"][0]["property"] = json!([{"code": "parent", "valueCode": "puppy"}]);
    let mut grouped = animals();
    grouped["url"] = json!("urn:grouped");
    grouped["hierarchyMeaning"] = json!("grouped-by");
    let shelf = Shelf::with(vec![animals(), circle, grouped]);
    let terminology = Terminology::new(&shelf, Limits::default());
    let sorted = |codes: Result<Vec<String>, _>| {
        let mut codes = codes.unwrap();
        codes.sort();
        codes.join(" ")
    };
    let system = Canonical::parse("urn:animals");
    assert_eq!(sorted(terminology.below(system, "mammal")), "cat dog mammal puppy whale");
    assert_eq!(sorted(terminology.above(system, "whale")), "animal mammal whale");
    assert_eq!(sorted(terminology.below(system, "new")), "new");
    let circle = Canonical::parse("urn:circle");
    assert_eq!(sorted(terminology.above(circle, "dog")), "animal dog mammal puppy");
    let grouped = Canonical::parse("urn:grouped");
    assert_eq!(sorted(terminology.below(grouped, "mammal")), "mammal whale");
    assert!(terminology.below(Canonical::parse("urn:no"), "x").is_err());
}
