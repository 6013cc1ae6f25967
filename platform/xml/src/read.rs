//! XML to JSON.

use std::borrow::Cow;

use tarn_fhir::definitions::{Child, DataType, Definitions, ElementId, Shape, TypeId, definitions};
use tarn_fhir::json::{MAX_DEPTH, escape_into};

use crate::error::ReadError;
use crate::tree::{Node, Tree};

/// What a resource in XML is in JSON. Elements may stand in any order; JSON arrays keep that in
/// which those of one name stood.
///
/// # Errors
/// The first thing that is not well-formed, not safe or not defined by R4, with its place.
pub fn to_json(xml: &[u8]) -> Result<Vec<u8>, ReadError> {
    let text = std::str::from_utf8(xml).map_err(|error| {
        let good = std::str::from_utf8(&xml[..error.valid_up_to()]).unwrap_or_default();
        ReadError::at(good, error.valid_up_to(), "the text is not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = Tree::read(text)?;
    let out = Vec::with_capacity(text.len());
    let mut walk =
        Walk { tree: &tree, definitions: definitions(), out, depth: 0, path: Vec::new() };
    walk.resource(0)?;
    Ok(walk.out)
}

struct Walk<'t, 'x> {
    tree: &'t Tree<'x>,
    definitions: &'static Definitions,
    out: Vec<u8>,
    /// How many arrays and objects of the JSON are open.
    depth: usize,
    path: Vec<(&'x str, Option<usize>)>,
}

impl<'t, 'x> Walk<'t, 'x> {
    fn node(&self, at: usize) -> &'t Node<'x> {
        &self.tree.nodes[at]
    }

    fn resource(&mut self, at: usize) -> Result<(), ReadError> {
        let node = self.node(at);
        let Some(type_) = TypeId::parse(node.name).filter(|_| node.narrative.is_none()) else {
            return Err(self.wrong(at, "a resource type of FHIR R4 must stand here"));
        };
        if self.path.is_empty() {
            self.path.push((node.name, None));
        }
        self.known_attributes(at, &[])?;
        self.open(at, b'{')?;
        self.out.extend_from_slice(b"\"resourceType\":");
        escape_into(type_.name(), &mut self.out);
        let shape = self.definitions.shape(self.definitions.root(type_));
        self.children(shape, at, false, false)?;
        self.close(b'}');
        Ok(())
    }

    /// An element with an inside that is not a resource.
    fn object(&mut self, child: &Child, at: usize) -> Result<(), ReadError> {
        let is_extension = child.data_type == DataType::Extension;
        self.known_attributes(at, if is_extension { &["id", "url"] } else { &["id"] })?;
        self.open(at, b'{')?;
        let mut is_first = true;
        for name in ["id", "url"] {
            if let Some(value) = self.tree.attribute(self.node(at), name) {
                self.key(&mut is_first, "", name);
                escape_into(value, &mut self.out);
            }
        }
        let shape = self.definitions.shape(child.element);
        self.children(shape, at, is_first, true)?;
        self.close(b'}');
        Ok(())
    }

    /// The members that an element's children become, those of one name together.
    fn children(
        &mut self,
        shape: &'static Shape,
        at: usize,
        mut is_first: bool,
        has_attributes: bool,
    ) -> Result<(), ReadError> {
        let mut done: Vec<&'x str> = Vec::new();
        let mut last = "";
        for first in self.tree.children(at) {
            let name = self.node(first).name;
            if name == last || done.contains(&name) {
                continue;
            }
            last = name;
            done.push(name);
            let is_attribute =
                has_attributes && (name == "id" || name == "url" && is_extension(shape));
            let Some(child) = shape.child(name).filter(|_| !is_attribute) else {
                return Err(self.unknown(shape, first, is_attribute));
            };
            let tree = self.tree;
            let same = tree.children(at).filter(|other| tree.nodes[*other].name == name);
            let same: Vec<usize> = same.skip_while(|other| *other < first).collect();
            self.member(child, &same, &mut is_first)?;
        }
        Ok(())
    }

    fn member(
        &mut self,
        child: &'static Child,
        nodes: &[usize],
        is_first: &mut bool,
    ) -> Result<(), ReadError> {
        if let [_, second, ..] = nodes
            && !child.is_array
        {
            let name = self.node(*second).name;
            self.path.push((name, None));
            return Err(self.wrong(*second, "this element may be there once only"));
        }
        if child.data_type.is_primitive() {
            return self.primitives(child, nodes, is_first);
        }
        self.key(is_first, "", child.name);
        if child.is_array {
            self.open(nodes[0], b'[')?;
        }
        for (index, at) in nodes.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.enter(child, *at, index);
            self.one(child, *at)?;
            self.path.pop();
        }
        if child.is_array {
            self.close(b']');
        }
        Ok(())
    }

    fn one(&mut self, child: &'static Child, at: usize) -> Result<(), ReadError> {
        self.not_empty(at)?;
        if child.data_type != DataType::Resource {
            return self.object(child, at);
        }
        self.known_attributes(at, &[])?;
        let mut inside = self.tree.children(at);
        match (inside.next(), inside.next()) {
            (Some(resource), None) => self.resource(resource),
            _ => Err(self.wrong(at, "this element holds one resource")),
        }
    }

    /// Primitives: values under the name, ids and extensions under the name with a `_`.
    fn primitives(
        &mut self,
        child: &'static Child,
        nodes: &[usize],
        is_first: &mut bool,
    ) -> Result<(), ReadError> {
        for (index, at) in nodes.iter().enumerate() {
            self.enter(child, *at, index);
            self.not_empty(*at)?;
            self.known_attributes(*at, &["id", "value"])?;
            self.path.pop();
        }
        if nodes.iter().any(|at| self.has_value(*at)) {
            self.key(is_first, "", child.name);
            self.list(child, nodes, Self::has_value, Self::value)?;
        }
        if nodes.iter().any(|at| self.has_more(*at)) {
            self.key(is_first, "_", child.name);
            self.list(child, nodes, Self::has_more, Self::more)?;
        }
        Ok(())
    }

    /// One half of primitives, with `null` where an element does not have it.
    fn list(
        &mut self,
        child: &'static Child,
        nodes: &[usize],
        has: fn(&Self, usize) -> bool,
        write: fn(&mut Self, &'static Child, usize) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if child.is_array {
            self.open(nodes[0], b'[')?;
        }
        for (index, at) in nodes.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.enter(child, *at, index);
            if has(self, *at) {
                write(self, child, *at)?;
            } else {
                self.out.extend_from_slice(b"null");
            }
            self.path.pop();
        }
        if child.is_array {
            self.close(b']');
        }
        Ok(())
    }

    fn has_value(&self, at: usize) -> bool {
        let node = self.node(at);
        node.narrative.is_some() || self.tree.attribute(node, "value").is_some()
    }

    fn has_more(&self, at: usize) -> bool {
        let node = self.node(at);
        self.tree.attribute(node, "id").is_some() || node.next > at + 1
    }

    fn value(&mut self, child: &'static Child, at: usize) -> Result<(), ReadError> {
        let node = self.node(at);
        let is_narrative = child.data_type == DataType::Xhtml;
        let value = match &node.narrative {
            Some(div) if is_narrative => return self.text(div),
            None if !is_narrative => self.tree.attribute(node, "value").unwrap_or_default(),
            Some(_) => return Err(self.wrong(at, "XHTML stands in narratives only")),
            None => {
                return Err(self.wrong(at, "a narrative's `div` must be in XHTML's namespace"));
            }
        };
        match child.data_type {
            DataType::Boolean if !matches!(value, "true" | "false") => {
                Err(self.wrong(at, "the value must be `true` or `false`"))
            }
            data_type if data_type.is_numeric() && !is_number(value) => {
                Err(self.wrong(at, "the value must be a number, without leading zeros or `+`"))
            }
            data_type if data_type == DataType::Boolean || data_type.is_numeric() => {
                self.out.extend_from_slice(value.as_bytes());
                Ok(())
            }
            _ => self.text(value),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        escape_into(text, &mut self.out);
        Ok(())
    }

    /// What a primitive has beside its value.
    fn more(&mut self, _child: &'static Child, at: usize) -> Result<(), ReadError> {
        self.open(at, b'{')?;
        let mut is_first = true;
        if let Some(id) = self.tree.attribute(self.node(at), "id") {
            self.key(&mut is_first, "", "id");
            escape_into(id, &mut self.out);
        }
        let shape = self.definitions.shape(ElementId::PRIMITIVE);
        self.children(shape, at, is_first, true)?;
        self.close(b'}');
        Ok(())
    }

    fn key(&mut self, is_first: &mut bool, prefix: &str, name: &str) {
        if !std::mem::take(is_first) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(prefix.as_bytes());
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn open(&mut self, at: usize, bracket: u8) -> Result<(), ReadError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(at, "elements nest too deep: JSON would have over 64 levels"));
        }
        self.depth += 1;
        self.out.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.out.push(bracket);
    }

    fn enter(&mut self, child: &Child, at: usize, index: usize) {
        self.path.push((self.node(at).name, child.is_array.then_some(index)));
    }

    fn not_empty(&self, at: usize) -> Result<(), ReadError> {
        let node = self.node(at);
        let has_attributes = !self.tree.attributes(node).is_empty();
        if node.narrative.is_some() || has_attributes || node.next > at + 1 {
            return Ok(());
        }
        Err(self.wrong(at, "an element must not be empty: leave it out"))
    }

    fn known_attributes(&self, at: usize, known: &[&str]) -> Result<(), ReadError> {
        for (name, value) in self.tree.attributes(self.node(at)) {
            if !known.contains(name) {
                let words = match known {
                    [] => "this element has no attributes".to_owned(),
                    known => format!("the attributes of this element are `{}`", known.join("`, `")),
                };
                return Err(self.wrong(at, words));
            }
            if value.is_empty() {
                return Err(self.wrong(at, "an attribute must not be empty: leave it out"));
            }
        }
        Ok(())
    }

    fn unknown(&mut self, shape: &Shape, at: usize, is_attribute: bool) -> ReadError {
        let name = self.node(at).name;
        self.path.push((name, None));
        if is_attribute {
            return self.wrong(at, "this is an attribute, not an element");
        }
        self.wrong(at, format!("{} has no such element", shape.path))
    }

    fn wrong(&self, at: usize, message: impl Into<Cow<'static, str>>) -> ReadError {
        let mut path = String::new();
        for (name, index) in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            path.extend(name.chars().take(64));
            if let Some(index) = index {
                path.push_str(&format!("[{index}]"));
            }
        }
        ReadError::at(self.tree.text, self.node(at).offset, message).within(path)
    }
}

fn is_extension(shape: &Shape) -> bool {
    shape.path == DataType::Extension.name()
}

/// Whether JSON takes it for a number (RFC 8259 §6); FHIR's decimals have the same grammar.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
        && exponent.is_none_or(are_digits)
}
