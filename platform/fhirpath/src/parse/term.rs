//! What an expression can begin with: literals, variables, parentheses.

use super::Parser;
use super::lex::Token;
use crate::ast::{Expr, Kind};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::item::Value;
use crate::quantity::{Quantity, Unit};
use crate::temporal::{CalendarUnit, Temporal};
use crate::text::Text;

impl Parser {
    pub(super) fn term(&mut self) -> Result<Expr, Error> {
        let at = self.here();
        match self.peek().clone() {
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("{") => {
                self.at += 1;
                self.expect("}")?;
                Ok(Expr { at, kind: Kind::Empty })
            }
            Token::Sign("%") => {
                self.at += 1;
                self.variable(at)
            }
            Token::Special(name) => {
                self.at += 1;
                let kind = match name {
                    "$this" => Kind::This,
                    "$index" => Kind::Index,
                    _ => Kind::Total,
                };
                Ok(Expr { at, kind })
            }
            Token::Word(word) => {
                self.at += 1;
                Ok(self.literal(at, Value::Boolean(word == "true")))
            }
            Token::Text(text) => {
                self.at += 1;
                Ok(self.literal(at, Value::String(Text::from(text))))
            }
            Token::Number(number) => {
                self.at += 1;
                self.number(at, &number)
            }
            Token::Temporal(text) => {
                self.at += 1;
                self.temporal(at, &text)
            }
            Token::End => Err(self.wrong("the expression ends too early")),
            _ => Err(self.wrong("a value or a name must stand here")),
        }
    }

    fn variable(&mut self, at: usize) -> Result<Expr, Error> {
        let name = match self.next() {
            Token::Word(name) | Token::Delimited(name) | Token::Text(name) => name,
            _ => {
                let words = "behind `%` the name of a variable must stand".to_owned();
                return Err(Error::Syntax { at, words });
            }
        };
        Ok(Expr { at, kind: Kind::Variable(name.into()) })
    }

    fn number(&mut self, at: usize, text: &str) -> Result<Expr, Error> {
        let too_long = || Error::Syntax { at, words: "this number has too many digits".to_owned() };
        let decimal = Decimal::parse(text).ok_or_else(too_long)?;
        if let Some(unit) = self.unit() {
            return Ok(self.literal(at, Value::Quantity(Quantity { value: decimal, unit })));
        }
        let value = if text.contains('.') {
            Value::Decimal(decimal)
        } else {
            Value::Integer(decimal.to_whole().ok_or_else(too_long)?)
        };
        Ok(self.literal(at, value))
    }

    /// The unit that makes a number a quantity.
    fn unit(&mut self) -> Option<Unit> {
        let unit = match self.peek() {
            Token::Text(code) => Unit::Ucum(code.as_str().into()),
            Token::Word(word) => Unit::Calendar(CalendarUnit::parse(word)?),
            _ => return None,
        };
        self.at += 1;
        Some(unit)
    }

    fn temporal(&self, at: usize, text: &str) -> Result<Expr, Error> {
        let read = match text.strip_prefix('T') {
            Some(time) => Temporal::time(time),
            None if text.contains('T') => Temporal::date_time(text),
            None => Temporal::date(text),
        };
        let value = read.map(Value::Temporal).ok_or_else(|| {
            let words = "this is no date or time of the calendar".to_owned();
            Error::Syntax { at, words }
        })?;
        Ok(self.literal(at, value))
    }
}
