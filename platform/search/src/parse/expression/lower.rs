//! From the tests of a `_filter` to the conditions that parameters are.

use tarn_fhir::definitions::{ParamKind, SearchParameter, TypeId};

use super::super::{Context, names, values};
use super::tree::{Op, Step, Test, Tree};
use crate::error::SearchError;
use crate::filter::{Filter, KeyTest, Prefix, TermMatch};

/// A `_filter` becoming conditions.
pub(super) struct Lowering<'c> {
    pub(super) context: &'c Context<'c>,
    /// Links of the chain that the `_filter` itself stands behind.
    pub(super) links: usize,
}

impl Lowering<'_> {
    /// The condition for resources of these types.
    pub(super) fn filter(&self, types: &[TypeId], tree: &Tree) -> Result<Filter, SearchError> {
        let each = |all: &[Tree]| -> Result<Vec<Filter>, SearchError> {
            all.iter().map(|tree| self.filter(types, tree)).collect()
        };
        Ok(match tree {
            Tree::All(all) => Filter::All(each(all)?),
            Tree::Any(any) => Filter::Any(each(any)?),
            Tree::Not(inner) => Filter::Not(Box::new(self.filter(types, inner)?)),
            Tree::Test(test) => self.steps(types, &test.path, test, self.links)?,
        })
    }

    fn steps(
        &self,
        types: &[TypeId],
        path: &[Step],
        test: &Test,
        links: usize,
    ) -> Result<Filter, SearchError> {
        self.context.counts.links(links)?;
        self.context.counts.condition()?;
        let Some((step, rest)) = path.split_first() else {
            return Err(self.context.not_supported("a path without a name"));
        };
        if let Some(has) = step.name.strip_prefix("_has:") {
            let goes_on = |source: TypeId, inner: &str| {
                let own = Step { name: inner.to_owned(), filter: step.filter.clone() };
                let path: Vec<Step> = [own].into_iter().chain(rest.iter().cloned()).collect();
                self.steps(&[source], &path, test, links + 1)
            };
            return names::has(self.context, types, has, goes_on);
        }
        let (code, modifier) =
            step.name.split_once(':').map_or((step.name.as_str(), None), |(c, m)| (c, Some(m)));
        if rest.is_empty() {
            return self.compared(types, code, modifier, test);
        }
        let parameters = names::parameters(types, code)?;
        let next = rest.first().map_or("", |next| next.name.as_str());
        names::chained(self.context, &parameters, modifier, next, |type_| {
            let mut inner = vec![self.steps(&[type_], rest, test, links + 1)?];
            if let Some(filter) = &step.filter {
                inner.push(self.filter(&[type_], filter)?);
            }
            Ok(inner)
        })
    }

    fn compared(
        &self,
        types: &[TypeId],
        code: &str,
        modifier: Option<&str>,
        test: &Test,
    ) -> Result<Filter, SearchError> {
        if modifier.is_some() {
            return Err(self.context.not_supported("a modifier: `_filter` has comparisons"));
        }
        let parameters = names::parameters(types, code)?;
        let kind = names::kind_of(self.context, &parameters)?;
        let plain = escaped(&test.value);
        let with = |modifier: Option<&str>, value: &str| {
            values::condition(self.context, &parameters, modifier, value)
        };
        match (test.op, kind) {
            (Op::Present, _) => match test.value.as_str() {
                "true" => with(Some("missing"), "false"),
                "false" => with(Some("missing"), "true"),
                _ => Err(self.context.value("`true` or `false` after `pr`")),
            },
            (op, ParamKind::String) => self.string(&parameters, op, &plain),
            (Op::Starts, ParamKind::Uri) => with(Some("below"), &plain),
            (Op::Eq, ParamKind::Token | ParamKind::Uri | ParamKind::Composite) => {
                with(None, &plain)
            }
            (Op::Eq | Op::Refers, ParamKind::Reference) => with(None, &plain),
            (Op::Ne, ParamKind::Token | ParamKind::Uri | ParamKind::Reference) => {
                let equal = with(None, &plain)?;
                if matches!(&equal, Filter::Keys(tests) if tests.iter().any(is_system)) {
                    return Err(self.context.value("a code, or system|code, after `ne`"));
                }
                Ok(other(&parameters, equal))
            }
            (Op::Subsumes, ParamKind::Token) => with(Some("below"), &plain),
            (Op::Subsumed, ParamKind::Token) => with(Some("above"), &plain),
            (Op::In, ParamKind::Token) => with(Some("in"), &plain),
            (Op::NotIn, ParamKind::Token) => with(Some("not-in"), &plain),
            (Op::Overlaps, ParamKind::Date) => match with(None, &plain)? {
                Filter::Dates(fields, mut tests) => {
                    tests.iter_mut().for_each(|test| test.prefix = Prefix::Ap);
                    Ok(Filter::Dates(fields, tests))
                }
                Filter::Updated(mut tests) => {
                    tests.iter_mut().for_each(|test| test.prefix = Prefix::Ap);
                    Ok(Filter::Updated(tests))
                }
                _ => Err(self.refused(test.op, code)),
            },
            (op, ParamKind::Date | ParamKind::Number | ParamKind::Quantity) => match op.prefix() {
                Some(prefix) => with(None, &format!("{prefix}{plain}")),
                None => Err(self.refused(op, code)),
            },
            (op, _) => Err(self.refused(op, code)),
        }
    }

    fn string(
        &self,
        parameters: &[&SearchParameter],
        op: Op,
        value: &str,
    ) -> Result<Filter, SearchError> {
        let terms = |with| values::terms(self.context, parameters, false, with, &[value]);
        match op {
            Op::Eq => terms(TermMatch::Whole),
            Op::Ne => Ok(other(parameters, terms(TermMatch::Whole)?)),
            Op::Contains => terms(TermMatch::Contains),
            Op::Starts => terms(TermMatch::Prefix),
            Op::Ends => terms(TermMatch::Suffix),
            _ => Err(self.refused(op, parameters.first().map_or("", |p| p.code))),
        }
    }

    fn refused(&self, op: Op, code: &str) -> SearchError {
        self.context.not_supported(&format!("comparing `{code}` by {op:?}"))
    }
}

/// R4: `ne` passes where an item has another value. It says nothing of resources without any.
fn other(parameters: &[&SearchParameter], equal: Filter) -> Filter {
    match equal {
        // Every resource has but one id.
        Filter::Ids(_) => Filter::Not(Box::new(equal)),
        equal => Filter::Other(values::fields(parameters), Box::new(equal)),
    }
}

/// Systems stand apart from codes in the index.
fn is_system(test: &KeyTest) -> bool {
    matches!(test, KeyTest::System(..))
}

/// In parameters commas separate values; in `_filter` they are part of one.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace(',', r"\,")
}
