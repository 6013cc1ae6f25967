//! Tokens of an XML text, with their places and namespaces; what is not safe is refused here.
//!
//! `quick-xml` finds the tokens. It is lenient where XML is strict, and does not bound what is
//! declared or how many attributes a tag has (it compares each with each): both is done here.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesDecl, Event};

use crate::error::ReadError;
use crate::references::{NO_CHARACTER, is_character};
use crate::{FHIR, XHTML};

/// How deep elements may nest, those of narratives included.
const MAX_DEPTH: usize = 256;
/// How many attributes a tag may have. FHIR's have three at most.
const MAX_ATTRIBUTES: usize = 64;
/// How many namespaces may be declared at once.
const MAX_NAMESPACES: usize = 64;

/// Which vocabulary a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namespace {
    None,
    Fhir,
    Xhtml,
    /// XML Schema's `xsi:schemaLocation` and the like, which say nothing about the resource.
    Schema,
    Xml,
    Foreign,
}

/// An attribute as it stands; declarations of namespaces are not among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'x> {
    pub(crate) namespace: Namespace,
    pub(crate) name: &'x str,
    pub(crate) raw: &'x str,
}

/// A start tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'x> {
    pub(crate) namespace: Namespace,
    pub(crate) prefix: &'x str,
    pub(crate) name: &'x str,
    pub(crate) is_empty: bool,
    /// Whether it declares the default namespace itself.
    pub(crate) declares: bool,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token<'x> {
    Start(Tag<'x>),
    End,
    /// Text, a reference, or a CDATA section: something that is not markup.
    Text,
    Comment,
    Eof,
}

struct Binding<'x> {
    depth: usize,
    prefix: &'x str,
    namespace: Namespace,
}

/// A text, token by token.
pub(crate) struct Scan<'x> {
    text: &'x str,
    reader: Reader<&'x [u8]>,
    bindings: Vec<Binding<'x>>,
    depth: usize,
    closes: bool,
    /// Where the last token stands.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The attributes of the last start tag.
    pub(crate) attributes: Vec<Attribute<'x>>,
}

impl<'x> Scan<'x> {
    /// A scan of a text in which names without a prefix are, at first, of that namespace.
    pub(crate) fn new(text: &'x str, default: Namespace) -> Result<Self, ReadError> {
        if let Some((at, _)) = text.char_indices().find(|(_, c)| !is_character(*c)) {
            return Err(ReadError::at(text, at, NO_CHARACTER));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let bindings = vec![
            Binding { depth: 0, prefix: "", namespace: default },
            Binding { depth: 0, prefix: "xml", namespace: Namespace::Xml },
        ];
        let (from, to, attributes) = (0, 0, Vec::new());
        Ok(Self { text, reader, bindings, depth: 0, closes: false, from, to, attributes })
    }

    /// The text of the last token, markup included.
    pub(crate) fn raw(&self) -> &'x str {
        self.text.get(self.from..self.to).unwrap_or_default()
    }

    /// How many elements are open behind the last token.
    pub(crate) fn depth(&self) -> usize {
        self.depth - usize::from(self.closes)
    }

    /// An error at the last token.
    pub(crate) fn wrong(&self, message: &'static str) -> ReadError {
        ReadError::at(self.text, self.from, message)
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'x>, ReadError> {
        if std::mem::take(&mut self.closes) {
            self.leave();
        }
        self.from = self.place();
        let event = self.reader.read_event();
        self.to = self.place();
        match event.map_err(|error| self.ill_formed(&error))? {
            Event::Start(tag) => self.start(tag.name().as_ref().len(), false),
            Event::Empty(tag) => self.start(tag.name().as_ref().len(), true),
            Event::End(_) => {
                self.closes = true;
                Ok(Token::End)
            }
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => Ok(Token::Text),
            Event::Comment(_) => Ok(Token::Comment),
            Event::Decl(declaration) => self.declaration(&declaration),
            Event::DocType(_) => Err(self.wrong("a document type (DTD) is not taken")),
            Event::PI(_) => Err(self.wrong("processing instructions are not taken")),
            Event::Eof if self.depth > 0 => Err(self.wrong("the text ends inside an element")),
            Event::Eof => Ok(Token::Eof),
        }
    }

    fn place(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len())
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>) -> Result<Token<'x>, ReadError> {
        if self.from != 0 {
            return Err(self.wrong("the XML declaration stands at the very beginning"));
        }
        if !matches!(declaration.version().as_deref(), Ok(b"1.0")) {
            return Err(self.wrong("the version of XML must be 1.0"));
        }
        let is_utf8 = |name: &[u8]| {
            name.eq_ignore_ascii_case(b"utf-8") || name.eq_ignore_ascii_case(b"us-ascii")
        };
        match declaration.encoding() {
            None => Ok(Token::Comment),
            Some(Ok(name)) if is_utf8(&name) => Ok(Token::Comment),
            Some(_) => Err(self.wrong("the encoding must be UTF-8")),
        }
    }

    fn start(&mut self, name_length: usize, is_empty: bool) -> Result<Token<'x>, ReadError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong("elements nest deeper than 256 levels"));
        }
        self.depth += 1;
        self.closes = is_empty;
        let raw = self.raw();
        let inner = raw.strip_prefix('<').and_then(|raw| raw.strip_suffix('>')).unwrap_or(raw);
        let inner = if is_empty { inner.strip_suffix('/').unwrap_or(inner) } else { inner };
        let qualified = inner.get(..name_length).unwrap_or_default();
        let declares = self.attributes(inner, name_length)?;
        let (prefix, name) = self.split(qualified)?;
        let namespace = self.namespace_of(prefix)?;
        Ok(Token::Start(Tag { namespace, prefix, name, is_empty, declares }))
    }

    /// Reads a tag's attributes and declarations; tells whether the default one is among them.
    fn attributes(&mut self, inner: &'x str, name_length: usize) -> Result<bool, ReadError> {
        self.attributes.clear();
        let mut declares = false;
        let mut unresolved: Vec<(&'x str, &'x str)> = Vec::new();
        for attribute in Attributes::new(inner, name_length).with_checks(false) {
            let attribute =
                attribute.map_err(|_| self.wrong("an attribute must be `name=\"value\"`"))?;
            let (std::borrow::Cow::Borrowed(value), Ok(key)) =
                (attribute.value, std::str::from_utf8(attribute.key.0))
            else {
                return Err(self.wrong("an attribute must be `name=\"value\"`"));
            };
            let raw = std::str::from_utf8(value).unwrap_or_default();
            if raw.contains('<') {
                return Err(self.wrong("`<` must not stand in an attribute: write `&lt;`"));
            }
            match key.strip_prefix("xmlns") {
                Some("") => {
                    declares = true;
                    self.declare("", raw)?;
                }
                Some(prefix) if prefix.starts_with(':') => self.declare(&prefix[1..], raw)?,
                _ => unresolved.push((key, raw)),
            }
            if unresolved.len() > MAX_ATTRIBUTES {
                return Err(self.wrong("a tag has more than 64 attributes"));
            }
        }
        for (at, (key, raw)) in unresolved.iter().enumerate() {
            if unresolved[..at].iter().any(|(other, _)| other == key) {
                return Err(self.wrong("this tag has an attribute twice"));
            }
            let (prefix, name) = self.split(key)?;
            // Without a prefix an attribute is of no namespace, whatever the default is.
            let unprefixed = prefix.is_empty();
            let namespace = if unprefixed { Namespace::None } else { self.namespace_of(prefix)? };
            self.attributes.push(Attribute { namespace, name, raw });
        }
        Ok(declares)
    }

    fn declare(&mut self, prefix: &'x str, uri: &str) -> Result<(), ReadError> {
        if self.bindings.len() > MAX_NAMESPACES {
            return Err(self.wrong("more than 64 namespaces are declared at once"));
        }
        let here = self.bindings.iter().rev().take_while(|binding| binding.depth == self.depth);
        if here.into_iter().any(|binding| binding.prefix == prefix) {
            return Err(self.wrong("this tag declares a namespace twice"));
        }
        let namespace = match uri {
            "" => Namespace::None,
            FHIR => Namespace::Fhir,
            XHTML => Namespace::Xhtml,
            "http://www.w3.org/2001/XMLSchema-instance" => Namespace::Schema,
            _ => Namespace::Foreign,
        };
        self.bindings.push(Binding { depth: self.depth, prefix, namespace });
        Ok(())
    }

    fn leave(&mut self) {
        while self.bindings.last().is_some_and(|b| b.depth > 0 && b.depth == self.depth) {
            self.bindings.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn namespace_of(&self, prefix: &str) -> Result<Namespace, ReadError> {
        let bound = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        bound
            .map(|binding| binding.namespace)
            .ok_or_else(|| self.wrong("this prefix is not declared"))
    }

    fn split(&self, qualified: &'x str) -> Result<(&'x str, &'x str), ReadError> {
        let (prefix, name) = qualified.split_once(':').unwrap_or(("", qualified));
        let is_good = is_name(name) && (prefix.is_empty() || is_name(prefix));
        let is_good = is_good && !qualified.starts_with(':');
        if is_good { Ok((prefix, name)) } else { Err(self.wrong("this is no name in XML")) }
    }

    fn ill_formed(&self, error: &Error) -> ReadError {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(self.from);
        let message = match error {
            Error::Syntax(_) => "the text ends inside of markup, or this is no markup",
            Error::IllFormed(IllFormedError::MismatchedEndTag { .. }) => {
                "this end tag is not that of the element that is open"
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => "this end tag has no start tag",
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                "a comment must not have `--` in it"
            }
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                "`&` begins a reference that must end with `;`"
            }
            _ => "this is not well-formed XML",
        };
        ReadError::at(self.text, at, message)
    }
}

/// Whether XML takes it for a name without a colon. Letters beyond ASCII all pass: R4 and XHTML
/// have none, so such a name is refused later.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii());
    first && chars.all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c) || !c.is_ascii())
}
