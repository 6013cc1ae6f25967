//! An expression, parsed once and evaluated often.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::ast::Expr;
use crate::check;
use crate::environment::Environment;
use crate::error::Error;
use crate::eval::Run;
use crate::item::{Collection, Item, Value};
use crate::node::Node;
use crate::parse;
use crate::types::FhirType;

/// A parsed expression. Cloning shares it.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    tree: Arc<Expr>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Expression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Expression {
    /// Parses a whole expression.
    ///
    /// # Errors
    /// [`Error::Syntax`] where it is none, [`Error::TooCostly`] where it is too long or nests too
    /// deep.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let tree = parse::parse(text)?;
        Ok(Self { text: text.into(), tree: Arc::new(tree) })
    }

    /// Checks that it can mean something for elements of a type: that the elements that it names
    /// exist, that functions get what they can work on, that nothing relies on an order that is
    /// not there. `context` is none where the type is not known.
    ///
    /// # Errors
    /// [`Error::Semantic`] at the first place that cannot mean anything.
    pub fn check(&self, context: Option<FhirType>) -> Result<(), Error> {
        check::check(&self.tree, context)
    }

    /// Evaluates it on an element.
    ///
    /// # Errors
    /// [`Error::Evaluation`] where it meets data that it cannot be applied to,
    /// [`Error::TooCostly`] where it costs more than [`Environment::limits`] allow.
    pub fn evaluate<'d>(
        &self,
        context: Node<'d>,
        environment: &Environment<'_, 'd>,
    ) -> Result<Collection<'d>, Error> {
        self.evaluate_on(&[Item::Node(context)], environment)
    }

    /// Evaluates it on a collection.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_on<'d>(
        &self,
        context: &[Item<'d>],
        environment: &Environment<'_, 'd>,
    ) -> Result<Collection<'d>, Error> {
        Run::new(context, environment).whole(&self.tree)
    }

    /// Whether it holds for an element: true, or true by what FHIRPath makes of one item. Empty
    /// is none.
    ///
    /// # Errors
    /// As [`Expression::evaluate`]; also where there is more than one item.
    pub fn holds<'d>(
        &self,
        context: Node<'d>,
        environment: &Environment<'_, 'd>,
    ) -> Result<Option<bool>, Error> {
        let found = self.evaluate(context, environment)?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(!matches!(one.value(), Some(Value::Boolean(false))))),
            _ => {
                let words = "a condition has one value at most".to_owned();
                Err(Error::Evaluation { at: self.tree.at, words })
            }
        }
    }
}
