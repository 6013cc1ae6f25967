//! The members of a compartment: the rows that `$everything` is about.

use tarn_domain::{Explain as _, LogicalId, Problem};
use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_fhir::json::Value;
use tarn_fhir::reference::{Reference, parse as parse_reference};
use tarn_search::filter::{Clause, Filter, KeyTest};
use tarn_search::{Limits, Matches, ParseOptions, Query, Scope, matches, parse};
use tarn_store::Snapshot;

use super::dates;
use super::wanted::{Owner, Wanted};
use crate::clinical::draft;
use crate::clinical::operations::found::too_costly;
use crate::clinical::read::{live, whole};

/// So many patients of a group are gathered at most.
const MOST: usize = 1_000;

/// The rows, part by part of the snapshot, and the types that they can be of, in the order of the
/// answer: the compartment's own first.
pub(super) struct Members {
    pub(super) rows: Matches,
    pub(super) types: Vec<TypeId>,
    /// The type whose compartment it is.
    pub(super) compartment: TypeId,
}

/// Finds them.
pub(super) fn members(
    wanted: &Wanted,
    snapshot: &Snapshot,
    options: &ParseOptions,
) -> Result<Members, Problem> {
    let compartment = match &wanted.owner {
        Owner::One(type_, _) | Owner::All(type_) => *type_,
        Owner::Group(..) => patient()?,
    };
    let types = types(compartment, &wanted.types);
    let rows = match &wanted.owner {
        Owner::One(type_, id) => {
            live(snapshot, *type_, id)?;
            belonging(wanted, compartment, &types, std::slice::from_ref(id), snapshot, options)
        }
        Owner::Group(type_, id) => {
            let patients = patients(snapshot, *type_, id, options.base_url.as_deref())?;
            belonging(wanted, compartment, &types, &patients, snapshot, options)
        }
        Owner::All(type_) => all(wanted, *type_, &types, snapshot, options),
    };
    Ok(Members { rows: rows?, types, compartment })
}

/// The types of a compartment that are wanted, its own first.
fn types(compartment: TypeId, wanted: &[TypeId]) -> Vec<TypeId> {
    let is_in = |type_: &TypeId| {
        *type_ == compartment || !definitions().compartment(compartment, *type_).is_empty()
    };
    let is_wanted = |type_: &TypeId| wanted.is_empty() || wanted.contains(type_);
    let mut types: Vec<_> = TypeId::all().filter(is_in).filter(is_wanted).collect();
    types.sort_by_key(|type_| (*type_ != compartment, *type_));
    types
}

/// The rows in the compartments of some resources.
fn belonging(
    wanted: &Wanted,
    compartment: TypeId,
    types: &[TypeId],
    ids: &[LogicalId],
    snapshot: &Snapshot,
    options: &ParseOptions,
) -> Result<Matches, Problem> {
    if types.is_empty() || ids.is_empty() {
        return Ok(nothing(snapshot));
    }
    if ids.len() > MOST {
        let words = format!(
            "This group has {} patients, and `$everything` gathers {MOST} at most: export it.",
            ids.len(),
        );
        return Err(too_costly(words));
    }
    let fields = fields(compartment, types);
    let mut any = Vec::with_capacity(ids.len() + 1);
    let mut keys = Vec::with_capacity(ids.len() * fields.len() * 2);
    for id in ids {
        let reference = format!("{compartment}/{id}");
        let below_base = options.base_url.as_ref().map(|base| format!("{base}/{reference}"));
        for name in below_base.iter().chain([&reference]) {
            keys.extend(fields.iter().map(|field| KeyTest::Reference(*field, name.clone())));
        }
        if types.contains(&compartment) {
            any.push(Filter::Is(compartment, id.to_string()));
        }
    }
    any.push(Filter::Keys(keys));
    let mut query = narrowed(wanted, types, options)?;
    query.clause.all.push(Filter::Any(any));
    found(&query, snapshot)
}

/// The rows in the compartment of whatever resource of a type, and those resources themselves.
fn all(
    wanted: &Wanted,
    compartment: TypeId,
    types: &[TypeId],
    snapshot: &Snapshot,
    options: &ParseOptions,
) -> Result<Matches, Problem> {
    let mut rows = nothing(snapshot);
    let (own, others): (Vec<TypeId>, Vec<TypeId>) = types.iter().partition(|t| **t == compartment);
    if !own.is_empty() {
        rows = found(&narrowed(wanted, &own, options)?, snapshot)?;
    }
    if !others.is_empty() {
        let fields = fields(compartment, &others);
        let owners = Clause { types: vec![compartment], all: Vec::new() };
        let mut query = narrowed(wanted, &others, options)?;
        query.clause.all.push(Filter::Chain(fields, owners));
        let referring = found(&query, snapshot)?;
        rows.parts.iter_mut().zip(referring.parts).for_each(|(all, more)| *all |= more);
    }
    Ok(rows)
}

/// The references that put resources of some types into a compartment.
fn fields(compartment: TypeId, types: &[TypeId]) -> Vec<FieldId> {
    let parameters = types.iter().flat_map(|t| definitions().compartment(compartment, *t));
    let mut fields: Vec<_> = parameters.map(|parameter| parameter.field).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// A search for rows of the types that are young enough and within the span of time.
fn narrowed(wanted: &Wanted, types: &[TypeId], options: &ParseOptions) -> Result<Query, Problem> {
    let names: Vec<_> = types.iter().map(|type_| type_.name()).collect();
    let mut pairs = vec![("_type".to_owned(), names.join(","))];
    pairs.extend(wanted.since.iter().map(|at| ("_lastUpdated".to_owned(), format!("ge{at}"))));
    let mut query = parse(&Scope::System, &pairs, options).map_err(|e| e.explain())?;
    query.clause.all.extend(dates::within(types, wanted.start, wanted.end));
    Ok(query)
}

fn found(query: &Query, snapshot: &Snapshot) -> Result<Matches, Problem> {
    matches(query, snapshot, &Limits::default()).map_err(|e| e.explain())
}

fn nothing(snapshot: &Snapshot) -> Matches {
    Matches { parts: snapshot.parts().iter().map(|_| Default::default()).collect() }
}

/// The patients of a group that are in it still.
fn patients(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    base: Option<&str>,
) -> Result<Vec<LogicalId>, Problem> {
    let group = whole(snapshot, &live(snapshot, type_, id)?)?;
    let document = draft::parse(group.body())?;
    let Some(list) = document.root().get("member") else { return Ok(Vec::new()) };
    let patient = patient()?;
    let is_in = |member: &Value<'_>| member.get("inactive").and_then(Value::as_bool) != Some(true);
    let mut patients = Vec::new();
    for member in list.items().filter(is_in) {
        let link = member.get("entity").and_then(|entity| entity.get("reference"));
        let Some(text) = link.and_then(Value::as_str) else { continue };
        match parse_reference(&text, base) {
            Reference::Relative { type_, id, .. } if type_ == patient => {
                patients.extend(id.parse::<LogicalId>().ok());
            }
            _ => {}
        }
    }
    Ok(patients)
}

fn patient() -> Result<TypeId, Problem> {
    TypeId::parse("Patient").ok_or_else(|| Problem::internal("R4 has patients"))
}
