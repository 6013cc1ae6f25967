//! One walk over a resource, element by element.

use tarn_domain::{Issue, IssueCode};

use super::place::Place;
use super::{MAX_ISSUES, codes, primitive};
use crate::definitions::{Child, DataType, Definitions, ElementId, Shape, TypeId, definitions};
use crate::json::{Kind, Value};

/// The walk, and what it found wrong so far.
pub(super) struct Walk {
    definitions: &'static Definitions,
    issues: Vec<Issue>,
    in_contained: bool,
}

impl Default for Walk {
    fn default() -> Self {
        Self { definitions: definitions(), issues: Vec::new(), in_contained: false }
    }
}

impl Walk {
    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    /// A resource whose type is known.
    pub(super) fn resource(&mut self, value: Value<'_>, type_: TypeId, place: &Place<'_>) {
        let shape = self.definitions.shape(self.definitions.root(type_));
        self.object(shape, value, place, true);
    }

    fn wrong(&mut self, code: IssueCode, place: &Place<'_>, words: impl Into<String>) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue::error(code, words).at(place.to_string()));
        }
    }

    fn object(&mut self, shape: &Shape, value: Value<'_>, place: &Place<'_>, is_resource: bool) {
        if value.is_empty() {
            let words = "must not be empty: leave it out";
            return self.wrong(IssueCode::Structure, place, words);
        }
        let mut seen = 0u64;
        for (key, member) in value.members() {
            let here = place.member(&key);
            if let Some(child) = shape.child(&key) {
                self.track(shape, child, &mut seen, value, &here);
                self.element(child, member, value, &here);
            } else if let Some(child) = sibling(shape, &key) {
                self.track(shape, child, &mut seen, value, &here);
                self.sibling(child, member, value, &here);
            } else if !(is_resource && key == "resourceType") {
                self.unknown(shape, &key, place);
            }
        }
        let missing = shape.required & !seen;
        if missing != 0 {
            self.missing(shape, missing, place);
        }
    }

    /// Remembers what must be there and what may be there once.
    fn track(
        &mut self,
        shape: &Shape,
        child: &Child,
        seen: &mut u64,
        object: Value<'_>,
        place: &Place<'_>,
    ) {
        let Some(bit) = child.track else { return };
        if *seen >> bit & 1 == 1 && child.is_choice {
            let is_other = |key: &str| {
                let other = shape.child(key.strip_prefix('_').unwrap_or(key));
                other.is_some_and(|o| o.path_name == child.path_name && o.name != child.name)
            };
            if object.members().any(|(key, _)| is_other(&key)) {
                let words = format!("`{}` may be of one type only", child.path_name);
                self.wrong(IssueCode::Structure, place, words);
            }
        }
        *seen |= 1 << bit;
    }

    fn element(&mut self, child: &Child, value: Value<'_>, object: Value<'_>, place: &Place<'_>) {
        if !child.is_array {
            if value.kind() == Kind::Array {
                let words = "may be there once only: not as an array";
                return self.wrong(IssueCode::Structure, place, words);
            }
            return self.one(child, value, place);
        }
        if value.kind() != Kind::Array {
            return self.wrong(IssueCode::Structure, place, "must be an array");
        }
        if value.is_empty() {
            let words = "must not be empty: leave it out";
            return self.wrong(IssueCode::Structure, place, words);
        }
        for (index, item) in value.items().enumerate() {
            let here = place.item(index);
            if item.kind() == Kind::Null && child.data_type.is_primitive() {
                self.null(child, object, index, &here);
            } else {
                self.one(child, item, &here);
            }
        }
        self.count(child, value, place);
    }

    fn count(&mut self, child: &Child, value: Value<'_>, place: &Place<'_>) {
        if child.max.is_none() && child.min <= 1 {
            return;
        }
        let count = value.items().count();
        if child.max.is_some_and(|max| count > usize::from(max)) {
            self.wrong(IssueCode::Structure, place, "is there more often than R4 allows");
        }
        if count < usize::from(child.min) {
            let words = format!("must be there at least {} times", child.min);
            self.wrong(IssueCode::Required, place, words);
        }
    }

    fn one(&mut self, child: &Child, value: Value<'_>, place: &Place<'_>) {
        if child.data_type.is_primitive() {
            return self.primitive(child, value, place);
        }
        if value.kind() != Kind::Object {
            return self.wrong(IssueCode::Structure, place, "must be a JSON object");
        }
        if child.data_type == DataType::Resource {
            return self.inner(child, value, place);
        }
        let shape = self.definitions.shape(child.element);
        self.object(shape, value, place, false);
        if child.codes.is_some() {
            self.code(child, value, place);
        }
        if child.data_type == DataType::Extension {
            self.extension(value, place);
        }
    }

    fn primitive(&mut self, child: &Child, value: Value<'_>, place: &Place<'_>) {
        if let Some(words) = primitive::fault(child.data_type, value) {
            return self.wrong(IssueCode::Value, place, words);
        }
        if child.codes.is_some() {
            self.code(child, value, place);
        }
    }

    fn code(&mut self, child: &Child, value: Value<'_>, place: &Place<'_>) {
        if let Some(words) = codes::fault(child, value) {
            self.wrong(IssueCode::CodeInvalid, place, words);
        }
    }

    /// ext-1: an extension has either a value or extensions.
    fn extension(&mut self, value: Value<'_>, place: &Place<'_>) {
        let is_value = |key: &str| key.starts_with("value") || key.starts_with("_value");
        let has_value = value.members().any(|(key, _)| is_value(&key));
        if has_value == value.get("extension").is_some() {
            let words = "an extension has either a value or extensions (ext-1)";
            self.wrong(IssueCode::Invariant, place, words);
        }
    }

    /// A resource inside a resource.
    fn inner(&mut self, child: &Child, value: Value<'_>, place: &Place<'_>) {
        let type_ = match super::resource_type(value) {
            Ok(type_) => type_,
            Err(issue) => return self.wrong(issue.code, place, issue.diagnostics),
        };
        let is_contained = child.name == "contained";
        if is_contained && self.in_contained {
            let words = "a contained resource contains no other (dom-2)";
            return self.wrong(IssueCode::Invariant, place, words);
        }
        let before = std::mem::replace(&mut self.in_contained, is_contained);
        self.resource(value, type_, place);
        self.in_contained = before;
    }

    /// The `_` sibling of a primitive: its id and extensions.
    fn sibling(&mut self, child: &Child, value: Value<'_>, object: Value<'_>, place: &Place<'_>) {
        if !child.is_array {
            return self.sibling_one(value, place);
        }
        if value.kind() != Kind::Array || value.is_empty() {
            let words = "must be an array with an item for each value";
            return self.wrong(IssueCode::Structure, place, words);
        }
        let values = object.get(child.name).filter(|values| values.kind() == Kind::Array);
        if values.is_some_and(|values| values.items().count() != value.items().count()) {
            let words = format!("must have as many items as `{}`", child.name);
            self.wrong(IssueCode::Structure, place, words);
        }
        for (index, item) in value.items().enumerate() {
            let here = place.item(index);
            if item.kind() != Kind::Null {
                self.sibling_one(item, &here);
            } else if values.is_none() {
                let words = "must not be null where there is no value";
                self.wrong(IssueCode::Structure, &here, words);
            }
        }
    }

    fn sibling_one(&mut self, value: Value<'_>, place: &Place<'_>) {
        if value.kind() != Kind::Object {
            let words = "must be an object with `id` or `extension`";
            return self.wrong(IssueCode::Structure, place, words);
        }
        let shape = self.definitions.shape(ElementId::PRIMITIVE);
        self.object(shape, value, place, false);
    }

    /// A null in an array of primitives stands for a value whose extensions are in the sibling.
    fn null(&mut self, child: &Child, object: Value<'_>, index: usize, place: &Place<'_>) {
        let siblings = object.get(&format!("_{}", child.name));
        let own = siblings.and_then(|siblings| siblings.items().nth(index));
        if own.is_none_or(|own| own.kind() != Kind::Object) {
            let words = "must not be null without extensions in its `_` sibling";
            self.wrong(IssueCode::Structure, place, words);
        }
    }

    fn missing(&mut self, shape: &Shape, missing: u64, place: &Place<'_>) {
        let is_missing = |child: &&Child| {
            child.min > 0 && child.track.is_some_and(|bit| missing >> bit & 1 == 1)
        };
        let mut names: Vec<_> =
            shape.children.iter().filter(is_missing).map(|child| child.path_name).collect();
        names.dedup();
        for name in names {
            let words = format!("`{name}` must be there");
            self.wrong(IssueCode::Required, &place.member(name), words);
        }
    }

    fn unknown(&mut self, shape: &Shape, key: &str, place: &Place<'_>) {
        let of = shape.path;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if key.len() > 64 || !key.bytes().all(is_name) {
            // Whatever this is, it is no element's name, so it stays out of the words.
            let words = format!("{of} has an element that R4 does not define");
            return self.wrong(IssueCode::Structure, place, words);
        }
        let words = match closest(shape, key) {
            Some(name) => format!("{of} has no element `{key}`; the closest is `{name}`"),
            None => format!("{of} has no element `{key}`"),
        };
        self.wrong(IssueCode::Structure, &place.member(key), words);
    }
}

fn sibling<'s>(shape: &'s Shape, key: &str) -> Option<&'s Child> {
    let child = shape.child(key.strip_prefix('_')?)?;
    child.data_type.is_primitive().then_some(child)
}

/// The child's name within two edits, if one is that close.
fn closest(shape: &Shape, key: &str) -> Option<&'static str> {
    let near = shape.children.iter().map(|child| (distance(child.name, key), child.name));
    let within = 2.min(key.len() / 2);
    near.filter(|(edits, _)| *edits <= within).min().map(|(_, name)| name)
}

/// The Levenshtein distance, letters of either case being equal.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = corner + usize::from(!x.eq_ignore_ascii_case(&y));
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
