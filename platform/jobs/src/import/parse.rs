//! The parsing threads: chunks of lines become blocks of resources, and log lines.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender};
use tarn_bulk::{Batch, Content, LineFault, Listing, Position, Record, Shape};
use tarn_domain::{Issue, IssueCode, LogicalId};
use tarn_fhir::check::{Depth, check, check_with};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Tape, Value};

use super::bundle;
use super::checkpoint::{Counts, Mark};
use super::log_lines::{LogLines, bad_id, missing_id};
use super::plan::{Limits, Validation};
use super::read::Chunk;
use super::resolve::{Resolver, Written};
use super::target::{BlockBuilder, Target};
use crate::JobError;

/// Log text that ends a block by itself.
const MAX_LOG_BYTES: usize = 16 << 20;

/// What is written at once.
pub(crate) struct Step<B> {
    /// The resources; none when every line failed.
    pub block: Option<B>,
    /// What was counted.
    pub counts: Counts,
    /// Log lines: failure, success, tolerated.
    pub logs: [Vec<u8>; 3],
    /// How far the input is dealt with once it is written.
    pub mark: Mark,
}

/// A chunk that is ready to be written.
pub(crate) struct Built<B> {
    pub number: u64,
    pub steps: Result<Vec<Step<B>>, JobError>,
}

/// What the parsing threads share.
pub(crate) struct Parsing<'a, T> {
    pub target: &'a T,
    pub listing: &'a Listing,
    pub limits: &'a Limits,
    pub validation: Validation,
    pub written: &'a Written,
}

impl<T: Target> Parsing<'_, T> {
    /// Turns chunks into blocks until there are no more or nobody wants them.
    pub(crate) fn run(&self, chunks: &Receiver<Chunk>, built: &Sender<Built<T::Block>>) {
        let mut worker = Worker::new(self);
        for chunk in chunks {
            let number = chunk.number;
            let steps = catch_unwind(AssertUnwindSafe(|| worker.chunk(&chunk)));
            let steps = steps.unwrap_or_else(|_| Err(JobError::Broken { at: whereabouts(&chunk) }));
            if built.send(Built { number, steps }).is_err() {
                return;
            }
        }
    }
}

/// Where a chunk is, without names: they may tell of patients.
fn whereabouts(chunk: &Chunk) -> String {
    let records = |(file, batch): &(usize, Batch)| {
        let lines = (batch.records.first()?.line, batch.records.last()?.line);
        Some((*file, lines))
    };
    match chunk.batches.iter().find_map(records) {
        Some((file, (from, _))) => format!("input file {}, from line {from} on", file + 1),
        None => "files without lines".to_owned(),
    }
}

/// One parsing thread.
pub(crate) struct Worker<'a, T: Target> {
    pub(crate) all: &'a Parsing<'a, T>,
    pub(crate) resolver: Resolver<'a, T>,
    pub(crate) tape: Tape,
    builder: Option<T::Builder>,
    counts: Counts,
    failure: LogLines,
    success: LogLines,
    tolerated: LogLines,
    steps: Vec<Step<T::Block>>,
    /// Whether identifiers of this chunk are worth remembering.
    pub(crate) is_conditional: bool,
}

impl<'a, T: Target> Worker<'a, T> {
    fn new(all: &'a Parsing<'a, T>) -> Self {
        Self {
            all,
            resolver: Resolver::new(all.target, all.written),
            tape: Tape::default(),
            builder: None,
            counts: Counts::default(),
            failure: LogLines::default(),
            success: LogLines::default(),
            tolerated: LogLines::default(),
            steps: Vec::new(),
            is_conditional: false,
        }
    }

    fn chunk(&mut self, chunk: &Chunk) -> Result<Vec<Step<T::Block>>, JobError> {
        self.resolver.begin(chunk.number);
        self.is_conditional =
            chunk.batches.iter().any(|(_, batch)| bundle::asks_for_identifiers(batch.all_text()));
        let mut entries_done = chunk.entries_done;
        let mut mark = Mark::default();
        for (file, batch) in &chunk.batches {
            for record in &batch.records {
                let line = Line { file: *file, record, text: batch.text(record) };
                self.record(line, std::mem::take(&mut entries_done))?;
            }
            mark = match batch.last {
                true => Mark { file: file + 1, ..Mark::default() },
                false => Mark { file: *file, position: batch.after, entries: 0 },
            };
        }
        self.cut(mark);
        Ok(std::mem::take(&mut self.steps))
    }

    /// Ends the block at hand where it is full.
    pub(crate) fn cut_if_full(&mut self, mark: impl FnOnce() -> Mark) {
        let resources = self.builder.as_ref().map_or(0, BlockBuilder::len);
        let logs = self.failure.bytes() + self.success.bytes() + self.tolerated.bytes();
        if resources >= self.all.limits.block_resources || logs >= MAX_LOG_BYTES {
            self.cut(mark());
        }
    }

    fn cut(&mut self, mark: Mark) {
        let logs = [&mut self.failure, &mut self.success, &mut self.tolerated];
        self.steps.push(Step {
            block: self.builder.take().map(BlockBuilder::finish),
            counts: std::mem::take(&mut self.counts),
            logs: logs.map(|log| std::mem::take(log).into_text()),
            mark,
        });
    }

    fn record(&mut self, line: Line<'_>, entries_done: usize) -> Result<(), JobError> {
        if let Content::Fault(fault) = &line.record.content {
            self.fault(line, fault);
            return Ok(());
        }
        let doc = match Document::parse_with(line.text, std::mem::take(&mut self.tape)) {
            Ok(doc) => doc,
            Err(error) => {
                let issue = Issue::error(IssueCode::Structure, format!("Not JSON: {error}"));
                self.refuse(line, &[issue]);
                return Ok(());
            }
        };
        let done = self.document(line, &doc, entries_done);
        self.tape = doc.into_tape();
        done
    }

    fn document(
        &mut self,
        line: Line<'_>,
        doc: &Document<'_>,
        entries_done: usize,
    ) -> Result<(), JobError> {
        let type_ = match check_with(doc, Depth::Syntax) {
            Ok(type_) => type_,
            Err(_) if self.is_no_resource(line, doc.root()) => {
                self.counts.passed_over += 1;
                return Ok(());
            }
            Err(_) if doc.root().get("id").is_some_and(is_bad_id) => {
                self.refuse(line, &[bad_id()]);
                return Ok(());
            }
            Err(issues) => {
                self.refuse(line, &issues);
                return Ok(());
            }
        };
        if bundle::unpacks(type_, doc.root()) {
            return bundle::import(self, line, doc, entries_done);
        }
        let id = doc.root().get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        match id {
            Some(id) => {
                if self.is_conditional {
                    bundle::learn(&mut self.resolver, type_, doc.root(), &id);
                }
                self.resource(line, doc, doc, type_, &id, &|path| path);
            }
            None => self.refuse(line, &[missing_id()]),
        }
        Ok(())
    }

    /// Takes a resource: `sent` as the input has it, `kept` as it shall be kept. `place` turns a
    /// path in the resource into one in the line.
    pub(crate) fn resource(
        &mut self,
        line: Line<'_>,
        sent: &Document<'_>,
        kept: &Document<'_>,
        type_: TypeId,
        id: &LogicalId,
        place: &dyn Fn(String) -> String,
    ) {
        if let Err(mut issues) = check(sent) {
            for issue in &mut issues {
                issue.expression = issue.expression.take().map(place);
            }
            if self.all.validation != Validation::Minimal {
                return self.refuse(line, &issues);
            }
            self.counts.tolerated += 1;
            self.tolerated.outcome(line.file, line.record.line, &issues, 200);
        }
        let builder = self.builder.get_or_insert_with(|| self.all.target.builder());
        builder.add(kept, type_, id.as_str());
        self.counts.imported_bytes += sent.text().len() as u64;
        self.taken(line, type_, id);
    }

    /// Notes that a resource is in the store, or will be with this block.
    pub(crate) fn taken(&mut self, line: Line<'_>, type_: TypeId, id: &LogicalId) {
        self.counts.read += 1;
        self.counts.imported += 1;
        self.success.taken(line.file, line.record.line, type_.name(), id.as_str());
    }

    /// Notes that a resource is not taken, for reasons that its sender can mend.
    pub(crate) fn refuse(&mut self, line: Line<'_>, issues: &[Issue]) {
        self.counts.read += 1;
        self.counts.refused += 1;
        self.failure.outcome(line.file, line.record.line, issues, 400);
    }

    pub(crate) fn unresolved(&mut self, count: u64) {
        self.counts.unresolved += count;
    }

    fn fault(&mut self, line: Line<'_>, fault: &LineFault) {
        let issue = |code| [Issue::error(code, fault.to_string())];
        match fault {
            LineFault::TooLong { .. } => return self.refuse(line, &issue(IssueCode::TooLong)),
            LineFault::NotText | LineFault::TruncatedGzip | LineFault::CorruptGzip => {
                self.refuse(line, &issue(IssueCode::Structure));
            }
            LineFault::Unreadable(_) => {
                self.counts.read += 1;
                self.counts.failed += 1;
                let issues = issue(IssueCode::Exception);
                self.failure.outcome(line.file, line.record.line, &issues, 500);
            }
        }
        self.counts.broken_files += 1;
    }

    /// Whether it is something else that lies beside exported resources: a `.json` file that is no
    /// resource at all, such as a manifest, or the log that the SMART bulk data clients write
    /// (<https://github.com/smart-on-fhir/bulk-data-client/wiki/Bulk-Data-Export-Log-Items>).
    fn is_no_resource(&self, line: Line<'_>, root: Value<'_>) -> bool {
        let Some(file) = self.all.listing.files.get(line.file) else { return false };
        let bare = root.get("resourceType").is_none();
        let log = root.get("exportId").is_some() && root.get("eventId").is_some();
        let named_log = file.name.rsplit('/').next() == Some("log.ndjson");
        bare && (file.shape() == Shape::Whole || (named_log && log))
    }
}

fn is_bad_id(id: Value<'_>) -> bool {
    !id.as_str().is_some_and(|id| LogicalId::is_valid(&id))
}

/// The input line at hand.
#[derive(Clone, Copy)]
pub(crate) struct Line<'l> {
    pub file: usize,
    pub record: &'l Record,
    pub text: &'l [u8],
}

impl Line<'_> {
    /// The place before the line, with so many of its entries dealt with.
    pub(crate) fn mark(&self, entries: usize) -> Mark {
        let position = Position { line: self.record.line - 1, offset: self.record.offset };
        Mark { file: self.file, position, entries }
    }
}
