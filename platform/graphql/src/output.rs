//! The answer while it grows: fields by name, written as JSON at the end.

use tarn_fhir::json::escape_into;

use crate::error::GraphqlError;

/// A value of the answer.
#[derive(Debug)]
pub(crate) enum Out {
    /// JSON text, such as a number with all its digits.
    Token(String),
    Object(Fields),
}

/// Whether a field's values are written as a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plurality {
    /// One, or several if there come to be several.
    Open,
    List,
    /// `@singleton`: one, and a second is an error.
    One,
}

/// A field of the answer.
#[derive(Debug)]
struct Slot {
    name: String,
    plurality: Plurality,
    values: Vec<Out>,
}

/// The fields of an object, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<Slot>);

impl Fields {
    /// Makes room for values of that name. Where `@flatten` brings a name several times, its
    /// values join into a list.
    pub(crate) fn open(&mut self, name: &str, plurality: Plurality) -> Result<(), GraphqlError> {
        match self.0.iter_mut().find(|slot| slot.name == name) {
            None => self.0.push(Slot { name: name.to_owned(), plurality, values: Vec::new() }),
            Some(slot) if slot.plurality == Plurality::One => return Err(not_one(name)),
            Some(slot) => slot.plurality = Plurality::List,
        }
        Ok(())
    }

    /// Adds a value under a name that was opened.
    pub(crate) fn push(&mut self, name: &str, value: Out) {
        if let Some(slot) = self.0.iter_mut().find(|slot| slot.name == name) {
            slot.values.push(value);
        }
    }

    /// Checks what `@singleton` promised.
    pub(crate) fn check(&self) -> Result<(), GraphqlError> {
        let broken = self.0.iter().find(|s| s.plurality == Plurality::One && s.values.len() > 1);
        broken.map_or(Ok(()), |slot| Err(not_one(&slot.name)))
    }

    /// Appends the fields as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, slot) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            escape_into(&slot.name, out);
            out.push(b':');
            let is_list = slot.plurality == Plurality::List || slot.values.len() != 1;
            if is_list {
                out.push(b'[');
            }
            for (at, value) in slot.values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                match value {
                    Out::Token(text) => out.extend_from_slice(text.as_bytes()),
                    Out::Object(fields) => fields.write(out),
                }
            }
            if is_list {
                out.push(b']');
            }
        }
        out.push(b'}');
    }
}

/// A string as JSON text.
pub(crate) fn quoted(text: &str) -> Out {
    let mut out = Vec::with_capacity(text.len() + 2);
    escape_into(text, &mut out);
    Out::Token(String::from_utf8(out).unwrap_or_default())
}

fn not_one(name: &str) -> GraphqlError {
    GraphqlError::new(format!("`{name}` is said to be a `@singleton`, but has several values"))
}
