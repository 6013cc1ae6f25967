//! A hundred patients look like people.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;
use tarn_synth::{Generator, ResourceKind, Sink};

use crate::reading::{patient_of, population, read, text};

fn of_type<'a>(all: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    all.iter().filter(move |resource| resource["resourceType"] == kind)
}

fn born(patient: &Value) -> i32 {
    text(&patient["birthDate"])[..4].parse().unwrap()
}

/// A hundred patients, and how many resources each has.
fn hundred() -> &'static (Vec<Value>, Vec<u64>) {
    static HUNDRED: LazyLock<(Vec<Value>, Vec<u64>)> = LazyLock::new(|| {
        let generator = Generator::new(31);
        let mut sink = Sink::new();
        let (mut patients, mut counts) = (Vec::new(), Vec::new());
        for index in 0..100 {
            sink.clear();
            generator.patient(index, &mut sink);
            patients.extend(read(&sink, &[ResourceKind::Patient]));
            counts.push(sink.total());
        }
        (patients, counts)
    });
    &HUNDRED
}

#[test]
fn a_hundred_patients_have_both_sexes_all_ages_and_some_deaths() {
    let (patients, _) = hundred();
    assert_eq!(patients.len(), 100);
    let women = patients.iter().filter(|patient| patient["gender"] == "female").count();
    assert!((35..=67).contains(&women), "{women} women");
    let years: Vec<i32> = patients.iter().map(born).collect();
    assert!(years.iter().all(|year| (1930..=2024).contains(year)));
    let children = years.iter().filter(|year| **year > 2007).count();
    let old = years.iter().filter(|year| **year < 1960).count();
    assert!((5..=35).contains(&children), "{children} children");
    assert!((12..=50).contains(&old), "{old} people over 65");
    let dead = patients.iter().filter(|p| p["deceasedDateTime"].is_string()).count();
    assert!((3..=35).contains(&dead), "{dead} deaths");
}

#[test]
fn an_adult_has_some_four_hundred_resources() {
    let (patients, counts) = hundred();
    let adults: Vec<u64> = patients
        .iter()
        .zip(counts)
        .filter(|(patient, _)| born(patient) < 2007)
        .map(|(_, count)| *count)
        .collect();
    let mean = adults.iter().sum::<u64>() / adults.len() as u64;
    assert!((340..=500).contains(&mean), "{mean} on average");
}

#[test]
fn every_type_occurs() {
    let generator = Generator::new(33);
    let mut sink = Sink::new();
    generator.shared(&mut sink);
    (0..100).for_each(|index| generator.patient(index, &mut sink));
    for &kind in ResourceKind::ALL {
        assert!(sink.count(kind) > 0, "no {}", kind.name());
    }
}

/// The values of a measure, by LOINC code.
fn values(all: &[Value], code: &str) -> Vec<(String, f64)> {
    of_type(all, "Observation")
        .filter(|observation| observation["code"]["coding"][0]["code"] == code)
        .map(|observation| {
            let value = observation["valueQuantity"]["value"].as_f64().unwrap();
            (patient_of(observation).unwrap().to_owned(), value)
        })
        .collect()
}

#[test]
fn values_are_those_of_living_people() {
    let all = population();
    for (code, low, high) in [
        ("8302-2", 45.0, 210.0),
        ("29463-7", 2.0, 220.0),
        ("39156-5", 12.0, 60.0),
        ("8867-4", 40.0, 190.0),
        ("8310-5", 36.0, 40.0),
        ("4548-4", 4.0, 14.0),
        ("2160-0", 0.2, 10.0),
        ("718-7", 6.0, 18.0),
        ("2951-2", 130.0, 150.0),
        ("2345-7", 55.0, 430.0),
    ] {
        let found = values(all, code);
        assert!(!found.is_empty(), "no {code}");
        for (_, value) in found {
            assert!((low..=high).contains(&value), "{code} is {value}");
        }
    }
}

#[test]
fn sugar_is_high_in_those_who_take_metformin() {
    let all = population();
    let diabetics: Vec<&str> = of_type(all, "MedicationRequest")
        .filter(|order| order["medicationCodeableConcept"]["coding"][0]["code"] == "860975")
        .filter_map(patient_of)
        .collect();
    let (mut theirs, mut others) = (Vec::new(), Vec::new());
    for (patient, value) in values(all, "2345-7") {
        if diabetics.contains(&patient.as_str()) { &mut theirs } else { &mut others }.push(value);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(mean(&theirs) > mean(&others) + 25.0, "{} {}", mean(&theirs), mean(&others));
}

#[test]
fn notes_are_long_enough_and_name_what_the_visit_found() {
    let all = population();
    let mut diagnoses: HashMap<&str, Vec<&str>> = HashMap::new();
    for condition in of_type(all, "Condition") {
        let visit = text(&condition["encounter"]["reference"]);
        diagnoses.entry(visit).or_default().push(text(&condition["code"]["text"]));
    }
    let (mut named, mut denials, mut notes) = (0, 0, 0);
    for document in of_type(all, "DocumentReference") {
        let data = text(&document["content"][0]["attachment"]["data"]);
        let note = String::from_utf8(decode(data)).unwrap();
        assert!((550..=4_000).contains(&note.len()), "{} long: {note}", note.len());
        notes += 1;
        denials += usize::from(note.contains("denies"));
        let visit = text(&document["context"]["encounter"][0]["reference"]);
        if diagnoses.get(visit).is_some_and(|found| found.contains(&"Otitis media")) {
            assert!(note.to_lowercase().contains("otitis media"), "{note}");
            named += 1;
        }
    }
    assert!(named > 0);
    assert!(denials * 3 > notes, "{denials} of {notes} notes deny something");
}

fn decode(data: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut out = Vec::new();
    for four in data.as_bytes().chunks(4) {
        let bits = four
            .iter()
            .filter(|b| **b != b'=')
            .fold((0u32, 0), |(bits, n), byte| (bits << 6 | u32::from(value(*byte)), n + 1));
        let (bits, n) = bits;
        let bytes = (bits << (6 * (4 - n))).to_be_bytes();
        out.extend_from_slice(&bytes[1..n]);
    }
    out
}
