//! The check before any data: whether an expression can mean something for a type.

mod calls;
mod known;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use known::Known;

use crate::ast::{Expr, Kind, Link, Operator, Step, StepKind};
use crate::error::Error;
use crate::types::{FhirType, SystemType};

/// Arguments of `repeat()` are checked twice, so that nesting them needs a bound of its own.
const MAX_STEPS: usize = 50_000;

/// Checks a whole expression.
pub(crate) fn check(tree: &Expr, context: Option<FhirType>) -> Result<(), Error> {
    let context = context.map_or_else(Known::anything, Known::fhir);
    let checker = Checker { steps: Cell::new(0) };
    checker.expression(tree, &context).map(drop)
}

struct Checker {
    steps: Cell<usize>,
}

fn wrong(at: usize, words: String) -> Error {
    Error::Semantic { at, words }
}

impl Checker {
    fn expression(&self, expression: &Expr, focus: &Known) -> Result<Known, Error> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            return Err(Error::TooCostly { what: "steps to check", limit: MAX_STEPS });
        }
        match &expression.kind {
            Kind::Empty => Ok(Known::nothing()),
            Kind::Literal(value) => Ok(Known::system(value.system_type())),
            Kind::This => Ok(focus.clone()),
            Kind::Index => Ok(Known::system(SystemType::Integer)),
            Kind::Variable(_) | Kind::Total => Ok(Known::anything()),
            Kind::Path(head, steps) => self.path(head.as_deref(), steps, focus),
            Kind::Negated(operand) | Kind::Affirmed(operand) => self.expression(operand, focus),
            Kind::Chain(first, links) => self.chain(first, links, focus),
            Kind::Typed(operand, links) => {
                let mut known = self.expression(operand, focus)?;
                for link in links {
                    known = if link.is {
                        Known::system(SystemType::Boolean)
                    } else {
                        known.of(link.wanted)
                    };
                }
                Ok(known)
            }
        }
    }

    fn chain(&self, first: &Expr, links: &[Link], focus: &Known) -> Result<Known, Error> {
        let mut left = self.expression(first, focus)?;
        for link in links {
            let right = self.expression(&link.operand, focus)?;
            left = match link.operator {
                Operator::Union => left.or(right),
                Operator::Multiply
                | Operator::Divide
                | Operator::WholeDivide
                | Operator::Modulo
                | Operator::Plus
                | Operator::Minus => Known::anything(),
                Operator::Join => Known::system(SystemType::String),
                _ => Known::system(SystemType::Boolean),
            };
        }
        Ok(left)
    }

    fn path(&self, head: Option<&Expr>, steps: &[Step], focus: &Known) -> Result<Known, Error> {
        let mut rest = steps.iter();
        let mut known = match head {
            Some(head) => self.expression(head, focus)?,
            None => match rest.next() {
                Some(first) => self.first_step(first, focus)?,
                None => Known::nothing(),
            },
        };
        for step in rest {
            known = self.step(step, &known, focus)?;
        }
        Ok(known)
    }

    fn first_step(&self, step: &Step, focus: &Known) -> Result<Known, Error> {
        if let StepKind::Member(name) = &step.kind
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && let Some(type_) = FhirType::parse(name)
        {
            if focus.may_be(type_) {
                return Ok(Known::fhir(type_));
            }
            let words = format!("this is about {}, not about {name}", focus.names());
            return Err(wrong(step.at, words));
        }
        self.step(step, focus, focus)
    }

    fn step(&self, step: &Step, input: &Known, focus: &Known) -> Result<Known, Error> {
        match &step.kind {
            StepKind::Member(name) => input.named(name).ok_or_else(|| {
                wrong(step.at, format!("{} has no element of this name", input.names()))
            }),
            StepKind::Call(call) => self.call(call, step.at, input, focus),
            StepKind::At(index) => {
                self.expression(index, focus)?;
                self.require_order(input, step.at)?;
                Ok(input.clone())
            }
        }
    }

    fn require_order(&self, input: &Known, at: usize) -> Result<(), Error> {
        if input.ordered {
            return Ok(());
        }
        Err(wrong(at, "this takes items by their place, and here they are in no order".to_owned()))
    }
}
