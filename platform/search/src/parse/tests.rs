use tarn_domain::{Explain, Timestamp};
use tarn_fhir::definitions::TypeId;

use super::*;
use crate::filter::{Filter, KeyTest};
use crate::query::Summary;

fn type_(name: &str) -> TypeId {
    TypeId::parse(name).expect("a type")
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').expect("a pair"))
        .map(|(n, v)| (n.into(), v.into()))
        .collect()
}

fn options() -> ParseOptions {
    let base_url = Some("https://tarn.example/r4".to_owned());
    ParseOptions { base_url, now: Timestamp::from_civil(2026, 1, 1), ..ParseOptions::default() }
}

fn read(of: &str, query: &str) -> Result<Query, SearchError> {
    let scope = if of.is_empty() { Scope::System } else { Scope::Type(type_(of)) };
    parse(&scope, &pairs(query), &options())
}

fn refusal(of: &str, query: &str) -> String {
    match read(of, query) {
        Ok(_) => panic!("`{query}` was taken"),
        Err(error) => error.explain().public().to_owned(),
    }
}

fn only(of: &str, query: &str) -> String {
    let query = read(of, query).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(query.clause.all.len(), 1);
    format!("{:?}", query.clause.all[0])
}

#[test]
fn what_is_not_understood_is_refused_with_a_way_on() {
    for (of, query, said) in [
        (
            "Patient",
            "birthdat=2020",
            "Unknown search parameter `birthdat` for Patient; did you mean `birthdate`?",
        ),
        ("Patient", "nosuchparam=1", "Unknown search parameter `nosuchparam` for Patient."),
        ("", "gender=male", "Unknown search parameter `gender` for every type."),
        (
            "Patient",
            "gender:exact=male",
            "Modifier `:exact` does not apply to `gender`; it takes `:missing`, `:not`, `:text`, `:in`, `:not-in`, `:above`, `:below`.",
        ),
        (
            "Patient",
            "birthdate:not=2020",
            "Modifier `:not` does not apply to `birthdate`; it takes `:missing`.",
        ),
        (
            "Patient",
            "birthdate=yesterday",
            "The value of `birthdate` is not a date such as 2024, ge2024-05 or lt2024-05-01T10:00:00Z.",
        ),
        ("Patient", "name=", "`name` has no value: give one, or leave the parameter out."),
        (
            "Patient",
            "active:missing=maybe",
            "The value of `active:missing` is not `true` or `false`.",
        ),
        (
            "Patient",
            "gender.name=x",
            "`gender.name` cannot be followed: only references can be chained with `.`.",
        ),
        (
            "Observation",
            "subject:Practitioner=1",
            "The value of `subject:Practitioner` is not a reference to a type that the parameter can lead to.",
        ),
        (
            "Observation",
            "value-quantity=5|a|b|c",
            "The value of `value-quantity` is not a quantity such as 5.4, gt5.4||mg or 5.4|system|code.",
        ),
        (
            "Observation",
            "code-value-quantity=a",
            "The value of `code-value-quantity` is not one value for each part, with `$` between them.",
        ),
        ("Patient", "_sort=nothing", "Unknown search parameter `nothing` for Patient."),
        ("Patient", "_count=-1", "The value of `_count` is not a whole number."),
        (
            "Patient",
            "_include=Patient",
            "The value of `_include` is not `Type:parameter`, `Type:parameter:Type`, `Type:*` or `*`.",
        ),
        (
            "Patient",
            "_include=Patient:name",
            "`_include` cannot be followed: only references can be included.",
        ),
        (
            "Patient",
            "_has:Observation:code:code=x",
            "`_has:Observation:code:code` cannot be followed: the reference does not lead to the type searched.",
        ),
        ("Patient", "_has:Nothing:patient:code=x", "Unknown resource type in `_has`."),
        ("", "_type=Nothing", "Unknown resource type in `_type`."),
        (
            "Patient",
            "_filter=name is x",
            "`_filter` cannot be read at character 6: a comparison such as `eq`, `co` or `pr` is expected.",
        ),
        (
            "Patient",
            "_filter=nome eq x",
            "Unknown search parameter `nome` for Patient; did you mean `name`?",
        ),
        (
            "Patient",
            "_list=$current-problems",
            "`_list` (functional lists; name a List by its id) is not supported.",
        ),
        (
            "Patient",
            "gender:in=x",
            "The value of `gender:in` is not the canonical URL of a value set, or ValueSet/id.",
        ),
        ("Patient", "gender:below=male", "The value of `gender:below` is not system|code."),
        ("Patient", "_text=-", "The value of `_text` is not words with a letter or digit in each."),
        (
            "Patient",
            "_content:exact=x",
            "Modifier `:exact` does not apply to `_content`; it takes none.",
        ),
        ("Patient", "_sort=_content", "`_sort` (_content) is not supported."),
        (
            "Location",
            "near=1",
            "The value of `near` is not latitude|longitude|distance|unit, such as 52.37|4.89|10|km.",
        ),
        (
            "Patient",
            "identifier:of-type=a|b",
            "The value of `identifier:of-type` is not a system|code|value of an identifier with that type.",
        ),
        (
            "Patient",
            "gender:of-type=a|b|c",
            "Modifier `:of-type` does not apply to `gender`; it takes `:missing`, `:not`, `:text`, `:in`, `:not-in`, `:above`, `:below`.",
        ),
    ] {
        assert_eq!(refusal(of, query), said, "{query}");
    }
}

#[test]
fn lenient_handling_leaves_out_the_unknown_and_says_so() {
    let options = ParseOptions { handling: Handling::Lenient, ..options() };
    let of = Scope::Type(type_("Patient"));
    let query = parse(&of, &pairs("nosuch=1&gender=male&_sort=nope&name:x=1"), &options).unwrap();
    assert_eq!((query.clause.all.len(), query.ignored.len()), (1, 3));
    assert_eq!(query.applied, pairs("gender=male"));
    assert!(parse(&of, &pairs("birthdate=x"), &options).is_err(), "a wrong value is no option");
}

#[test]
fn tokens_have_four_forms() {
    let key = |query| match &read("Observation", query).unwrap().clause.all[0] {
        Filter::Keys(tests) => tests.clone(),
        _ => panic!(),
    };
    assert!(matches!(&key("code=a")[..], [KeyTest::Code(_, c)] if c == "a"));
    assert!(
        matches!(&key("code=s|a")[..], [KeyTest::CodeIn(_, Some(s), c)] if s == "s" && c == "a")
    );
    assert!(matches!(&key("code=|a")[..], [KeyTest::CodeIn(_, None, c)] if c == "a"));
    assert!(matches!(&key("code=s|")[..], [KeyTest::System(_, s)] if s == "s"));
    assert!(matches!(&key(r"code=a\,b,c\|d")[..], [KeyTest::Code(_, x), KeyTest::Code(_, y)]
        if x == "a,b" && y == "c|d"));
    for bad in ["code=|", "code=a|b|c", "code=a,"] {
        assert!(read("Observation", bad).is_err(), "{bad}");
    }
}

#[test]
fn references_are_read_in_every_form() {
    let to = |query: &str| -> Vec<String> {
        match &read("Observation", query).unwrap().clause.all[0] {
            Filter::Keys(tests) => tests
                .iter()
                .filter_map(|test| match test {
                    KeyTest::Reference(_, to) if !to.starts_with("https://tarn") => {
                        Some(to.clone())
                    }
                    _ => None,
                })
                .collect(),
            _ => panic!(),
        }
    };
    assert_eq!(to("subject=Patient/1"), ["Patient/1"]);
    assert_eq!(to("subject=Patient/1/_history/3"), ["Patient/1"]);
    assert_eq!(to("subject=https://tarn.example/r4/Patient/1"), ["Patient/1"]);
    assert_eq!(to("subject:Patient=1"), ["Patient/1"]);
    assert_eq!(to("patient=1"), ["Patient/1"], "the expression says Patient only");
    assert_eq!(to("subject=1"), ["Device/1", "Group/1", "Location/1", "Patient/1"]);
    assert_eq!(to("subject=http://else.where/Patient/1"), ["http://else.where/Patient/1"]);
    assert_eq!(to("subject=urn:uuid:5"), ["urn:uuid:5"]);
    assert!(read("Observation", "subject:Patient=Device/1").is_err());
    assert!(read("Observation", "subject=a/b/c").is_err());
}

#[test]
fn chains_and_has_go_as_far_as_they_must() {
    assert!(only("Observation", "patient.name=x").starts_with("Chain("));
    assert!(only("Observation", "subject:Patient.organization.name=x").starts_with("Chain("));
    assert!(only("Patient", "_has:Observation:patient:code=x").starts_with("Has("));
    assert!(only("Observation", "subject.name=x").starts_with("Any([Chain("));
    assert!(
        only("Patient", "_has:Observation:patient:_has:AuditEvent:entity:agent=x")
            .starts_with("Has(")
    );
    assert!(
        only("DiagnosticReport", "patient:Patient._has:Group:member:_id=g").starts_with("Chain(")
    );
    let long = format!("{}_id=1", "partof.".repeat(9));
    assert!(refusal("Location", &long).contains("6 are the most; begin the search nearer"));
}

#[test]
fn the_answer_is_shaped_by_its_own_parameters() {
    let query = read("Patient", "_sort=-birthdate,family&_count=5000&_summary=text&_total=none&_elements=id,name&_format=json").unwrap();
    assert_eq!((query.sort.len(), query.sort[0].descending, query.count), (2, true, 1_000));
    assert_eq!((query.summary, query.total), (Some(Summary::Text), Total::None));
    assert_eq!(query.elements, ["id", "name"]);
    assert!(read("Patient", "_count=0").unwrap().is_count_only());
    let query =
        read("Patient", "_revinclude:iterate=Observation:patient:Patient&_include=*").unwrap();
    assert!(query.includes[0].reverse && query.includes[0].iterate && !query.includes[1].reverse);
}

#[test]
fn a_page_token_is_bound_to_what_decides_the_rows() {
    let print = |query| read("Patient", query).unwrap().fingerprint();
    assert_eq!(print("gender=male&_count=5"), print("gender=male&_count=9&_total=none"));
    assert_ne!(print("gender=male"), print("gender=female"));
    assert_ne!(print("gender=male"), print("gender=male&_sort=birthdate"));
    assert_ne!(print("gender=male"), read("Person", "gender=male").unwrap().fingerprint());
}

#[test]
fn system_searches_take_what_all_their_types_have() {
    let query = read("", "_type=Patient,Practitioner&name=x&_tag=t").unwrap();
    assert_eq!((query.clause.types.len(), query.clause.all.len()), (2, 2));
    assert!(refusal("", "_type=Patient,Observation&birthdate=2020").contains("for Observation"));
    assert!(read("Patient", "_type=Patient").is_err());
}

#[test]
fn a_compartment_has_its_members() {
    let scope = |owner: &str, id: &str, of: Option<&str>| Scope::Compartment {
        owner: type_(owner),
        id: id.into(),
        type_: of.map(type_),
    };
    let read = |scope, query| parse(&scope, &pairs(query), &options());
    let query = read(scope("Patient", "1", Some("Observation")), "code=x").unwrap();
    assert_eq!(query.clause.all.len(), 2);
    let all = read(scope("Patient", "1", None), "").unwrap();
    assert!(all.clause.types.contains(&type_("Patient")) && all.clause.types.len() > 50);
    let some = read(scope("Patient", "1", None), "_type=Condition").unwrap();
    assert_eq!(some.clause.types, [type_("Condition")]);
    assert!(read(scope("Patient", "1", Some("Organization")), "").is_err());
    assert!(read(scope("Organization", "1", Some("Patient")), "").is_err());
    assert!(read(scope("Patient", "a b", Some("Observation")), "").is_err());
}

#[test]
fn no_parameter_of_any_type_makes_the_parser_fall() {
    let values = ["", "x", "|", "a|b|c", "a$b", r"\", ",", "é", "5", "ge2020", "Patient/1"];
    let modifiers = ["", ":missing", ":not", ":Patient", ":", ".name", "._has:"];
    for type_ in TypeId::all().step_by(3) {
        for parameter in tarn_fhir::definitions::definitions().parameters(type_) {
            for modifier in modifiers {
                for value in values {
                    let pair = (format!("{}{modifier}", parameter.code), value.to_owned());
                    let _ = parse(&Scope::Type(type_), &[pair], &options());
                }
            }
        }
    }
}
