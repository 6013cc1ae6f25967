//! Writes JSON text: the frames (Bundle, OperationOutcome …) around resources that are text already.

use tarn_fhir::json::escape_into;

/// An object being written.
pub(crate) struct Object<'o> {
    out: &'o mut Vec<u8>,
    started: bool,
}

/// An array being written.
pub(crate) struct Array<'o> {
    out: &'o mut Vec<u8>,
    started: bool,
}

/// Writes an object.
pub(crate) fn object(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    fill(&mut Object { out, started: false });
    out.push(b'}');
}

impl Object<'_> {
    fn key(&mut self, name: &'static str) -> &mut Vec<u8> {
        if std::mem::replace(&mut self.started, true) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A member that is a string.
    pub(crate) fn text(&mut self, name: &'static str, value: &str) {
        escape_into(value, self.key(name));
    }

    /// A member that is a string made of what needs no escape.
    pub(crate) fn plain(&mut self, name: &'static str, value: impl std::fmt::Display) {
        use std::io::Write as _;
        let out = self.key(name);
        // Writing to memory cannot fail.
        let _ = write!(out, "\"{value}\"");
    }

    /// A member that is a number or a boolean.
    pub(crate) fn value(&mut self, name: &'static str, value: impl std::fmt::Display) {
        use std::io::Write as _;
        let out = self.key(name);
        let _ = write!(out, "{value}");
    }

    /// A member that writes itself.
    pub(crate) fn with(&mut self, name: &'static str, fill: impl FnOnce(&mut Vec<u8>)) {
        fill(self.key(name));
    }

    /// A member that is an object.
    pub(crate) fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        object(self.key(name), fill);
    }

    /// A member that is an array.
    pub(crate) fn array(&mut self, name: &'static str, fill: impl FnOnce(&mut Array<'_>)) {
        let out = self.key(name);
        out.push(b'[');
        fill(&mut Array { out, started: false });
        out.push(b']');
    }
}

impl Array<'_> {
    fn next(&mut self) -> &mut Vec<u8> {
        if std::mem::replace(&mut self.started, true) {
            self.out.push(b',');
        }
        self.out
    }

    /// An item that is a string.
    pub(crate) fn text(&mut self, value: &str) {
        escape_into(value, self.next());
    }

    /// An item that is an object.
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Object<'_>)) {
        object(self.next(), fill);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_json() {
        let mut out = Vec::new();
        object(&mut out, |o| {
            o.text("a", "x\"\n\u{1}é");
            o.value("n", 3);
            o.plain("t", "2026");
            o.array("l", |a| {
                a.text("1");
                a.object(|o| o.value("b", true));
            });
            o.object("o", |_| {});
            o.with("w", |out| out.extend_from_slice(b"[]"));
        });
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            r#"{"a":"x\"\n\u0001é","n":3,"t":"2026","l":["1",{"b":true}],"o":{},"w":[]}"#
        );
    }
}
