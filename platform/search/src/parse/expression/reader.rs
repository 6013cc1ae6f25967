//! Reads `_filter` by its grammar. `and` and `or` have no precedence: they are read from left to
//! right, and parentheses say otherwise.

use super::tree::{Op, Step, Test, Tree};
use crate::budget::{Widths, within};
use crate::error::SearchError;

const NARROW: &str = "say it with fewer parentheses, or in several `_filter` parameters";

/// A place in the text. It never goes deeper than `nesting` allows.
pub(super) struct Reader<'t> {
    letters: Vec<char>,
    at: usize,
    depth: usize,
    widths: &'t Widths,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &str, widths: &'t Widths) -> Result<Self, SearchError> {
        within(text.len(), widths.filter_bytes, "bytes of `_filter`", "say it in fewer words")?;
        Ok(Self { letters: text.chars().collect(), at: 0, depth: 0, widths })
    }

    /// Everything, up to the end.
    pub(super) fn whole(mut self) -> Result<Tree, SearchError> {
        let tree = self.filter()?;
        self.blanks();
        match self.peek() {
            None => Ok(tree),
            Some(_) => Err(self.expected("`and`, `or` or the end")),
        }
    }

    fn filter(&mut self) -> Result<Tree, SearchError> {
        let mut tree = self.operand()?;
        loop {
            let before = self.at;
            self.blanks();
            match self.word().as_str() {
                "and" => tree = joined(tree, self.operand()?, true),
                "or" => tree = joined(tree, self.operand()?, false),
                _ => {
                    self.at = before;
                    return Ok(tree);
                }
            }
        }
    }

    fn operand(&mut self) -> Result<Tree, SearchError> {
        self.blanks();
        if self.peek() == Some('(') {
            return self.enclosed('(', ')');
        }
        let before = self.at;
        if self.word() == "not" {
            self.blanks();
            if self.peek() == Some('(') {
                return Ok(Tree::Not(Box::new(self.enclosed('(', ')')?)));
            }
        }
        self.at = before;
        self.test().map(Tree::Test)
    }

    fn enclosed(&mut self, open: char, close: char) -> Result<Tree, SearchError> {
        self.take(open, "`(` or `[`")?;
        self.depth += 1;
        within(self.depth, self.widths.nesting, "levels of `_filter`", NARROW)?;
        let tree = self.filter()?;
        self.blanks();
        self.take(close, if close == ')' { "`and`, `or` or `)`" } else { "`and`, `or` or `]`" })?;
        self.depth -= 1;
        Ok(tree)
    }

    fn test(&mut self) -> Result<Test, SearchError> {
        let path = self.path()?;
        self.blanks();
        let before = self.at;
        let Some(op) = Op::parse(&self.word()) else {
            self.at = before;
            return Err(self.expected("a comparison such as `eq`, `co` or `pr`"));
        };
        self.blanks();
        let value = self.value()?;
        Ok(Test { path, op, value })
    }

    fn path(&mut self) -> Result<Vec<Step>, SearchError> {
        let mut path = Vec::new();
        loop {
            let name = self.name()?;
            let filter = match self.peek() {
                Some('[') => Some(self.enclosed('[', ']')?),
                _ => None,
            };
            let has_filter = filter.is_some();
            path.push(Step { name, filter });
            match self.peek() {
                Some('.') => self.at += 1,
                _ if has_filter => return Err(self.expected("`.` and what is compared")),
                _ => return Ok(path),
            }
        }
    }

    /// A parameter's name. `:` is in `subject:Patient` and `_has:Observation:patient:code`.
    fn name(&mut self) -> Result<String, SearchError> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':');
        let name = self.while_(is_part);
        match name.chars().next() {
            Some(first) if first.is_ascii_alphabetic() || first == '_' => Ok(name),
            _ => Err(self.expected("the name of a search parameter")),
        }
    }

    fn value(&mut self) -> Result<String, SearchError> {
        if self.peek() == Some('"') {
            return self.string();
        }
        let token = self.while_(|c| !c.is_whitespace() && !matches!(c, ')' | ']'));
        if token.is_empty() { Err(self.expected("a value")) } else { Ok(token) }
    }

    /// A JSON string.
    fn string(&mut self) -> Result<String, SearchError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(letter) = self.next() else { return Err(self.expected("`\"`")) };
            match letter {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SearchError> {
        match self.next() {
            Some(plain @ ('"' | '\\' | '/')) => Ok(plain),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let first = self.unit()?;
                let code = match first {
                    0xd800..0xdc00 => {
                        self.take('\\', "the second half of a pair")?;
                        self.take('u', "the second half of a pair")?;
                        let second = self.unit()?;
                        0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)
                    }
                    plain => plain,
                };
                char::from_u32(code).ok_or_else(|| self.expected("a character"))
            }
            _ => Err(self.expected("an escape of JSON")),
        }
    }

    fn unit(&mut self) -> Result<u32, SearchError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|letter| letter.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.expected("four hex digits"))?;
        }
        Ok(code)
    }

    fn word(&mut self) -> String {
        self.while_(|c| c.is_ascii_alphabetic())
    }

    fn while_(&mut self, takes: impl Fn(char) -> bool) -> String {
        let rest = self.letters.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().take_while(|c| takes(**c)).collect();
        self.at += taken.chars().count();
        taken
    }

    fn blanks(&mut self) {
        self.while_(char::is_whitespace);
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn take(&mut self, wanted: char, expected: &'static str) -> Result<(), SearchError> {
        if self.peek() == Some(wanted) {
            self.at += 1;
            return Ok(());
        }
        Err(self.expected(expected))
    }

    fn expected(&self, expected: &'static str) -> SearchError {
        SearchError::Filter { at: self.at + 1, expected }
    }
}

/// Joins from the left. What is joined the same way stands side by side.
fn joined(left: Tree, right: Tree, is_and: bool) -> Tree {
    match (left, is_and) {
        (Tree::All(mut all), true) => {
            all.push(right);
            Tree::All(all)
        }
        (Tree::Any(mut any), false) => {
            any.push(right);
            Tree::Any(any)
        }
        (left, true) => Tree::All(vec![left, right]),
        (left, false) => Tree::Any(vec![left, right]),
    }
}
