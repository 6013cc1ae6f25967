//! Tokens of a query (GraphQL §2.1).

use crate::error::GraphqlError;

/// How many tokens a query may have.
const MOST: usize = 20_000;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token<'q> {
    Name(&'q str),
    Int(&'q str),
    Float(&'q str),
    Text(String),
    /// `! $ & ( ) : = @ [ ] { | }`
    Mark(char),
    /// `...`
    Spread,
    End,
}

/// All tokens with their places, the end included.
pub(crate) fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, GraphqlError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.blank();
        let at = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        found.push((at, token));
        if is_end {
            return Ok(found);
        }
        if found.len() > MOST {
            let words = format!("the query has more than {MOST} tokens");
            return Err(GraphqlError::costly("tokens", words));
        }
    }
}

struct Lexer<'q> {
    text: &'q str,
    at: usize,
}

impl<'q> Lexer<'q> {
    fn rest(&self) -> &'q str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, message: &str) -> GraphqlError {
        GraphqlError::at(self.text, self.at, message)
    }

    /// White space, commas and comments mean nothing.
    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', ',', '\u{feff}']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    fn token(&mut self) -> Result<Token<'q>, GraphqlError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        match first {
            '.' if rest.starts_with("...") => {
                self.at += 3;
                Ok(Token::Spread)
            }
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                self.at += 1;
                Ok(Token::Mark(first))
            }
            '"' if rest.starts_with("\"\"\"") => self.block(),
            '"' => self.string(),
            '-' | '0'..='9' => self.number(),
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                Ok(Token::Name(self.take(is_name)))
            }
            _ => Err(self.wrong("here stands a character that GraphQL does not have")),
        }
    }

    fn take(&mut self, is_in: impl Fn(char) -> bool) -> &'q str {
        let rest = self.rest();
        let end = rest.find(|c| !is_in(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn number(&mut self) -> Result<Token<'q>, GraphqlError> {
        let start = self.at;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(self.wrong("a number has no leading zero"));
        }
        let mut is_float = false;
        if self.rest().starts_with('.') {
            is_float = true;
            self.at += 1;
            self.digits()?;
        }
        if self.rest().starts_with(['e', 'E']) {
            is_float = true;
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.rest().starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Err(self.wrong("a number must end here"));
        }
        let text = &self.text[start..self.at];
        Ok(if is_float { Token::Float(text) } else { Token::Int(text) })
    }

    fn digits(&mut self) -> Result<&'q str, GraphqlError> {
        let digits = self.take(|c| c.is_ascii_digit());
        if digits.is_empty() { Err(self.wrong("a digit must stand here")) } else { Ok(digits) }
    }

    fn string(&mut self) -> Result<Token<'q>, GraphqlError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let plain = self.take(|c| !matches!(c, '"' | '\\' | '\n' | '\r'));
            out.push_str(plain);
            let rest = self.rest();
            if rest.starts_with('"') {
                self.at += 1;
                return Ok(Token::Text(out));
            }
            if !rest.starts_with('\\') {
                return Err(self.wrong("a string must end on its line, with `\"`"));
            }
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, GraphqlError> {
        let code = self.rest().chars().nth(1);
        let plain = match code {
            Some('u') => return self.unicode(),
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            _ => return Err(self.wrong("this is no escape that GraphQL knows")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\uXXXX`, as a pair where it is half of one.
    fn unicode(&mut self) -> Result<char, GraphqlError> {
        let unit = |from: usize| {
            let digits = self.rest().get(from..from + 4)?;
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
        };
        let first = unit(2);
        let is_pair = first.is_some_and(|unit| (0xd800..0xdc00).contains(&unit));
        let found = if is_pair {
            let second = unit(8).filter(|_| self.rest().get(6..8) == Some("\\u"));
            let low = second.and_then(|unit| unit.checked_sub(0xdc00)).filter(|low| *low < 0x400);
            let high = first.unwrap_or_default() - 0xd800;
            low.and_then(|low| char::from_u32(0x10000 + (high << 10) + low))
        } else {
            first.and_then(char::from_u32)
        };
        let found = found.ok_or_else(|| self.wrong("`\\u` must be followed by a character"))?;
        self.at += if is_pair { 12 } else { 6 };
        Ok(found)
    }

    /// A block string (§2.9.4): indentation that all lines share is not part of it.
    fn block(&mut self) -> Result<Token<'q>, GraphqlError> {
        self.at += 3;
        let mut raw = String::new();
        loop {
            let rest = self.rest();
            if let Some(at) = rest.find("\"\"\"") {
                let is_escaped = rest[..at].ends_with('\\');
                raw.push_str(rest[..at].strip_suffix('\\').unwrap_or(&rest[..at]));
                self.at += at + 3;
                if !is_escaped {
                    return Ok(Token::Text(dedent(&raw)));
                }
                raw.push_str("\"\"\"");
            } else {
                return Err(self.wrong("a block string must end with `\"\"\"`"));
            }
        }
    }
}

fn dedent(raw: &str) -> String {
    let lines: Vec<&str> = raw.lines().collect();
    let is_blank = |line: &&str| line.trim_matches([' ', '\t']).is_empty();
    let indents = lines.iter().skip(1).filter(|line| !is_blank(line));
    let indents = indents.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len());
    let common = indents.min().unwrap_or(0);
    let cut = |(at, line): (usize, &&'_ str)| match at {
        0 => (*line).to_owned(),
        _ => line.get(common..).unwrap_or_default().to_owned(),
    };
    let mut kept: Vec<String> = lines.iter().enumerate().map(cut).collect();
    while kept.last().is_some_and(|line| is_blank(&line.as_str())) {
        kept.pop();
    }
    let first = kept.iter().position(|line| !is_blank(&line.as_str())).unwrap_or(kept.len());
    kept.split_off(first).join("\n")
}
