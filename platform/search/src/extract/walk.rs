//! Walks a resource once along the trie, and reads the elements that parameters want.

use std::borrow::Cow;

use tarn_fhir::definitions::{CodeSet, TypeId};
use tarn_fhir::json::{Kind, Value};

use super::program::Program;
use super::sink::{Referent, Sink, UnitWords};
use super::trie::{Branch, Guard, Node, Op, Read, Target};
use super::{reference, time};

/// Tells `sink` all that a program's parameters find in `focus`, an element of `resource`.
pub(super) fn walk<S: Sink>(
    program: &Program,
    resource: Value<'_>,
    focus: Value<'_>,
    sink: &mut S,
) {
    let mut walker = Walker { program, resource, sink, seen: 0 };
    if let Some(root) = program.nodes.first() {
        walker.visit(root, focus);
    }
    walker.finish();
}

struct Walker<'p, 'd, S> {
    program: &'p Program,
    resource: Value<'d>,
    sink: &'p mut S,
    /// By slot: parameters that have a value.
    seen: u128,
}

impl<'p, 'd, S: Sink> Walker<'p, 'd, S> {
    fn visit(&mut self, node: &'p Node, value: Value<'d>) {
        for (key, member) in value.members() {
            let Some(edge) = node.find(&key) else { continue };
            if member.kind() == Kind::Array {
                for (at, item) in member.items().enumerate() {
                    self.each(&edge.branches, item, at);
                }
            } else {
                self.each(&edge.branches, member, 0);
            }
        }
    }

    fn each(&mut self, branches: &'p [Branch], value: Value<'d>, at: usize) {
        for branch in branches {
            if value.kind() == Kind::Null || !passes(&branch.guard, value, at) {
                continue;
            }
            for op in &branch.ops {
                if self.sink.wants(&op.targets) {
                    self.read(op, value);
                }
            }
            let inside = branch.inside.and_then(|node| self.program.nodes.get(usize::from(node)));
            if let Some(node) = inside {
                self.visit(node, value);
            }
        }
    }

    /// The parameters have a value; of references, those that take its type.
    fn mark(&mut self, targets: &[Target], type_: Option<TypeId>) {
        for target in targets.iter().filter(|target| target.takes(type_)) {
            self.seen |= 1 << target.slot;
        }
    }

    fn finish(mut self) {
        for target in &self.program.false_if_absent {
            let targets = std::slice::from_ref(target);
            if self.seen & (1 << target.slot) == 0 && self.sink.wants(targets) {
                self.sink.token(targets, None, Some("false"));
                self.mark(targets, None);
            }
        }
        let mut rest = self.seen;
        while rest != 0 {
            if let Some(field) = self.program.fields.get(rest.trailing_zeros() as usize) {
                self.sink.present(*field);
            }
            rest &= rest - 1;
        }
    }

    fn read(&mut self, op: &Op, value: Value<'d>) {
        let to = &*op.targets;
        match op.read {
            Read::Reference => return self.reference(to, value),
            Read::Inline => return self.inline(to, value),
            _ => self.mark(to, None),
        }
        match op.read {
            Read::Code(set) => self.code(to, set, value),
            Read::Boolean => self.boolean(to, value.as_bool()),
            Read::NotFalse => self.boolean(to, Some(value.as_bool() != Some(false))),
            Read::Coding => drop(self.coding(to, value)),
            Read::Concept => self.concept(to, value),
            Read::Identifier => self.identifier(to, value),
            Read::Contact => self.contact(to, value),
            Read::Text => self.text(to, Some(value)),
            Read::CodingWords => self.text(to, value.get("display")),
            Read::ConceptWords => self.concept_words(to, value),
            Read::Name => self.parts(to, value, is_name_part),
            Read::Address => self.parts(to, value, is_address_part),
            Read::Uri | Read::Canonical => self.uri(to, op.read, value),
            Read::Link => self.link(to, value),
            Read::Moment => self.time(to, time::moment(value)),
            Read::Period => self.time(to, time::period(value)),
            Read::Timing => self.time(to, time::timing(value)),
            Read::Number => self.number(to, decimal(value).map(|number| (number, number))),
            Read::NumberRange => self.number(to, ends(value)),
            Read::Quantity => self.quantity(to, value),
            Read::Money => self.money(to, value),
            Read::Range => self.range(to, value),
            Read::Position => self.position(to, value),
            Read::Reference | Read::Inline => {}
        }
    }

    fn code(&mut self, to: &[Target], set: Option<&CodeSet>, value: Value<'d>) {
        let Some(code) = value.as_str() else { return };
        let system = set.and_then(|set| set.system_of(&code));
        self.token(to, system, Some(&code));
    }

    fn boolean(&mut self, to: &[Target], truth: Option<bool>) {
        let Some(truth) = truth else { return };
        self.sink.token(to, None, Some(if truth { "true" } else { "false" }));
    }

    /// Answers the display.
    fn coding(&mut self, to: &[Target], value: Value<'d>) -> Option<Cow<'d, str>> {
        let [system, code, display] = texts(value, ["system", "code", "display"]);
        self.token(to, system.as_deref(), code.as_deref());
        if let Some(display) = &display {
            self.sink.words(to, display);
        }
        display
    }

    fn concept(&mut self, to: &[Target], value: Value<'d>) {
        let mut display = None;
        for (key, member) in value.members() {
            match &*key {
                "coding" => {
                    for coding in each(member) {
                        display = self.coding(to, coding).or(display);
                    }
                }
                // Most say the same in both.
                "text" => match member.as_str() {
                    Some(text) if display.as_ref() != Some(&text) => self.sink.words(to, &text),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn identifier(&mut self, to: &[Target], value: Value<'d>) {
        let [system, code] = texts(value, ["system", "value"]);
        self.token(to, system.as_deref(), code.as_deref());
        let Some(type_) = value.get("type") else { return };
        if let Some(words) = type_.get("text").and_then(Value::as_str) {
            self.sink.words(to, &words);
        }
        let Some(code) = code.as_deref() else { return };
        for coding in type_.get("coding").into_iter().flat_map(each) {
            if let [system, Some(kind)] = texts(coding, ["system", "code"]) {
                self.sink.typed(to, system.as_deref(), &kind, code);
            }
        }
    }

    fn token(&mut self, to: &[Target], system: Option<&str>, code: Option<&str>) {
        if system.is_some() || code.is_some() {
            self.sink.token(to, system, code);
        }
    }

    fn contact(&mut self, to: &[Target], value: Value<'d>) {
        let [number] = texts(value, ["value"]);
        self.token(to, None, number.as_deref());
    }

    fn text(&mut self, to: &[Target], value: Option<Value<'d>>) {
        if let Some(text) = value.and_then(Value::as_str) {
            self.sink.string(to, &text);
        }
    }

    fn concept_words(&mut self, to: &[Target], value: Value<'d>) {
        for coding in value.get("coding").into_iter().flat_map(each) {
            self.text(to, coding.get("display"));
        }
        self.text(to, value.get("text"));
    }

    fn parts(&mut self, to: &[Target], value: Value<'d>, is_part: fn(&str) -> bool) {
        for (_, member) in value.members().filter(|(key, _)| is_part(key)) {
            for part in each(member) {
                self.text(to, Some(part));
            }
        }
    }

    fn uri(&mut self, to: &[Target], read: Read, value: Value<'d>) {
        let Some(uri) = value.as_str() else { return };
        self.sink.uri(to, &uri);
        let versioned = uri.split_once('|').filter(|_| matches!(read, Read::Canonical));
        if let Some((url, _)) = versioned {
            self.sink.uri(to, url);
        }
    }

    fn link(&mut self, to: &[Target], value: Value<'d>) {
        let Some(uri) = value.as_str().filter(|uri| !uri.starts_with('#')) else { return };
        let (found, type_) = reference::read(&uri);
        self.sink.reference(to, found, type_);
        if let Some((url, _)) = uri.split_once('|') {
            self.sink.reference(to, Referent::Elsewhere(url), None);
        }
    }

    fn inline(&mut self, to: &[Target], value: Value<'d>) {
        let [name, id] = texts(value, ["resourceType", "id"]);
        let type_ = name.and_then(|name| TypeId::parse(&name));
        let (Some(type_), Some(id)) = (type_, id) else { return };
        self.mark(to, Some(type_));
        self.sink.reference(to, Referent::Local { type_, id: &id }, Some(type_));
    }

    fn reference(&mut self, to: &[Target], value: Value<'d>) {
        let [text, said] = texts(value, ["reference", "type"]);
        let said = said.as_deref().and_then(reference::type_named);
        let fragment = text.as_deref().and_then(|text| text.strip_prefix('#'));
        let found = text.as_deref().filter(|_| fragment.is_none()).map(reference::read);
        let contained = || fragment.and_then(|id| reference::contained(self.resource, id));
        let type_ = found.and_then(|(_, type_)| type_).or(said).or_else(contained);
        self.mark(to, type_);
        if let Some((found, _)) = found {
            self.sink.reference(to, found, type_);
        }
        if let Some(identifier) = value.get("identifier") {
            let [system, code] = texts(identifier, ["system", "value"]);
            if system.is_some() || code.is_some() {
                self.sink.logical(to, type_, system.as_deref(), code.as_deref());
            }
        }
    }

    fn time(&mut self, to: &[Target], span: Option<(i64, i64)>) {
        if let Some((lo, hi)) = span {
            self.sink.date(to, lo, hi);
        }
    }

    fn number(&mut self, to: &[Target], span: Option<(f64, f64)>) {
        if let Some((lo, hi)) = span {
            self.sink.number(to, lo, hi);
        }
    }

    fn quantity(&mut self, to: &[Target], value: Value<'d>) {
        let Some(number) = value.get("value").and_then(decimal) else { return };
        let [system, code, unit, comparator] =
            texts(value, ["system", "code", "unit", "comparator"]);
        let (lo, hi) = match comparator.as_deref() {
            Some("<") => (f64::NEG_INFINITY, number.next_down()),
            Some("<=") => (f64::NEG_INFINITY, number),
            Some(">") => (number.next_up(), f64::INFINITY),
            Some(">=") => (number, f64::INFINITY),
            _ => (number, number),
        };
        self.sink.quantity(to, words(&system, &code, &unit), lo, hi);
    }

    fn money(&mut self, to: &[Target], value: Value<'d>) {
        let Some(number) = value.get("value").and_then(decimal) else { return };
        let [currency] = texts(value, ["currency"]);
        let system = currency.is_some().then_some(Cow::Borrowed("urn:iso:std:iso:4217"));
        self.sink.quantity(to, words(&system, &currency, &currency), number, number);
    }

    /// What lies outside the globe is nowhere.
    fn position(&mut self, to: &[Target], value: Value<'d>) {
        let degrees = |key| value.get(key).and_then(decimal);
        let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
            return;
        };
        if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
            self.sink.position(to, latitude, longitude);
        }
    }

    fn range(&mut self, to: &[Target], value: Value<'d>) {
        let Some((lo, hi)) = ends(value) else { return };
        let Some(end) = value.get("low").or_else(|| value.get("high")) else { return };
        let [system, code, unit] = texts(end, ["system", "code", "unit"]);
        self.sink.quantity(to, words(&system, &code, &unit), lo, hi);
    }
}

fn passes(guard: &Guard, value: Value<'_>, at: usize) -> bool {
    let says = |value: Value<'_>, key: &str, wanted: &str| {
        value.get(key).and_then(Value::as_str).is_some_and(|text| text == wanted)
    };
    match guard {
        Guard::All => true,
        Guard::Where { key, value: wanted } => says(value, key, wanted),
        Guard::HasExtension(url) => {
            value.get("extension").into_iter().flat_map(each).any(|one| says(one, "url", url))
        }
        Guard::Index(wanted) => at == *wanted,
    }
}

/// An array's items; anything else by itself.
fn each(value: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let itself = (value.kind() != Kind::Array).then_some(value);
    value.items().chain(itself)
}

/// Some string members of an object, in one pass; an empty string is none.
fn texts<'d, const N: usize>(value: Value<'d>, keys: [&str; N]) -> [Option<Cow<'d, str>>; N] {
    let mut found = [const { None }; N];
    for (key, member) in value.members() {
        if let Some(at) = keys.iter().position(|wanted| *wanted == key) {
            found[at] = member.as_str().filter(|text| !text.is_empty());
        }
    }
    found
}

fn words<'a>(
    system: &'a Option<Cow<'_, str>>,
    code: &'a Option<Cow<'_, str>>,
    unit: &'a Option<Cow<'_, str>>,
) -> UnitWords<'a> {
    UnitWords { system: system.as_deref(), code: code.as_deref(), unit: unit.as_deref() }
}

/// A number as the index compares it; none where a double cannot hold it.
fn decimal(value: Value<'_>) -> Option<f64> {
    value.number()?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Both ends of a Range, an absent one open; none without any.
fn ends(value: Value<'_>) -> Option<(f64, f64)> {
    let end = |key| value.get(key).and_then(|end| end.get("value")).and_then(decimal);
    let (low, high) = (end("low"), end("high"));
    let (lo, hi) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    ((low.is_some() || high.is_some()) && lo <= hi).then_some((lo, hi))
}

fn is_name_part(key: &str) -> bool {
    matches!(key, "family" | "given" | "prefix" | "suffix" | "text")
}

fn is_address_part(key: &str) -> bool {
    matches!(key, "line" | "city" | "district" | "state" | "country" | "postalCode" | "text")
}
