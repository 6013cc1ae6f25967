//! From the pairs of a query string to a [`Query`].

mod closest;
mod compartment;
mod composite;
mod concepts;
mod contained;
mod control;
mod date;
mod expression;
mod hierarchy;
mod list;
mod names;
mod number;
mod reference;
mod split;
#[cfg(test)]
mod tests;
mod values;

use tarn_domain::{Severity, Timestamp};
use tarn_fhir::definitions::{SearchParameter, TypeId, definitions};
use tarn_store::Snapshot;

use crate::budget::{Counts, Widths};
use crate::error::SearchError;
use crate::filter::Clause;
use crate::own::OwnView;
use crate::query::{Contained, Query, Scope, Total};

pub(crate) use hierarchy::hierarchy_of;

/// What to do with parameters that cannot be used (`Prefer: handling=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Handling {
    /// Refuse the search: leaving a condition out would answer another question.
    #[default]
    Strict,
    /// Leave them out and say so.
    Lenient,
}

/// What parsing depends on besides the parameters.
#[derive(Debug, Clone)]
pub struct ParseOptions {
    /// What to do with parameters that cannot be used.
    pub handling: Handling,
    /// Where the store is served, without a slash at the end: references that begin so are ours.
    pub base_url: Option<String>,
    /// Matches to a page, where `_count` does not say.
    pub default_count: u32,
    /// The most matches to a page.
    pub max_count: u32,
    /// This moment, for `ap` on dates.
    pub now: Timestamp,
    /// How much may be asked for.
    pub widths: Widths,
    /// The parameters of the store's own.
    pub own: Option<OwnView>,
}

impl ParseOptions {
    /// The same for a store, whose own parameters can be searched for too.
    pub fn on(self, snapshot: &Snapshot) -> Self {
        Self { own: OwnView::of(snapshot), ..self }
    }
}

impl Default for ParseOptions {
    fn default() -> Self {
        let handling = Handling::Strict;
        let now = Timestamp::default();
        let widths = Widths::default();
        Self {
            handling,
            base_url: None,
            default_count: 50,
            max_count: 1_000,
            now,
            widths,
            own: None,
        }
    }
}

/// Reads a search. Names and values come percent-decoded, in the order in which they were sent.
///
/// # Errors
/// What cannot be understood or is not supported; nothing is ever left out silently.
pub fn parse(
    scope: &Scope,
    pairs: &[(String, String)],
    options: &ParseOptions,
) -> Result<Query, SearchError> {
    let mut query = Query {
        clause: Clause::default(),
        sort: Vec::new(),
        count: options.default_count.min(options.max_count),
        total: Total::Unasked,
        summary: None,
        elements: Vec::new(),
        includes: Vec::new(),
        applied: Vec::with_capacity(pairs.len()),
        ignored: Vec::new(),
        contained: Contained::False,
        answers_contained: false,
        scope: scope.clone(),
        base_url: options.base_url.clone(),
    };
    let counts = Counts::new(&options.widths);
    counts.parameters(pairs.len())?;
    let has_types = enter(scope, pairs, options, &mut query.clause)?;
    for (name, value) in pairs {
        let taken = if has_types && name == "_type" {
            Ok(())
        } else {
            take(name, value, options, &counts, &mut query)
        };
        match taken {
            Ok(()) => query.applied.push((name.clone(), value.clone())),
            Err(error) if options.handling == Handling::Lenient && error.can_be_ignored() => {
                let mut issue = error.issue();
                issue.severity = Severity::Warning;
                query.ignored.push(issue);
            }
            Err(error) => return Err(error),
        }
    }
    contained::refuse_what_cannot_be(&query)?;
    Ok(query)
}

/// Sets the types searched; says whether `_type` has a meaning in the scope.
fn enter(
    scope: &Scope,
    pairs: &[(String, String)],
    options: &ParseOptions,
    clause: &mut Clause,
) -> Result<bool, SearchError> {
    let named = named_types(pairs);
    match scope {
        Scope::Type(type_) => {
            clause.types = vec![*type_];
            Ok(false)
        }
        Scope::System => {
            clause.types = named?;
            Ok(true)
        }
        Scope::Compartment { owner, id, type_ } => {
            let named = if type_.is_none() { named? } else { Vec::new() };
            let base_url = options.base_url.as_deref();
            let (types, filter) = compartment::scope(*owner, id, *type_, &named, base_url)?;
            clause.types = types;
            clause.all.push(filter);
            Ok(type_.is_none())
        }
    }
}

fn named_types(pairs: &[(String, String)]) -> Result<Vec<TypeId>, SearchError> {
    let values = pairs.iter().filter(|(name, _)| name == "_type").flat_map(|(_, v)| v.split(','));
    let unknown = || SearchError::UnknownType { parameter: "_type".to_owned() };
    let mut types = values
        .map(|name| TypeId::parse(name).ok_or_else(unknown))
        .collect::<Result<Vec<_>, _>>()?;
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

fn take(
    name: &str,
    value: &str,
    options: &ParseOptions,
    counts: &Counts<'_>,
    query: &mut Query,
) -> Result<(), SearchError> {
    let base_url = options.base_url.as_deref();
    let own = options.own.as_ref();
    let context = Context { name, now: options.now, base_url, counts, own };
    if control::take(&context, options, query, value)? {
        return Ok(());
    }
    let filter = names::condition(&context, &query.clause.types, name, value, 0)?;
    query.clause.all.push(filter);
    Ok(())
}

/// The parameter that is being read, for what is said about it, and what its value depends on.
struct Context<'a> {
    name: &'a str,
    now: Timestamp,
    base_url: Option<&'a str>,
    counts: &'a Counts<'a>,
    own: Option<&'a OwnView>,
}

impl<'a> Context<'a> {
    /// The parameters of a code where one of the types has it from the store itself; none where
    /// R4's are all there are.
    fn own_parameters(
        &self,
        types: &[TypeId],
        code: &str,
    ) -> Result<Option<Vec<&'a SearchParameter>>, SearchError> {
        let Some(own) = self.own.filter(|own| types.iter().any(|type_| own.has(*type_, code)))
        else {
            return Ok(None);
        };
        let mut found = Vec::with_capacity(types.len());
        for type_ in types {
            let known = match own.parameter(*type_, code)? {
                Some(known) => known,
                None => names::parameters(&[*type_], code)?[0],
            };
            found.push(known);
        }
        Ok(Some(found))
    }

    /// Whether a type has a parameter of that code, R4's or the store's own.
    fn has_parameter(&self, type_: TypeId, code: &str) -> bool {
        definitions().parameter(type_, code).is_some()
            || self.own.is_some_and(|own| own.has(type_, code))
    }

    fn value(&self, expected: &'static str) -> SearchError {
        SearchError::Value { name: self.name.to_owned(), expected }
    }

    fn link(&self, why: &'static str) -> SearchError {
        SearchError::Link { name: self.name.to_owned(), why }
    }

    fn modifier(&self, modifier: &str, allowed: &'static [&'static str]) -> SearchError {
        let (name, modifier) = (self.name.to_owned(), modifier.to_owned());
        let name = name.split(':').next().unwrap_or_default().to_owned();
        SearchError::Modifier { name, modifier, allowed }
    }

    fn not_supported(&self, what: &str) -> SearchError {
        SearchError::NotSupported { what: format!("`{}` ({what})", self.name) }
    }
}
