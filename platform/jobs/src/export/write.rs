//! The job's own thread: it writes lines in order, and ends the job.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tarn_bulk::{Folder, Outputs, Shard, Shards};
use tarn_domain::{JobId, StoreId, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_store::Snapshot;

use super::collect::{Batch, Collecting, Lines};
use super::plan::{ExportPlan, Limits};
use super::select::Selection;
use super::wanted::Wanted;
use super::{deleted, report};
use crate::{Control, Ending, JobError, Outcome, Progress, Signal};

/// How often somebody who watches hears of it.
const TELL: Duration = Duration::from_millis(500);

/// What an export works with.
pub struct Export<'a> {
    /// Which store; for the folder's name.
    pub store: StoreId,
    /// Which job it is.
    pub job: JobId,
    /// What is asked.
    pub plan: &'a ExportPlan,
    /// What is asked beyond that.
    pub wanted: Option<&'a Wanted>,
    /// The moment that is exported.
    pub snapshot: &'a Snapshot,
    /// The time of that moment.
    pub moment: Timestamp,
    /// Where files go.
    pub outputs: &'a Outputs,
    /// How much it holds at once.
    pub limits: Limits,
}

/// Runs an export from its beginning.
///
/// # Errors
/// What kept it from going on.
pub fn run(export: &Export<'_>, control: &dyn Control) -> Result<Outcome, JobError> {
    let wanted = export.plan.type_ids().map_err(JobError::Refused)?;
    let folder_name = report::folder_name(export.store, export.job);
    let folder = export.outputs.folder(&export.plan.output, &folder_name)?;
    folder.clear()?;
    let counts = export.snapshot.counts();
    let all = wanted.is_empty();
    let types: Vec<TypeId> =
        counts.keys().copied().filter(|type_| all || wanted.contains(type_)).collect();
    let selection = match export.wanted {
        Some(wanted) => Selection::of(export.snapshot, wanted, &types, export.moment)?,
        None => Selection::default(),
    };
    let mut total = 0;
    for type_ in &types {
        for part in export.snapshot.parts() {
            total += selection.rows(part, *type_)?.len();
        }
    }
    let mut writing = Writing {
        export,
        control,
        folder: &folder,
        open: None,
        files: Vec::new(),
        deletions: Vec::new(),
        figures: Progress::default(),
        started: Instant::now(),
        told: Instant::now(),
        total,
    };
    let ending = writing.pipeline(&types, &selection)?;
    if ending == (Ending::Completed { with_errors: false }) {
        writing.deletions(&wanted, &selection)?;
        report::publish(&folder, export.moment, &writing.files, &writing.deletions)?;
    } else {
        // Half an export is of no use, and the next start begins anew.
        folder.clear()?;
    }
    let figures = writing.figures();
    control.publish(figures);
    Ok(Outcome { ending, figures, output: format!("{}/", folder.uri()) })
}

struct Writing<'a> {
    export: &'a Export<'a>,
    control: &'a dyn Control,
    folder: &'a Folder,
    open: Option<(TypeId, Shards<'a>)>,
    files: Vec<(TypeId, Shard)>,
    deletions: Vec<Shard>,
    figures: Progress,
    started: Instant,
    told: Instant,
    total: u64,
}

impl Writing<'_> {
    fn pipeline(&mut self, types: &[TypeId], selection: &Selection) -> Result<Ending, JobError> {
        let (snapshot, limits) = (self.export.snapshot, self.export.limits);
        let workers = limits.workers.max(1);
        let collecting = Collecting {
            snapshot,
            since: self.export.plan.since(),
            until: self.export.wanted.and_then(Wanted::until),
            parts: self.export.wanted.map(|wanted| wanted.parts(types)).unwrap_or_default(),
        };
        // A ticket for each batch between index and disk bounds what is held in memory.
        let (give, take) = bounded(workers + 2);
        for _ in 0..workers + 2 {
            let _ = give.try_send(());
        }
        let (batches_in, batches_out) = bounded(workers);
        let (lines_in, lines_out) = bounded(workers);
        std::thread::scope(|scope| {
            let collecting = &collecting;
            let dealing =
                scope.spawn(move || deal((snapshot, selection), types, limits, &take, &batches_in));
            for _ in 0..workers {
                let (batches_out, lines_in) = (batches_out.clone(), lines_in.clone());
                scope.spawn(move || collecting.run(&batches_out, &lines_in));
            }
            drop((batches_out, lines_in));
            let written = self.write(&lines_out, &give);
            drop((give, lines_out));
            let broken = |_| Err(JobError::Broken { at: "the index".to_owned() });
            dealing.join().unwrap_or_else(broken)?;
            written
        })
    }

    fn write(&mut self, lines: &Receiver<Lines>, tickets: &Sender<()>) -> Result<Ending, JobError> {
        let mut early = BTreeMap::new();
        let mut next = 0;
        loop {
            match self.control.signal() {
                Signal::Go => {}
                Signal::Cancel => return Ok(Ending::Cancelled),
                Signal::Stop => return Ok(Ending::Stopped),
            }
            if self.told.elapsed() >= TELL {
                self.told = Instant::now();
                self.control.publish(self.figures());
            }
            match lines.recv_timeout(TELL) {
                Ok(lines) => early.insert(lines.number, lines),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            while let Some(lines) = early.remove(&next) {
                self.lines(lines)?;
                next += 1;
                // There is room for every ticket that was given out.
                let _ = tickets.try_send(());
            }
        }
        self.close()?;
        match self.figures.resources_read == self.total {
            true => Ok(Ending::Completed { with_errors: false }),
            false => Err(JobError::Broken { at: "reading the store".to_owned() }),
        }
    }

    fn lines(&mut self, lines: Lines) -> Result<(), JobError> {
        let text = lines.text?;
        if self.open.as_ref().is_none_or(|(type_, _)| *type_ != lines.type_) {
            self.close()?;
            let (job, type_) = (self.export.job, lines.type_);
            let name = move |n| report::file_name(job, type_, n);
            let shards = Shards::new(self.folder, self.export.limits.shard_bytes, name);
            self.open = Some((lines.type_, shards));
        }
        if let Some((_, shards)) = &mut self.open {
            for line in text.lines() {
                shards.write(line)?;
                self.figures.resources_done += 1;
                self.figures.bytes += line.len() as u64 + 1;
            }
        }
        self.figures.resources_read += lines.seen;
        Ok(())
    }

    /// Tells a client that follows changes what is no more.
    fn deletions(&mut self, types: &[TypeId], selection: &Selection) -> Result<(), JobError> {
        let (Some(wanted), Some(since)) = (self.export.wanted, self.export.plan.since()) else {
            return Ok(());
        };
        let every: Vec<TypeId> = TypeId::all().collect();
        let types = if types.is_empty() { &every } else { types };
        let job = self.export.job;
        let name = move |n| report::deletions_name(job, n);
        let mut shards = Shards::new(self.folder, self.export.limits.shard_bytes, name);
        let span = (since, wanted.until());
        deleted::write(self.export.snapshot, selection, types, span, |line| {
            Ok(shards.write(line)?)
        })?;
        self.deletions = shards.finish()?;
        Ok(())
    }

    fn close(&mut self) -> Result<(), JobError> {
        if let Some((type_, shards)) = self.open.take() {
            let done = shards.finish()?;
            self.files.extend(done.into_iter().map(|shard| (type_, shard)));
            self.figures.files = self.files.len() as u64;
        }
        Ok(())
    }

    fn figures(&self) -> Progress {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let seen_a_second = self.figures.resources_read as f64 / seconds;
        let to_go = self.total.saturating_sub(self.figures.resources_read) as f64;
        Progress {
            resources_per_second: self.figures.resources_done as f64 / seconds,
            eta_seconds: (seen_a_second > 0.0).then(|| (to_go / seen_a_second).ceil() as u64),
            ..self.figures
        }
    }
}

/// Hands out the resources of all types in order, a batch for each ticket.
fn deal(
    (snapshot, selection): (&Snapshot, &Selection),
    types: &[TypeId],
    limits: Limits,
    tickets: &Receiver<()>,
    batches: &Sender<Batch>,
) -> Result<(), JobError> {
    let mut number = 0;
    for type_ in types {
        for part in snapshot.parts() {
            let rids = selection.rows(part, *type_)?;
            let mut rids = rids.iter().peekable();
            while rids.peek().is_some() {
                let batch = rids.by_ref().take(limits.batch.max(1)).collect();
                let batch = Batch { number, type_: *type_, rids: batch };
                number += 1;
                if tickets.recv().is_err() || batches.send(batch).is_err() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
