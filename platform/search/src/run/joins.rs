//! Conditions that follow references: chains and `_has`, as semi-joins over reference keys.

use std::collections::HashSet;
use std::ops::{BitAnd, ControlFlow};

use roaring::RoaringBitmap;
use tarn_fhir::definitions::FieldId;
use tarn_store::{Hash96, Key, Part};

use super::{Matches, Run, main, verify};
use crate::error::SearchError;
use crate::filter::{Clause, Filter};

impl Run<'_> {
    /// The rows of `found` that pass a condition with references in it.
    pub(super) fn join(
        &self,
        clause: &Clause,
        filter: &Filter,
        found: Matches,
    ) -> Result<Matches, SearchError> {
        match filter {
            Filter::Chain(fields, inner) => self.chain(fields, inner, found),
            Filter::Has(fields, inner) => self.has(fields, inner, found),
            Filter::All(all) => {
                let step = |found, filter| self.join_or_select(clause, filter, found);
                all.iter().try_fold(found, step)
            }
            Filter::Any(all) => {
                let mut union = vec![RoaringBitmap::new(); found.parts.len()];
                for filter in all {
                    let some = self.join_or_select(clause, filter, found.clone())?;
                    union.iter_mut().zip(some.parts).for_each(|(all, some)| *all |= some);
                }
                Ok(Matches { parts: union })
            }
            Filter::Not(inner) => {
                let out = self.join_or_select(clause, inner, found.clone())?;
                let left = found.parts.into_iter().zip(out.parts).map(|(all, out)| all - out);
                Ok(Matches { parts: left.collect() })
            }
            _ => self.join_or_select(clause, filter, found),
        }
    }

    fn join_or_select(
        &self,
        clause: &Clause,
        filter: &Filter,
        found: Matches,
    ) -> Result<Matches, SearchError> {
        let Some(local) = super::Local::prepare(self, clause, filter)? else {
            return self.join(clause, filter, found);
        };
        let mut parts = Vec::with_capacity(found.parts.len());
        for (part, within) in self.snapshot.parts().iter().zip(found.parts) {
            let passing = local.evaluate(self, &clause.types, part, Some(&within))?;
            parts.push(within.bitand(passing));
        }
        let found = Matches { parts };
        if verify::is_needed(filter) { self.verify(&[filter], found) } else { Ok(found) }
    }

    /// Rows that refer to a row that passes `inner`.
    fn chain(
        &self,
        fields: &[FieldId],
        inner: &Clause,
        mut found: Matches,
    ) -> Result<Matches, SearchError> {
        if found.is_empty() {
            return Ok(found);
        }
        let targets = self.identities(&self.clause(inner)?)?;
        for (part, within) in self.snapshot.parts().iter().zip(&mut found.parts) {
            if within.is_empty() {
                continue;
            }
            let mut referring = RoaringBitmap::new();
            for field in fields {
                referring |= self.referring_to(part, *field, &targets)?;
            }
            *within &= referring;
        }
        Ok(found)
    }

    fn referring_to(
        &self,
        part: &Part,
        field: FieldId,
        targets: &[Hash96],
    ) -> Result<RoaringBitmap, SearchError> {
        let mut found = RoaringBitmap::new();
        let field = main(field);
        if targets.len() <= self.budget.turning.look_up_below {
            let mut keys: Vec<Key> = targets.iter().map(|to| Key::reference(field, *to)).collect();
            keys.sort_unstable();
            self.budget.steps(keys.len() as u64)?;
            for key in keys {
                found |= part.postings(key.only())?;
            }
            return Ok(found);
        }
        let targets: HashSet<Hash96> = targets.iter().copied().collect();
        self.each_key(part, field, |key, postings| {
            if targets.contains(&key.hash()) {
                found |= postings;
            }
        })?;
        Ok(found)
    }

    /// Rows that a row that passes `inner` refers to.
    fn has(
        &self,
        fields: &[FieldId],
        inner: &Clause,
        mut found: Matches,
    ) -> Result<Matches, SearchError> {
        if found.is_empty() {
            return Ok(found);
        }
        let sources = self.clause(inner)?;
        let rows = found.len();
        if rows <= self.budget.turning.look_up_below as u64 {
            for (part, within) in self.snapshot.parts().iter().zip(&mut found.parts) {
                let mut kept = RoaringBitmap::new();
                for (rid, identity) in self.named(part, within)? {
                    if self.is_referred_to(fields, identity, &sources)? {
                        kept.insert(rid);
                    }
                }
                *within = kept;
            }
            return Ok(found);
        }
        let targets = self.targets_of(fields, &sources)?;
        if targets.len() <= self.budget.turning.look_up_below {
            let rids = self.find_all(targets)?;
            found.parts.iter_mut().for_each(|within| *within &= &rids);
            return Ok(found);
        }
        for (part, within) in self.snapshot.parts().iter().zip(&mut found.parts) {
            let all = self.named(part, within)?.into_iter();
            let kept = all.filter(|(_, identity)| targets.contains(identity)).map(|(rid, _)| rid);
            *within = kept.collect();
        }
        Ok(found)
    }

    fn is_referred_to(
        &self,
        fields: &[FieldId],
        identity: Hash96,
        sources: &Matches,
    ) -> Result<bool, SearchError> {
        for (part, sources) in self.snapshot.parts().iter().zip(&sources.parts) {
            if sources.is_empty() {
                continue;
            }
            for field in fields {
                self.budget.steps(1)?;
                let referring = part.postings(Key::reference(main(*field), identity).only())?;
                if !referring.is_disjoint(sources) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn targets_of(
        &self,
        fields: &[FieldId],
        sources: &Matches,
    ) -> Result<HashSet<Hash96>, SearchError> {
        let mut targets = HashSet::new();
        for (part, sources) in self.snapshot.parts().iter().zip(&sources.parts) {
            if sources.is_empty() {
                continue;
            }
            for field in fields {
                self.each_key(part, main(*field), |key, postings| {
                    if !postings.is_disjoint(sources) {
                        targets.insert(key.hash());
                    }
                })?;
            }
        }
        Ok(targets)
    }

    fn find_all(&self, targets: HashSet<Hash96>) -> Result<RoaringBitmap, SearchError> {
        self.budget.steps(targets.len() as u64)?;
        let mut rids = RoaringBitmap::new();
        for identity in targets {
            rids.extend(self.snapshot.find(identity)?.map(|row| row.rid));
        }
        Ok(rids)
    }

    pub(crate) fn each_key(
        &self,
        part: &Part,
        field: tarn_store::Field,
        mut each: impl FnMut(Key, &RoaringBitmap),
    ) -> Result<(), SearchError> {
        let mut stopped = None;
        part.each_key(field, &mut |key, postings| {
            if let Err(error) = self.budget.steps(1) {
                stopped = Some(error);
                return ControlFlow::Break(());
            }
            each(key, postings);
            ControlFlow::Continue(())
        })?;
        stopped.map_or(Ok(()), Err)
    }
}
