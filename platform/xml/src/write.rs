//! JSON to XML.

use std::borrow::Cow;

use tarn_fhir::definitions::{Child, DataType, Definitions, ElementId, Shape, TypeId, definitions};
use tarn_fhir::json::{Document, Kind, Value};

use crate::FHIR;
use crate::error::WriteError;
use crate::narrative::{self, Entities};
use crate::references::is_character;
use crate::scan::{Namespace, Scan, Token};

/// How the XML is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// No white space between the elements.
    #[default]
    Compact,
    /// An element to a line, two spaces a level.
    Pretty,
}

/// What a resource in JSON is in XML, its elements in R4's order.
///
/// # Errors
/// What is not JSON, or not as R4 defines it: XML has no way to tell it.
pub fn to_xml(json: &[u8], layout: Layout) -> Result<Vec<u8>, WriteError> {
    let document = Document::parse(json)?;
    let out = Vec::with_capacity(json.len() + json.len() / 4 + 128);
    let mut walk = Walk { definitions: definitions(), out, layout, depth: 0, path: Vec::new() };
    walk.out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    walk.resource(document.root())?;
    if layout == Layout::Pretty {
        walk.out.push(b'\n');
    }
    Ok(walk.out)
}

/// A member of an object: what R4 says of it, its value, and what stands under its name with `_`.
struct Member<'d> {
    place: usize,
    child: &'static Child,
    value: Option<Value<'d>>,
    more: Option<Value<'d>>,
}

struct Walk {
    definitions: &'static Definitions,
    out: Vec<u8>,
    layout: Layout,
    /// How many elements are open.
    depth: usize,
    path: Vec<(Cow<'static, str>, Option<usize>)>,
}

impl Walk {
    fn resource(&mut self, value: Value<'_>) -> Result<(), WriteError> {
        let name = value.get("resourceType").and_then(Value::as_str);
        let Some(type_) = name.and_then(|name| TypeId::parse(&name)) else {
            return Err(self.wrong("is not a resource of FHIR R4"));
        };
        let is_outermost = self.path.is_empty();
        if is_outermost {
            self.path.push((type_.name().into(), None));
        }
        let shape = self.definitions.shape(self.definitions.root(type_));
        let members = self.members(shape, value, true)?;
        self.start(type_.name());
        if is_outermost {
            self.attribute("xmlns", FHIR)?;
        }
        self.inside(type_.name(), &members)
    }

    /// An object's members in R4's order.
    fn members<'d>(
        &mut self,
        shape: &'static Shape,
        value: Value<'d>,
        is_resource: bool,
    ) -> Result<Vec<Member<'d>>, WriteError> {
        if value.kind() != Kind::Object {
            return Err(self.wrong("must be an object"));
        }
        let mut members: Vec<Member<'d>> = Vec::new();
        for (key, value) in value.members() {
            if is_resource && key == "resourceType" {
                continue;
            }
            let sibling = key.strip_prefix('_');
            let child = shape.child(sibling.unwrap_or(&key));
            let child = child.filter(|child| sibling.is_none() || child.data_type.is_primitive());
            let Some(child) = child else {
                self.path.push((key.chars().take(64).collect::<String>().into(), None));
                return Err(self.wrong("is not defined by R4, and XML cannot tell it"));
            };
            let known = members.iter_mut().find(|member| std::ptr::eq(member.child, child));
            let member = match known {
                Some(member) => member,
                None => {
                    let place = shape.children.iter().position(|c| std::ptr::eq(c, child));
                    let place = place.unwrap_or_default();
                    members.push(Member { place, child, value: None, more: None });
                    let last = members.len() - 1;
                    &mut members[last]
                }
            };
            let half = if sibling.is_some() { &mut member.more } else { &mut member.value };
            *half = Some(value);
        }
        members.sort_by_key(|member| member.place);
        Ok(members)
    }

    /// Ends a start tag, writes the children and the end tag.
    fn inside(&mut self, name: &str, members: &[Member<'_>]) -> Result<(), WriteError> {
        if members.is_empty() {
            self.out.extend_from_slice(b"/>");
            return Ok(());
        }
        self.out.push(b'>');
        self.depth += 1;
        for member in members {
            self.member(member)?;
        }
        self.end(name);
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), WriteError> {
        let child = member.child;
        if !child.is_array {
            self.path.push((child.name.into(), None));
            self.one(child, member.value, member.more)?;
            self.path.pop();
            return Ok(());
        }
        let is_list = |value: Option<Value<'_>>| value.is_none_or(|v| v.kind() == Kind::Array);
        if !is_list(member.value) || !is_list(member.more) {
            self.path.push((child.name.into(), None));
            return Err(self.wrong("must be an array"));
        }
        let mut values = member.value.map(Value::items);
        let mut more = member.more.map(Value::items);
        for index in 0.. {
            let value = values.as_mut().and_then(Iterator::next);
            let beside = more.as_mut().and_then(Iterator::next);
            if value.is_none() && beside.is_none() {
                break;
            }
            self.path.push((child.name.into(), Some(index)));
            self.one(child, value, beside)?;
            self.path.pop();
        }
        Ok(())
    }

    fn one(
        &mut self,
        child: &'static Child,
        value: Option<Value<'_>>,
        more: Option<Value<'_>>,
    ) -> Result<(), WriteError> {
        let there = |value: Option<Value<'_>>| value.is_some_and(|v| v.kind() != Kind::Null);
        let (value, more) = (value.filter(|v| there(Some(*v))), more.filter(|m| there(Some(*m))));
        match value {
            None if more.is_none() => Err(self.wrong("must not be null")),
            Some(value) if !child.data_type.is_primitive() => self.object(child, value),
            Some(value) if child.data_type == DataType::Xhtml => self.narrative(value, more),
            value => self.primitive(child, value, more),
        }
    }

    fn object(&mut self, child: &'static Child, value: Value<'_>) -> Result<(), WriteError> {
        if child.data_type == DataType::Resource {
            self.start(child.name);
            self.out.push(b'>');
            self.depth += 1;
            self.resource(value)?;
            self.end(child.name);
            return Ok(());
        }
        let mut members = self.members(self.definitions.shape(child.element), value, false)?;
        self.start(child.name);
        self.attributes(child.data_type == DataType::Extension, &mut members)?;
        self.inside(child.name, &members)
    }

    /// Writes the members that are attributes in XML, and takes them out.
    fn attributes(
        &mut self,
        is_extension: bool,
        members: &mut Vec<Member<'_>>,
    ) -> Result<(), WriteError> {
        for name in ["id", "url"].into_iter().take(1 + usize::from(is_extension)) {
            let Some(at) = members.iter().position(|member| member.child.name == name) else {
                continue;
            };
            let member = members.remove(at);
            self.path.push((name.into(), None));
            let text = member.value.and_then(Value::as_str).filter(|_| member.more.is_none());
            let text = text.ok_or_else(|| self.wrong("must be a string and nothing else"))?;
            self.attribute(name, &text)?;
            self.path.pop();
        }
        Ok(())
    }

    fn primitive(
        &mut self,
        child: &'static Child,
        value: Option<Value<'_>>,
        more: Option<Value<'_>>,
    ) -> Result<(), WriteError> {
        let shape = self.definitions.shape(ElementId::PRIMITIVE);
        let mut members = match more {
            Some(more) => self.members(shape, more, false)?,
            None => Vec::new(),
        };
        self.start(child.name);
        self.attributes(false, &mut members)?;
        if let Some(value) = value {
            let text = self.text(child.data_type, value)?;
            self.attribute("value", &text)?;
        }
        self.inside(child.name, &members)
    }

    /// A primitive's value as it stands in an attribute.
    fn text<'d>(&self, data_type: DataType, value: Value<'d>) -> Result<Cow<'d, str>, WriteError> {
        let is_boolean = data_type == DataType::Boolean;
        match value.kind() {
            Kind::Bool if is_boolean => Ok(value.raw().into()),
            Kind::Number if data_type.is_numeric() => Ok(value.raw().into()),
            Kind::String if !is_boolean && !data_type.is_numeric() => {
                Ok(value.as_str().unwrap_or_default())
            }
            _ => Err(self.wrong(format!("is not written as a {data_type} is"))),
        }
    }

    fn narrative(&mut self, value: Value<'_>, more: Option<Value<'_>>) -> Result<(), WriteError> {
        let text = value.as_str().filter(|_| more.is_none());
        let text = text.ok_or_else(|| self.wrong("must be a string and nothing else"))?;
        let div = div(&text).map_err(|words| self.wrong(words))?;
        self.line();
        self.out.extend_from_slice(div.as_bytes());
        Ok(())
    }

    fn start(&mut self, name: &str) {
        self.line();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
    }

    fn end(&mut self, name: &str) {
        self.depth -= 1;
        self.line();
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
    }

    fn line(&mut self) {
        if self.layout == Layout::Pretty {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b' ', self.depth * 2));
        }
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), WriteError> {
        if value.is_empty() {
            return Err(self.wrong("must not be empty"));
        }
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"=\"");
        let mut from = 0;
        for (at, byte) in value.bytes().enumerate() {
            let reference: &[u8] = match byte {
                b'&' => b"&amp;",
                b'<' => b"&lt;",
                b'>' => b"&gt;",
                b'"' => b"&quot;",
                // Literally, a parser would make spaces of them.
                b'\t' => b"&#9;",
                b'\n' => b"&#10;",
                b'\r' => b"&#13;",
                _ => continue,
            };
            self.out.extend_from_slice(&value.as_bytes()[from..at]);
            self.out.extend_from_slice(reference);
            from = at + 1;
        }
        if !value.chars().all(is_character) {
            return Err(self.wrong("holds a character that XML does not have"));
        }
        self.out.extend_from_slice(&value.as_bytes()[from..]);
        self.out.push(b'"');
        Ok(())
    }

    fn wrong(&self, message: impl Into<Cow<'static, str>>) -> WriteError {
        let mut path = String::new();
        for (name, index) in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            if let Some(index) = index {
                path.push_str(&format!("[{index}]"));
            }
        }
        WriteError::Element { path, message: message.into() }
    }
}

/// A narrative as it may stand in XML: one well-formed `div`, in its namespace.
fn div(text: &str) -> Result<String, String> {
    let text = text.trim();
    let cannot = |error: crate::ReadError| format!("is not well-formed XHTML: {}", error.message);
    let mut scan = Scan::new(text, Namespace::Xhtml).map_err(cannot)?;
    let out = match scan.next().map_err(cannot)? {
        Token::Start(tag) => narrative::copy(&mut scan, tag, Entities::Numbered).map_err(cannot)?,
        _ => return Err("must be one `div`".to_owned()),
    };
    match scan.next().map_err(cannot)? {
        Token::Eof => Ok(out),
        _ => Err("must be one `div`".to_owned()),
    }
}
