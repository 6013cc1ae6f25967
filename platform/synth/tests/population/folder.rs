//! The folder of NDJSON files.

use std::collections::BTreeMap;
use std::path::Path;

use tarn_synth::{Generator, Population, Sink, SynthError, write};

/// Every file with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn population(seed: u64, patients: u32, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let summary =
        write(&Population { patients, seed }, folder.path(), threads, &mut |_| {}).unwrap();
    let files = files(folder.path());
    assert_eq!(summary.bytes, files.values().map(|file| file.len() as u64).sum::<u64>());
    let lines = files.values().flatten().filter(|byte| **byte == b'\n').count();
    assert_eq!(summary.resources, lines as u64);
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let one = population(11, 21, 1);
    assert!(one.contains_key("Patient.ndjson"));
    assert!(one == population(11, 21, 1), "a second run differs");
    assert!(one == population(11, 21, 2), "two threads differ from one");
    assert!(one == population(11, 21, 7), "seven threads differ from one");
}

#[test]
fn another_seed_gives_other_patients() {
    assert!(population(1, 2, 1)["Patient.ndjson"] != population(2, 2, 1)["Patient.ndjson"]);
}

#[test]
fn more_patients_leave_the_first_ones_as_they_were() {
    let (few, many) = (population(3, 9, 2), population(3, 12, 2));
    for (name, lines) in &few {
        assert!(many[name].starts_with(lines), "{name} changed");
    }
}

#[test]
fn a_patient_does_not_depend_on_the_ones_before() {
    let generator = Generator::new(5);
    let (mut alone, mut after) = (Sink::new(), Sink::new());
    generator.patient(3, &mut alone);
    generator.patient(2, &mut after);
    after.clear();
    generator.patient(3, &mut after);
    for &kind in tarn_synth::ResourceKind::ALL {
        assert!(alone.lines(kind) == after.lines(kind));
    }
}

#[test]
fn a_folder_with_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let population = Population { patients: 1, seed: 1 };
    let error = write(&population, folder.path(), 1, &mut |_| {}).unwrap_err();
    assert!(matches!(error, SynthError::NotEmpty(_)), "{error}");
    assert_eq!(files(folder.path()).len(), 1);
    let file = folder.path().join("mine.txt");
    let error = write(&population, &file, 1, &mut |_| {}).unwrap_err();
    assert!(matches!(error, SynthError::NotAFolder(_)), "{error}");
}

#[test]
fn a_missing_folder_is_made_and_progress_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("deep/down");
    let mut told = Vec::new();
    let population = Population { patients: 10, seed: 1 };
    let summary = write(&population, &out, 2, &mut |progress| told.push(progress)).unwrap();
    let last = told.last().unwrap();
    assert_eq!((last.patients, last.resources), (10, summary.resources));
    assert!(told.windows(2).all(|two| two[0].resources < two[1].resources));
}

#[test]
fn no_patients_leave_only_what_they_would_share() {
    let files = population(1, 0, 2);
    assert!(files.contains_key("Practitioner.ndjson"));
    assert!(!files.contains_key("Patient.ndjson"));
}

/// FNV-1a, 64 bits.
fn digest(files: &BTreeMap<String, Vec<u8>>) -> u64 {
    files.values().flatten().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Pinned so that another machine or compiler shows itself. A change of content on purpose changes
/// the number: take the one that the failure tells.
#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let digest = digest(&population(1, 10, 2));
    assert_eq!(digest, 0x27e4_ad99_f692_1908, "the digest is now {digest:#018x}");
}
