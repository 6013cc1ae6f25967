//! `_include` and `_revinclude`: random ones, and what they bring along.

use std::collections::{BTreeMap, BTreeSet};

use crate::chance::Chance;
use crate::data::{BASE, TYPES};
use crate::model::{Of, PARAMS, Param, Res, Val, values};
use crate::question::reference_of;
use crate::scan::ours;

pub(crate) struct Include {
    /// None: of every type.
    source: Option<&'static str>,
    /// None: every reference.
    by: Option<&'static Param>,
    target: Option<&'static str>,
    reverse: bool,
    iterate: bool,
}

impl Include {
    pub(crate) fn random(chance: &mut Chance) -> Self {
        let (reverse, iterate) = (chance.once_in(2), chance.once_in(2));
        if chance.once_in(8) {
            return Self { source: None, by: None, target: None, reverse, iterate };
        }
        let source = chance.pick(&TYPES);
        let by = if chance.once_in(4) { None } else { reference_of(chance, source) };
        let target = chance.once_in(3).then(|| chance.pick(&["Patient", "Encounter", "Group"]));
        Self { source: Some(source), by, target, reverse, iterate }
    }

    pub(crate) fn pair(&self) -> (String, String) {
        let name = if self.reverse { "_revinclude" } else { "_include" };
        let name = format!("{name}{}", if self.iterate { ":iterate" } else { "" });
        let Some(source) = self.source else { return (name, "*".to_owned()) };
        let by = self.by.map_or("*", |by| by.code);
        let target = self.target.map(|target| format!(":{target}"));
        (name, format!("{source}:{by}{}", target.unwrap_or_default()))
    }

    /// Whether it follows a reference.
    fn follows(&self, by: &Param) -> bool {
        self.by.is_none_or(|own| (own.type_, own.code) == (by.type_, by.code))
    }

    fn brings(&self, web: &Web<'_>, at: usize) -> Vec<usize> {
        let res = &web.all[at];
        let is_source = |other: usize| self.source.is_none_or(|of| of == web.all[other].type_());
        let is_target = |other: usize| self.target.is_none_or(|of| of == web.all[other].type_());
        let mut found = Vec::new();
        if !self.reverse && is_source(at) {
            for (by, to) in &web.references[at] {
                let there = to.iter().filter(|_| self.follows(by));
                found
                    .extend(there.filter_map(|to| web.places.get(to)).filter(|to| is_target(**to)));
            }
        }
        if self.reverse && is_target(at) {
            for other in (0..web.all.len()).filter(|other| is_source(*other)) {
                let refers = web.references[other].iter().any(|(by, to)| {
                    let Of::Ref(types) = by.of else { return false };
                    let may = types.is_empty() || types.contains(&res.type_());
                    may && self.follows(by) && to.contains(&web.names[at])
                });
                found.extend(refers.then_some(other));
            }
        }
        found
    }
}

/// Who refers to whom, read once for a question.
struct Web<'r> {
    all: &'r [Res],
    names: Vec<String>,
    places: BTreeMap<String, usize>,
    references: Vec<Vec<(&'static Param, Vec<String>)>>,
}

impl<'r> Web<'r> {
    fn new(all: &'r [Res]) -> Self {
        let names: Vec<String> = all.iter().map(Res::name).collect();
        let places = names.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        let of = |res: &Res| {
            let own = |p: &&Param| p.type_ == Some(res.type_()) && matches!(p.of, Of::Ref(_));
            PARAMS.iter().filter(own).map(|by| (by, targets(res, by))).collect()
        };
        Self { all, names, places, references: all.iter().map(of).collect() }
    }
}

/// What a resource refers to, where that is ours.
fn targets(res: &Res, by: &Param) -> Vec<String> {
    let ours = |value| match value {
        Val::Ref(to) if to.starts_with(BASE) || !to.contains(':') => Some(ours(&to).to_owned()),
        _ => None,
    };
    values(res, by).into_iter().filter_map(ours).collect()
}

/// What the includes bring along with a page of matches.
pub(crate) fn brought(all: &[Res], page: &[&Res], asked: &[Include]) -> BTreeSet<String> {
    let web = Web::new(all);
    let matches: BTreeSet<usize> = page.iter().map(|res| web.places[&res.name()]).collect();
    let mut found: BTreeSet<usize> = BTreeSet::new();
    let mut fresh: Vec<usize> = matches.iter().copied().collect();
    let mut is_first = true;
    while !fresh.is_empty() {
        let mut next = Vec::new();
        for include in asked.iter().filter(|include| is_first || include.iterate) {
            for other in fresh.iter().flat_map(|at| include.brings(&web, *at)) {
                if !matches.contains(&other) && found.insert(other) {
                    next.push(other);
                }
            }
        }
        (fresh, is_first) = (next, false);
    }
    found.into_iter().map(|at| web.names[at].clone()).collect()
}
