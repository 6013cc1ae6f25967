use std::fs;
use std::path::Path;
use std::time::Instant;

use tarn_domain::{Severity, Timestamp};
use tarn_fhir::definitions::definitions;
use tarn_fhir::json::Document;

use super::check;
use super::rules::{Rule, rule};
use crate::environment::{Casts, Environment};
use crate::expression::Expression;
use crate::node::Node;

const EXAMPLES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/r4-examples/public");

/// The keys of the errors, each with its place.
fn errors(text: &str) -> Vec<(String, String)> {
    let document = Document::parse(text.as_bytes()).unwrap();
    let issues = check(&document, Timestamp::default());
    let errors = issues.into_iter().filter(|issue| issue.severity == Severity::Error);
    errors
        .map(|issue| {
            let key = issue.diagnostics.split(' ').next().unwrap().to_owned();
            (key, issue.expression.unwrap())
        })
        .collect()
}

#[test]
fn every_rule_of_r4_is_read() {
    let all = definitions().invariants();
    assert!(all.len() > 230);
    for invariant in all {
        let by_expression = matches!(rule(invariant), Some(Rule::Expression(_)));
        let is_coded = ["ele-1", "dom-3"].contains(&invariant.key);
        assert_eq!(by_expression, !is_coded, "{}", invariant.key);
    }
}

#[test]
fn broken_rules_are_named_with_their_place() {
    for (text, key, place) in [
        (
            r#"{"resourceType":"Patient","contact":[{"gender":"male"}]}"#,
            "pat-1",
            "Patient.contact[0]",
        ),
        (
            r#"{"resourceType":"Patient","name":[{"period":{"start":"2020-05-01","end":"2020-01-01"}}]}"#,
            "per-1",
            "Patient.name[0].period",
        ),
        (r#"{"resourceType":"Patient","telecom":[{"value":"1"}]}"#, "cpt-2", "Patient.telecom[0]"),
        (
            r##"{"resourceType":"Patient","managingOrganization":{"reference":"#x"}}"##,
            "ref-1",
            "Patient.managingOrganization",
        ),
        (r#"{"resourceType":"Patient","name":[{"id":"x"}]}"#, "ele-1", "Patient.name[0]"),
        (
            r#"{"resourceType":"Observation","valueQuantity":{"value":1,"code":"g"}}"#,
            "qty-3",
            "Observation.value",
        ),
        (
            r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"}]},"valueString":"x",
            "component":[{"code":{"coding":[{"code":"a"}]}}]}"#,
            "obs-7",
            "Observation",
        ),
        (r#"{"resourceType":"Bundle","type":"collection","total":1}"#, "bdl-1", "Bundle"),
        (
            r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":
            {"resourceType":"Group","actual":false,"member":[{"inactive":true}]}}]}"#,
            "grp-1",
            "Bundle.entry[0].resource",
        ),
        (
            r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div><script>1</script></div>"}}"#,
            "txt-1",
            "Patient.text.div",
        ),
        (
            r#"{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"n"}]}"#,
            "dom-3",
            "Patient",
        ),
    ] {
        let found = errors(text);
        assert!(found.contains(&(key.to_owned(), place.to_owned())), "{key}: {found:?}");
    }
}

#[test]
fn what_is_well_breaks_no_rule() {
    for text in [
        r##"{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"n"}],
            "managingOrganization":{"reference":"#o"}}"##,
        r#"{"resourceType":"Patient","name":[{"period":{"start":"2020","end":"2020-01-01"}}]}"#,
        r#"{"resourceType":"Questionnaire","item":[{"linkId":"1","type":"boolean","enableWhen":[
            {"question":"1","operator":"exists","answerBoolean":true}]}]}"#,
    ] {
        assert_eq!(errors(text), [], "{text}");
    }
}

/// The rules that are coded say what their expressions say.
#[test]
fn coded_rules_say_what_r4_says() {
    let contained = r##""contained":[{"resourceType":"Organization","id":"o","name":"n",
        "partOf":{"reference":"#X"}}]"##;
    for (text, wanted) in [
        (contained.replace("#X", "Organization/1"), false),
        (contained.replace("#X", "#o"), true),
        (contained.replace("#X", "#"), true),
        (format!(r##"{contained},"generalPractitioner":[{{"reference":"#o"}}]"##), true),
        (format!(r##"{contained},"implicitRules":"#o""##), true),
        (format!(r##"{contained},"name":[{{"text":"#o"}}]"##), false),
        (r#""name":[{"id":"x"}]"#.to_owned(), true),
    ] {
        let text = format!(r#"{{"resourceType":"Patient",{text}}}"#);
        let document = Document::parse(text.as_bytes()).unwrap();
        let node = Node::resource(&document);
        let mut environment = Environment::new(Timestamp::default());
        environment.casts = Casts::Filter;
        let invariants = definitions().invariants().iter();
        let dom_3 = invariants.clone().find(|invariant| invariant.key == "dom-3").unwrap();
        let said = Expression::parse(dom_3.expression).unwrap().holds(node, &environment).unwrap();
        assert_eq!(said, Some(wanted), "{text}");
        let coded = errors(&text).iter().all(|(key, _)| key != "dom-3");
        assert_eq!(coded, wanted, "{text}");
    }
}

#[test]
fn what_is_only_recommended_is_a_warning() {
    let document = Document::parse(br#"{"resourceType":"Patient","active":true}"#).unwrap();
    let issues = check(&document, Timestamp::default());
    assert!(issues.iter().any(|issue| issue.diagnostics.starts_with("dom-6")));
    assert!(issues.iter().all(|issue| issue.severity == Severity::Warning));
}

/// Examples that break a rule as published: their narratives are a `div` with nothing in it.
const BROKEN: [&str; 2] = ["ActivityDefinition-heart-valve-replacement", "EventDefinition-example"];

#[test]
fn official_examples_break_no_rule() {
    if !Path::new(EXAMPLES).exists() {
        eprintln!("skipped: the examples are not beside this repository");
        return;
    }
    let (mut count, mut faults) = (0, Vec::new());
    let began = Instant::now();
    for folder in fs::read_dir(EXAMPLES).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            let document = Document::parse(&bytes).unwrap();
            count += 1;
            for issue in check(&document, Timestamp::from_micros(1_790_000_000_000_000)) {
                let key = issue.diagnostics.split(' ').next().unwrap().to_owned();
                let is_known = BROKEN.contains(&name.as_str()) && key.starts_with("txt-");
                let is_unchecked = issue.diagnostics.contains("could not be checked");
                if issue.severity == Severity::Error && !is_known || is_unchecked {
                    faults.push(format!(
                        "{name}: {} {}",
                        issue.expression.unwrap_or_default(),
                        issue.diagnostics
                    ));
                }
            }
        }
    }
    eprintln!("{count} examples in {:?} (not optimised)", began.elapsed());
    assert!(count > 400);
    faults.sort();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
