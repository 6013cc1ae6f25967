//! The floors of the house: a crate uses crates of lower floors only.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

const FLOORS: &[(u8, &[&str])] = &[
    (0, &["domain", "fhir", "fhirpath", "ucum", "xml", "graphql"]),
    (1, &["keys", "migrations", "terminology"]),
    (2, &["store", "registry", "audit", "access", "bulk", "mail", "synth"]),
    (3, &["search"]),
    (4, &["actors"]),
    (5, &["jobs", "subscriptions"]),
    (6, &["app"]),
    (7, &["api", "portal"]),
    (8, &["server"]),
];

/// Tools and tests stand outside the house and may look at all of it.
const OUTSIDE: [&str; 2] = ["definitions", "integration-tests"];

/// Third parties that live in one room each, so that the rest builds without them.
const ROOMS: &[(&str, &[&str])] = &[
    ("object_store", &["bulk"]),
    ("sea-orm", &["registry"]),
    ("sea-orm-migration", &["migrations"]),
    ("actix", &["actors"]),
    ("actix-web", &["api", "portal", "server"]),
    ("rusqlite", &["store", "audit"]),
    ("reqwest", &["subscriptions"]),
    ("redis", &["subscriptions"]),
    ("lettre", &["mail"]),
];

#[test]
fn every_arrow_between_crates_points_down() {
    let floor = floors();
    let upward: Vec<String> = arrows()
        .into_iter()
        .filter_map(|(from, to)| {
            let (from_floor, to_floor) = (floor.get(from.as_str())?, floor.get(to.as_str())?);
            // On the ground: `fhir` speaks in the words of `domain`, `fhirpath` in those of all.
            let neighbours = match from.as_str() {
                "fhir" => to == "domain",
                "xml" => to == "fhir",
                "graphql" => ["domain", "fhir", "fhirpath"].contains(&to.as_str()),
                "fhirpath" => ["domain", "fhir", "ucum"].contains(&to.as_str()),
                _ => false,
            };
            (from_floor <= to_floor && !neighbours)
                .then(|| format!("{from} (floor {from_floor}) uses {to} (floor {to_floor})"))
        })
        .collect();
    assert!(upward.is_empty(), "arrows that do not point down: {upward:#?}");
}

#[test]
fn every_crate_of_the_workspace_has_a_floor() {
    let floor = floors();
    for (name, _) in packages() {
        assert!(
            floor.contains_key(name.as_str()) || OUTSIDE.contains(&name.as_str()),
            "{name} has no floor: give it one"
        );
    }
}

#[test]
fn heavy_third_parties_stay_in_their_rooms() {
    for (name, package) in packages() {
        for dependency in normal_dependencies(&package) {
            let room = ROOMS.iter().find(|(third, _)| *third == dependency);
            assert!(
                room.is_none_or(|(_, rooms)| rooms.contains(&name.as_str())),
                "{name} uses {dependency}, which lives elsewhere"
            );
        }
    }
}

fn floors() -> BTreeMap<&'static str, u8> {
    FLOORS.iter().flat_map(|(floor, names)| names.iter().map(move |name| (*name, *floor))).collect()
}

/// Our packages, by their name without `tarn-`.
fn packages() -> Vec<(String, Value)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    packages.iter().map(|package| (ours(&package["name"]), package.clone())).collect()
}

fn ours(name: &Value) -> String {
    let name = name.as_str().expect("packages and dependencies have names");
    name.strip_prefix("tarn-").unwrap_or(name).to_owned()
}

/// What a package needs to be built; tests may look anywhere.
fn normal_dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().expect("a package lists its dependencies");
    all.iter().filter(|d| d["kind"].is_null()).map(|d| ours(&d["name"])).collect()
}

fn arrows() -> Vec<(String, String)> {
    let floor = floors();
    packages()
        .iter()
        .flat_map(|(name, package)| {
            let uses = normal_dependencies(package);
            uses.into_iter().map(move |used| (name.clone(), used)).collect::<Vec<_>>()
        })
        .filter(|(_, used)| floor.contains_key(used.as_str()))
        .collect()
}
