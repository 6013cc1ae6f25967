//! Writes JSON text straight into a buffer: no tree, no allocation, members in the order of calls.

use crate::calendar::{Day, Moment};
use crate::codes::Code;
use crate::prng::Id;
use crate::sink::ResourceKind;

/// A decimal with a fixed number of digits behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) value: i32,
    pub(crate) digits: u8,
}

/// One resource being written. A comma goes before a member unless the text ends with an opening
/// bracket, so callers never think of commas.
pub(crate) struct Json<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Json<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    pub(crate) fn begin(&mut self, kind: &str) {
        self.put("{\"resourceType\":\"");
        self.put(kind);
        self.put("\"");
    }

    /// Ends the resource and its line.
    pub(crate) fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.out.push(b'"');
        self.put(key);
        self.put("\":");
    }

    /// A member whose value is JSON text already.
    pub(crate) fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        self.put(value);
    }

    /// A member or element given as JSON text, key and all.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.comma();
        self.put(text);
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quoted(value);
    }

    /// A string as an element of the open array.
    pub(crate) fn item(&mut self, value: &str) {
        self.comma();
        self.quoted(value);
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    pub(crate) fn number(&mut self, key: &str, value: i64) {
        self.key(key);
        integer(self.out, value);
    }

    pub(crate) fn fixed(&mut self, key: &str, value: Fixed) {
        self.key(key);
        value.write(self.out);
    }

    pub(crate) fn id(&mut self, key: &str, id: Id) {
        self.key(key);
        self.out.push(b'"');
        id.write(self.out);
        self.out.push(b'"');
    }

    pub(crate) fn day(&mut self, key: &str, day: Day) {
        self.key(key);
        self.out.push(b'"');
        day.write(self.out);
        self.out.push(b'"');
    }

    pub(crate) fn moment(&mut self, key: &str, moment: Moment) {
        self.key(key);
        self.out.push(b'"');
        moment.write(self.out);
        self.out.push(b'"');
    }

    /// Text that `fill` writes, quoted as it is: it must need no escapes.
    pub(crate) fn plain(&mut self, key: &str, fill: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        self.out.push(b'"');
        fill(self.out);
        self.out.push(b'"');
    }

    pub(crate) fn object(&mut self, key: &str) {
        self.key(key);
        self.out.push(b'{');
    }

    pub(crate) fn array(&mut self, key: &str) {
        self.key(key);
        self.out.push(b'[');
    }

    /// Opens an object as an element of the open array.
    pub(crate) fn element(&mut self) {
        self.comma();
        self.out.push(b'{');
    }

    /// Closes an object.
    pub(crate) fn end(&mut self) {
        self.out.push(b'}');
    }

    /// Closes an array.
    pub(crate) fn end_array(&mut self) {
        self.out.push(b']');
    }

    fn quoted(&mut self, value: &str) {
        self.out.push(b'"');
        if value.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
            escape(self.out, value);
        } else {
            self.put(value);
        }
        self.out.push(b'"');
    }

    pub(crate) fn profile(&mut self, url: &str) {
        self.object("meta");
        self.array("profile");
        self.item(url);
        self.end_array();
        self.end();
    }

    fn coding_members(&mut self, code: &Code) {
        self.text("system", code.system);
        self.text("code", code.code);
        if !code.display.is_empty() {
            self.text("display", code.display);
        }
    }

    /// A `Coding` member.
    pub(crate) fn coding(&mut self, key: &str, code: &Code) {
        self.object(key);
        self.coding_members(code);
        self.end();
    }

    fn concept_members(&mut self, codes: &[&Code]) {
        self.array("coding");
        for code in codes {
            self.element();
            self.coding_members(code);
            self.end();
        }
        self.end_array();
        if let Some(first) = codes.first().filter(|code| !code.display.is_empty()) {
            self.text("text", first.display);
        }
    }

    /// A `CodeableConcept` member with one code.
    pub(crate) fn concept(&mut self, key: &str, code: &Code) {
        self.concept_of(key, &[code]);
    }

    /// A `CodeableConcept` member that says the same in several code systems.
    pub(crate) fn concept_of(&mut self, key: &str, codes: &[&Code]) {
        self.object(key);
        self.concept_members(codes);
        self.end();
    }

    /// An array of one `CodeableConcept`.
    pub(crate) fn concepts(&mut self, key: &str, codes: &[&Code]) {
        self.array(key);
        for code in codes {
            self.element();
            self.concept_members(&[code]);
            self.end();
        }
        self.end_array();
    }

    fn reference_text(&mut self, kind: ResourceKind, id: Id) {
        self.put("{\"reference\":\"");
        self.put(kind.name());
        self.put("/");
        id.write(self.out);
        self.put("\"}");
    }

    /// A `Reference` member.
    pub(crate) fn reference(&mut self, key: &str, kind: ResourceKind, id: Id) {
        self.key(key);
        self.reference_text(kind, id);
    }

    /// A `Reference` member with words.
    pub(crate) fn reference_named(&mut self, key: &str, kind: ResourceKind, id: Id, name: &str) {
        self.reference(key, kind, id);
        self.out.pop();
        self.text("display", name);
        self.end();
    }

    /// A `Reference` as an element of the open array.
    pub(crate) fn reference_item(&mut self, kind: ResourceKind, id: Id) {
        self.comma();
        self.reference_text(kind, id);
    }

    /// An array of one `Reference`.
    pub(crate) fn references(&mut self, key: &str, kind: ResourceKind, id: Id) {
        self.array(key);
        self.reference_item(kind, id);
        self.end_array();
    }

    /// A `Quantity` member in a UCUM unit.
    pub(crate) fn quantity(&mut self, key: &str, value: Fixed, unit: &str, ucum: &str) {
        self.object(key);
        self.fixed("value", value);
        self.text("unit", unit);
        self.text("system", "http://unitsofmeasure.org");
        self.text("code", ucum);
        self.end();
    }

    /// A `Money` member in US dollars.
    pub(crate) fn dollars(&mut self, key: &str, cents: i32) {
        self.object(key);
        self.fixed("value", Fixed { value: cents, digits: 2 });
        self.text("currency", "USD");
        self.end();
    }

    /// A `Period` member.
    pub(crate) fn period(&mut self, key: &str, start: Moment, end: Option<Moment>) {
        self.object(key);
        self.moment("start", start);
        if let Some(end) = end {
            self.moment("end", end);
        }
        self.end();
    }
}

impl Fixed {
    pub(crate) const fn new(value: i32, digits: u8) -> Self {
        Self { value, digits }
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let unit = 10i64.pow(u32::from(self.digits));
        let value = i64::from(self.value);
        if value < 0 {
            out.push(b'-');
        }
        integer(out, value.abs() / unit);
        if self.digits > 0 {
            out.push(b'.');
            let rest = value.abs() % unit;
            for place in (0..u32::from(self.digits)).rev() {
                out.push(b'0' + (rest / 10i64.pow(place) % 10) as u8);
            }
        }
    }
}

/// Adds a whole number.
pub(crate) fn integer(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

fn escape(out: &mut Vec<u8>, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        let text = |value, digits| {
            let mut out = Vec::new();
            Fixed { value, digits }.write(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(705, 1), "70.5");
        assert_eq!(text(5, 2), "0.05");
        assert_eq!(text(-25, 1), "-2.5");
        assert_eq!(text(120, 0), "120");
    }

    #[test]
    fn commas_and_escapes_come_by_themselves() {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out);
        json.begin("X");
        json.array("a");
        json.item("one \"1\"");
        json.item("two\n");
        json.end_array();
        json.object("o");
        json.number("n", -12);
        json.bool("b", true);
        json.end();
        json.finish();
        let want = "{\"resourceType\":\"X\",\"a\":[\"one \\\"1\\\"\",\"two\\n\"],\
                    \"o\":{\"n\":-12,\"b\":true}}\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
