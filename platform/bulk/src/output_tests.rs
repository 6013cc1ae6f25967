use std::io::Read as _;
use std::os::unix::fs::symlink;

use object_store::memory::InMemory;
use tempfile::TempDir;

use super::*;
use crate::{Buckets, S3Settings, Shards};

struct Memory(Arc<InMemory>);

impl Buckets for Memory {
    fn bucket(&self, _: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        Ok(Arc::clone(&self.0) as _)
    }
}

fn outputs() -> (TempDir, Outputs) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        import_roots: Vec::new(),
        export_root: folder.path().join("outbox"),
        spool: folder.path().join("spool"),
        s3: S3Settings::default(),
    };
    let objects = Arc::new(Objects::of(Box::new(Memory(Arc::new(InMemory::new())))));
    let results = Results::new(folder.path().join("results"), tarn_keys::DataKey::generate());
    let outputs = Outputs::new(&settings, objects).keeping(results);
    (folder, outputs)
}

fn both(outputs: &Outputs) -> [Folder; 2] {
    let objects = Place::parse("s3://bucket/out").unwrap();
    [outputs.default_place(), objects].map(|place| outputs.folder(&place, "job-1").unwrap())
}

fn read(folder: &Folder, name: &str) -> Option<Vec<u8>> {
    match &folder.target {
        Target::Disk(path) => fs::read(path.join(name)).ok(),
        Target::Objects { objects, store, prefix, .. } => {
            let (store, key) = (Arc::clone(store), join(prefix, name));
            let get = async move { store.get(&key.into()).await?.bytes().await };
            objects.wait(get).unwrap().ok().map(|bytes| bytes.to_vec())
        }
        Target::Kept { results, job } => {
            let mut text = Vec::new();
            results.file(*job, name).ok()??.read_to_end(&mut text).ok()?;
            Some(text)
        }
    }
}

#[test]
fn a_file_appears_when_it_is_finished_and_not_before() {
    let (_folder, outputs) = outputs();
    for folder in both(&outputs) {
        let mut file = folder.create("SUCCESS/a.ndjson").unwrap();
        file.write_all(b"{}\n").unwrap();
        assert_eq!(read(&folder, "SUCCESS/a.ndjson"), None);
        assert_eq!(file.finish().unwrap(), 3);
        assert_eq!(read(&folder, "SUCCESS/a.ndjson").unwrap(), b"{}\n");
        drop(folder.create("dropped").unwrap());
        assert_eq!(read(&folder, "dropped"), None);
    }
}

#[test]
fn nothing_is_ever_overwritten() {
    let (_folder, outputs) = outputs();
    for folder in both(&outputs) {
        let mut first = folder.create("a").unwrap();
        first.write_all(b"first").unwrap();
        first.finish().unwrap();
        assert!(matches!(folder.create("a"), Err(BulkError::Exists { .. })));
        assert_eq!(read(&folder, "a").unwrap(), b"first");
    }
}

#[test]
fn a_file_that_appeared_meanwhile_is_kept() {
    let (_folder, outputs) = outputs();
    let [folder, _] = both(&outputs);
    let mut file = folder.create("a").unwrap();
    file.write_all(b"late").unwrap();
    let Target::Disk(path) = &folder.target else { panic!() };
    fs::write(path.join("a"), "other").unwrap();
    assert!(matches!(file.finish(), Err(BulkError::Exists { .. })));
    assert_eq!(read(&folder, "a").unwrap(), b"other");
    assert_eq!(fs::read_dir(path).unwrap().count(), 1);
}

#[test]
fn a_large_object_goes_in_parts() {
    let (_folder, outputs) = outputs();
    let [_, folder] = both(&outputs);
    let mut file = folder.create("large").unwrap();
    let piece: Vec<u8> = (0..1_000_003u32).map(|n| (n % 251) as u8).collect();
    for _ in 0..30 {
        file.write_all(&piece).unwrap();
    }
    assert_eq!(file.finish().unwrap(), 30 * 1_000_003);
    assert_eq!(read(&folder, "large").unwrap(), piece.repeat(30));
}

#[test]
fn a_cleared_folder_is_empty_and_its_neighbours_are_not() {
    let (_folder, outputs) = outputs();
    let objects = Place::parse("s3://bucket/out").unwrap();
    for place in [outputs.default_place(), objects] {
        let [one, two] = ["job-1", "job-10"].map(|job| outputs.folder(&place, job).unwrap());
        for folder in [&one, &two] {
            folder.create("Patient/a").unwrap().finish().unwrap();
        }
        one.clear().unwrap();
        one.clear().unwrap();
        assert_eq!(read(&one, "Patient/a"), None);
        assert!(read(&two, "Patient/a").is_some());
    }
}

#[test]
fn what_is_not_under_the_export_root_is_refused() {
    let (folder, outputs) = outputs();
    let root = folder.path().join("outbox");
    outputs.check(&outputs.default_place()).unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink(folder.path().join("elsewhere"), root.join("out")).unwrap();
    symlink(folder.path().join("later"), root.join("dangling")).unwrap();
    symlink(root.join("inside"), folder.path().join("in")).unwrap();
    fs::create_dir(root.join("inside")).unwrap();
    for bad in ["elsewhere", "outbox2", "outbox/out", "outbox/out/deep", "outbox/dangling/x", ""] {
        let place = Place::Disk(folder.path().join(bad));
        let error = outputs.check(&place).unwrap_err();
        assert!(matches!(error, BulkError::OutsideExportRoot { .. }), "{bad}: {error}");
        assert!(error.to_string().contains("outbox`"));
    }
    for good in ["outbox", "outbox/new/deep", "in/x"] {
        outputs.check(&Place::Disk(folder.path().join(good))).unwrap();
    }
    let upload = Place::upload(tarn_domain::RequestId::from_bytes([0; 16]), "x");
    assert!(outputs.check(&upload).is_err());
}

#[test]
fn a_job_folder_names_itself_as_a_uri() {
    let (_folder, outputs) = outputs();
    let place = Place::parse("s3://bucket").unwrap();
    assert_eq!(outputs.folder(&place, "job").unwrap().uri(), "s3://bucket/job");
    let place = Place::parse("s3://bucket/a/b/").unwrap();
    assert_eq!(outputs.folder(&place, "job").unwrap().uri(), "s3://bucket/a/b/job");
}

#[test]
fn shards_are_bounded_and_hold_every_line_in_order() {
    let (_folder, outputs) = outputs();
    for folder in both(&outputs) {
        let mut shards = Shards::new(&folder, 100, |n| format!("Patient/Patient-{n}.ndjson"));
        let lines: Vec<String> = (0..40).map(|n| format!("{{\"n\":{n:05}}}")).collect();
        for line in &lines {
            shards.write(line.as_bytes()).unwrap();
        }
        shards.write(&[b'x'; 500]).unwrap();
        let done = shards.finish().unwrap();
        assert_eq!(done.iter().map(|shard| shard.lines).sum::<u64>(), 41);
        assert_eq!(done.last().unwrap().bytes, 501);
        let mut whole = Vec::new();
        for shard in &done {
            let bytes = read(&folder, &shard.name).unwrap();
            assert_eq!(bytes.len() as u64, shard.bytes);
            assert!(shard.lines == 1 || shard.bytes <= 100);
            whole.extend(bytes);
        }
        let expected = lines.join("\n") + "\n" + &"x".repeat(500) + "\n";
        assert_eq!(String::from_utf8(whole).unwrap(), expected);
    }
}

#[test]
fn a_kept_file_is_whole_and_sealed() {
    let (folder, outputs) = outputs();
    let place = Place::Kept(JobId::from_bytes([3; 16]));
    assert!(outputs.check(&place).is_err(), "a client cannot name it");
    let kept = outputs.folder(&place, "job").unwrap();
    let mut shards = Shards::new(&kept, 24, |n| format!("Patient/Patient-{n}.ndjson"));
    for _ in 0..3 {
        shards.write(b"Mustermann Mustermann").unwrap();
    }
    assert_eq!(shards.finish().unwrap().len(), 3);
    let name = "Patient-Patient-1.ndjson";
    assert_eq!(read(&kept, name).unwrap(), b"Mustermann Mustermann\n");
    let kept_as = "files/Patient-Patient-1.ndjson";
    let raw = folder.path().join("results").join("03".repeat(16)).join(kept_as);
    assert!(!fs::read(raw).unwrap().windows(10).any(|w| w == b"Mustermann"));
    kept.clear().unwrap();
    assert!(read(&kept, name).is_none());
}
