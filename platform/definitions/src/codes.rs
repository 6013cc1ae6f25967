//! Expands the value sets of required bindings into lists of codes.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::CodeSet;
use crate::package::Package;
use crate::source::{CodeSystem, Concept, Contained, Filter, Include, ValueSet};

/// Systems whose codes are without end: a set with one of them is never complete.
const ENDLESS: [&str; 3] = ["urn:ietf:bcp:13", "urn:ietf:bcp:47", "http://unitsofmeasure.org"];

type Codes = BTreeSet<(String, String)>;

/// The code sets asked for so far, in the order of the first asking.
#[derive(Debug)]
pub(crate) struct CodeSets<'p> {
    core: &'p Package,
    expansions: Option<&'p Package>,
    sets: Vec<CodeSet>,
    places: BTreeMap<String, usize>,
}

impl<'p> CodeSets<'p> {
    /// Expands from `core`, and where that does not say enough from `expansions`.
    pub(crate) fn new(core: &'p Package, expansions: Option<&'p Package>) -> Self {
        Self { core, expansions, sets: Vec::new(), places: BTreeMap::new() }
    }

    /// The number of a value set, expanded when it is new.
    pub(crate) fn place(&mut self, canonical: &str) -> usize {
        let url = without_version(canonical);
        if let Some(place) = self.places.get(url) {
            return *place;
        }
        let codes = self.expand(url).or_else(|| self.expanded(url));
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (system, code) in codes.iter().flatten() {
            groups.entry(system.clone()).or_default().push(code.clone());
        }
        let groups = groups.into_iter().collect();
        self.sets.push(CodeSet { url: url.to_owned(), is_complete: codes.is_some(), groups });
        self.places.insert(url.to_owned(), self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// The sets, in the order of their numbers.
    pub(crate) fn into_sets(self) -> Vec<CodeSet> {
        self.sets
    }

    fn expand(&self, url: &str) -> Option<Codes> {
        let compose = self.core.value_sets.get(without_version(url))?.compose.as_ref()?;
        let mut codes = Codes::new();
        for include in &compose.include {
            codes.extend(self.included(include)?);
        }
        for exclude in &compose.exclude {
            for code in self.included(exclude)? {
                codes.remove(&code);
            }
        }
        (!codes.is_empty()).then_some(codes)
    }

    fn included(&self, include: &Include) -> Option<Codes> {
        let mut parts = Vec::new();
        if let Some(system) = &include.system {
            parts.push(self.of_system(system, include)?);
        }
        for url in &include.value_set {
            parts.push(self.expand(url)?);
        }
        parts.into_iter().reduce(|all, part| all.intersection(&part).cloned().collect())
    }

    fn of_system(&self, system: &str, include: &Include) -> Option<Codes> {
        let pair = |code: &str| (system.to_owned(), code.to_owned());
        if !include.concept.is_empty() {
            return Some(include.concept.iter().map(|concept| pair(&concept.code)).collect());
        }
        if ENDLESS.contains(&system) {
            return None;
        }
        let defined = self.core.code_systems.get(system)?;
        if defined.content != "complete" {
            return None;
        }
        let mut codes = all_codes(defined);
        for filter in &include.filter {
            let passing = filtered(defined, filter)?;
            codes.retain(|code| passing.contains(code));
        }
        Some(codes.into_iter().map(pair).collect())
    }

    fn expanded(&self, url: &str) -> Option<Codes> {
        let set = self.expansions?.value_sets.get(url)?;
        let is_endless = |include: &Include| {
            let listed = !include.concept.is_empty();
            !listed && include.system.as_deref().is_some_and(|system| ENDLESS.contains(&system))
        };
        if set.compose.iter().flat_map(|compose| &compose.include).any(is_endless) {
            return None;
        }
        from_expansion(set)
    }
}

fn from_expansion(set: &ValueSet) -> Option<Codes> {
    let expansion = set.expansion.as_ref()?;
    let mut codes = Codes::new();
    collect(&expansion.contains, &mut codes);
    let is_whole = expansion.total.is_none_or(|total| total <= codes.len());
    (is_whole && !codes.is_empty()).then_some(codes)
}

fn collect(contained: &[Contained], into: &mut Codes) {
    for concept in contained {
        if let (Some(system), Some(code), false) =
            (&concept.system, &concept.code, concept.is_abstract)
        {
            into.insert((system.clone(), code.clone()));
        }
        collect(&concept.contains, into);
    }
}

fn without_version(canonical: &str) -> &str {
    canonical.split('|').next().unwrap_or(canonical)
}

fn all_codes(system: &CodeSystem) -> BTreeSet<&str> {
    let mut codes = BTreeSet::new();
    each(&system.concept, &mut |concept, _| {
        let is_abstract = concept.property.iter().any(|property| {
            property.code == "notSelectable" && property.value_boolean == Some(true)
        });
        if !is_abstract {
            codes.insert(concept.code.as_str());
        }
    });
    codes
}

/// The codes that pass a filter; none for a filter that we do not know.
fn filtered<'s>(system: &'s CodeSystem, filter: &Filter) -> Option<BTreeSet<&'s str>> {
    let is_about_concepts = filter.property == "concept" || filter.property == "code";
    if !is_about_concepts || !matches!(filter.op.as_str(), "is-a" | "descendent-of") {
        return None;
    }
    let mut parents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    each(&system.concept, &mut |concept, parent| {
        let own = parents.entry(concept.code.as_str()).or_default();
        own.extend(parent);
        let named = concept.property.iter();
        let named = named.filter(|p| p.code == "subsumedBy" || p.code == "parent");
        own.extend(named.filter_map(|property| property.value_code.as_deref()));
    });
    let mut found: BTreeSet<&str> = BTreeSet::from([filter.value.as_str()]);
    loop {
        let more: Vec<&str> = parents
            .iter()
            .filter(|(code, of)| !found.contains(*code) && !of.is_disjoint(&found))
            .map(|(code, _)| *code)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    let keeps_root = filter.op == "is-a";
    Some(
        parents
            .into_keys()
            .filter(|code| found.contains(code) && (keeps_root || *code != filter.value))
            .collect(),
    )
}

fn each<'c>(concepts: &'c [Concept], visit: &mut dyn FnMut(&'c Concept, Option<&'c str>)) {
    fn down<'c>(
        concepts: &'c [Concept],
        parent: Option<&'c str>,
        visit: &mut dyn FnMut(&'c Concept, Option<&'c str>),
    ) {
        for concept in concepts {
            visit(concept, parent);
            down(&concept.concept, Some(&concept.code), visit);
        }
    }
    down(concepts, None, visit);
}
