use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tarn_bulk::{LineLimits, Objects, Outputs, Place, S3Settings, Settings, Sources, Spools};
use tarn_domain::{Explain, JobId, StoreId};
use tarn_keys::DataKey;
use tempfile::TempDir;

use super::fake::Fake;
use super::*;
use crate::{Control, Ending, JobError, Notebooks, Outcome, Progress, Signal};

struct World {
    folder: TempDir,
    sources: Sources,
    outputs: Outputs,
    notebooks: Notebooks,
    limits: Limits,
    validation: Validation,
    store: Fake,
}

/// Says `then` after having been asked so many times.
struct After(AtomicUsize, Signal);

impl Control for After {
    fn signal(&self) -> Signal {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() { Signal::Go } else { self.1 }
    }

    fn publish(&self, _: Progress) {}
}

fn go() -> After {
    After(AtomicUsize::new(usize::MAX), Signal::Go)
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let settings = Settings {
            import_roots: vec![folder.path().join("inbox")],
            export_root: folder.path().join("outbox"),
            spool: folder.path().join("spool"),
            s3: S3Settings::default(),
        };
        let objects = Arc::new(Objects::s3(S3Settings::default()));
        let spools = Spools::new(settings.spool.clone(), DataKey::generate());
        let lines = LineLimits { line_bytes: 4_000_000, batch_lines: 5, batch_bytes: 4_000 };
        Self {
            sources: Sources::new(&settings, Arc::clone(&objects), spools),
            outputs: Outputs::new(&settings, objects),
            notebooks: Notebooks::new(folder.path().join("jobs"), DataKey::generate()),
            limits: Limits {
                lines,
                workers: 3,
                block_lines: 10,
                block_bytes: 100_000,
                block_resources: 20,
            },
            validation: Validation::Strict,
            store: Fake::default(),
            folder,
        }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder.path().join("inbox").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, control: &dyn Control) -> Result<Outcome, JobError> {
        let plan = ImportPlan {
            input: Place::Disk(self.folder.path().join("inbox")),
            output: self.outputs.default_place(),
            validation: self.validation,
        };
        let import = Import {
            store: StoreId::from_bytes([1; 16]),
            job: JobId::from_bytes([2; 16]),
            plan: &plan,
            sources: &self.sources,
            outputs: &self.outputs,
            notebooks: &self.notebooks,
            limits: self.limits,
        };
        run(&import, &self.store, control)
    }

    fn finish(&self) -> Outcome {
        self.run(&go()).unwrap()
    }

    fn result(&self, name: &str) -> Option<String> {
        let job = format!("{}-FHIR_IMPORT-{}", "01".repeat(16), "02".repeat(16));
        let path: PathBuf = self.folder.path().join("outbox").join(job).join(name);
        fs::read_to_string(path).ok()
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = self.result(name).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn manifest(&self) -> Value {
        serde_json::from_str(&self.result("manifest.json").unwrap()).unwrap()
    }
}

fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "active": true})
}

fn ndjson(resources: impl IntoIterator<Item = Value>) -> String {
    resources.into_iter().map(|resource| format!("{resource}\n")).collect()
}

fn patients(prefix: &str, count: usize) -> String {
    ndjson((0..count).map(|n| patient(&format!("{prefix}{n}"))))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn completed(with_errors: bool) -> Ending {
    Ending::Completed { with_errors }
}

#[test]
fn a_folder_is_imported_whole_with_a_manifest_and_a_log_for_each_file() {
    let world = World::new();
    world.write("a.ndjson", patients("a", 57));
    world.write("sub/b.ndjson.gz", gzip(&patients("b", 101)));
    world.write("c.json", serde_json::to_string_pretty(&patient("c")).unwrap());
    world.write("d.ndjson", "\n\n");
    world.write("readme.txt", "no");
    let outcome = world.finish();

    assert_eq!(outcome.ending, completed(false));
    assert_eq!(world.store.count("Patient"), 159);
    assert_eq!(outcome.figures.files, 4);
    assert_eq!(outcome.figures.resources_done, 159);
    assert_eq!(outcome.figures.bytes, outcome.figures.bytes_total.unwrap());
    let manifest = world.manifest();
    assert_eq!(manifest["numberOfScannedFiles"], 4);
    assert_eq!(manifest["numberOfFilesImported"], 4);
    assert_eq!(manifest["numberOfResourcesScanned"], 159);
    assert_eq!(manifest["numberOfResourcesImportedSuccessfully"], 159);
    assert_eq!(manifest["numberOfResourcesWithCustomerError"], 0);
    assert_eq!(manifest["numberOfResourcesWithServerError"], 0);
    assert_eq!(manifest["tarn"]["filesSkipped"][0]["name"], "readme.txt");
    let uri = manifest["outputDataConfig"]["s3Uri"].as_str().unwrap();
    assert_eq!(uri, outcome.output);
    assert_eq!(manifest["failureOutput"]["failureOutputS3Uri"], format!("{uri}FAILURE/"));
    assert!(manifest["sizeOfScannedFilesInMB"].as_f64().unwrap() > 0.0);
    assert_eq!(world.lines("SUCCESS/sub/b.ndjson.gz.ndjson").len(), 101);
    let line = &world.lines("SUCCESS/a.ndjson")[9];
    assert_eq!(line["lineId"], 10);
    assert_eq!(line["UpdateResourceResponse"]["jsonBlob"]["id"], "a9");
    assert_eq!(world.result("FAILURE/a.ndjson"), None);
}

#[test]
fn a_bad_line_is_logged_and_the_rest_goes_on() {
    let world = World::new();
    let mut text = patients("a", 3);
    let bad = [
        "not json",
        "{\"resourceType\":\"Patient\",\"id\":\"x\",\"id\":\"y\"}",
        "{\"resourceType\":\"Patient\"}",
        "{\"resourceType\":\"Patient\",\"id\":\"a/b\"}",
        "{\"resourceType\":\"Patient\",\"id\":7}",
        "{\"resourceType\":\"Nonsense\",\"id\":\"x\"}",
        "{\"id\":\"x\"}",
        "[1,2,3]",
        "{\"resourceType\":\"Patient\",\"id\":\"x\",\"active\":\"yes\"}",
        "{\"resourceType\":\"Observation\",\"id\":\"x\",\"status\":\"final\"}",
    ];
    let deep = format!("{{\"resourceType\":\"Patient\",\"id\":\"x\",\"a\":{}", "[".repeat(9_000));
    let garbage = b"\xff\xfe\x00garbage\x01";
    for line in bad {
        text += line;
        text += "\n";
    }
    let mut bytes = (text + &deep + "\n").into_bytes();
    bytes.extend_from_slice(garbage);
    bytes.extend_from_slice(format!("\r\n{}\n", patient("last")).as_bytes());
    world.write("a.ndjson", bytes);
    let outcome = world.finish();

    assert_eq!(outcome.ending, completed(true));
    assert_eq!(world.store.count("Patient"), 4);
    assert_eq!(outcome.figures.resources_failed, 12);
    let failures = world.lines("FAILURE/a.ndjson");
    let lines: Vec<_> = failures.iter().map(|line| line["lineId"].as_u64().unwrap()).collect();
    assert_eq!(lines, (4..16).collect::<Vec<u64>>());
    for failure in &failures {
        let response = &failure["UpdateResourceResponse"];
        assert_eq!(response["statusCode"], 400);
        assert_eq!(response["jsonBlob"]["resourceType"], "OperationOutcome");
        assert_eq!(response["jsonBlob"]["issue"][0]["severity"], "error");
    }
    let words = |n: usize| {
        let issue = &failures[n]["UpdateResourceResponse"]["jsonBlob"]["issue"][0];
        issue["diagnostics"].as_str().unwrap().to_owned()
    };
    assert_eq!(words(2), "Missing required id field in resource json");
    assert!(words(3).contains("[A-Za-z0-9-.]{1,64}"));
    assert_eq!(words(3), words(4));
    let manifest = world.manifest();
    assert_eq!(manifest["numberOfResourcesScanned"], 16);
    assert_eq!(manifest["numberOfResourcesWithCustomerError"], 12);
}

#[test]
fn a_damaged_file_is_logged_and_the_others_go_on() {
    let world = World::new();
    let packed = gzip(&patients("cut", 2_000));
    world.write("a.ndjson.gz", &packed[..packed.len() / 2]);
    world.write("b.ndjson", patients("b", 5));
    world.write("c.ndjson", (0..99_999u32).map(|n| ((n * 7919) >> 3) as u8).collect::<Vec<u8>>());
    world.write(
        "d.ndjson",
        [vec![b'x'; 6_000_000], b"\n".to_vec(), patients("d", 2).into()].concat(),
    );
    let outcome = world.finish();

    assert_eq!(outcome.ending, completed(true));
    let failed = |name: &str| {
        let lines = world.lines(name);
        assert_eq!(lines.len(), 1, "{name}");
        let issue = &lines[0]["UpdateResourceResponse"]["jsonBlob"]["issue"][0];
        issue["diagnostics"].as_str().unwrap().to_owned()
    };
    assert!(failed("FAILURE/a.ndjson.gz.ndjson").contains("gzip stream ends"));
    assert!(failed("FAILURE/c.ndjson").contains("not UTF-8"));
    assert!(failed("FAILURE/d.ndjson").contains("limit of 4000000"));
    let taken = world.lines("SUCCESS/a.ndjson.gz.ndjson").len();
    assert!((100..2_000).contains(&taken), "{taken}");
    assert_eq!(world.store.count("Patient"), taken + 5 + 2);
    assert_eq!(world.manifest()["numberOfFilesImported"], 2);
}

#[test]
fn an_import_goes_on_after_any_block_with_neither_duplicate_nor_loss() {
    let mut expected = None;
    for fails_after in 0..14 {
        let world = World::new();
        let mut text = patients("a", 40);
        text.push_str("bad\n");
        text += &patients("b", 37);
        world.write("1.ndjson", &text);
        world.write("2.ndjson.gz", gzip(&patients("c", 33)));
        let entries: Vec<_> =
            (0..70).map(|n| json!({"resource": patient(&format!("e{n}"))})).collect();
        let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
        world.write("3.ndjson", format!("{}{bundle}\nalso bad\n", patients("d", 3)));
        let mut runs = 0;
        let outcome = loop {
            world.store.fail_after(Some(fails_after).filter(|_| runs < 1).or(Some(2 + runs)));
            match world.run(&go()) {
                Ok(outcome) => break outcome,
                Err(error) => assert!(error.is_passing(), "{error}"),
            }
            runs += 1;
        };
        assert_eq!(world.store.most_versions(), 1, "fails after {fails_after}");
        assert_eq!(world.store.len(), 40 + 37 + 33 + 70 + 3);
        assert_eq!(outcome.figures.resources_failed, 2);
        let results = [
            "manifest.json",
            "SUCCESS/1.ndjson",
            "FAILURE/1.ndjson",
            "SUCCESS/2.ndjson.gz.ndjson",
            "SUCCESS/3.ndjson",
            "FAILURE/3.ndjson",
        ];
        let mut found = results.map(|name| world.result(name).unwrap());
        // The temporary folder's name is in the manifest.
        found[0] = found[0].replace(world.folder.path().to_str().unwrap(), "");
        assert_eq!(*expected.get_or_insert(found.clone()), found, "fails after {fails_after}");
    }
}

#[test]
fn a_stop_leaves_the_import_resumable_and_a_cancel_ends_it() {
    let world = World::new();
    world.write("a.ndjson", patients("a", 400));
    let stopped = world.run(&After(AtomicUsize::new(12), Signal::Stop)).unwrap();
    assert_eq!(stopped.ending, Ending::Stopped);
    let kept = world.store.len();
    assert!(kept < 400);
    assert_eq!(world.result("manifest.json"), None);

    let cancelled = world.run(&After(AtomicUsize::new(12), Signal::Cancel)).unwrap();
    assert_eq!(cancelled.ending, Ending::Cancelled);
    let kept_now = world.store.len();
    assert!((kept..400).contains(&kept_now));
    assert_eq!(world.lines("SUCCESS/a.ndjson").len(), kept_now);
    assert_eq!(world.manifest()["numberOfResourcesImportedSuccessfully"], kept_now);

    assert_eq!(world.finish().ending, completed(false));
    assert_eq!((world.store.len(), world.store.most_versions()), (400, 1));
}

#[test]
fn files_that_come_later_do_not_disturb_and_a_lost_listing_is_noticed() {
    let world = World::new();
    world.write("b.ndjson", patients("b", 100));
    world.store.fail_after(Some(3));
    world.run(&go()).unwrap_err();
    world.write("a.ndjson", patients("a", 10));
    world.store.fail_after(None);
    world.finish();
    assert_eq!((world.store.len(), world.store.most_versions()), (100, 1));

    world.notebooks.sweep(|_| false).unwrap();
    assert!(matches!(world.run(&go()), Err(JobError::InputsChanged)));
}

#[test]
fn a_later_line_of_the_same_id_wins() {
    let world = World::new();
    let again = |n: u32| json!({"resourceType": "Patient", "id": "a", "multipleBirthInteger": n});
    let filler = (0..30).map(|n| patient(&format!("f{n}")));
    world.write("a.ndjson", ndjson(std::iter::once(again(1)).chain(filler).chain([again(2)])));
    world.write("b.ndjson", ndjson([again(3)]));
    world.finish();
    let versions = world.store.versions("Patient", "a");
    assert_eq!(versions.len(), 3);
    assert!(versions[2].contains("\"multipleBirthInteger\":3"));
}

#[test]
fn entries_of_a_bundle_become_resources_that_point_at_each_other() {
    let world = World::new();
    let uuid = "11111111-2222-4333-8444-555555555555";
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": format!("urn:uuid:{uuid}"), "resource": {"resourceType": "Patient"},
         "request": {"method": "POST", "url": "Patient"}},
        {"fullUrl": "urn:uuid:aaaaaaaa-2222-4333-8444-555555555555",
         "resource": {"resourceType": "Encounter", "id": "e1", "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": format!("urn:uuid:{uuid}")},
            "partOf": {"reference": "http://here/fhir/Encounter/e2"}},
         "request": {"method": "POST", "url": "Encounter"}},
        {"fullUrl": "http://here/fhir/Encounter/e2",
         "resource": {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
         "request": {"method": "PUT", "url": "Encounter/e2"}},
        {"request": {"method": "DELETE", "url": "Patient/x"}},
        {"resource": {"resourceType": "Patient", "id": "bad", "active": "yes"},
         "request": {"method": "POST", "url": "Patient"}},
        {"resource": {"resourceType": "Basic", "code": {"text": "no id, no url"}},
         "request": {"method": "POST", "url": "Basic"}},
    ]});
    world.write("a.ndjson", ndjson([bundle.clone(), bundle]));
    let outcome = world.finish();

    assert_eq!(outcome.ending, completed(true));
    assert_eq!(world.store.versions("Patient", uuid).len(), 2);
    let encounter: Value =
        serde_json::from_str(&world.store.versions("Encounter", "e1")[0]).unwrap();
    assert_eq!(encounter["subject"]["reference"], format!("Patient/{uuid}"));
    assert_eq!(encounter["partOf"]["reference"], "Encounter/e2");
    assert_eq!(world.store.versions("Encounter", "e2").len(), 2);
    assert_eq!((world.store.count("Basic"), world.store.len()), (1, 4));
    let failures = world.lines("FAILURE/a.ndjson");
    assert_eq!(failures.len(), 4);
    let place = |n: usize| {
        let issue = &failures[n]["UpdateResourceResponse"]["jsonBlob"]["issue"][0];
        issue["expression"][0].as_str().unwrap().to_owned()
    };
    assert_eq!(place(0), "Bundle.entry[3]");
    assert_eq!(place(1), "Bundle.entry[4].resource.active");
    assert_eq!(outcome.figures.resources_read, 12);
}

#[test]
fn other_bundles_are_resources_themselves() {
    let world = World::new();
    let bundle = |type_: &str, id: Option<&str>| {
        let entry = json!([{"resource": patient("inside"), "fullUrl": "urn:uuid:1"}]);
        let mut bundle = json!({"resourceType": "Bundle", "type": type_, "entry": entry});
        if let Some(id) = id {
            bundle["id"] = id.into();
        }
        bundle
    };
    world.write(
        "a.ndjson",
        ndjson([bundle("searchset", Some("s")), bundle("collection", Some("c"))]),
    );
    world.finish();
    assert_eq!((world.store.count("Bundle"), world.store.count("Patient")), (2, 0));
    world.write("b.json", bundle("collection", None).to_string());
    let other = World { store: Fake::default(), ..world };
    other.notebooks.sweep(|_| false).unwrap();
    other.finish();
    assert_eq!((other.store.count("Bundle"), other.store.count("Patient")), (2, 1));
}

fn practitioner(id: &str, npi: &str) -> Value {
    let identifier = json!([{"system": "http://npi", "value": npi}]);
    json!({"resourceType": "Practitioner", "id": id, "identifier": identifier})
}

fn seen_by(id: &str, reference: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "generalPractitioner": [{"reference": reference}]})
}

fn bundle_of(resources: impl IntoIterator<Item = Value>) -> Value {
    let entry: Vec<_> =
        resources.into_iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "batch", "entry": entry})
}

fn practitioner_of(world: &World, patient: &str) -> String {
    let body: Value = serde_json::from_str(&world.store.versions("Patient", patient)[0]).unwrap();
    body["generalPractitioner"][0]["reference"].as_str().unwrap().to_owned()
}

#[test]
fn conditional_references_lead_to_what_came_before_wherever_it_is() {
    let mut world = World::new();
    world.limits.block_lines = 1;
    world.limits.lines.batch_lines = 1;
    let reference = "Practitioner?identifier=http://npi|7";
    let mut lines =
        vec![bundle_of((0..30).map(|n| practitioner(&format!("p{n}"), &n.to_string())))];
    lines.extend((0..60).map(|n| bundle_of([seen_by(&format!("a{n}"), reference)])));
    let missing = "Practitioner?identifier=http://npi|none";
    lines.push(bundle_of([practitioner("same", "s"), seen_by("b", "Practitioner?identifier=s")]));
    lines.push(bundle_of([
        seen_by("c", missing),
        practitioner("p7b", "7"),
        seen_by("d", reference),
    ]));
    world.write("a.ndjson", ndjson(lines));
    let outcome = world.finish();

    assert_eq!(outcome.ending, completed(false));
    for n in 0..60 {
        assert_eq!(practitioner_of(&world, &format!("a{n}")), "Practitioner/p7");
    }
    assert_eq!(practitioner_of(&world, "b"), "Practitioner/same");
    assert_eq!(practitioner_of(&world, "c"), missing);
    assert_eq!(practitioner_of(&world, "d"), "Practitioner/p7b");
    assert_eq!(world.manifest()["tarn"]["numberOfConditionalReferencesUnresolved"], 1);
}

#[test]
fn if_none_exist_keeps_what_is_there() {
    let world = World::new();
    let entry = |id: &str, npi: &str| {
        json!({"fullUrl": format!("urn:uuid:{id}"), "resource": practitioner(id, npi), "request":
            {"method": "POST", "url": "Practitioner", "ifNoneExist": format!("identifier=http://npi|{npi}")}})
    };
    let patient = json!({"resource": seen_by("x", "urn:uuid:second")});
    let batch = |entry: Value| json!({"resourceType": "Bundle", "type": "batch", "entry": entry});
    world.write("1.ndjson", ndjson([batch(json!([entry("first", "1")]))]));
    world.write("2.ndjson", ndjson((0..50).map(|n| super::tests::patient(&format!("f{n}")))));
    world.write(
        "3.ndjson",
        ndjson([batch(json!([entry("second", "1"), entry("third", "3"), patient]))]),
    );
    let outcome = world.finish();
    assert_eq!(outcome.ending, completed(false));
    assert_eq!(world.store.versions("Practitioner", "first").len(), 1);
    assert_eq!(world.store.versions("Practitioner", "second").len(), 0);
    assert_eq!(world.store.versions("Practitioner", "third").len(), 1);
    assert_eq!(practitioner_of(&world, "x"), "Practitioner/first");
}

#[test]
fn a_bundle_larger_than_a_block_is_written_in_several() {
    let world = World::new();
    world.write("a.json", bundle_of((0..333).map(|n| patient(&format!("p{n}")))).to_string());
    world.finish();
    assert_eq!((world.store.len(), world.store.most_versions()), (333, 1));
    assert!(world.store.blocks() >= 333 / 20);
}

#[test]
fn what_lies_beside_exported_resources_is_passed_over() {
    let world = World::new();
    world.write("Patient.ndjson", patients("a", 3));
    world.write("manifest.json", "{\"transactionTime\": \"2026-01-01\", \"output\": []}");
    world.write("log.ndjson", "{\"exportId\":\"e\",\"eventId\":\"kickoff\"}\n".repeat(3));
    let outcome = world.finish();
    assert_eq!(outcome.ending, completed(false));
    assert_eq!(world.manifest()["tarn"]["numberOfLinesPassedOver"], 4);
    assert_eq!(world.store.len(), 3);
}

#[test]
fn minimal_validation_takes_what_base_r4_refuses_and_says_so() {
    let mut world = World::new();
    world.validation = Validation::Minimal;
    let odd = json!({"resourceType": "Patient", "id": "odd", "active": "yes"});
    world.write("a.ndjson", ndjson([patient("a"), odd]));
    let outcome = world.finish();
    assert_eq!(outcome.ending, completed(false));
    assert_eq!(world.store.count("Patient"), 2);
    let remarks = world.lines("SUCCESS_WITH_SEARCH_VALIDATION_FAILURES/a.ndjson");
    assert_eq!(remarks.len(), 1);
    assert_eq!(remarks[0]["lineId"], 2);
}

#[test]
fn a_place_without_files_is_refused_in_words() {
    let world = World::new();
    world.write("readme.txt", "no");
    let error = world.run(&go()).unwrap_err();
    assert!(matches!(error, JobError::NothingToImport { .. }));
    assert!(error.explain().public().contains(".ndjson"));
}

#[test]
fn a_thread_that_breaks_ends_the_job_and_tells_where() {
    let world = World::new();
    world.write("a.ndjson", patients("a", 100));
    world.store.break_on("a55");
    let error = world.run(&go()).unwrap_err();
    let JobError::Broken { at } = &error else { panic!("{error}") };
    assert!(at.starts_with("input file 1, from line"), "{at}");
    assert!(!error.is_passing());
}

#[test]
fn figures_are_published_while_it_runs() {
    struct Watch(std::sync::Mutex<Vec<Progress>>);
    impl Control for Watch {
        fn signal(&self) -> Signal {
            std::thread::sleep(std::time::Duration::from_millis(4));
            Signal::Go
        }
        fn publish(&self, figures: Progress) {
            self.0.lock().unwrap().push(figures);
        }
    }
    let world = World::new();
    world.write("a.ndjson", patients("a", 3_000));
    let watch = Watch(std::sync::Mutex::default());
    world.run(&watch).unwrap();
    let seen = watch.0.into_inner().unwrap();
    assert!(seen.len() >= 2, "{}", seen.len());
    assert!(seen.is_sorted_by_key(|figures| figures.resources_done));
    assert_eq!(seen.last().unwrap().resources_done, 3_000);
    assert_eq!(world.store.all().len(), 3_000);
}
