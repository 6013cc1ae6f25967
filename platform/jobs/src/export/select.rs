//! Which resources of a snapshot an export takes: patients, their compartments, filters.

use std::collections::{BTreeMap, HashMap, HashSet};

use roaring::RoaringBitmap;
use tarn_domain::{Explain as _, Kind, Problem, Timestamp};
use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_fhir::json::{Document, Value};
use tarn_search::{ParseOptions, Query, Scope, parse};
use tarn_store::{Field, Hash96, Key, Part, Snapshot, Variant};

use super::wanted::{TypeFilter, Wanted, Whose};
use crate::JobError;

/// Up to so many patients are looked up one by one; for more, a field is read through.
const LOOK_UP_BELOW: usize = 2_048;

/// What an export takes.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Whose compartments are wanted, and the rows in them; none where all rows are.
    pub compartments: Option<Compartments>,
    /// Of these types, only those rows.
    filtered: BTreeMap<TypeId, RoaringBitmap>,
}

/// Compartments of patients.
#[derive(Debug)]
pub(crate) struct Compartments {
    /// The patients, by their identities; none means every patient.
    pub patients: Option<HashSet<Hash96>>,
    rows: RoaringBitmap,
}

impl Selection {
    /// What `wanted` takes of these types.
    pub(crate) fn of(
        snapshot: &Snapshot,
        wanted: &Wanted,
        types: &[TypeId],
        now: Timestamp,
    ) -> Result<Self, JobError> {
        let mut selection = Self::default();
        if wanted.whose != Whose::Store || !wanted.patients.is_empty() {
            let named = named_patients(snapshot, wanted, now)?;
            let rows = match &named {
                Some(patients) => compartments(snapshot, patients, types)?,
                None => compartments(snapshot, &all_patients(snapshot)?, types)?,
            };
            selection.compartments = Some(Compartments { patients: named, rows });
        }
        for filter in &wanted.filters {
            let (type_, query) = read_filter(filter, &wanted.base, now)?;
            if !types.contains(&type_) {
                continue;
            }
            let found = tarn_search::matches(&query, snapshot, &tarn_search::Limits::default())
                .map_err(|error| JobError::Refused(error.explain()))?;
            *selection.filtered.entry(type_).or_default() |= found.merged();
        }
        Ok(selection)
    }

    /// The rows of a type in a part that are taken.
    pub(crate) fn rows(&self, part: &Part, type_: TypeId) -> Result<RoaringBitmap, JobError> {
        let mut rows = part.of_type(type_)?;
        if let Some(compartments) = &self.compartments {
            rows &= &compartments.rows;
        }
        if let Some(filtered) = self.filtered.get(&type_) {
            rows &= filtered;
        }
        Ok(rows)
    }
}

/// The types of which resources can be in a patient's compartment.
pub fn compartment_types() -> Vec<TypeId> {
    let patient = patient();
    let belongs = |type_: &TypeId| {
        *type_ == patient || !definitions().compartment(patient, *type_).is_empty()
    };
    TypeId::all().filter(belongs).collect()
}

/// Reads a filter.
///
/// # Errors
/// What cannot be understood; nothing is left out.
pub fn read_filter(
    filter: &TypeFilter,
    base: &str,
    now: Timestamp,
) -> Result<(TypeId, Query), JobError> {
    let type_ = TypeId::parse(&filter.type_).ok_or_else(|| {
        let words = "`_typeFilter` must begin with a resource type of FHIR R4.";
        JobError::Refused(Problem::new(Kind::Invalid, "unknown-type", words))
    })?;
    let base_url = (!base.is_empty()).then(|| base.to_owned());
    let options = ParseOptions { base_url, now, ..ParseOptions::default() };
    let query = parse(&Scope::Type(type_), &filter.query, &options)
        .map_err(|error| JobError::Refused(error.explain()))?;
    Ok((type_, query))
}

pub(crate) fn patient() -> TypeId {
    TypeId::parse("Patient").unwrap_or(TypeId(0))
}

/// The patients that were named: by the Group's members, by `patient`, or by both. None where
/// every patient is wanted.
fn named_patients(
    snapshot: &Snapshot,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Option<HashSet<Hash96>>, JobError> {
    let identity = |id: &String| snapshot.hasher().identity("Patient", id);
    let members = match &wanted.whose {
        Whose::Group(id) => Some(members(snapshot, id, &wanted.base, now)?),
        Whose::Store | Whose::Patients => None,
    };
    let named: HashSet<Hash96> = wanted.patients.iter().map(identity).collect();
    Ok(match (members, named.is_empty()) {
        (None, true) => None,
        (None, false) => Some(named),
        (Some(members), true) => Some(members.iter().map(identity).collect()),
        (Some(members), false) => {
            Some(members.iter().map(identity).filter(|id| named.contains(id)).collect())
        }
    })
}

/// The patients that are members of a Group at this moment.
fn members(
    snapshot: &Snapshot,
    id: &str,
    base: &str,
    now: Timestamp,
) -> Result<Vec<String>, JobError> {
    let gone = || {
        let words = "The Group was deleted before its export began.";
        JobError::Refused(Problem::new(Kind::Gone, "group-deleted", words))
    };
    let group = TypeId::parse("Group").ok_or_else(gone)?;
    let row = snapshot.lookup(group, id)?.filter(|row| !row.deleted).ok_or_else(gone)?;
    let version = snapshot.read(row.loc)?;
    let document = Document::parse(&version.body)
        .map_err(|_| JobError::Store("a kept body is no JSON".to_owned()))?;
    let members = document.root().get("member").map(Value::items).into_iter().flatten();
    Ok(members.filter_map(|member| member_id(member, base, now)).collect())
}

fn member_id(member: Value<'_>, base: &str, now: Timestamp) -> Option<String> {
    if member.get("inactive").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let end = member.get("period").and_then(|period| period.get("end")?.as_str());
    let end = end.and_then(|end| tarn_fhir::date::parse(&end));
    if end.is_some_and(|end| end.last() < now.micros()) {
        return None;
    }
    let reference = member.get("entity")?.get("reference")?.as_str()?;
    patient_id(&reference, base)
}

/// The id in a reference to a patient of this store.
pub fn patient_id(reference: &str, base: &str) -> Option<String> {
    let local = match reference.strip_prefix(base) {
        Some(rest) if !base.is_empty() => rest.strip_prefix('/')?,
        _ => reference,
    };
    let id = local.strip_prefix("Patient/")?;
    let id = id.split_once("/_history/").map_or(id, |(id, _)| id);
    tarn_fhir::reference::is_id(id).then(|| id.to_owned())
}

fn all_patients(snapshot: &Snapshot) -> Result<HashSet<Hash96>, JobError> {
    let mut all = HashSet::new();
    for part in snapshot.parts() {
        let patients = part.of_type(patient())?;
        all.extend(part.identities(&patients)?.into_iter().map(|(_, identity)| identity));
    }
    Ok(all)
}

/// The rows in the compartments of these patients
/// (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>).
pub(crate) fn compartments(
    snapshot: &Snapshot,
    patients: &HashSet<Hash96>,
    types: &[TypeId],
) -> Result<RoaringBitmap, JobError> {
    let mut keys: Vec<Hash96> = patients.iter().copied().collect();
    keys.sort_unstable();
    let mut rows = RoaringBitmap::new();
    for part in snapshot.parts() {
        let mut referring: HashMap<FieldId, RoaringBitmap> = HashMap::new();
        for type_ in types {
            let of_type = part.of_type(*type_)?;
            if of_type.is_empty() {
                continue;
            }
            if *type_ == patient() {
                let named = part.identities(&of_type)?;
                rows.extend(named.iter().filter(|(_, id)| patients.contains(id)).map(|(r, _)| *r));
            }
            for parameter in definitions().compartment(patient(), *type_) {
                let found = match referring.entry(parameter.field) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        new.insert(referring_to(part, parameter.field, &keys, patients)?)
                    }
                };
                rows |= &*found & &of_type;
            }
        }
    }
    Ok(rows)
}

fn referring_to(
    part: &Part,
    field: FieldId,
    keys: &[Hash96],
    patients: &HashSet<Hash96>,
) -> Result<RoaringBitmap, JobError> {
    let field = Field::new(field, Variant::Main);
    let mut found = RoaringBitmap::new();
    if keys.len() <= LOOK_UP_BELOW {
        for identity in keys {
            found |= part.postings(Key::reference(field, *identity).only())?;
        }
        return Ok(found);
    }
    part.each_key(field, &mut |key, rows| {
        if patients.contains(&key.hash()) {
            found |= rows;
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(found)
}
