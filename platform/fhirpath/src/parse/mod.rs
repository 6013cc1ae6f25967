//! The parser: FHIRPath's grammar (<https://hl7.org/fhirpath/N1/grammar.html>), one recursion for
//! each parenthesis, bracket or argument and a bound on how deep they nest.

mod lex;
mod term;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use lex::Token;

use crate::ast::{Call, Expr, Kind, Link, Operator, Step, StepKind, TYPE_BINDING, TypeLink};
use crate::error::Error;
use crate::function::Function;
use crate::item::Value;
use crate::limits::{MAX_LENGTH, MAX_NESTING};
use crate::types::Wanted;

/// So many functions of an expression may take a regular expression.
const MAX_PATTERNS: usize = 24;

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    patterns: usize,
}

/// Parses a whole expression.
pub(crate) fn parse(text: &str) -> Result<Expr, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::TooCostly { what: "bytes", limit: MAX_LENGTH });
    }
    let mut parser = Parser { tokens: lex::tokens(text)?, at: 0, depth: 0, patterns: 0 };
    let expression = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => Err(parser.wrong("an operator or the end must stand here")),
    }
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    /// The character at which the next token begins.
    fn here(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(at, _)| *at)
    }

    fn wrong(&self, words: impl Into<String>) -> Error {
        Error::Syntax { at: self.here(), words: words.into() }
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let is_there = self.is(sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.accept(sign) {
            Ok(())
        } else {
            Err(self.wrong(format!("`{sign}` must stand here")))
        }
    }

    /// An expression whose operators bind more tightly than `above`.
    fn expression(&mut self, above: u8) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(Error::TooCostly { what: "levels of nesting", limit: MAX_NESTING });
        }
        let at = self.here();
        let mut left = self.signed()?;
        while let Some(binding) = self.binding().filter(|binding| *binding > above) {
            let kind = if binding == TYPE_BINDING {
                Kind::Typed(Box::new(left), self.type_links()?)
            } else {
                Kind::Chain(Box::new(left), self.links(binding)?)
            };
            left = Expr { at, kind };
            // Each level of operators is one more level of evaluation.
        }
        self.depth -= 1;
        Ok(left)
    }

    /// How tightly the operator that follows binds; none where no operator follows.
    fn binding(&self) -> Option<u8> {
        match self.peek() {
            Token::Word(word) if word == "is" || word == "as" => Some(TYPE_BINDING),
            Token::Word(word) => Operator::parse(word).map(|(_, binding)| binding),
            Token::Sign(sign) => Operator::parse(sign).map(|(_, binding)| binding),
            _ => None,
        }
    }

    fn links(&mut self, binding: u8) -> Result<Vec<Link>, Error> {
        let mut links = Vec::new();
        while self.binding() == Some(binding) {
            let at = self.here();
            let operator = match self.next() {
                Token::Word(word) => Operator::parse(&word),
                Token::Sign(sign) => Operator::parse(sign),
                _ => None,
            };
            let (operator, _) =
                operator.ok_or_else(|| self.wrong("an operator must stand here"))?;
            links.push(Link { at, operator, operand: self.expression(binding)? });
        }
        Ok(links)
    }

    fn type_links(&mut self) -> Result<Vec<TypeLink>, Error> {
        let mut links = Vec::new();
        while self.binding() == Some(TYPE_BINDING) {
            let at = self.here();
            let is = matches!(self.next(), Token::Word(word) if word == "is");
            links.push(TypeLink { at, is, wanted: self.wanted()? });
        }
        Ok(links)
    }

    /// The name of a type, with or without its namespace.
    fn wanted(&mut self) -> Result<Wanted, Error> {
        let at = self.here();
        let first = self.identifier()?;
        let (namespace, name) =
            if self.accept(".") { (Some(first), self.identifier()?) } else { (None, first) };
        Wanted::parse(namespace.as_deref(), &name)
            .ok_or_else(|| Error::Syntax { at, words: format!("there is no type `{name}`") })
    }

    fn identifier(&mut self) -> Result<String, Error> {
        match self.peek().clone() {
            Token::Word(name) | Token::Delimited(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.wrong("a name must stand here")),
        }
    }

    fn signed(&mut self) -> Result<Expr, Error> {
        let at = self.here();
        let wrap = if self.accept("-") {
            Kind::Negated
        } else if self.accept("+") {
            Kind::Affirmed
        } else {
            return self.path();
        };
        // Signs bind more tightly than every operator, and less than steps. They nest.
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(Error::TooCostly { what: "levels of nesting", limit: MAX_NESTING });
        }
        let signed = self.signed()?;
        self.depth -= 1;
        Ok(Expr { at, kind: wrap(Box::new(signed)) })
    }

    fn path(&mut self) -> Result<Expr, Error> {
        let at = self.here();
        let mut steps = Vec::new();
        let head = match self.peek() {
            Token::Word(word) if !matches!(&**word, "true" | "false") => {
                steps.push(self.invocation()?);
                None
            }
            Token::Delimited(_) => {
                steps.push(self.invocation()?);
                None
            }
            _ => Some(self.term()?),
        };
        loop {
            let at = self.here();
            if self.accept(".") {
                steps.push(self.invocation()?);
            } else if self.accept("[") {
                let index = self.expression(0)?;
                self.expect("]")?;
                steps.push(Step { at, kind: StepKind::At(index) });
            } else {
                break;
            }
        }
        match head {
            Some(head) if steps.is_empty() => Ok(head),
            head => Ok(Expr { at, kind: Kind::Path(head.map(Box::new), steps) }),
        }
    }

    /// A name, or a function with its arguments.
    fn invocation(&mut self) -> Result<Step, Error> {
        let at = self.here();
        if let Token::Special(name) = *self.peek() {
            return Err(self.wrong(format!("`{name}` cannot stand behind a point")));
        }
        let name = self.identifier()?;
        if !self.accept("(") {
            return Ok(Step { at, kind: StepKind::Member(name.into()) });
        }
        let known = Function::parse(&name);
        let (function, least, most) = known.ok_or_else(|| Error::Syntax {
            at,
            words: "there is no function of this name".to_owned(),
        })?;
        let call = self.call(function)?;
        let count = call.arguments.len() + usize::from(call.wanted.is_some());
        if !(least..=most).contains(&count) {
            let words = format!("`{name}` takes {least} to {most} arguments, here are {count}");
            return Err(Error::Syntax { at, words });
        }
        Ok(Step { at, kind: StepKind::Call(call) })
    }

    fn call(&mut self, function: Function) -> Result<Call, Error> {
        let mut call = Call {
            function,
            arguments: Vec::new(),
            wanted: None,
            descending: Vec::new(),
            pattern: OnceLock::new(),
        };
        if matches!(function, Function::Matches | Function::MatchesFull | Function::ReplaceMatches)
        {
            // Each is kept with the expression once it is made, and may be large.
            self.patterns += 1;
            if self.patterns > MAX_PATTERNS {
                let (what, limit) = ("regular expressions", MAX_PATTERNS);
                return Err(Error::TooCostly { what, limit });
            }
        }
        if self.accept(")") {
            return Ok(call);
        }
        if function.takes_type() {
            call.wanted = Some(self.wanted()?);
            self.expect(")")?;
            return Ok(call);
        }
        loop {
            let argument = self.expression(0)?;
            if function == Function::Sort {
                let (key, is_negated) = sort_key(argument);
                call.arguments.push(key);
                call.descending.push(self.is_descending() || is_negated);
            } else {
                call.arguments.push(argument);
            }
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(call)
    }

    /// The `asc` or `desc` behind a key of `sort()`.
    fn is_descending(&mut self) -> bool {
        let word = match self.peek() {
            Token::Word(word) => word.as_str(),
            _ => "",
        };
        let is_descending = word == "desc";
        self.at += usize::from(is_descending || word == "asc");
        is_descending
    }

    fn literal(&self, at: usize, value: Value<'static>) -> Expr {
        Expr { at, kind: Kind::Literal(value) }
    }
}

/// The key of a `sort()`: a minus before it means descending order, whatever its type.
fn sort_key(argument: Expr) -> (Expr, bool) {
    match argument {
        Expr { kind: Kind::Negated(key), .. } => (*key, true),
        key => (key, false),
    }
}
