//! `_include` and `_revinclude`: random ones, and what they bring along.

use std::collections::BTreeSet;

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

    /// The references that are followed from, or to, a resource of a type.
    fn references(&self, source: &str) -> Vec<&'static Param> {
        let fits = |p: &&Param| p.type_ == Some(source) && matches!(p.of, Of::Ref(_));
        match self.by {
            Some(by) => vec![by],
            None => PARAMS.iter().filter(fits).collect(),
        }
    }

    fn brings<'r>(&self, all: &'r [Res], res: &Res) -> Vec<&'r Res> {
        if !self.reverse {
            if self.source.is_some_and(|source| source != res.type_()) {
                return Vec::new();
            }
            let references = self.references(res.type_());
            let to = references.into_iter().flat_map(|by| targets(res, by));
            let to: BTreeSet<String> = to.collect();
            let fits = |other: &&Res| self.target.is_none_or(|target| target == other.type_());
            return all.iter().filter(|other| to.contains(&other.name())).filter(fits).collect();
        }
        if self.target.is_some_and(|target| target != res.type_()) {
            return Vec::new();
        }
        let refers = |other: &&Res| {
            self.source.is_none_or(|source| source == other.type_())
                && self.references(other.type_()).into_iter().any(|by| {
                    let Of::Ref(types) = by.of else { return false };
                    (types.is_empty() || types.contains(&res.type_()))
                        && targets(other, by).contains(&res.name())
                })
        };
        all.iter().filter(refers).collect()
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
pub(crate) fn brought<'r>(all: &'r [Res], page: &[&'r Res], asked: &[Include]) -> BTreeSet<String> {
    let matches: BTreeSet<String> = page.iter().map(|res| res.name()).collect();
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut fresh: Vec<&Res> = page.to_vec();
    let mut is_first = true;
    while !fresh.is_empty() {
        let mut next = Vec::new();
        for include in asked.iter().filter(|include| is_first || include.iterate) {
            for other in fresh.iter().flat_map(|res| include.brings(all, res)) {
                if !matches.contains(&other.name()) && found.insert(other.name()) {
                    next.push(other);
                }
            }
        }
        (fresh, is_first) = (next, false);
    }
    found
}
