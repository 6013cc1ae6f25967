//! The job's own thread: it writes blocks in the order of the lines, and ends the job.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tarn_bulk::{Listing, Outputs, Sources};
use tarn_domain::{JobId, StoreId};

use super::checkpoint::Checkpoint;
use super::parse::{Built, Parsing, Step};
use super::plan::{ImportPlan, Limits};
use super::rates::Rates;
use super::read::{ReadProgress, Reading};
use super::report;
use super::resolve::Written;
use super::target::Target;
use crate::notes::{Log, Notebooks, Notes};
use crate::{Control, Ending, JobError, Outcome, Signal};

const LISTING: &str = "listing";
const LOGS: [&str; 3] = ["failure", "success", "tolerated"];
/// How often somebody who watches hears of it, and a signal is looked for at least.
const TELL: Duration = Duration::from_millis(500);

/// What an import works with.
pub struct Import<'a> {
    /// Which store is filled; for the folder's name.
    pub store: StoreId,
    /// Which job it is.
    pub job: JobId,
    /// What is asked.
    pub plan: &'a ImportPlan,
    /// Finds and opens inputs.
    pub sources: &'a Sources,
    /// Writes the report.
    pub outputs: &'a Outputs,
    /// Where the job keeps notes.
    pub notebooks: &'a Notebooks,
    /// How much it holds at once.
    pub limits: Limits,
}

/// Runs an import from its last checkpoint on. Its notes stay until the end is known to the queue.
///
/// # Errors
/// What kept it from going on. See [`JobError::is_passing`].
pub fn run<T: Target>(
    import: &Import<'_>,
    target: &T,
    control: &dyn Control,
) -> Result<Outcome, JobError> {
    let folder_name = report::folder_name(import.store, import.job);
    let folder = import.outputs.folder(&import.plan.output, &folder_name)?;
    let notes = import.notebooks.of(import.job)?;
    let reached = last_checkpoint(target)?;
    let listing = listing(import, &notes)?;
    let inputs = tag(&listing);
    let start = match reached {
        Some(reached) if reached.inputs != inputs => return Err(JobError::InputsChanged),
        Some(reached) => reached,
        None => Checkpoint { inputs, ..Checkpoint::default() },
    };
    let [a, b, c] = [0, 1, 2].map(|n| notes.log(LOGS[n], start.logs[n]));
    let mut load = Load { import, target, control, listing: &listing, logs: [a?, b?, c?], start };
    let progress = ReadProgress::default();
    let before = listing.files.iter().take(start.mark.file).map(|file| file.size).sum();
    let rates = Rates::new(start, before, listing.bytes(), &progress);
    let (ending, reached) = load.pipeline(&progress, &rates)?;
    let figures = rates.figures();
    control.publish(figures);
    if ending != Ending::Stopped {
        report::publish(import.plan, &folder, &listing, &load.logs, &reached)?;
    }
    Ok(Outcome { ending, figures, output: format!("{}/", folder.uri()) })
}

fn last_checkpoint<T: Target>(target: &T) -> Result<Option<Checkpoint>, JobError> {
    let bytes = target.checkpoint()?;
    bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(JobError::Checkpoint)).transpose()
}

/// What the job reads: listed once, so that files that come later do not shift the others.
fn listing(import: &Import<'_>, notes: &Notes) -> Result<Listing, JobError> {
    if let Some(known) = notes.read(LISTING)? {
        return serde_json::from_slice(&known).map_err(JobError::Checkpoint);
    }
    let listing = import.sources.list(&import.plan.input)?;
    if listing.files.is_empty() {
        return Err(JobError::NothingToImport { uri: import.plan.input.to_string() });
    }
    notes.keep(LISTING, &serde_json::to_vec(&listing).map_err(JobError::Checkpoint)?)?;
    Ok(listing)
}

fn tag(listing: &Listing) -> u64 {
    let mut hash = blake3::Hasher::new();
    for file in &listing.files {
        hash.update(file.name.as_bytes()).update(&[0]).update(&file.size.to_be_bytes());
    }
    hash.finalize().as_bytes().first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}

struct Load<'a, T> {
    import: &'a Import<'a>,
    target: &'a T,
    control: &'a dyn Control,
    listing: &'a Listing,
    logs: [Log<'a>; 3],
    start: Checkpoint,
}

impl<T: Target> Load<'_, T> {
    /// Runs all threads to the end of the input, a signal or a failure.
    fn pipeline(
        &mut self,
        progress: &ReadProgress,
        rates: &Rates<'_>,
    ) -> Result<(Ending, Checkpoint), JobError> {
        let (import, control, start) = (self.import, self.control, self.start);
        let limits = &import.limits;
        let workers = limits.workers.max(1);
        let written = Written::default();
        let hung_up = AtomicBool::new(false);
        let reading = Reading {
            sources: import.sources,
            place: &import.plan.input,
            listing: self.listing,
            limits,
            progress,
            hung_up: &hung_up,
        };
        let parsing = Parsing {
            target: self.target,
            listing: self.listing,
            limits,
            validation: import.plan.validation,
            written: &written,
        };
        // A ticket for each chunk between reader and store bounds what is held in memory.
        let (give, take) = bounded(workers + 2);
        for _ in 0..workers + 2 {
            let _ = give.try_send(());
        }
        let (chunks_in, chunks_out) = bounded(workers);
        let (built_in, built_out) = bounded(workers);
        let (quiet, told) = bounded::<()>(0);
        std::thread::scope(|scope| {
            scope.spawn(|| tell(control, rates, &told));
            let (reading, parsing) = (&reading, &parsing);
            scope.spawn(move || reading.run(start.mark, &take, &chunks_in));
            for _ in 0..workers {
                let (chunks_out, built_in) = (chunks_out.clone(), built_in.clone());
                scope.spawn(move || parsing.run(&chunks_out, &built_in));
            }
            drop((chunks_out, built_in));
            let done = self.write(&built_out, &give, &written, rates);
            // Everybody who waits for this thread learns that it waits for nobody.
            hung_up.store(true, Ordering::Relaxed);
            written.stop();
            drop((give, built_out, quiet));
            done
        })
    }

    fn write(
        &mut self,
        built: &Receiver<Built<T::Block>>,
        tickets: &Sender<()>,
        written: &Written,
        rates: &Rates<'_>,
    ) -> Result<(Ending, Checkpoint), JobError> {
        let mut reached = self.start;
        let mut early = BTreeMap::new();
        let mut next = 0;
        loop {
            match self.control.signal() {
                Signal::Go => {}
                Signal::Cancel => return Ok((Ending::Cancelled, reached)),
                Signal::Stop => return Ok((Ending::Stopped, reached)),
            }
            match built.recv_timeout(TELL) {
                Ok(built) => early.insert(built.number, built.steps),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            while let Some(steps) = early.remove(&next) {
                for step in steps? {
                    if self.control.signal() != Signal::Go {
                        break;
                    }
                    self.step(step, &mut reached)?;
                    rates.set(reached);
                }
                if self.control.signal() != Signal::Go {
                    break;
                }
                next += 1;
                written.advance(next);
                // There is room for every ticket that was given out.
                let _ = tickets.try_send(());
            }
        }
        if reached.mark.file < self.listing.files.len() {
            return Err(JobError::Broken { at: format!("input file {}", reached.mark.file + 1) });
        }
        Ok((Ending::Completed { with_errors: reached.counts.bad() > 0 }, reached))
    }

    /// Logs first, then the block with the checkpoint that knows the logs' lengths: what is logged
    /// and not committed is cut off when the job is taken up again.
    fn step(&mut self, step: Step<T::Block>, reached: &mut Checkpoint) -> Result<(), JobError> {
        for (n, text) in step.logs.iter().enumerate() {
            self.logs[n].append(text)?;
            reached.logs[n] = self.logs[n].length();
        }
        reached.counts.add(&step.counts);
        reached.mark = step.mark;
        if let Some(block) = step.block {
            let checkpoint = serde_json::to_vec(reached).map_err(JobError::Checkpoint)?;
            self.target.load(block, checkpoint)?;
        }
        Ok(())
    }
}

/// Publishes figures until the job's thread is done.
fn tell(control: &dyn Control, rates: &Rates<'_>, done: &Receiver<()>) {
    while done.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
        control.publish(rates.figures());
    }
}
