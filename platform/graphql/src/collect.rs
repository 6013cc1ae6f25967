//! Which fields a selection set comes to for a type (GraphQL §6.3.2): fragments opened, `@skip`
//! and `@include` obeyed, fields of one name in the answer made one.

use crate::document::{Directive, Document, Field, Selection};
use crate::error::GraphqlError;
use crate::values::Variables;

/// How deep fragments may be spread within fragments.
const MAX_SPREADS: usize = 32;
/// How many selections may come of one set.
const MAX_SELECTIONS: usize = 2_000;

/// A field with all that is selected in it.
pub(crate) struct Collected<'d, 'q> {
    pub(crate) field: &'d Field<'q>,
    pub(crate) selections: Vec<&'d [Selection<'q>]>,
}

/// What collecting needs to know.
pub(crate) struct Collector<'d, 'q, 'c> {
    pub(crate) text: &'q str,
    pub(crate) document: &'d Document<'q>,
    pub(crate) variables: &'c Variables,
    /// Whether the object at hand is of the type that a fragment is for.
    pub(crate) is: &'c dyn Fn(&str) -> bool,
}

impl<'d, 'q> Collector<'d, 'q, '_> {
    /// The fields that the sets come to.
    pub(crate) fn collect(
        &self,
        sets: &[&'d [Selection<'q>]],
    ) -> Result<Vec<Collected<'d, 'q>>, GraphqlError> {
        let mut found = Vec::new();
        let mut seen = 0;
        for set in sets {
            self.add(set, 0, &mut seen, &mut found)?;
        }
        Ok(found)
    }

    fn add(
        &self,
        set: &'d [Selection<'q>],
        depth: usize,
        seen: &mut usize,
        found: &mut Vec<Collected<'d, 'q>>,
    ) -> Result<(), GraphqlError> {
        if depth > MAX_SPREADS {
            return Err(GraphqlError::costly(
                "depth",
                "fragments are spread too deep, or in a ring",
            ));
        }
        for selection in set {
            *seen += 1;
            if *seen > MAX_SELECTIONS {
                let words = format!("a selection comes to more than {MAX_SELECTIONS} fields");
                return Err(GraphqlError::costly("fields", words));
            }
            match selection {
                Selection::Field(field) => {
                    if self.wants(&field.directives, field.at)? {
                        self.field(field, found)?;
                    }
                }
                Selection::Spread { name, directives, at } => {
                    let fragment = self.document.fragments.iter().find(|known| known.name == *name);
                    let Some(fragment) = fragment else {
                        let words = format!("there is no fragment `{name}`");
                        return Err(GraphqlError::at(self.text, *at, words));
                    };
                    if self.wants(directives, *at)? && (self.is)(fragment.condition) {
                        self.add(&fragment.selections, depth + 1, seen, found)?;
                    }
                }
                Selection::Inline { condition, directives, selections, at } => {
                    let fits = condition.is_none_or(|condition| (self.is)(condition));
                    if self.wants(directives, *at)? && fits {
                        self.add(selections, depth + 1, seen, found)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(
        &self,
        field: &'d Field<'q>,
        found: &mut Vec<Collected<'d, 'q>>,
    ) -> Result<(), GraphqlError> {
        let known = found.iter_mut().find(|known| known.field.key() == field.key());
        let Some(known) = known else {
            let selections = vec![field.selections.as_slice()];
            found.push(Collected { field, selections });
            return Ok(());
        };
        let other = known.field;
        let is_same = other.name == field.name
            && other.arguments == field.arguments
            && shaping(&other.directives).eq(shaping(&field.directives));
        if !is_same {
            let words = format!("`{}` is asked for in two ways: give one an alias", field.key());
            return Err(GraphqlError::at(self.text, field.at, words));
        }
        known.selections.push(&field.selections);
        Ok(())
    }

    /// What `@skip` and `@include` say; other directives must be known.
    fn wants(&self, directives: &[Directive<'_>], at: usize) -> Result<bool, GraphqlError> {
        let mut wanted = true;
        for directive in directives {
            let is_skip = match directive.name {
                "skip" => true,
                "include" => false,
                "first" | "flatten" | "singleton" | "slice" => continue,
                name => {
                    let words = format!("there is no directive `@{name}`");
                    return Err(GraphqlError::at(self.text, directive.at, words));
                }
            };
            let [("if", value)] = &directive.arguments[..] else {
                let words = format!("`@{}` takes the argument `if`", directive.name);
                return Err(GraphqlError::at(self.text, directive.at, words));
            };
            let holds = self.variables.flag("if", value);
            let holds = holds.map_err(|e| GraphqlError::at(self.text, at, e.message))?;
            wanted &= holds != is_skip;
        }
        Ok(wanted)
    }
}

/// The directives that shape a field's value.
fn shaping<'d, 'q>(
    directives: &'d [Directive<'q>],
) -> impl Iterator<Item = (&'q str, String)> + 'd {
    let shaping = directives.iter().filter(|d| !matches!(d.name, "skip" | "include"));
    shaping.map(|directive| (directive.name, format!("{:?}", directive.arguments)))
}
