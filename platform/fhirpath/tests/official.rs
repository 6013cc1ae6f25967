//! HL7's official cases for FHIRPath on R4. Skipped where they are not beside the repository.
//! What `exceptions.md` lists contradicts the standard, and is run all the same: an exception that
//! passes has to go.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Case;
use tarn_domain::Timestamp;
use tarn_fhir::json::Document;
use tarn_fhirpath::{Environment, Error, Expression, Item, Node};

const EXCEPTIONS: &str = include_str!("exceptions.md");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-test-cases/fhirpath")
}

#[test]
fn the_official_cases_pass() {
    let text = ["tests-fhir-r4.json", "tests-public.json"]
        .iter()
        .find_map(|name| fs::read(folder().join(name)).ok());
    let Some(text) = text else {
        eprintln!("skipped: the official cases are not beside this repository");
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&text).unwrap();
    let exceptions: BTreeSet<&str> = EXCEPTIONS
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let mut inputs = HashMap::new();
    let (mut failed, mut passed) = (Vec::new(), 0);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let input =
            inputs.entry(case["inputfile"].as_str()).or_insert_with_key(|file| input(*file));
        match (run(case, input), exceptions.contains(name)) {
            (Ok(()), false) => passed += 1,
            (Err(_), true) => {}
            (Ok(()), true) => failed.push(format!("{name}: is an exception, and passes")),
            (Err(words), false) => failed.push(format!("{name}: {}: {words}", case["expression"])),
        }
    }
    eprintln!("{passed} of {} pass, {} are exceptions", cases.len(), exceptions.len());
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

fn input(file: Option<&str>) -> Vec<u8> {
    let Some(file) = file else { return br#"{"resourceType":"Basic"}"#.to_vec() };
    let file = Path::new(file).with_extension("json");
    fs::read(folder().join("input").join(file)).unwrap()
}

fn run(case: &Case, input: &[u8]) -> Result<(), String> {
    let document = Document::parse(input).unwrap();
    let node = Node::resource(&document);
    let text = case["expression"].as_str().unwrap();
    let found = evaluate(case, text, node);
    if let Some(kind) = case["invalid"].as_str() {
        return match found {
            Err(_) => Ok(()),
            Ok(found) => Err(format!("must be refused ({kind}), gives {:?}", shown(&found))),
        };
    }
    let found = found.map_err(|error| error.to_string())?;
    let outputs = case["output"].as_array().map_or(&[][..], Vec::as_slice);
    let expected: Vec<String> = outputs.iter().map(expected).collect();
    let found = if case["predicate"] == true {
        vec![(!found.is_empty() && shown(&found) != ["false"]).to_string()]
    } else {
        shown(&found)
    };
    let (mut a, mut b) = (found.clone(), expected.clone());
    if case["ordered"] == "false" {
        a.sort();
        b.sort();
    }
    if a == b { Ok(()) } else { Err(format!("gives {found:?}, expected {expected:?}")) }
}

fn evaluate<'d>(case: &Case, text: &str, node: Node<'d>) -> Result<Vec<Item<'d>>, Error> {
    let expression = Expression::parse(text)?;
    if case["mode"] == "strict" || case["invalid"] == "semantic" {
        expression.check(Some(node.fhir_type()))?;
    }
    let mut environment = Environment::new(Timestamp::from_micros(1_790_000_000_000_000));
    environment.resource = Some(node);
    expression.evaluate(node, &environment)
}

fn shown(found: &[Item<'_>]) -> Vec<String> {
    found.iter().map(|item| item.to_text().map_or("?".into(), |text| text.to_string())).collect()
}

/// What a case expects, as we print it: literals lose their `@`.
fn expected(output: &Case) -> String {
    let value = output["value"].as_str().unwrap_or("");
    let value = value.strip_prefix('@').unwrap_or(value);
    let is_time =
        value.strip_prefix('T').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    is_time.unwrap_or(value).trim_end_matches('T').to_owned()
}
