//! Gathers resources that hang together: by a GraphDefinition
//! (<https://hl7.org/fhir/R4/graphdefinition.html>), or by whatever references there are.

use std::collections::HashMap;

use tarn_domain::{Explain as _, Issue, IssueCode, Kind, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Kind as JsonKind, Value};
use tarn_fhir::reference::{Reference, canonical, parse};
use tarn_search::ParseOptions;
use tarn_store::{Rid, Snapshot};

use super::docref::escaped;
use super::found::{found, too_costly};
use super::meta::ours;
use crate::clinical::parameters::Parameters;
use crate::clinical::resource::Resource;

/// So many resources are gathered at most.
const MOST: usize = 1_000;

/// What was gathered, in the order in which it was met.
pub(super) struct Gathered<'s> {
    snapshot: &'s Snapshot,
    options: &'s ParseOptions,
    pub(super) resources: Vec<Resource>,
    places: HashMap<Rid, usize>,
}

impl<'s> Gathered<'s> {
    /// Begins with nothing.
    pub(super) fn new(snapshot: &'s Snapshot, options: &'s ParseOptions) -> Self {
        Self { snapshot, options, resources: Vec::new(), places: HashMap::new() }
    }

    /// Adds a resource by its name; its place among the others. None where it is not there.
    pub(super) fn add(&mut self, type_: TypeId, id: &str) -> Result<Option<usize>, Problem> {
        let row = self.snapshot.lookup(type_, id).map_err(|e| e.explain())?;
        let Some(row) = row.filter(|row| !row.deleted) else { return Ok(None) };
        if let Some(place) = self.places.get(&row.rid) {
            return Ok(Some(*place));
        }
        let version = self.snapshot.read(row.loc).map_err(|e| e.explain())?;
        self.push(row.rid, Resource::read(version)?).map(Some)
    }

    fn push(&mut self, rid: Rid, resource: Resource) -> Result<usize, Problem> {
        if self.resources.len() == MOST {
            let words = format!("More than {MOST} resources hang together here.");
            return Err(too_costly(words));
        }
        self.places.insert(rid, self.resources.len());
        self.resources.push(resource);
        Ok(self.resources.len() - 1)
    }

    /// Adds what the resources gathered refer to, and what that refers to, until nothing is new.
    pub(super) fn follow_everything(&mut self) -> Result<(), Problem> {
        let mut at = 0;
        while at < self.resources.len() {
            for (_, target) in links(&self.resources[at], self.base())? {
                if let Target::Local(type_, id) = target {
                    self.add(type_, &id)?;
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// Adds what a GraphDefinition leads to from a resource gathered. The definition is a tree, and
    /// every step goes down in it.
    pub(super) fn follow_graph(&mut self, start: usize, graph: Value<'_>) -> Result<(), Problem> {
        let resource = &self.resources[start];
        let wanted = graph.get("start").and_then(Value::as_str).unwrap_or_default();
        if wanted != resource.type_.name() {
            let words =
                format!("The graph does not begin at a resource of type {}.", resource.type_);
            return Err(unprocessable(IssueCode::Invalid, &words, "GraphDefinition.start"));
        }
        let mut steps: Vec<_> = children(graph).map(|link| (start, link)).collect();
        let mut left = MOST * 10;
        while let Some((from, link)) = steps.pop() {
            left =
                left.checked_sub(1).ok_or_else(|| too_costly("The graph has too many links."))?;
            for target in link.get("target").into_iter().flat_map(Value::items) {
                for reached in self.reach(from, link, target)? {
                    steps.extend(children(target).map(|link| (reached, link)));
                }
            }
        }
        Ok(())
    }

    /// What one target of a link leads to.
    fn reach(
        &mut self,
        from: usize,
        link: Value<'_>,
        target: Value<'_>,
    ) -> Result<Vec<usize>, Problem> {
        let only = target.get("type").and_then(Value::as_str);
        let only = only.filter(|name| name != "Resource");
        let only = only.map(|name| TypeId::parse(&name).ok_or_else(unknown_type)).transpose()?;
        if let Some(path) = link.get("path").and_then(Value::as_str) {
            return self.reach_by_path(from, &path, only);
        }
        let parameters = target.get("params").and_then(Value::as_str);
        match (only, parameters) {
            (Some(type_), Some(parameters)) => self.reach_by_search(from, type_, &parameters),
            _ => {
                let words = "A link needs a `path`, or a target with `type` and `params`.";
                Err(unprocessable(IssueCode::Required, words, "GraphDefinition.link"))
            }
        }
    }

    fn reach_by_path(
        &mut self,
        from: usize,
        path: &str,
        only: Option<TypeId>,
    ) -> Result<Vec<usize>, Problem> {
        let mut named = Vec::new();
        {
            let resource = &self.resources[from];
            let document = ours(resource.body())?;
            for value in at_path(document.root(), path, resource.type_)? {
                let text = value.get("reference").unwrap_or(value).as_str();
                if let Some(Target::Local(type_, id)) = text.map(|t| target(&t, self.base()))
                    && only.is_none_or(|only| only == type_)
                {
                    named.push((type_, id));
                }
            }
        }
        let mut reached = Vec::new();
        for (type_, id) in named {
            reached.extend(self.add(type_, &id)?);
        }
        Ok(reached)
    }

    fn reach_by_search(
        &mut self,
        from: usize,
        type_: TypeId,
        parameters: &str,
    ) -> Result<Vec<usize>, Problem> {
        let reference = self.resources[from].reference();
        let parameters = Parameters::parse(&parameters.replace("{ref}", &reference))?;
        let pairs = parameters.pairs();
        if pairs.is_empty() {
            let words = "`params` names no search parameter.";
            return Err(unprocessable(IssueCode::Value, words, "GraphDefinition.link.target"));
        }
        let matches = found(self.snapshot, type_, pairs, self.options, MOST as u64)?;
        let mut reached = Vec::new();
        for resource in matches {
            let id = resource.id.clone();
            reached.extend(self.add(type_, id.as_str())?);
        }
        Ok(reached)
    }

    fn base(&self) -> Option<&'s str> {
        self.options.base_url.as_deref()
    }
}

/// The GraphDefinition with a canonical URL, or one of the store's by its place.
pub(super) fn graph(
    snapshot: &Snapshot,
    options: &ParseOptions,
    name: &str,
) -> Result<Resource, Problem> {
    let type_ = TypeId::parse("GraphDefinition");
    let type_ = type_.ok_or_else(|| Problem::internal("R4 has graphs"))?;
    let mut gathered = Gathered::new(snapshot, options);
    if let Reference::Relative { type_: named, id, .. } = parse(name, options.base_url.as_deref())
        && named == type_
        && gathered.add(type_, id)?.is_some()
    {
        return gathered.resources.pop().ok_or_else(no_graph);
    }
    let (url, version, _) = canonical(name);
    let mut pairs = vec![("url".to_owned(), escaped(url))];
    pairs.extend(version.map(|version| ("version".to_owned(), escaped(version))));
    let mut all = found(snapshot, type_, &pairs, options, 100)?;
    // Of several versions the one that came last is meant.
    all.sort_by_key(|graph| graph.updated);
    all.pop().ok_or_else(no_graph)
}

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// To a resource of the store, if it is there.
    Local(TypeId, String),
    /// Into the resource itself.
    Within,
    /// Elsewhere.
    Elsewhere,
}

/// A resource's references and where each stands, in order.
pub(super) fn links(
    resource: &Resource,
    base: Option<&str>,
) -> Result<Vec<(String, Target)>, Problem> {
    let document = ours(resource.body())?;
    let mut found = Vec::new();
    let mut open = vec![(resource.type_.name().to_owned(), document.root())];
    while let Some((path, value)) = open.pop() {
        match value.kind() {
            JsonKind::Object => {
                if let Some(text) = value.get("reference").and_then(Value::as_str) {
                    found.push((path.clone(), target(&text, base)));
                }
                let inside = value.members().map(|(key, value)| (format!("{path}.{key}"), value));
                let inside: Vec<_> = inside.collect();
                open.extend(inside.into_iter().rev());
            }
            JsonKind::Array => {
                let inside: Vec<_> = value.items().enumerate().collect();
                let placed = inside.into_iter().rev();
                open.extend(placed.map(|(at, value)| (format!("{path}[{at}]"), value)));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn target(reference: &str, base: Option<&str>) -> Target {
    match parse(reference, base) {
        Reference::Relative { type_, id, .. } => Target::Local(type_, id.to_owned()),
        Reference::Fragment(_) => Target::Within,
        _ => Target::Elsewhere,
    }
}

fn children(of: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    of.get("link").into_iter().flat_map(Value::items)
}

/// The values at a path of element names, such as `Encounter.participant.individual`.
fn at_path<'d>(root: Value<'d>, path: &str, type_: TypeId) -> Result<Vec<Value<'d>>, Problem> {
    let names: Vec<_> = path.split('.').collect();
    let plain = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if !names.iter().all(plain) {
        let words = "A path of a graph is made of element names here, such as `Encounter.subject`.";
        return Err(unprocessable(IssueCode::NotSupported, words, "GraphDefinition.link.path"));
    }
    let names = names.strip_prefix(&[type_.name()]).unwrap_or(&names);
    let mut values = vec![root];
    for name in names {
        let below = values.iter().filter_map(|value| value.get(name));
        values = below.flat_map(each).collect();
    }
    Ok(values)
}

/// An array's items, or the value itself.
fn each(value: Value<'_>) -> Vec<Value<'_>> {
    if value.kind() == JsonKind::Array { value.items().collect() } else { vec![value] }
}

fn no_graph() -> Problem {
    let words = "There is no such GraphDefinition in this store.";
    let issue =
        Issue::error(IssueCode::NotFound, words).at("Parameters.parameter.where(name='graph')");
    Problem::with_issues(Kind::Invalid, "no-such-graph", vec![issue])
}

fn unknown_type() -> Problem {
    let words = "A target's type must be a resource type of R4.";
    unprocessable(IssueCode::Value, words, "GraphDefinition.link.target.type")
}

fn unprocessable(code: IssueCode, words: &str, at: &str) -> Problem {
    let issue = Issue::error(code, words).at(at);
    Problem::with_issues(Kind::Unprocessable, "bad-graph", vec![issue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reaches_through_lists() {
        let json = br#"{"participant":[{"individual":{"reference":"Practitioner/1"}},{},
            {"individual":{"reference":"Practitioner/2"}}]}"#;
        let document = ours(json).unwrap();
        let encounter = TypeId::parse("Encounter").unwrap();
        for path in ["Encounter.participant.individual", "participant.individual"] {
            assert_eq!(at_path(document.root(), path, encounter).unwrap().len(), 2, "{path}");
        }
        assert!(at_path(document.root(), "participant.where(true)", encounter).is_err());
    }
}
