//! What the resources of one visit have in common.

use crate::calendar::{Day, Moment};
use crate::care::{Payer, Practitioner, Site};
use crate::json::Json;
use crate::life::Visit;
use crate::person::Person;
use crate::prng::Id;
use crate::sink::ResourceKind;

/// A visit's patient, place, people and time.
pub(crate) struct Scene<'a> {
    pub(crate) person: &'a Person,
    pub(crate) encounter: Id,
    pub(crate) at: Moment,
    pub(crate) end: Moment,
    pub(crate) site: &'a Site,
    pub(crate) by: &'a Practitioner,
    pub(crate) coverage: Id,
    pub(crate) payer: &'a Payer,
    /// The end of all records: now, or death.
    pub(crate) last: Day,
    pub(crate) alive: bool,
    /// `subject` and `encounter` as JSON members.
    subject_and_encounter: String,
}

/// Who pays for a visit, and until when there are records.
pub(crate) struct Frame<'a> {
    pub(crate) coverage: Id,
    pub(crate) payer: &'a Payer,
    pub(crate) last: Day,
    pub(crate) alive: bool,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        person: &'a Person,
        encounter: Id,
        visit: &Visit,
        (site, by): (&'a Site, &'a Practitioner),
        frame: Frame<'a>,
    ) -> Self {
        let mut members = Vec::with_capacity(170);
        let mut json = Json::new(&mut members);
        json.reference("subject", ResourceKind::Patient, person.id);
        json.reference("encounter", ResourceKind::Encounter, encounter);
        Self {
            person,
            encounter,
            at: visit.at,
            end: visit.end(),
            site,
            by,
            coverage: frame.coverage,
            payer: frame.payer,
            last: frame.last,
            alive: frame.alive,
            subject_and_encounter: String::from_utf8(members).unwrap_or_default(),
        }
    }

    /// Writes `subject` and `encounter`.
    pub(crate) fn context(&self, json: &mut Json<'_>) {
        json.verbatim(&self.subject_and_encounter);
    }

    /// Writes `subject` alone.
    pub(crate) fn subject(&self, key: &str, json: &mut Json<'_>) {
        json.reference(key, ResourceKind::Patient, self.person.id);
    }

    /// Writes a reference to the practitioner, with the name.
    pub(crate) fn practitioner(&self, key: &str, json: &mut Json<'_>) {
        json.reference_named(key, ResourceKind::Practitioner, self.by.id, &self.by.name);
    }

    /// Writes a reference to the organisation, with the name.
    pub(crate) fn organization(&self, key: &str, json: &mut Json<'_>) {
        let id = self.site.organization;
        json.reference_named(key, ResourceKind::Organization, id, self.site.name);
    }
}
