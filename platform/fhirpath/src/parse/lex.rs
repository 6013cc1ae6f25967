//! Cuts an expression into tokens.

use crate::error::Error;

/// A token of FHIRPath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a keyword, as written.
    Word(String),
    /// `` `name` ``
    Delimited(String),
    /// `'text'`, its escapes resolved.
    Text(String),
    /// `12`, `1.50`
    Number(String),
    /// Behind an `@`: a date, a moment or a time (that begins with `T`).
    Temporal(String),
    /// An operator, a bracket, a comma …
    Sign(&'static str),
    /// `$this`, `$index`, `$total`
    Special(&'static str),
    /// Nothing follows.
    End,
}

const SIGNS: [&str; 23] = [
    "<=", ">=", "!=", "!~", "<", ">", "=", "~", "+", "-", "*", "/", "&", "|", "(", ")", "[", "]",
    "{", "}", ".", ",", "%",
];

/// The tokens of an expression, each with the character (from 1) at which it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Error> {
    // Counting characters each time would be quadratic, and nearly every expression is ASCII.
    let is_ascii = text.is_ascii();
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.blank()?;
        let at = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((if is_ascii { at + 1 } else { character(text, at) }, token));
        if is_end {
            return Ok(tokens);
        }
    }
}

fn character(text: &str, at: usize) -> usize {
    text[..at].chars().count() + 1
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn wrong(&self, words: impl Into<String>) -> Error {
        Error::Syntax { at: character(self.text, self.at), words: words.into() }
    }

    /// Skips blanks and comments.
    fn blank(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            let blanks = rest.len() - trimmed.len();
            let (is_line, is_block) = (trimmed.starts_with("//"), trimmed.starts_with("/*"));
            let line = if is_line { trimmed.find('\n').unwrap_or(trimmed.len()) } else { 0 };
            let block = if is_block { trimmed.find("*/") } else { None };
            self.at += blanks;
            if is_line {
                self.at += line;
            } else if is_block {
                self.at += block.ok_or_else(|| self.wrong("a comment has no end"))? + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token, Error> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(Token::Word(self.word())),
            '0'..='9' => Ok(Token::Number(self.number())),
            '\'' => Ok(Token::Text(self.quoted('\'')?)),
            '`' => Ok(Token::Delimited(self.quoted('`')?)),
            '"' => Ok(Token::Delimited(self.quoted('"')?)),
            '@' => self.temporal(),
            '$' => self.special(),
            _ => {
                let sign = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
                let sign = sign.ok_or_else(|| self.wrong("this character means nothing here"))?;
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
        }
    }

    fn take(&mut self, is_part: impl Fn(u8) -> bool) -> String {
        let length = self.rest().bytes().take_while(|byte| is_part(*byte)).count();
        let taken = self.rest()[..length].to_owned();
        self.at += length;
        taken
    }

    fn word(&mut self) -> String {
        self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    fn number(&mut self) -> String {
        let mut number = self.take(|byte| byte.is_ascii_digit());
        if self.fraction_follows() {
            self.at += 1;
            number.push('.');
            number.push_str(&self.take(|byte| byte.is_ascii_digit()));
        }
        number
    }

    fn fraction_follows(&self) -> bool {
        let rest = self.rest().as_bytes();
        rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit)
    }

    fn temporal(&mut self) -> Result<Token, Error> {
        self.at += 1;
        let mut text = String::new();
        if self.rest().starts_with('T') {
            self.at += 1;
            text.push('T');
            self.time(&mut text);
            return Ok(Token::Temporal(text));
        }
        text.push_str(&self.take(|byte| byte.is_ascii_digit() || byte == b'-'));
        if text.is_empty() {
            return Err(self.wrong("behind `@` a date or a time must stand"));
        }
        if self.rest().starts_with('T') {
            self.at += 1;
            text.push('T');
            self.time(&mut text);
            self.zone(&mut text);
        }
        Ok(Token::Temporal(text))
    }

    fn time(&mut self, text: &mut String) {
        text.push_str(&self.take(|byte| byte.is_ascii_digit() || byte == b':'));
        if self.fraction_follows() {
            self.at += 1;
            text.push('.');
            text.push_str(&self.take(|byte| byte.is_ascii_digit()));
        }
    }

    /// A zone. A sign without digits behind it is an operator.
    fn zone(&mut self, text: &mut String) {
        let rest = self.rest().as_bytes();
        if rest.first() == Some(&b'Z') {
            self.at += 1;
            text.push('Z');
        } else if let [sign @ (b'+' | b'-'), a, b, b':', c, d, ..] = rest
            && [a, b, c, d].iter().all(|byte| byte.is_ascii_digit())
        {
            text.push(char::from(*sign));
            self.at += 1;
            text.push_str(&self.take(|byte| byte.is_ascii_digit() || byte == b':'));
        }
    }

    fn special(&mut self) -> Result<Token, Error> {
        for name in ["$this", "$index", "$total"] {
            if self.rest().starts_with(name) {
                self.at += name.len();
                return Ok(Token::Special(name));
            }
        }
        Err(self.wrong("behind `$` one of `this`, `index` and `total` must stand"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, Error> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                return Err(self.wrong("a text has no end"));
            };
            self.at += next.len_utf8();
            match next {
                '\\' => text.push(self.escape()?),
                end if end == quote => return Ok(text),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let next = self.rest().chars().next();
        let next = next.ok_or_else(|| self.wrong("a text has no end"))?;
        self.at += next.len_utf8();
        Ok(match next {
            'r' => '\r',
            'n' => '\n',
            't' => '\t',
            'f' => '\u{c}',
            '\\' | '/' | '\'' | '"' | '`' => next,
            'u' => return self.unicode(),
            // Not an escape of FHIRPath. R4's own invariants write `\d` and the like, unescaped.
            other => {
                self.at -= other.len_utf8();
                '\\'
            }
        })
    }

    fn unicode(&mut self) -> Result<char, Error> {
        let high = self.unit()?;
        let code = if (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u") {
            self.at += 2;
            let low = self.unit()?;
            0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff)
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| self.wrong("no character has this number"))
    }

    fn unit(&mut self) -> Result<u32, Error> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("behind `\\u` four hex digits must stand"))?;
        self.at += 4;
        Ok(unit)
    }
}
