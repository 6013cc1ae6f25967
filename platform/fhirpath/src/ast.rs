//! A parsed expression. Chains are lists, so that depth comes from parentheses and arguments
//! alone, and evaluation recurses no deeper than the parser did.

use std::sync::{Arc, OnceLock};

use regex::Regex;

use crate::function::Function;
use crate::item::Value;
use crate::types::Wanted;

/// A part of an expression, and where it begins.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) at: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// `{}`
    Empty,
    /// A literal.
    Literal(Value<'static>),
    /// `%name`
    Variable(Arc<str>),
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// A head, the focus where there is none, and steps from it.
    Path(Option<Box<Expr>>, Vec<Step>),
    /// `-x`
    Negated(Box<Expr>),
    /// `+x`
    Affirmed(Box<Expr>),
    /// Operators of one precedence, from left to right.
    Chain(Box<Expr>, Vec<Link>),
    /// `x is T as U …`
    Typed(Box<Expr>, Vec<TypeLink>),
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) at: usize,
    pub(crate) operator: Operator,
    pub(crate) operand: Expr,
}

#[derive(Debug)]
pub(crate) struct TypeLink {
    pub(crate) at: usize,
    pub(crate) is: bool,
    pub(crate) wanted: Wanted,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) at: usize,
    pub(crate) kind: StepKind,
}

#[derive(Debug)]
pub(crate) enum StepKind {
    /// `.name`
    Member(Arc<str>),
    /// `.name(…)`
    Call(Call),
    /// `[…]`
    At(Expr),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Expr>,
    /// The argument of `is()`, `as()` and `ofType()`.
    pub(crate) wanted: Option<Wanted>,
    /// Which arguments of `sort()` are for descending order.
    pub(crate) descending: Vec<bool>,
    /// The regular expression of a literal argument, made when it is first needed.
    pub(crate) pattern: OnceLock<Option<Regex>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Multiply,
    Divide,
    WholeDivide,
    Modulo,
    Plus,
    Minus,
    Join,
    Union,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

impl Operator {
    /// The operator of that spelling, and how tightly it binds.
    pub(crate) fn parse(text: &str) -> Option<(Self, u8)> {
        Some(match text {
            "*" => (Self::Multiply, 10),
            "/" => (Self::Divide, 10),
            "div" => (Self::WholeDivide, 10),
            "mod" => (Self::Modulo, 10),
            "+" => (Self::Plus, 9),
            "-" => (Self::Minus, 9),
            "&" => (Self::Join, 9),
            "|" => (Self::Union, 7),
            "<" => (Self::Less, 6),
            "<=" => (Self::LessOrEqual, 6),
            ">" => (Self::Greater, 6),
            ">=" => (Self::GreaterOrEqual, 6),
            "=" => (Self::Equal, 5),
            "!=" => (Self::NotEqual, 5),
            "~" => (Self::Equivalent, 5),
            "!~" => (Self::NotEquivalent, 5),
            "in" => (Self::In, 4),
            "contains" => (Self::Contains, 4),
            "and" => (Self::And, 3),
            "or" => (Self::Or, 2),
            "xor" => (Self::Xor, 2),
            "implies" => (Self::Implies, 1),
            _ => return None,
        })
    }
}

/// How tightly `is` and `as` bind: between sums and unions.
pub(crate) const TYPE_BINDING: u8 = 8;
