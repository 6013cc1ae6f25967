//! What each entry of a transaction aims at: which resource, and what must be there.

use tarn_domain::{Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_store::{Change, Expect};

use super::entry::{Entry, Method};
use super::plan::Planner;
use crate::clinical::criteria::{Criteria, Found, many};
use crate::clinical::operations;
use crate::clinical::parameters::Parameters;
use crate::clinical::patch::only;
use crate::clinical::read::{known, live, whole};
use crate::clinical::resource::Resource;
use crate::clinical::target::Target;
use crate::clinical::update::{expectation, target};
use crate::clinical::{delete, draft};

/// What an entry aims at, before links are known.
pub(super) enum Aim {
    Put { type_: TypeId, id: LogicalId, expect: Expect },
    Delete { change: Option<Change> },
    Existing(Box<Resource>),
    Read,
}

impl Planner<'_> {
    pub(super) fn aim(&mut self, entry: &Entry) -> Result<Aim, Problem> {
        match (entry.method, &entry.target) {
            (Method::Delete, Target::Instance(type_, id)) => {
                self.deletion(entry, *type_, id.clone())
            }
            (Method::Delete, Target::Type(type_)) => match self.find(*type_, &entry.parameters)? {
                Found::None => Ok(Aim::Delete { change: None }),
                Found::One(_, id) => self.deletion(entry, *type_, id),
                Found::Many(count) => Err(many(count)),
            },
            (Method::Post, Target::Type(type_)) => self.creation(entry, *type_),
            (Method::Put, Target::Instance(type_, id)) => {
                let document = self.document(entry)?;
                draft::require_id(document, *type_, id)?;
                let expect = expectation(&entry.conditions)?;
                self.put(entry, *type_, id.clone(), expect)
            }
            (Method::Put, Target::Type(type_)) => self.conditional_update(entry, *type_),
            (Method::Patch, Target::Instance(type_, id)) => self.patched(entry, *type_, id),
            (Method::Patch, Target::Type(type_)) => {
                let found = self.find(*type_, &entry.parameters)?;
                let id = only(*type_, found)?;
                self.patched(entry, *type_, &id)
            }
            (Method::Post, target) if operations::find(target).is_some_and(|o| !o.changes) => {
                Ok(Aim::Read)
            }
            (Method::Get | Method::Head, _)
            | (Method::Post, Target::TypeSearch(_) | Target::SystemSearch) => {
                self.check_read(entry)?;
                Ok(Aim::Read)
            }
            _ => {
                let words = "This interaction is not offered in a transaction.";
                Err(Problem::new(Kind::NotSupported, "interaction-not-supported", words))
            }
        }
    }

    fn deletion(&mut self, entry: &Entry, type_: TypeId, id: LogicalId) -> Result<Aim, Problem> {
        let expect = expectation(&entry.conditions)?;
        let row = known(self.snapshot, type_, &id)?;
        let change = delete::change(row, type_, &id, expect)?;
        self.deleted.insert(self.snapshot.hasher().identity(type_.name(), id.as_str()));
        self.claim(entry, type_, id)?;
        Ok(Aim::Delete { change })
    }

    fn creation(&mut self, entry: &Entry, type_: TypeId) -> Result<Aim, Problem> {
        if let Some(criteria) = &entry.if_none_exist {
            match self.find(type_, criteria)? {
                Found::None => {}
                Found::One(row, id) => {
                    self.link(entry, type_, &id)?;
                    return whole(self.snapshot, &row).map(Box::new).map(Aim::Existing);
                }
                Found::Many(count) => return Err(many(count)),
            }
            self.refuse_same_condition(entry, type_, criteria)?;
        }
        let id = LogicalId::fresh(&*self.transaction.ids);
        self.put(entry, type_, id, Expect::Absent)
    }

    /// Two creations under one condition would make what the condition is there to prevent.
    fn refuse_same_condition(
        &self,
        entry: &Entry,
        type_: TypeId,
        criteria: &Parameters,
    ) -> Result<(), Problem> {
        let same = |other: &&Entry| {
            other.index != entry.index
                && other.method == Method::Post
                && other.target == Target::Type(type_)
                && other.if_none_exist.as_ref() == Some(criteria)
        };
        match self.transaction.entries.iter().find(same) {
            None => Ok(()),
            Some(other) => {
                let words = format!("Entry {} has the same `ifNoneExist`.", other.index);
                Err(Problem::new(Kind::Invalid, "duplicate-condition", words))
            }
        }
    }

    fn conditional_update(&mut self, entry: &Entry, type_: TypeId) -> Result<Aim, Problem> {
        let expect = expectation(&entry.conditions)?;
        let fresh = LogicalId::fresh(&*self.transaction.ids);
        let found = self.find(type_, &entry.parameters)?;
        let document = self.document(entry)?;
        let (id, expect) = target(self.snapshot, type_, document, found, expect, &fresh)?;
        self.put(entry, type_, id, expect)
    }

    fn patched(&mut self, entry: &Entry, type_: TypeId, id: &LogicalId) -> Result<Aim, Problem> {
        let document = self.document(entry)?;
        draft::require_id(document, type_, id)?;
        let current = live(self.snapshot, type_, id)?.version;
        self.put(entry, type_, id.clone(), Expect::Version(current))
    }

    fn put(
        &mut self,
        entry: &Entry,
        type_: TypeId,
        id: LogicalId,
        expect: Expect,
    ) -> Result<Aim, Problem> {
        self.link(entry, type_, &id)?;
        self.claim(entry, type_, id.clone())?;
        Ok(Aim::Put { type_, id, expect })
    }

    /// Refuses two entries that change one resource.
    fn claim(&mut self, entry: &Entry, type_: TypeId, id: LogicalId) -> Result<(), Problem> {
        let words = |other: &usize| format!("Entry {other} is about {type_}/{id}, too.");
        if let Some(words) = self.taken.get(&(type_, id.clone())).map(words) {
            return Err(Problem::new(Kind::Invalid, "duplicate-target", words));
        }
        self.taken.insert((type_, id), entry.index);
        Ok(())
    }

    fn link(&mut self, entry: &Entry, type_: TypeId, id: &LogicalId) -> Result<(), Problem> {
        let Some(full_url) = &entry.full_url else { return Ok(()) };
        if self.links.entry(full_url, format!("{type_}/{id}")) {
            return Ok(());
        }
        let words = "Another entry has the same `fullUrl`.";
        Err(Problem::new(Kind::Invalid, "duplicate-full-url", words))
    }

    fn find(&mut self, type_: TypeId, criteria: &Parameters) -> Result<Found, Problem> {
        let options = self.transaction.options.clone().on(self.snapshot);
        let criteria = Criteria::read(type_, criteria, &options)?;
        let (found, guard) = criteria.find_without(self.snapshot, &self.deleted)?;
        self.guards.push(guard);
        Ok(found)
    }

    pub(super) fn document(&self, entry: &Entry) -> Result<&Document<'_>, Problem> {
        let document = self.documents.get(entry.index).and_then(Option::as_ref);
        document.ok_or_else(|| Problem::internal("an entry without its resource"))
    }

    /// What is read must be there when all is written, or nothing is.
    fn check_read(&self, entry: &Entry) -> Result<(), Problem> {
        let Target::Instance(type_, id) = &entry.target else { return Ok(()) };
        let identity = self.snapshot.hasher().identity(type_.name(), id.as_str());
        let is_written = self.taken.contains_key(&(*type_, id.clone()));
        if is_written && !self.deleted.contains(&identity) {
            return Ok(());
        }
        if self.deleted.contains(&identity) {
            let words = format!("{type_}/{id} is deleted by another entry.");
            return Err(Problem::new(Kind::Gone, "deleted", words));
        }
        live(self.snapshot, *type_, id).map(|_| ())
    }
}
