//! The parser: one pass over the bytes, no recursion, no number ever converted.

use super::{Kind, Node, SyntaxError, string};

/// How deep arrays and objects may nest. FHIR's deepest official example has 14 levels.
pub const MAX_DEPTH: usize = 64;

/// Objects with more members than this are checked for duplicate keys by sorting.
const FEW: usize = 24;

struct Parser<'a, 'n> {
    text: &'a str,
    at: usize,
    nodes: &'n mut Vec<Node>,
    /// Indices of the containers that are open, outermost first.
    open: Vec<u32>,
    /// Per open container: where the keys of an object begin in `keys`.
    marks: Vec<u32>,
    /// Key nodes of the open objects.
    keys: Vec<u32>,
}

pub(super) fn parse<'a>(text: &'a [u8], nodes: &mut Vec<Node>) -> Result<&'a str, SyntaxError> {
    let text = std::str::from_utf8(text)
        .map_err(|e| located(text, e.valid_up_to(), String::new(), "the text is not UTF-8"))?;
    let mut parser =
        Parser { text, at: 0, nodes, open: Vec::new(), marks: Vec::new(), keys: Vec::new() };
    if text.len() > i32::MAX as usize {
        return Err(parser.wrong("the text is longer than 2 GiB"));
    }
    parser.document()?;
    Ok(text)
}

impl Parser<'_, '_> {
    fn document(&mut self) -> Result<(), SyntaxError> {
        self.value()?;
        while let Some(&container) = self.open.last() {
            self.blank();
            if self.nodes[container as usize].kind == Kind::Object {
                self.member(container)?;
            } else {
                self.item(container)?;
            }
        }
        self.blank();
        if self.at < self.text.len() {
            return Err(self.wrong("the text goes on behind its end"));
        }
        Ok(())
    }

    /// Takes one value; a container is only opened.
    fn value(&mut self) -> Result<(), SyntaxError> {
        self.blank();
        let start = self.at;
        match self.peek() {
            b'{' => self.enter(Kind::Object),
            b'[' => self.enter(Kind::Array),
            b'"' => {
                let escaped = self.string()?;
                self.push(Kind::String, start, escaped);
                Ok(())
            }
            b't' => self.word("true", Kind::Bool),
            b'f' => self.word("false", Kind::Bool),
            b'n' => self.word("null", Kind::Null),
            b'-' | b'0'..=b'9' => {
                self.number()?;
                self.push(Kind::Number, start, false);
                Ok(())
            }
            _ if start >= self.text.len() => Err(self.wrong("the text ends too early")),
            _ => Err(self.wrong("here a value must stand")),
        }
    }

    fn member(&mut self, object: u32) -> Result<(), SyntaxError> {
        let empty = self.nodes.len() as u32 == object + 1;
        match (self.peek(), empty) {
            (b'}', _) => return self.leave(object),
            (b',', false) => {
                self.at += 1;
                self.blank();
            }
            (_, true) => {}
            _ => return Err(self.expected("`,` or `}` must stand here")),
        }
        if self.peek() != b'"' {
            return Err(self.expected("a key in double quotes must stand here"));
        }
        let start = self.at;
        let escaped = self.string()?;
        self.keys.push(self.nodes.len() as u32);
        self.push(Kind::String, start, escaped);
        self.blank();
        if self.peek() != b':' {
            return Err(self.expected("`:` must stand here"));
        }
        self.at += 1;
        self.value()
    }

    fn item(&mut self, array: u32) -> Result<(), SyntaxError> {
        let empty = self.nodes.len() as u32 == array + 1;
        match (self.peek(), empty) {
            (b']', _) => self.leave(array),
            (b',', false) => {
                self.at += 1;
                self.value()
            }
            (_, true) => self.value(),
            _ => Err(self.expected("`,` or `]` must stand here")),
        }
    }

    fn enter(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.wrong("arrays and objects nest deeper than 64 levels"));
        }
        self.open.push(self.nodes.len() as u32);
        self.marks.push(self.keys.len() as u32);
        let start = self.at;
        self.at += 1;
        self.push(kind, start, false);
        Ok(())
    }

    fn leave(&mut self, container: u32) -> Result<(), SyntaxError> {
        self.at += 1;
        let first = self.marks.last().copied().unwrap_or_default() as usize;
        if let Some(offset) = self.duplicate(first) {
            self.at = offset;
            return Err(self.wrong("this key stands twice in its object"));
        }
        self.keys.truncate(first);
        self.marks.pop();
        self.open.pop();
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[container as usize];
        node.end = self.at as u32;
        node.next = next;
        Ok(())
    }

    /// Where a key stands that its object had already, among the keys from `first` on.
    fn duplicate(&self, first: usize) -> Option<usize> {
        let keys = &self.keys[first..];
        let bytes = self.text.as_bytes();
        let raw = |k: u32| {
            let node = &self.nodes[k as usize];
            &bytes[node.start as usize + 1..node.end as usize - 1]
        };
        let plain = keys.iter().all(|&k| !self.nodes[k as usize].escaped);
        if plain && keys.len() <= FEW {
            for (i, &a) in keys.iter().enumerate().skip(1) {
                let key = raw(a);
                if keys[..i].iter().any(|&b| raw(b) == key) {
                    return Some(self.nodes[a as usize].start as usize);
                }
            }
            return None;
        }
        let mut seen = std::collections::HashSet::with_capacity(keys.len());
        for &k in keys {
            let node = &self.nodes[k as usize];
            let inner = &self.text[node.start as usize + 1..node.end as usize - 1];
            let key = if node.escaped { string::unescape(inner) } else { inner.into() };
            if !seen.insert(key) {
                return Some(node.start as usize);
            }
        }
        None
    }

    fn push(&mut self, kind: Kind, start: usize, escaped: bool) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: self.at as u32, next, kind, escaped });
    }

    /// Takes a string from its opening quote on; tells whether it has escapes.
    fn string(&mut self) -> Result<bool, SyntaxError> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at = string::plain_run_end(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.wrong("a control character stands in a string")),
                None => return Err(self.wrong("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.text.as_bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let unit = self.unit(self.at + 2)?;
                self.at += 6;
                if (0xdc00..0xe000).contains(&unit) {
                    return Err(self.wrong("a low surrogate stands without its high one"));
                }
                if (0xd800..0xdc00).contains(&unit) {
                    let pair = self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u");
                    let low = if pair { self.unit(self.at + 2)? } else { 0 };
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.wrong("a high surrogate stands without its low one"));
                    }
                    self.at += 6;
                }
            }
            _ => return Err(self.wrong("this is no escape that JSON knows")),
        }
        Ok(())
    }

    fn unit(&self, from: usize) -> Result<u32, SyntaxError> {
        let digits = self.text.as_bytes().get(from..from + 4);
        let hex = digits.filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let text = hex.and_then(|d| std::str::from_utf8(d).ok());
        text.and_then(|t| u32::from_str_radix(t, 16).ok())
            .ok_or_else(|| self.wrong("four hex digits must follow `\\u`"))
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        if matches!(self.peek(), b'0'..=b'9' | b'.') {
            return Err(self.wrong("a number has no leading zero and one point at most"));
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.wrong("a digit must stand here"));
        }
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), SyntaxError> {
        let start = self.at;
        if !self.text[self.at..].starts_with(word) {
            return Err(self.wrong("here a value must stand"));
        }
        self.at += word.len();
        self.push(kind, start, false);
        Ok(())
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') && self.at < self.text.len() {
            self.at += 1;
        }
    }

    /// The byte at hand; 0 behind the end (0 itself is valid nowhere outside a string).
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn expected(&self, message: &'static str) -> SyntaxError {
        let early = self.at >= self.text.len();
        self.wrong(if early { "the text ends too early" } else { message })
    }

    fn wrong(&self, message: &'static str) -> SyntaxError {
        located(self.text.as_bytes(), self.at, self.path(), message)
    }

    /// The element path to the place at hand, from the containers that are open.
    fn path(&self) -> String {
        let mut path = String::new();
        for (level, &container) in self.open.iter().enumerate() {
            let inner_end = self.open.get(level + 1).copied().unwrap_or(self.nodes.len() as u32);
            if self.nodes[container as usize].kind == Kind::Object {
                let from = self.marks[level] as usize;
                let to = self.marks.get(level + 1).map_or(self.keys.len(), |&m| m as usize);
                let Some(&key) = self.keys.get(from..to).and_then(|keys| keys.last()) else {
                    continue;
                };
                let node = &self.nodes[key as usize];
                if !path.is_empty() {
                    path.push('.');
                }
                let name = &self.text[node.start as usize + 1..node.end as usize - 1];
                path.extend(name.chars().take(64));
            } else {
                let mut count = 0usize;
                let mut at = container + 1;
                while at < inner_end {
                    count += 1;
                    at = self.nodes[at as usize].next;
                }
                path.push_str(&format!("[{count}]"));
            }
        }
        path
    }
}

fn located(text: &[u8], offset: usize, path: String, message: &'static str) -> SyntaxError {
    let before = &text[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() as u32 + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() as u32 + 1;
    SyntaxError { offset, line, column, path, message }
}
