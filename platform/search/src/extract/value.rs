//! The plain values of one parameter of a resource: for sorting, includes, and checking by reading.

use tarn_fhir::definitions::{FieldId, TypeId};

use super::sink::{Referent, Sink, UnitWords};
use super::trie::Target;

/// A value as a search parameter sees it. It may be a patient's: it has no `Debug`.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub enum Value {
    /// A code in a system; either may be absent, not both.
    Token {
        /// Its system. Of a bare code, the one that its required binding implies.
        system: Option<String>,
        /// The code, or an identifier's value.
        code: Option<String>,
    },
    /// Words that go with a token: a display or a text.
    Words(String),
    /// A string, as written.
    String(String),
    /// A uri; of a canonical with a version, both with and without it.
    Uri(String),
    /// A reference to a resource of this server.
    Reference {
        /// The resource's type.
        type_: TypeId,
        /// Its id.
        id: String,
    },
    /// A reference that leads elsewhere: an absolute URL, a `urn:`, a canonical; without version,
    /// except that a versioned canonical is there both ways.
    Link(String),
    /// A reference by identifier.
    Identifier {
        /// Its system.
        system: Option<String>,
        /// Its value.
        value: Option<String>,
    },
    /// A stretch of time: microseconds since 1970 (UTC), both ends within; `i64::MIN` and
    /// `i64::MAX` where it is open.
    Date {
        /// The first microsecond.
        lo: i64,
        /// The last.
        hi: i64,
    },
    /// A number, or a range of them; infinite where it is open.
    Number {
        /// The lowest.
        lo: f64,
        /// The highest.
        hi: f64,
    },
    /// A quantity, or a range of them; infinite where it is open.
    Quantity {
        /// The unit's system.
        system: Option<String>,
        /// The unit's code.
        code: Option<String>,
        /// The unit as people read it.
        unit: Option<String>,
        /// The lowest.
        lo: f64,
        /// The highest.
        hi: f64,
    },
    /// A place on earth.
    Position {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
}

/// Collects what is found for one parameter.
pub(super) struct Collector {
    wanted: FieldId,
    pub(super) values: Vec<Value>,
    pub(super) is_present: bool,
}

impl Collector {
    pub(super) fn new(wanted: FieldId) -> Self {
        Self { wanted, values: Vec::new(), is_present: false }
    }

    fn push(&mut self, value: Value) {
        if !self.values.contains(&value) {
            self.values.push(value);
        }
    }

    fn takes(&self, targets: &[Target], type_: Option<TypeId>) -> bool {
        targets.iter().any(|target| target.field == self.wanted && target.takes(type_))
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl Sink for Collector {
    fn wants(&self, targets: &[Target]) -> bool {
        targets.iter().any(|target| target.field == self.wanted)
    }

    fn present(&mut self, field: FieldId) {
        self.is_present |= field == self.wanted;
    }

    fn token(&mut self, _: &[Target], system: Option<&str>, code: Option<&str>) {
        self.push(Value::Token { system: owned(system), code: owned(code) });
    }

    /// The value stands among the tokens already.
    fn typed(&mut self, _: &[Target], _: Option<&str>, _: &str, _: &str) {}

    fn words(&mut self, _: &[Target], text: &str) {
        self.push(Value::Words(text.to_owned()));
    }

    fn string(&mut self, _: &[Target], text: &str) {
        self.push(Value::String(text.to_owned()));
    }

    fn uri(&mut self, _: &[Target], uri: &str) {
        self.push(Value::Uri(uri.to_owned()));
    }

    fn reference(&mut self, targets: &[Target], to: Referent<'_>, type_: Option<TypeId>) {
        if !self.takes(targets, type_) {
            return;
        }
        self.push(match to {
            Referent::Local { type_, id } => Value::Reference { type_, id: id.to_owned() },
            Referent::Elsewhere(url) => Value::Link(url.to_owned()),
        });
    }

    fn logical(
        &mut self,
        targets: &[Target],
        type_: Option<TypeId>,
        system: Option<&str>,
        value: Option<&str>,
    ) {
        if self.takes(targets, type_) {
            self.push(Value::Identifier { system: owned(system), value: owned(value) });
        }
    }

    fn date(&mut self, _: &[Target], lo: i64, hi: i64) {
        self.push(Value::Date { lo, hi });
    }

    fn number(&mut self, _: &[Target], lo: f64, hi: f64) {
        self.push(Value::Number { lo, hi });
    }

    fn quantity(&mut self, _: &[Target], unit: UnitWords<'_>, lo: f64, hi: f64) {
        let UnitWords { system, code, unit } = unit;
        let (system, code, unit) = (owned(system), owned(code), owned(unit));
        self.push(Value::Quantity { system, code, unit, lo, hi });
    }

    fn position(&mut self, _: &[Target], latitude: f64, longitude: f64) {
        self.push(Value::Position { latitude, longitude });
    }
}
