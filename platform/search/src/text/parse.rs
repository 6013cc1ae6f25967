//! Reads a search for words: `chest pain`, `(bone or liver) and metastas*`, `"chest pain"`.
//!
//! R4 §3.1.1.4.7 leaves the syntax to servers and shows `and`, `or` and parentheses in its
//! example. Words beside each other must all be there; commas are `or`, as everywhere.

use super::Tree;
use crate::extract::each_word;

/// Parentheses in parentheses.
const MAX_DEPTH: usize = 8;
/// More words than anybody looks for.
const MAX_WORDS: usize = 64;

const WRONG: &str = "words to look for, such as chest pain, metastas*, \"chest pain\" or \
                     (bone or liver) and metastases";

/// Reads alternatives, already cut at commas; or says what is right.
pub(crate) fn read(alternatives: &[String]) -> Result<Tree, &'static str> {
    let mut any = Vec::with_capacity(alternatives.len());
    let mut words = 0;
    for text in alternatives {
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens: &tokens, words: &mut words };
        any.push(reader.either(0)?);
        if !reader.tokens.is_empty() {
            return Err(WRONG);
        }
    }
    Ok(one_or(any, Tree::Any))
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Quoted(String),
    Plain(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => {
                tokens.push(Token::Open);
                1
            }
            ')' => {
                tokens.push(Token::Close);
                1
            }
            '"' => {
                let end = rest[1..].find('"').ok_or("words with both quotes around a phrase")?;
                tokens.push(Token::Quoted(rest[1..=end].to_owned()));
                end + 2
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
                let end = rest.find(ends).unwrap_or(rest.len());
                let word = &rest[..end];
                tokens.push(match word {
                    _ if word.eq_ignore_ascii_case("and") => Token::And,
                    _ if word.eq_ignore_ascii_case("or") => Token::Or,
                    _ => Token::Plain(word.to_owned()),
                });
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Reader<'t> {
    tokens: &'t [Token],
    words: &'t mut usize,
}

impl Reader<'_> {
    fn skip(&mut self, wanted: &Token) -> bool {
        let is_there = self.tokens.first() == Some(wanted);
        self.tokens = &self.tokens[usize::from(is_there)..];
        is_there
    }

    fn either(&mut self, depth: usize) -> Result<Tree, &'static str> {
        let mut any = vec![self.together(depth)?];
        while self.skip(&Token::Or) {
            any.push(self.together(depth)?);
        }
        Ok(one_or(any, Tree::Any))
    }

    fn together(&mut self, depth: usize) -> Result<Tree, &'static str> {
        let mut all = vec![self.unit(depth)?];
        loop {
            let said = self.skip(&Token::And);
            let ends = matches!(self.tokens.first(), None | Some(Token::Close | Token::Or));
            if ends && !said {
                return Ok(one_or(all, Tree::All));
            }
            all.push(self.unit(depth)?);
        }
    }

    fn unit(&mut self, depth: usize) -> Result<Tree, &'static str> {
        let (first, rest) = self.tokens.split_first().ok_or(WRONG)?;
        self.tokens = rest;
        match first {
            Token::Open if depth >= MAX_DEPTH => Err("words with at most eight parentheses"),
            Token::Open => {
                let inner = self.either(depth + 1)?;
                if self.skip(&Token::Close) { Ok(inner) } else { Err(WRONG) }
            }
            Token::Quoted(text) => Ok(match self.words_of(text)? {
                mut words if words.len() == 1 => Tree::Word(words.remove(0)),
                words => Tree::Phrase(words),
            }),
            Token::Plain(text) => {
                let mut words = self.words_of(text)?;
                let last = words.pop().ok_or(WRONG)?;
                let mut all: Vec<_> = words.into_iter().map(Tree::Word).collect();
                all.push(if text.ends_with('*') { Tree::Begins(last) } else { Tree::Word(last) });
                Ok(one_or(all, Tree::All))
            }
            Token::Close | Token::And | Token::Or => Err(WRONG),
        }
    }

    /// The words of a text; there must be one.
    fn words_of(&mut self, text: &str) -> Result<Vec<String>, &'static str> {
        let mut words = Vec::new();
        each_word(text, &mut String::new(), &mut |word| words.push(word.to_owned()));
        *self.words += words.len();
        match words.len() {
            0 => Err("words with a letter or digit in each"),
            _ if *self.words > MAX_WORDS => Err("at most 64 words"),
            _ => Ok(words),
        }
    }
}

fn one_or(mut all: Vec<Tree>, several: fn(Vec<Tree>) -> Tree) -> Tree {
    if all.len() == 1 { all.remove(0) } else { several(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tree: &Tree) -> String {
        let list = |all: &[Tree], between: &str| {
            format!("({})", all.iter().map(shown).collect::<Vec<_>>().join(between))
        };
        match tree {
            Tree::Word(word) => word.clone(),
            Tree::Begins(word) => format!("{word}*"),
            Tree::Phrase(words) => format!("\"{}\"", words.join(" ")),
            Tree::All(all) => list(all, " & "),
            Tree::Any(any) => list(any, " | "),
        }
    }

    fn one(text: &str) -> Result<String, &'static str> {
        read(&[text.to_owned()]).map(|tree| shown(&tree))
    }

    #[test]
    fn words_go_together_as_they_are_said_to() {
        for (text, tree) in [
            ("Chest", "chest"),
            ("chest  pain", "(chest & pain)"),
            ("(bone OR liver) and metastas*", "((bone | liver) & metastas*)"),
            ("a b or c", "((a & b) | c)"),
            ("\"Chest Pain\" acute", "(\"chest pain\" & acute)"),
            ("\"pain\"", "pain"),
            ("COVID-19", "(covid & 19)"),
            ("x-ray*", "(x & ray*)"),
            ("5.4", "5.4"),
        ] {
            assert_eq!(one(text).as_deref(), Ok(tree), "{text}");
        }
        let commas = ["a b".to_owned(), "c".to_owned()];
        assert_eq!(read(&commas).map(|tree| shown(&tree)).as_deref(), Ok("((a & b) | c)"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = format!("{}a{}", "(".repeat(20), ")".repeat(20));
        let many = "a ".repeat(65);
        for text in
            ["", "  ", "*", "()", "(a", "a)", "a and", "or a", "\"a", "\"\"", "a - b", &deep, &many]
        {
            assert!(one(text).is_err(), "{text}");
        }
    }
}
