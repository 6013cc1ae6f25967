use std::io::Write;
use std::os::unix::fs::symlink;

use flate2::Compression;
use flate2::write::GzEncoder;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use tarn_domain::RequestId;
use tarn_keys::DataKey;
use tempfile::TempDir;

use super::*;
use crate::{Buckets, Content};

struct Memory(Arc<InMemory>);

impl Buckets for Memory {
    fn bucket(&self, _: &str) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        Ok(Arc::clone(&self.0) as _)
    }
}

struct World {
    folder: TempDir,
    memory: Arc<InMemory>,
    sources: Sources,
    spools: Spools,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let settings = Settings {
            import_roots: vec![folder.path().join("inbox"), folder.path().join("second")],
            export_root: folder.path().join("outbox"),
            spool: folder.path().join("spool"),
            s3: crate::S3Settings::default(),
        };
        let memory = Arc::new(InMemory::new());
        let objects = Arc::new(Objects::of(Box::new(Memory(Arc::clone(&memory)))));
        let spools = Spools::new(settings.spool.clone(), DataKey::generate());
        let sources = Sources::new(&settings, objects, spools.clone());
        Self { folder, memory, sources, spools }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn put(&self, key: &str, bytes: Vec<u8>) {
        let (memory, key) = (Arc::clone(&self.memory), key.to_owned());
        let put = async move { memory.put(&key.into(), bytes.into()).await };
        self.sources.objects.wait(put).unwrap().unwrap();
    }

    fn place(&self, name: &str) -> Place {
        Place::Disk(self.path(name))
    }

    fn names(&self, place: &Place) -> Vec<String> {
        self.sources.list(place).unwrap().files.into_iter().map(|file| file.name).collect()
    }

    fn texts(&self, place: &Place, from: Position) -> Vec<String> {
        let limits = LineLimits { batch_lines: 7, ..LineLimits::default() };
        let mut found = Vec::new();
        for file in self.sources.list(place).unwrap().files {
            let mut lines = self.sources.lines(place, &file, from, limits);
            while let Some(batch) = lines.next_batch() {
                for record in &batch.records {
                    match &record.content {
                        Content::Text(_) => {
                            found.push(String::from_utf8(batch.text(record).to_vec()).unwrap());
                        }
                        Content::Fault(fault) => found.push(format!("fault: {fault}")),
                    }
                }
            }
        }
        found
    }
}

fn many(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("{{\"n\":{n}}}\n").into_bytes()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_folder_is_listed_with_all_below_it_in_order() {
    let world = World::new();
    for name in ["b.ndjson", "a.json", "sub/c.jsonl", "sub/deep/d.ndjson.gz", "A.NDJSON"] {
        world.write(&format!("inbox/{name}"), b"{}");
    }
    for name in ["readme.txt", ".hidden.ndjson", "x.csv.gz"] {
        world.write(&format!("inbox/{name}"), b"{}");
    }
    let listing = world.sources.list(&world.place("inbox")).unwrap();
    let names: Vec<_> = listing.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["A.NDJSON", "a.json", "b.ndjson", "sub/c.jsonl", "sub/deep/d.ndjson.gz"]);
    let skipped: Vec<_> = listing.skipped.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(skipped, [".hidden.ndjson", "readme.txt", "x.csv.gz"]);
    assert_eq!(listing.bytes(), 10);
    assert_eq!(world.names(&world.place("inbox/sub/c.jsonl")), ["c.jsonl"]);
}

#[test]
fn what_is_not_under_a_root_is_refused_with_the_roots_named() {
    let world = World::new();
    world.write("elsewhere/a.ndjson", b"{}");
    world.write("inbox2/a.ndjson", b"{}");
    for name in ["elsewhere/a.ndjson", "inbox2", "nothing-here", "inbox/../elsewhere/a.ndjson"] {
        let error = world.sources.check(&world.place(name)).unwrap_err();
        assert!(matches!(error, BulkError::OutsideRoots { .. }), "{name}: {error}");
        let words = error.to_string();
        assert!(words.contains("inbox`") && words.contains("second`"), "{words}");
    }
    let missing = world.sources.check(&world.place("inbox/nothing/there")).unwrap_err();
    assert!(matches!(missing, BulkError::Missing { .. }));
    assert!(world.sources.check(&world.place("inbox")).is_ok());
}

#[test]
fn links_are_followed_only_where_they_stay_under_a_root() {
    let world = World::new();
    world.write("elsewhere/secret.ndjson", b"{}");
    world.write("inbox/real/a.ndjson", b"{}");
    symlink(world.path("elsewhere/secret.ndjson"), world.path("inbox/link.ndjson")).unwrap();
    symlink(world.path("elsewhere"), world.path("inbox/folder")).unwrap();
    symlink(world.path("inbox"), world.path("inbox/real/loop")).unwrap();
    symlink(world.path("inbox/real/a.ndjson"), world.path("inbox/inside.ndjson")).unwrap();
    symlink(world.path("nowhere"), world.path("inbox/broken.ndjson")).unwrap();

    let listing = world.sources.list(&world.place("inbox")).unwrap();
    let names: Vec<_> = listing.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["inside.ndjson", "real/a.ndjson"]);
    assert_eq!(listing.skipped_count, 4);
    for name in ["inbox/link.ndjson", "inbox/folder", "inbox/folder/secret.ndjson"] {
        let error = world.sources.list(&world.place(name)).unwrap_err();
        assert!(matches!(error, BulkError::OutsideRoots { .. }), "{name}");
    }
}

#[test]
fn a_link_laid_after_the_listing_is_not_followed_out() {
    let world = World::new();
    world.write("elsewhere/secret.ndjson", b"{\"secret\":1}");
    world.write("inbox/a.ndjson", b"{\"a\":1}");
    let listing = world.sources.list(&world.place("inbox")).unwrap();
    fs::remove_file(world.path("inbox/a.ndjson")).unwrap();
    symlink(world.path("elsewhere/secret.ndjson"), world.path("inbox/a.ndjson")).unwrap();
    let mut lines = world.sources.lines(
        &world.place("inbox"),
        &listing.files[0],
        Position::default(),
        LineLimits::default(),
    );
    let batch = lines.next_batch().unwrap();
    assert_eq!(batch.records.len(), 1);
    assert!(matches!(batch.records[0].content, Content::Fault(_)));
}

#[test]
fn a_file_that_changed_since_the_listing_is_not_read() {
    let world = World::new();
    world.write("inbox/a.ndjson", b"{\"a\":1}\n");
    let place = world.place("inbox");
    let listing = world.sources.list(&place).unwrap();
    world.write("inbox/a.ndjson", b"{\"a\":1}\n{\"b\":2}\n");
    let limits = LineLimits::default();
    let mut lines = world.sources.lines(&place, &listing.files[0], Position::default(), limits);
    let batch = lines.next_batch().unwrap();
    let Content::Fault(fault) = &batch.records[0].content else { panic!() };
    assert!(fault.to_string().contains("changed"), "{fault}");
}

#[test]
fn a_pipe_is_left_out_rather_than_waited_for() {
    let world = World::new();
    let made = std::process::Command::new("mkfifo").arg(world.path("inbox/p.ndjson")).status();
    if made.is_ok_and(|status| status.success()) {
        let listing = world.sources.list(&world.place("inbox")).unwrap();
        assert_eq!((listing.files.len(), listing.skipped_count), (0, 1));
    }
}

#[test]
fn reading_goes_on_at_a_position_wherever_the_file_lies() {
    let world = World::new();
    let (plain, packed) = (many(400), gzip(&many(400)));
    world.write("inbox/plain.ndjson", &plain);
    world.write("inbox/packed.ndjson.gz", &packed);
    world.put("in/plain.ndjson", plain.clone());
    world.put("in/packed/x.ndjson", packed.clone());
    let request = RequestId::from_bytes([1; 16]);
    let mut upload = world.spools.create(request, 1 << 20).unwrap();
    upload.write(&packed).unwrap();
    upload.finish().unwrap();
    let objects = |prefix: &str| Place::parse(&format!("s3://bucket/{prefix}")).unwrap();
    let places = [
        world.place("inbox/plain.ndjson"),
        world.place("inbox/packed.ndjson.gz"),
        objects("in/plain.ndjson"),
        objects("in/packed/"),
        Place::upload(request, "x.ndjson.gz"),
    ];
    let offset = plain.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(122).unwrap().0 + 1;
    let middle = Position { line: 123, offset: offset as u64 };
    let end = Position { line: 400, offset: plain.len() as u64 };
    for place in &places {
        let whole = world.texts(place, Position::default());
        assert_eq!(whole.len(), 400, "{place}");
        assert_eq!(world.texts(place, middle), whole[123..], "{place}");
        assert_eq!(world.texts(place, end), [""; 0], "{place}");
    }
}

#[test]
fn objects_are_listed_below_a_prefix_only() {
    let world = World::new();
    for key in ["in/a.ndjson", "in/b/c.ndjson", "in/readme.md", "inbox/d.ndjson", "e.ndjson"] {
        world.put(key, b"{}".to_vec());
    }
    let place = |uri: &str| Place::parse(uri).unwrap();
    assert_eq!(world.names(&place("s3://bucket/in")), ["a.ndjson", "b/c.ndjson"]);
    assert_eq!(world.names(&place("s3://bucket/in/a.ndjson")), ["a.ndjson"]);
    assert_eq!(world.names(&place("s3://bucket")).len(), 4);
    assert_eq!(world.names(&place("s3://bucket/none")), [""; 0]);
    assert_eq!(world.texts(&place("s3://bucket/"), Position::default()).len(), 4);
}

#[test]
fn an_object_that_is_gone_is_a_fault_of_its_file() {
    let world = World::new();
    world.put("in/a.ndjson", many(3));
    let place = Place::parse("s3://bucket/in").unwrap();
    let listing = world.sources.list(&place).unwrap();
    let memory = Arc::clone(&world.memory);
    let deleted = async move { memory.put(&"in/a.ndjson".into(), "other".into()).await };
    world.sources.objects.wait(deleted).unwrap().unwrap();
    let limits = LineLimits::default();
    let mut lines = world.sources.lines(&place, &listing.files[0], Position::default(), limits);
    let batch = lines.next_batch().unwrap();
    assert!(batch.last && matches!(&batch.records[0].content, Content::Fault(f) if f.is_ours()));
}
