//! Strings (<https://hl7.org/fhirpath/N1/#string-manipulation>). Places are counted in characters.

use regex::Regex;

use super::{On, optional, regular};
use crate::ast::Kind;
use crate::error::Error;
use crate::eval::operators::boolean;
use crate::eval::{NO_PATTERN, Outcome};
use crate::function::Function as F;
use crate::item::{Item, Value};
use crate::text::Text;

impl<'d> On<'_, '_, 'd> {
    pub(super) fn texts(&self) -> Outcome<'d> {
        if self.call.function == F::Join {
            return self.joined();
        }
        let Some(text) = self.run.string(self.input, self.at)? else {
            return self.without_input();
        };
        self.run.charge(text.len() / 64)?;
        let integer = |number: usize| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            Ok(vec![Item::Value(Value::Integer(number))])
        };
        match self.call.function {
            F::Upper => self.made(text.to_uppercase()),
            F::Lower => self.made(text.to_lowercase()),
            F::Trim => self.made(text.trim().to_owned()),
            F::Length => integer(text.chars().count()),
            F::ToChars => {
                self.run.charge_items(text.len())?;
                Ok(text.chars().map(|c| Item::string(c.to_string())).collect())
            }
            F::Substring => self.substring(&text),
            F::Matches | F::MatchesFull => self.matched(&text),
            F::ReplaceMatches => self.matches_replaced(&text),
            F::Replace => self.replaced(&text),
            _ => {
                let Some(other) = self.text_argument(0)? else { return Ok(Vec::new()) };
                self.with(&text, &other)
            }
        }
    }

    /// Arguments are looked at even where there is nothing to apply them to.
    fn without_input(&self) -> Outcome<'d> {
        for index in 0..self.call.arguments.len() {
            self.argument(index)?;
        }
        Ok(Vec::new())
    }

    fn text_argument(&self, index: usize) -> Result<Option<Text<'d>>, Error> {
        self.run.string_argument(self.call, index, self.focus, self.at)
    }

    fn made(&self, text: String) -> Outcome<'d> {
        self.run.charge_text(text.len())?;
        optional(Some(Value::String(Text::from(text))))
    }

    fn with(&self, text: &str, other: &str) -> Outcome<'d> {
        let place = |found: Option<usize>| {
            let at = found.map(|at| text[..at].chars().count());
            let at = at.map_or(-1, |at| i64::try_from(at).unwrap_or(i64::MAX));
            Ok(vec![Item::Value(Value::Integer(at))])
        };
        match self.call.function {
            F::IndexOf => place(text.find(other)),
            F::LastIndexOf => place(text.rfind(other)),
            F::StartsWith => Ok(boolean(text.starts_with(other))),
            F::EndsWith => Ok(boolean(text.ends_with(other))),
            F::Contains => Ok(boolean(text.contains(other))),
            _ => {
                let parts: Vec<_> = text.split(other).map(Item::string).collect();
                self.run.charge_items(parts.len())?;
                // Splitting by nothing gives the characters, without empty ends.
                let is_end = |at: usize| other.is_empty() && (at == 0 || at + 1 == parts.len());
                let kept = parts.iter().enumerate().filter(|(at, _)| !is_end(*at));
                Ok(kept.map(|(_, part)| part.clone()).collect())
            }
        }
    }

    fn substring(&self, text: &str) -> Outcome<'d> {
        let run = self.run;
        let start = run.integer_argument(self.call, 0, self.focus, self.at)?;
        let Some(start) = start else { return Ok(Vec::new()) };
        let length = match self.call.arguments.len() {
            1 => None,
            // A length that is empty counts as none given.
            _ => run.integer_argument(self.call, 1, self.focus, self.at)?,
        };
        let Ok(start) = usize::try_from(start) else { return Ok(Vec::new()) };
        let mut rest = text.chars().skip(start).peekable();
        if rest.peek().is_none() {
            return Ok(Vec::new());
        }
        let length = length.map_or(usize::MAX, |most| usize::try_from(most.max(0)).unwrap_or(0));
        self.made(rest.take(length).collect())
    }

    fn replaced(&self, text: &str) -> Outcome<'d> {
        let (Some(pattern), Some(with)) = (self.text_argument(0)?, self.text_argument(1)?) else {
            return Ok(Vec::new());
        };
        let count = text.matches(&*pattern).count();
        self.run.charge_text(text.len().saturating_add(count.saturating_mul(with.len())))?;
        self.made(text.replace(&*pattern, &with))
    }

    fn matched(&self, text: &str) -> Outcome<'d> {
        let Some(pattern) = self.pattern()? else { return Ok(Vec::new()) };
        self.run.charge(text.len() / 8)?;
        if self.call.function == F::Matches {
            return Ok(boolean(pattern.is_match(text)));
        }
        let whole = self.run.pattern(&format!("^(?:{})$", pattern.as_str()), self.at)?;
        Ok(boolean(whole.is_match(text)))
    }

    fn matches_replaced(&self, text: &str) -> Outcome<'d> {
        let (pattern, with) = (self.pattern()?, self.text_argument(1)?);
        let (Some(pattern), Some(with)) = (pattern, with) else { return Ok(Vec::new()) };
        if pattern.as_str().is_empty() {
            return self.made(text.to_owned());
        }
        self.run.charge(text.len() / 8)?;
        let count = pattern.find_iter(text).count();
        // A substitution can name the whole match, again and again.
        let each = with.len().saturating_add(text.len().saturating_mul(with.matches('$').count()));
        self.run.charge_text(text.len().saturating_add(count.saturating_mul(each)))?;
        self.made(pattern.replace_all(text, &*braced(&with)).into_owned())
    }

    /// The regular expression of the first argument. That of a literal is made once for all.
    fn pattern(&self) -> Result<Option<Regex>, Error> {
        let literal = self.call.arguments.first().map(|argument| &argument.kind);
        if let Some(Kind::Literal(Value::String(text))) = literal {
            let pattern = self.call.pattern.get_or_init(|| regular(text));
            return pattern.clone().map(Some).ok_or_else(|| self.fail(NO_PATTERN));
        }
        let Some(text) = self.text_argument(0)? else { return Ok(None) };
        self.run.pattern(&text, self.at).map(Some)
    }

    fn joined(&self) -> Outcome<'d> {
        let separator = self.text_argument(0)?;
        let separator = separator.as_deref().unwrap_or("");
        let mut all = String::new();
        if self.input.is_empty() {
            return Ok(Vec::new());
        }
        for (place, item) in self.input.iter().enumerate() {
            let text = self.run.string(std::slice::from_ref(item), self.at)?;
            let text = text.as_deref().unwrap_or("");
            self.run.charge_text(all.len() + text.len() + separator.len())?;
            if place > 0 {
                all.push_str(separator);
            }
            all.push_str(text);
        }
        self.made(all)
    }
}

/// Groups are named by `$1` and `${name}`; what else stands behind a digit belongs to the text.
fn braced(with: &str) -> String {
    let mut out = String::with_capacity(with.len() + 8);
    let mut rest = with;
    while let Some(at) = rest.find('$') {
        let (before, behind) = rest.split_at(at + 1);
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(before);
        if digits > 0 {
            out.push('{');
            out.push_str(&behind[..digits]);
            out.push('}');
        } else if !behind.starts_with('{') {
            // A lone `$` is itself.
            out.push('$');
        }
        rest = &behind[digits..];
    }
    out + rest
}
