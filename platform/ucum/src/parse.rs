//! UCUM's grammar (§§ 5 to 12): terms of components, with exponents and annotations.

use crate::atoms::Atoms;
use crate::error::UcumError;
use crate::factor::Factor;
use crate::unit::Unit;

/// Longer than any code in use.
const MAX_LENGTH: usize = 256;
/// Parentheses in parentheses.
const MAX_DEPTH: u8 = 16;
/// The greatest exponent of a unit.
const MAX_EXPONENT: i32 = 99;

/// Reads a code by a table of atoms.
pub(crate) fn parse(atoms: &Atoms, code: &str) -> Result<Unit, UcumError> {
    if code.len() > MAX_LENGTH {
        return Err(UcumError::Syntax { why: "longer than 256 bytes", at: 0 });
    }
    let mut reader = Reader { atoms, code, at: 0 };
    let unit = reader.term(0)?;
    if reader.at < code.len() {
        return Err(reader.wrong("a parenthesis that was not opened"));
    }
    Ok(unit)
}

struct Reader<'c> {
    atoms: &'c Atoms,
    code: &'c str,
    at: usize,
}

impl<'c> Reader<'c> {
    fn wrong(&self, why: &'static str) -> UcumError {
        UcumError::Syntax { why, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.code.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Components with `.` and `/` between them, from left to right; a `/` may come first.
    fn term(&mut self, depth: u8) -> Result<Unit, UcumError> {
        let mut unit = Unit::one();
        let mut divides = self.skip(b'/');
        loop {
            let component = self.component(depth)?;
            unit = if divides { unit.over(&component) } else { unit.times(&component) };
            divides = match self.peek() {
                Some(b'.') => false,
                Some(b'/') => true,
                _ => return Ok(unit),
            };
            self.at += 1;
        }
    }

    fn component(&mut self, depth: u8) -> Result<Unit, UcumError> {
        let unit = match self.peek() {
            Some(b'(') if depth >= MAX_DEPTH => {
                return Err(self.wrong("too many parentheses"));
            }
            Some(b'(') => {
                self.at += 1;
                let inner = self.term(depth + 1)?;
                if !self.skip(b')') {
                    return Err(self.wrong("a parenthesis is not closed"));
                }
                inner
            }
            Some(b'{') => Unit::one(),
            _ => self.simple()?,
        };
        self.annotation()?;
        Ok(unit)
    }

    /// `{anything}`, which says something to people only.
    fn annotation(&mut self) -> Result<(), UcumError> {
        if self.peek() == Some(b'{') {
            let rest = &self.code[self.at..];
            let end = rest.find('}').ok_or_else(|| self.wrong("a brace is not closed"))?;
            self.at += end + 1;
        }
        Ok(())
    }

    /// A number, or an atom with prefix and exponent.
    fn simple(&mut self) -> Result<Unit, UcumError> {
        let word = self.word()?;
        if word.is_empty() {
            return Err(self.wrong("a unit is missing"));
        }
        let unit = self.read(word);
        let unit = unit.ok_or_else(|| self.wrong("an unknown unit"))?;
        self.at += word.len();
        Ok(unit)
    }

    /// Up to the next operator that stands outside square brackets.
    fn word(&self) -> Result<&'c str, UcumError> {
        let rest = &self.code[self.at..];
        let mut inside = false;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'[' => inside = true,
                b']' => inside = false,
                b'.' | b'/' | b'(' | b')' | b'{' if !inside => return Ok(&rest[..at]),
                _ => {}
            }
        }
        if inside { Err(self.wrong("a square bracket is not closed")) } else { Ok(rest) }
    }

    fn read(&self, word: &str) -> Option<Unit> {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            let number = word.parse::<u64>().ok().filter(|number| *number > 0)?;
            return Some(Unit { factor: Factor::whole(u128::from(number)), ..Unit::one() });
        }
        if let Some(unit) = self.atoms.find(word) {
            return Some(unit);
        }
        let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (head, exponent) = word.split_at(word.len() - digits);
        let exponent: i32 = exponent.parse().ok().filter(|e| *e <= MAX_EXPONENT)?;
        let (atom, exponent) = match head.strip_suffix('-') {
            Some(atom) => (atom, -exponent),
            None => (head.strip_suffix('+').unwrap_or(head), exponent),
        };
        Some(self.atoms.find(atom)?.power(exponent))
    }
}
