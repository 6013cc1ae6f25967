//! The evaluator: walks the parsed expression, counting what it costs.

mod arithmetic;
pub(crate) mod operators;
mod singletons;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use regex::Regex;

use crate::ast::{Expr, Kind, Step, StepKind};
use crate::environment::Environment;
use crate::error::Error;
use crate::functions;
use crate::item::{Collection, Item, Value};
use crate::node::Node;
use crate::text::Text;
use crate::types::FhirType;

pub(crate) type Outcome<'d> = Result<Collection<'d>, Error>;

/// One evaluation.
pub(crate) struct Run<'r, 'd> {
    pub(crate) context: &'r [Item<'d>],
    pub(crate) environment: &'r Environment<'r, 'd>,
    steps: Cell<usize>,
    /// What `defineVariable()` defined on the way here, innermost last.
    variables: RefCell<Vec<(Text<'d>, Collection<'d>)>>,
    /// Regular expressions that were made from values.
    patterns: RefCell<Vec<(Arc<str>, Regex)>>,
}

/// What `$this`, `$index` and `$total` are.
#[derive(Clone, Copy)]
pub(crate) struct Focus<'f, 'd> {
    pub(crate) this: &'f [Item<'d>],
    pub(crate) index: Option<usize>,
    pub(crate) total: Option<&'f [Item<'d>]>,
}

impl<'f, 'd> Focus<'f, 'd> {
    /// The same, with another `$this`.
    pub(crate) fn on(self, this: &'f [Item<'d>]) -> Self {
        Self { this, ..self }
    }

    /// The same, with one item of a collection as `$this`.
    pub(crate) fn on_item(self, item: &'f Item<'d>, index: usize) -> Self {
        Self { this: std::slice::from_ref(item), index: Some(index), ..self }
    }
}

impl<'r, 'd> Run<'r, 'd> {
    pub(crate) fn new(context: &'r [Item<'d>], environment: &'r Environment<'r, 'd>) -> Self {
        Self {
            context,
            environment,
            steps: Cell::new(0),
            variables: RefCell::new(Vec::new()),
            patterns: RefCell::new(Vec::new()),
        }
    }

    /// The result of a whole expression.
    pub(crate) fn whole(&self, expression: &Expr) -> Outcome<'d> {
        self.evaluate(expression, Focus { this: self.context, index: None, total: None })
    }

    /// Counts steps.
    pub(crate) fn charge(&self, steps: usize) -> Result<(), Error> {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        let limit = self.environment.limits.steps;
        if spent > limit { Err(Error::TooCostly { what: "steps", limit }) } else { Ok(()) }
    }

    /// Counts the steps of a collection, and that it is not too large.
    pub(crate) fn charge_items(&self, count: usize) -> Result<(), Error> {
        let limit = self.environment.limits.items;
        if count > limit {
            return Err(Error::TooCostly { what: "items in a collection", limit });
        }
        self.charge(count)
    }

    /// Counts the steps of a text before it is made, and that it is not too long.
    pub(crate) fn charge_text(&self, length: usize) -> Result<(), Error> {
        let limit = self.environment.limits.text;
        if length > limit {
            return Err(Error::TooCostly { what: "bytes in a text", limit });
        }
        self.charge(1 + length / 64)
    }

    pub(crate) fn evaluate(&self, expression: &Expr, focus: Focus<'_, 'd>) -> Outcome<'d> {
        self.charge(1)?;
        match &expression.kind {
            Kind::Empty => Ok(Vec::new()),
            Kind::Literal(value) => Ok(vec![Item::Value(value.clone())]),
            Kind::This => Ok(focus.this.to_vec()),
            Kind::Index => {
                let index = focus.index.ok_or_else(|| fail(expression.at, NO_INDEX))?;
                Ok(vec![Item::Value(Value::Integer(i64::try_from(index).unwrap_or(i64::MAX)))])
            }
            Kind::Total => {
                let total = focus.total.ok_or_else(|| fail(expression.at, NO_TOTAL))?;
                Ok(total.to_vec())
            }
            Kind::Variable(name) => self.variable(name, expression.at),
            Kind::Path(head, steps) => self.path(head.as_deref(), steps, focus),
            Kind::Negated(operand) => self.negated(operand, focus),
            Kind::Affirmed(operand) => self.affirmed(operand, focus),
            Kind::Chain(first, links) => self.chain(first, links, focus),
            Kind::Typed(operand, links) => self.typed(operand, links, focus),
        }
    }

    /// A head and its steps. What steps define as variables is gone when the path ends.
    fn path(&self, head: Option<&Expr>, steps: &[Step], focus: Focus<'_, 'd>) -> Outcome<'d> {
        let mark = self.variables.borrow().len();
        let mut rest = steps.iter();
        let mut found = match head {
            Some(head) => self.evaluate(head, focus)?,
            None => match rest.next() {
                Some(first) => self.first_step(first, focus)?,
                None => Vec::new(),
            },
        };
        for step in rest {
            found = self.step(step, &found, focus)?;
        }
        self.variables.borrow_mut().truncate(mark);
        Ok(found)
    }

    /// The first step of a path without a head may name the type of what it starts from.
    fn first_step(&self, step: &Step, focus: Focus<'_, 'd>) -> Outcome<'d> {
        if let StepKind::Member(name) = &step.kind
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && let Some(type_) = FhirType::parse(name)
        {
            let is_it =
                |item: &&Item<'d>| matches!(item, Item::Node(node) if node.fhir_type().is_a(type_));
            let found: Collection<'d> = focus.this.iter().filter(is_it).cloned().collect();
            self.charge_items(focus.this.len())?;
            return Ok(found);
        }
        self.step(step, focus.this, focus)
    }

    fn step(&self, step: &Step, input: &[Item<'d>], focus: Focus<'_, 'd>) -> Outcome<'d> {
        self.charge(1 + input.len())?;
        match &step.kind {
            StepKind::Member(name) => self.member(name, input),
            StepKind::Call(call) => functions::call(self, call, step.at, input, focus),
            StepKind::At(index) => {
                let index = self.evaluate(index, focus)?;
                let index = self.integer(&index, step.at)?;
                let at = index.and_then(|index| usize::try_from(index).ok());
                Ok(at.and_then(|at| input.get(at)).cloned().into_iter().collect())
            }
        }
    }

    fn member(&self, name: &str, input: &[Item<'d>]) -> Outcome<'d> {
        let mut found = Vec::new();
        for item in input {
            match item {
                Item::Node(node) => {
                    node.named(name, &mut |child| found.push(Item::Node(child)));
                }
                Item::Value(value) => found.extend(member_of_value(value, name)),
            }
            self.charge_items(found.len())?;
        }
        Ok(found)
    }

    /// `%name`
    fn variable(&self, name: &str, at: usize) -> Outcome<'d> {
        if let Some(found) = self.defined(name) {
            return Ok(found);
        }
        let given = self.environment.variables.iter().find(|(known, _)| *known == name);
        if let Some((_, given)) = given {
            return Ok(given.clone());
        }
        let url = |base: &str, name: &str| Ok(vec![Item::string(format!("{base}{name}"))]);
        match name {
            "context" => Ok(self.context.to_vec()),
            "resource" => Ok(self.resource().map(Item::Node).into_iter().collect()),
            "rootResource" => Ok(self.root_resource().map(Item::Node).into_iter().collect()),
            "ucum" => url(tarn_ucum::SYSTEM, ""),
            "sct" => url("http://snomed.info/sct", ""),
            "loinc" => url("http://loinc.org", ""),
            _ => match (name.strip_prefix("vs-"), name.strip_prefix("ext-")) {
                (Some(name), _) => url("http://hl7.org/fhir/ValueSet/", name),
                (_, Some(name)) => url("http://hl7.org/fhir/StructureDefinition/", name),
                _ => Err(fail(at, "there is no variable of this name")),
            },
        }
    }

    fn defined(&self, name: &str) -> Option<Collection<'d>> {
        let variables = self.variables.borrow();
        let found = variables.iter().rev().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value.clone())
    }

    /// Defines a variable for the rest of the path.
    pub(crate) fn define(
        &self,
        name: Text<'d>,
        value: Collection<'d>,
        at: usize,
    ) -> Result<(), Error> {
        let is_reserved = ["context", "resource", "rootResource", "ucum", "sct", "loinc"]
            .contains(&&*name)
            || name.starts_with("vs-")
            || name.starts_with("ext-")
            || self.environment.variables.iter().any(|(known, _)| *known == &*name);
        if is_reserved || self.defined(&name).is_some() {
            return Err(fail(at, "a variable of this name is there already"));
        }
        self.variables.borrow_mut().push((name, value));
        Ok(())
    }

    /// `%resource`
    pub(crate) fn resource(&self) -> Option<Node<'d>> {
        self.environment.resource.or_else(|| self.context.first().and_then(Item::node))
    }

    /// `%rootResource`
    pub(crate) fn root_resource(&self) -> Option<Node<'d>> {
        self.environment.root_resource.or_else(|| self.resource())
    }

    /// The regular expression of a text, made once for each evaluation.
    pub(crate) fn pattern(&self, text: &str, at: usize) -> Result<Regex, Error> {
        let known = self.patterns.borrow().iter().find(|(known, _)| **known == *text).cloned();
        if let Some((_, pattern)) = known {
            return Ok(pattern);
        }
        // Making one costs far more than using one, and it is kept for as long as this runs.
        self.charge(self.environment.limits.steps / 16)?;
        let pattern = functions::regular(text).ok_or_else(|| fail(at, NO_PATTERN))?;
        self.patterns.borrow_mut().push((text.into(), pattern.clone()));
        Ok(pattern)
    }
}

const NO_INDEX: &str = "`$index` has a meaning only within a function that goes through items";
const NO_TOTAL: &str = "`$total` has a meaning only within `aggregate()`";
pub(crate) const NO_PATTERN: &str = "this is no regular expression that can be used: FHIRPath's \
     are taken without look-around and back-references, and up to a size";

fn member_of_value<'d>(value: &Value<'d>, name: &str) -> Option<Item<'d>> {
    match (value, name) {
        (Value::Type(type_), "name") => Some(Item::string(type_.name())),
        (Value::Type(type_), "namespace") => Some(Item::string(type_.namespace())),
        (Value::Quantity(quantity), "value") => Some(Item::Value(Value::Decimal(quantity.value))),
        (Value::Quantity(quantity), "unit" | "code") => Some(Item::string(quantity.unit.code())),
        _ => None,
    }
}

pub(crate) fn fail(at: usize, words: impl Into<String>) -> Error {
    Error::Evaluation { at, words: words.into() }
}
