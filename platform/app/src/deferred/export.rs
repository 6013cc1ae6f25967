//! `$export`: a moment of a store, of its patients, or of a Group's members, as NDJSON files
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html>).

use serde_json::json;
use tarn_access::Action;
use tarn_bulk::Place;
use tarn_domain::{Explain as _, JobId, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_jobs::export::{
    ExportPlan, TypeFilter, Wanted, Whose, compartment_types, patient_id, read_filter,
};
use tarn_registry::JobKind;
use tarn_store::Snapshot;

use super::asked::Asked;
use super::{Deferred, Given};
use crate::clinical::Asking;
use crate::clinical::parameters::{Parameters, refuse_parameter};
use crate::jobs::{self, off_thread};
use crate::moment::moment;
use crate::{Act, authorise_do_account};

/// A request for an export.
#[derive(Clone)]
pub struct NewBulkExport {
    /// Whose resources.
    pub whose: Whose,
    /// What was sent.
    pub given: Given,
    /// Whether it came by POST: only then may it name patients.
    pub posted: bool,
    /// Whether what is not known may be left out.
    pub lenient: bool,
    /// The URL that was asked.
    pub url: String,
}

/// Puts an export into the queue.
///
/// # Errors
/// Refusals; invalid for parameters that are not understood, unless that was allowed; not found
/// where there is no such Group; busy where too many jobs wait.
pub async fn export(asking: Asking<'_>, new: NewBulkExport) -> Result<Deferred, Problem> {
    let names: Vec<&str> = new.given.iter().map(|(name, _)| name).collect();
    let level = match &new.whose {
        Whose::Store => json!("system"),
        Whose::Patients => json!("Patient"),
        Whose::Group(id) => json!(format!("Group/{id}")),
    };
    let act = Act::new(Action::ExportStart, "StartFHIRExportJob")
        .on(asking.store)
        .with(json!({ "datastoreId": asking.store, "level": level, "parameters": names }));
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let job = JobId::fresh(asking.platform.ids());
        let (plan, wanted) = read(asking, &new, job)?;
        let store = granted.tenant().store(asking.store).await.map_err(|e| e.explain())?;
        check_names(&store.snapshot(), &wanted)?;
        let noted = serde_json::to_vec(&wanted).map_err(Problem::internal)?;
        let results = asking.platform.bulk.results.clone();
        off_thread(move || results.note(job, tarn_jobs::REQUEST, &noted)).await?;
        Asked { url: new.url.clone(), by: None }.keep(asking, job).await?;
        let plan = serde_json::to_value(plan);
        jobs::submit_kept(asking.platform, granted, asking.store, (job, JobKind::Export), plan)
            .await?;
        Ok(Deferred { job })
    })
    .await
}

/// What is asked, as a plan that may lie in the queue and the rest that may not.
fn read(
    asking: Asking<'_>,
    new: &NewBulkExport,
    job: JobId,
) -> Result<(ExportPlan, Wanted), Problem> {
    let mut plan = ExportPlan { output: Place::Kept(job), types: Vec::new(), since_us: None };
    let base = asking.base();
    let mut wanted = Wanted { whose: new.whose.clone(), base, ..Wanted::default() };
    for (name, value) in new.given.iter() {
        match take(name, value, new, &mut plan, &mut wanted) {
            Ok(()) => {}
            Err(Refused::Unknown(_)) if new.lenient => {}
            Err(Refused::Unknown(problem) | Refused::Wrong(problem)) => return Err(problem),
        }
    }
    check_types(new, &mut plan, &wanted)?;
    let now = asking.platform.clock().now();
    for filter in &wanted.filters {
        read_filter(filter, &wanted.base, now).map_err(|e| e.explain())?;
    }
    Ok((plan, wanted))
}

enum Refused {
    /// Not known: a lenient caller goes on without it.
    Unknown(Problem),
    /// Known, and wrong: going on without it would export something else.
    Wrong(Problem),
}

fn take(
    name: &str,
    value: &str,
    new: &NewBulkExport,
    plan: &mut ExportPlan,
    wanted: &mut Wanted,
) -> Result<(), Refused> {
    let wrong = |what: &str| Refused::Wrong(refuse_parameter(name, what));
    let time = || moment(value).map_err(|_| wrong("takes an instant")).map(Timestamp::micros);
    match name {
        "_outputFormat" => match value.replace(' ', "+").as_str() {
            "application/fhir+ndjson" | "application/ndjson" | "ndjson" => Ok(()),
            _ => Err(wrong("takes `application/fhir+ndjson`")),
        },
        "_since" => time().map(|us| plan.since_us = Some(us)),
        "_until" => time().map(|us| wanted.until_us = Some(us)),
        "_type" => {
            for type_ in value.split(',').map(str::trim).filter(|type_| !type_.is_empty()) {
                if TypeId::parse(type_).is_none() {
                    let words = "names what is not a resource type of FHIR R4";
                    return Err(Refused::Unknown(refuse_parameter(name, words)));
                }
                plan.types.push(type_.to_owned());
            }
            Ok(())
        }
        "_typeFilter" => filters(value, &mut wanted.filters).map_err(Refused::Wrong),
        "_elements" => {
            let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
            wanted.elements.extend(names.map(str::to_owned));
            Ok(())
        }
        "patient" if new.posted && new.whose != Whose::Store => {
            let id = patient_id(value, &wanted.base);
            wanted.patients.push(id.ok_or_else(|| wrong("takes references such as Patient/1"))?);
            Ok(())
        }
        "patient" => Err(wrong("is taken by POST to `Patient/$export` and `Group/[id]/$export`")),
        "_format" | "_pretty" => Ok(()),
        _ => Err(Refused::Unknown(refuse_parameter(name, "is not taken by `$export`"))),
    }
}

/// Splits `Type?query,Type?query`: a comma ends a filter where the next one begins.
fn filters(text: &str, into: &mut Vec<TypeFilter>) -> Result<(), Problem> {
    let mut start = 0;
    let begins = |rest: &str| {
        let (name, _) = rest.split_once('?').unwrap_or_default();
        TypeId::parse(name).is_some()
    };
    let ends = text.match_indices(',').map(|(at, _)| at).filter(|at| begins(&text[at + 1..]));
    for end in ends.chain([text.len()]).collect::<Vec<_>>() {
        let filter = &text[start..end];
        start = end + 1;
        let (type_, query) = filter
            .split_once('?')
            .filter(|(type_, _)| TypeId::parse(type_).is_some())
            .ok_or_else(|| refuse_parameter("_typeFilter", "takes searches such as `Type?a=b`"))?;
        let query = Parameters::parse(query)?.pairs().to_vec();
        into.push(TypeFilter { type_: type_.to_owned(), query });
    }
    Ok(())
}

/// Below system level only what can be a patient's is exported.
fn check_types(new: &NewBulkExport, plan: &mut ExportPlan, wanted: &Wanted) -> Result<(), Problem> {
    if let Some(filter) = wanted.filters.iter().find(|filter| {
        !plan.types.is_empty() && !plan.types.contains(&filter.type_) && !new.lenient
    }) {
        let words = format!("is about {}, which `_type` leaves out", filter.type_);
        return Err(refuse_parameter("_typeFilter", &words));
    }
    if new.whose == Whose::Store {
        return Ok(());
    }
    let all: Vec<&str> = compartment_types().into_iter().map(TypeId::name).collect();
    if plan.types.is_empty() {
        plan.types = all.iter().map(|&name| name.to_owned()).collect();
        return Ok(());
    }
    let outside = plan.types.iter().find(|type_| !all.contains(&type_.as_str()));
    match outside {
        Some(type_) if !new.lenient => {
            let words = format!("names {type_}, which is in no patient's compartment");
            Err(refuse_parameter("_type", &words))
        }
        _ => {
            plan.types.retain(|type_| all.contains(&type_.as_str()));
            if plan.types.is_empty() {
                return Err(refuse_parameter("_type", "names no type of a patient's compartment"));
            }
            Ok(())
        }
    }
}

/// Whether the Group and the patients that were named are there.
fn check_names(snapshot: &Snapshot, wanted: &Wanted) -> Result<(), Problem> {
    let is_there = |type_: &str, id: &str| {
        let type_ = TypeId::parse(type_);
        let row = type_.map(|type_| snapshot.lookup(type_, id)).transpose();
        Ok::<_, Problem>(row.map_err(|e| e.explain())?.flatten().is_some_and(|row| !row.deleted))
    };
    if let Whose::Group(id) = &wanted.whose
        && !is_there("Group", id)?
    {
        let words = "There is no such Group.";
        return Err(Problem::new(Kind::NotFound, "not-found", words));
    }
    for id in &wanted.patients {
        if !is_there("Patient", id)? {
            return Err(refuse_parameter("patient", "names a patient that is not there"));
        }
    }
    Ok(())
}

impl NewBulkExport {
    /// Whose a Group's export is.
    pub fn of_group(id: &LogicalId) -> Whose {
        Whose::Group(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<Vec<(String, usize)>> {
        let mut found = Vec::new();
        filters(text, &mut found).ok()?;
        Some(found.into_iter().map(|filter| (filter.type_, filter.query.len())).collect())
    }

    #[test]
    fn filters_are_split_where_the_next_type_begins() {
        let one = |name: &str, count| (name.to_owned(), count);
        assert_eq!(split("Patient?gender=male"), Some(vec![one("Patient", 1)]));
        assert_eq!(
            split("Observation?code=a,b&status=final,Condition?code=x"),
            Some(vec![one("Observation", 2), one("Condition", 1)])
        );
        for bad in ["", "gender=male", "Nope?x=1", "Patient?x=%"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
