//! Plans a transaction on a snapshot: which resource each entry is about, what its links become,
//! and the one write set that does it all (<https://hl7.org/fhir/R4/http.html#trules>).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use tarn_domain::{Ids, Issue, IssueCode, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::Stored;
use tarn_search::ParseOptions;
use tarn_store::{Change, Guard, Hash96, Snapshot, WriteSet};
use tarn_subscriptions::Admission;

use super::aim::Aim;
use super::entry::{Entry, Method, placed};
use super::links::{Conditional, Links, conditional};
use super::patch::patch_of;
use super::within;
use crate::clinical::condition::Match;
use crate::clinical::create::kept;
use crate::clinical::criteria::{Criteria, Found, many};
use crate::clinical::draft;
use crate::clinical::mark::EntryDone;
use crate::clinical::parameters::Parameters;
use crate::clinical::patch::{only, patched};
use crate::clinical::resource::Resource;
use crate::clinical::settle::{Plan, Write};
use crate::clinical::target::Target;

/// A transaction, as it came.
pub(super) struct Transaction {
    pub(super) entries: Vec<Entry>,
    pub(super) body: Bytes,
    pub(super) options: ParseOptions,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) admission: Admission,
    /// Whether the answer holds what was written.
    pub(super) keeps_bodies: bool,
    /// Whether the commit tells what became of each entry.
    pub(super) leaves_mark: bool,
}

/// What becomes of an entry.
pub(super) enum Slot {
    /// A change of the write set puts it.
    Put { change: usize, type_: TypeId, id: LogicalId, kept: Option<Stored> },
    /// A change of the write set deletes it.
    Deleted { change: usize },
    /// There was nothing to delete.
    Nothing,
    /// `ifNoneExist` found it.
    Existing(Box<Resource>),
    /// It is read when all is written.
    Later,
}

impl Slot {
    /// What the commit's mark says of it.
    fn told(&self) -> EntryDone {
        match self {
            Self::Put { change, .. } => EntryDone::Put(*change),
            Self::Deleted { change } => EntryDone::Deleted(*change),
            Self::Nothing => EntryDone::Nothing,
            Self::Existing(resource) => EntryDone::Existing(
                resource.versioned_reference(),
                resource.version,
                resource.updated.micros(),
            ),
            Self::Later => EntryDone::Later,
        }
    }
}

impl Transaction {
    /// Plans it.
    pub(super) fn plan(&self, snapshot: &Snapshot) -> Result<Plan<Vec<Slot>, Vec<Slot>>, Problem> {
        let texts = self.admitted(snapshot, self.texts(snapshot)?)?;
        let documents = self.documents(&texts)?;
        let mut planner = Planner {
            transaction: self,
            snapshot,
            documents: &documents,
            guards: Vec::new(),
            deleted: HashSet::new(),
            taken: HashMap::new(),
            links: Links::default(),
        };
        let mut aims: Vec<Option<Aim>> = self.entries.iter().map(|_| None).collect();
        for entry in self.in_order() {
            let aim = planner.aim(entry);
            aims[entry.index] = Some(aim.map_err(|problem| placed(problem, &place(entry)))?);
        }
        planner.resolve_conditional(&aims)?;
        planner.write(aims)
    }

    /// The entries in R4's order: deletions, creations, updates, reads.
    fn in_order(&self) -> Vec<&Entry> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.method);
        entries
    }

    /// What each entry wants kept: its resource as it stands in the Bundle, or what its patch makes
    /// of the current version.
    fn texts(&self, snapshot: &Snapshot) -> Result<Vec<Option<Cow<'_, [u8]>>>, Problem> {
        let text = |entry: &Entry| match (entry.method, &entry.target, entry.resource.clone()) {
            (Method::Post | Method::Put, Target::Type(_) | Target::Instance(..), Some(span)) => {
                Ok(Some(Cow::Borrowed(&self.body[span])))
            }
            (Method::Patch, Target::Instance(type_, id), Some(span)) => {
                self.patched(snapshot, entry, *type_, id, span).map(Some)
            }
            (Method::Patch, Target::Type(type_), Some(span)) => {
                let criteria = Criteria::read(*type_, &entry.parameters, &self.options)?;
                let (found, _) = criteria.find(snapshot)?;
                let id = only(*type_, found)?;
                self.patched(snapshot, entry, *type_, &id, span).map(Some)
            }
            _ => Ok(None),
        };
        let placed_text = |entry| text(entry).map_err(|problem| placed(problem, &place(entry)));
        self.entries.iter().map(placed_text).collect()
    }

    fn patched(
        &self,
        snapshot: &Snapshot,
        entry: &Entry,
        type_: TypeId,
        id: &LogicalId,
        span: Range<usize>,
    ) -> Result<Cow<'_, [u8]>, Problem> {
        let patch = patch_of(&self.body.slice(span))?;
        let if_match = entry.conditions.if_match;
        let (text, _) = patched(snapshot, type_, id, &patch, if_match, self.options.now)?;
        Ok(Cow::Owned(text))
    }

    /// The same, with subscriptions as they are to be kept.
    fn admitted<'b>(
        &self,
        snapshot: &Snapshot,
        texts: Vec<Option<Cow<'b, [u8]>>>,
    ) -> Result<Vec<Option<Cow<'b, [u8]>>>, Problem> {
        let look = |entry: &Entry, text: Cow<'b, [u8]>| {
            let (type_, id) = match &entry.target {
                Target::Type(type_) => (*type_, None),
                Target::Instance(type_, id) => (*type_, Some(id)),
                _ => return Ok(text),
            };
            if !Admission::is_about(type_) {
                return Ok(text);
            }
            let document = draft::parse(&text)?;
            draft::check(&document, type_)?;
            let id = id.map(LogicalId::as_str);
            let kept = self.admission.admit(snapshot, type_, id, document.text())?;
            Ok(kept.map_or(text.clone(), Cow::Owned))
        };
        let all = self.entries.iter().zip(texts).map(|(entry, text)| {
            let looked = text.map(|text| look(entry, text)).transpose();
            looked.map_err(|problem| placed(problem, &place(entry)))
        });
        all.collect()
    }

    /// The same, parsed and checked.
    fn documents<'t>(
        &self,
        texts: &'t [Option<Cow<'_, [u8]>>],
    ) -> Result<Vec<Option<Document<'t>>>, Problem> {
        let parsed = self.entries.iter().zip(texts).map(|(entry, text)| {
            let (Target::Type(type_) | Target::Instance(type_, _)) = entry.target else {
                return Ok(None);
            };
            let Some(text) = text else { return Ok(None) };
            let document = draft::parse(text).and_then(|document| {
                draft::check(&document, type_)?;
                Ok(document)
            });
            document.map(Some).map_err(|problem| placed(problem, &place(entry)))
        });
        parsed.collect()
    }
}

/// Where an entry's resource is.
fn place(entry: &Entry) -> String {
    format!("Bundle.entry[{}].resource", entry.index)
}

pub(super) struct Planner<'p> {
    pub(super) transaction: &'p Transaction,
    pub(super) snapshot: &'p Snapshot,
    pub(super) documents: &'p [Option<Document<'p>>],
    pub(super) guards: Vec<Guard>,
    /// What the transaction deletes: searches of later steps do not see it.
    pub(super) deleted: HashSet<Hash96>,
    /// What the transaction writes, and by which entry.
    pub(super) taken: HashMap<(TypeId, LogicalId), usize>,
    pub(super) links: Links,
}

impl Planner<'_> {
    /// Finds what conditional references mean, each text once.
    fn resolve_conditional(&mut self, aims: &[Option<Aim>]) -> Result<(), Problem> {
        let documents = self.documents;
        for (entry, document) in self.transaction.entries.iter().zip(documents) {
            let Some(document) = document else { continue };
            for reference in conditional(document.root()) {
                if self.links.knows(&reference.text) {
                    continue;
                }
                let id = self.meant(&reference, aims);
                let id = id.map_err(|problem| placed(problem, &place(entry)))?;
                self.links.resolved(&reference.text, format!("{}/{id}", reference.type_));
            }
        }
        Ok(())
    }

    /// The one resource that a conditional reference means: in the store, or created here.
    fn meant(
        &mut self,
        reference: &Conditional,
        aims: &[Option<Aim>],
    ) -> Result<LogicalId, Problem> {
        let parameters = Parameters::parse(&reference.query)?;
        let options = self.transaction.options.clone().on(self.snapshot);
        let criteria = Criteria::read(reference.type_, &parameters, &options)?;
        let (found, guard) = criteria.find_without(self.snapshot, &self.deleted)?;
        self.guards.push(guard);
        let created = aims.iter().zip(self.documents).filter_map(|(aim, document)| {
            let (Some(Aim::Put { type_, id, .. }), Some(document)) = (aim, document) else {
                return None;
            };
            within::matches(&criteria, *type_, document).then_some(id)
        });
        let mut ids: Vec<LogicalId> = created.cloned().collect();
        match found {
            Found::None => {}
            Found::One(_, id) => ids.extend((!ids.contains(&id)).then_some(id)),
            Found::Many(count) => return Err(many(count)),
        }
        match ids.len() {
            0 => Err(unresolved(reference.type_)),
            1 => Ok(ids.remove(0)),
            count => Err(many(count as u64)),
        }
    }

    fn write(self, aims: Vec<Option<Aim>>) -> Result<Plan<Vec<Slot>, Vec<Slot>>, Problem> {
        let mut set = WriteSet::default();
        let mut slots = Vec::with_capacity(aims.len());
        let mut places = Vec::new();
        let mut ours = Vec::new();
        for (entry, aim) in self.transaction.entries.iter().zip(aims) {
            let before = set.changes.len();
            let aim = aim.ok_or_else(|| Problem::internal("an entry without an aim"))?;
            slots.push(self.slot(entry, aim, &mut set)?);
            if set.changes.len() > before {
                places.push(place(entry));
                let names_version = matches!(entry.conditions.if_match, Some(Match::Version(_)));
                if entry.method == Method::Patch && !names_version {
                    ours.push(before);
                }
            }
        }
        if set.changes.is_empty() {
            return Ok(Plan::Answer(slots));
        }
        let touched = |change: &Change| match change {
            Change::Put { type_, id, .. } | Change::Delete { type_, id, .. } => {
                format!("{type_}/{id}")
            }
        };
        let record = serde_json::json!({
            "changed": set.changes.iter().map(touched).collect::<Vec<_>>(),
        });
        set.guards = self.guards;
        let entries = match self.transaction.leaves_mark {
            true => slots.iter().map(Slot::told).collect(),
            false => Vec::new(),
        };
        let record = Some(record);
        Ok(Plan::Write(Write { set, kept: slots, record, places, ours, entries }))
    }

    fn slot(&self, entry: &Entry, aim: Aim, set: &mut WriteSet) -> Result<Slot, Problem> {
        let change = set.changes.len();
        match aim {
            Aim::Put { type_, id, expect } => {
                let document = self.document(entry)?;
                let hasher = self.snapshot.hasher();
                let full_url = entry.full_url.as_deref();
                let mut replace = |link: &str| self.links.replace(link, full_url);
                let put = draft::put_rewritten(document, type_, &id, hasher, expect, &mut replace)?;
                let kept = self.transaction.keeps_bodies.then(|| kept(&put));
                set.changes.push(put);
                Ok(Slot::Put { change, type_, id, kept })
            }
            Aim::Delete { change: None } => Ok(Slot::Nothing),
            Aim::Delete { change: Some(deletion) } => {
                set.changes.push(deletion);
                Ok(Slot::Deleted { change })
            }
            Aim::Existing(resource) => Ok(Slot::Existing(resource)),
            Aim::Read => Ok(Slot::Later),
        }
    }
}

fn unresolved(type_: TypeId) -> Problem {
    let words = format!("The conditional reference matches no {type_}.");
    let issue = Issue::error(IssueCode::NotFound, words);
    Problem::with_issues(Kind::PreconditionFailed, "unresolved-reference", vec![issue])
}
