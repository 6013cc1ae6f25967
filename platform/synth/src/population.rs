//! Writes a population into a folder: one NDJSON file per resource type.
//!
//! Worker `w` of `n` generates the chunks `w`, `w + n`, `w + 2n` … and hands each through its own
//! short channel; the writer takes them round in turn. So the order of the lines never depends on
//! the number of threads, and memory stays at a few chunks.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::{Generator, ResourceKind, Sink, SynthError};

/// Which population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// How many patients.
    pub patients: u32,
    /// What they all follow from.
    pub seed: u64,
}

/// How far the writing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Patients written.
    pub patients: u32,
    /// Resources written, the shared ones included.
    pub resources: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Patients.
    pub patients: u32,
    /// Resources of all types.
    pub resources: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Resources of each type that has any, in alphabetical order.
    pub counts: Vec<(ResourceKind, u64)>,
}

/// Patients that are handed over at a time.
const CHUNK: u32 = 8;

/// Chunks that wait for the writer, per worker.
const WAITING: usize = 2;

/// Writes a population into `out`, which is made when it is missing and must be empty when it is
/// there. `progress` is called after every few patients.
pub fn write(
    population: &Population,
    out: &Path,
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, SynthError> {
    prepare(out)?;
    let mut files = Files::new(out);
    let generator = Generator::new(population.seed);
    let mut shared = Sink::new();
    generator.shared(&mut shared);
    files.append(&shared)?;

    let chunks = population.patients.div_ceil(CHUNK);
    let threads = u32::try_from(threads).unwrap_or(u32::MAX).clamp(1, chunks.max(1));
    thread::scope(|scope| {
        let lanes: Vec<Lane> = (0..threads)
            .map(|first| {
                let (full, taken) = sync_channel(WAITING);
                let (give_back, empty) = sync_channel(WAITING + 2);
                let generator = &generator;
                scope.spawn(move || {
                    let mine = (first..chunks).step_by(threads as usize);
                    produce(generator, population.patients, mine, &full, &empty);
                });
                Lane { taken, give_back }
            })
            .collect();
        collect(population, &lanes, chunks, &mut files, progress)
    })?;
    Ok(files.finish(population.patients))
}

/// Refuses a folder that holds something, and makes one that is missing.
fn prepare(out: &Path) -> Result<(), SynthError> {
    let failed = |source| SynthError::Write { path: out.to_owned(), source };
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(SynthError::NotEmpty(out.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(out).map_err(failed)
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(SynthError::NotAFolder(out.to_owned()))
        }
        Err(error) => Err(failed(error)),
    }
}

/// A worker as the writer sees it.
struct Lane {
    taken: Receiver<Sink>,
    give_back: SyncSender<Sink>,
}

fn produce(
    generator: &Generator,
    patients: u32,
    chunks: impl Iterator<Item = u32>,
    full: &SyncSender<Sink>,
    empty: &Receiver<Sink>,
) {
    for chunk in chunks {
        let mut sink = empty.try_recv().unwrap_or_else(|_| Sink::new());
        sink.clear();
        let first = chunk * CHUNK;
        for index in first..patients.min(first.saturating_add(CHUNK)) {
            generator.patient(u64::from(index), &mut sink);
        }
        // The writer stopped: it tells why.
        if full.send(sink).is_err() {
            return;
        }
    }
}

fn collect(
    population: &Population,
    lanes: &[Lane],
    chunks: u32,
    files: &mut Files,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), SynthError> {
    for chunk in 0..chunks {
        let lane = &lanes[chunk as usize % lanes.len()];
        let sink = lane.taken.recv().map_err(|_| SynthError::WorkerLost)?;
        files.append(&sink)?;
        // A full way back only costs the buffer.
        let _ = lane.give_back.try_send(sink);
        let patients = population.patients.min((chunk + 1).saturating_mul(CHUNK));
        progress(Progress { patients, resources: files.resources(), bytes: files.bytes });
    }
    Ok(())
}

/// The open files; a type's file is made with its first resource.
struct Files {
    folder: PathBuf,
    open: Vec<Option<File>>,
    counts: Vec<u64>,
    bytes: u64,
}

impl Files {
    fn new(folder: &Path) -> Self {
        let kinds = ResourceKind::ALL.len();
        let open = std::iter::repeat_with(|| None).take(kinds).collect();
        Self { folder: folder.to_owned(), open, counts: vec![0; kinds], bytes: 0 }
    }

    fn resources(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn append(&mut self, sink: &Sink) -> Result<(), SynthError> {
        for &kind in ResourceKind::ALL {
            let lines = sink.lines(kind);
            if !lines.is_empty() {
                self.append_to(kind, lines)?;
                self.counts[kind as usize] += sink.count(kind);
                self.bytes += lines.len() as u64;
            }
        }
        Ok(())
    }

    fn append_to(&mut self, kind: ResourceKind, lines: &[u8]) -> Result<(), SynthError> {
        let path = self.folder.join(format!("{}.ndjson", kind.name()));
        let failed = |source| SynthError::Write { path: path.clone(), source };
        let slot = &mut self.open[kind as usize];
        let file = match slot {
            Some(file) => file,
            None => slot.insert(File::create_new(&path).map_err(failed)?),
        };
        file.write_all(lines).map_err(failed)
    }

    fn finish(self, patients: u32) -> Summary {
        let counts = ResourceKind::ALL
            .iter()
            .map(|&kind| (kind, self.counts[kind as usize]))
            .filter(|(_, count)| *count > 0)
            .collect();
        Summary { patients, resources: self.resources(), bytes: self.bytes, counts }
    }
}
