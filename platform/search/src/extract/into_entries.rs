//! What is found becomes entries of the index.

use tarn_fhir::definitions::{FieldId, TypeId};
use tarn_store::{Entries, Field, Hash96, Hasher, Key, Unit, Variant};

use super::normalise::normalise_in;
use super::program::NO_RANK;
use super::sink::{Referent, Sink, UnitWords};
use super::trie::Target;
use super::{keys, patient_type};

/// Hashes what is found and adds it to a block's entries.
pub(super) struct IntoEntries<'e> {
    into: &'e mut Entries,
    hasher: &'e Hasher,
    ordinal: u32,
    ranks: &'e [u8],
    /// Whose compartment the resource is in, and how well that is known.
    subject: (u8, Option<Hash96>),
    scratch: String,
}

impl<'e> IntoEntries<'e> {
    /// Of the resource with that ordinal, whose program has those ranks.
    pub(super) fn new(
        into: &'e mut Entries,
        hasher: &'e Hasher,
        ordinal: u32,
        ranks: &'e [u8],
    ) -> Self {
        Self { into, hasher, ordinal, ranks, subject: (NO_RANK, None), scratch: String::new() }
    }

    /// The patient in whose compartment the resource is, as far as its references say.
    pub(super) fn subject(&self) -> Option<Hash96> {
        self.subject.1
    }

    fn keys(&mut self, targets: &[Target], variant: Variant, a: u64, b: u32) {
        for target in targets {
            self.into.add_key(Key::new(Field::new(target.field, variant), a, b), self.ordinal);
        }
    }

    fn terms(&mut self, targets: &[Target], variant: Variant, text: &str) {
        let term = normalise_in(text, &mut self.scratch);
        if term.is_empty() {
            return;
        }
        for target in targets {
            self.into.add_term(Field::new(target.field, variant), term, self.ordinal);
        }
    }
}

impl Sink for IntoEntries<'_> {
    #[inline]
    fn wants(&self, _: &[Target]) -> bool {
        true
    }

    fn present(&mut self, field: FieldId) {
        self.into.add_key(keys::present(field), self.ordinal);
    }

    fn token(&mut self, targets: &[Target], system: Option<&str>, code: Option<&str>) {
        if let Some(code) = code {
            let b = system.map_or(0, |system| self.hasher.text32(system));
            self.keys(targets, Variant::Main, self.hasher.text(code), b);
        }
        if let Some(system) = system {
            self.keys(targets, Variant::Second, self.hasher.text(system), keys::ANY_CODE);
        }
    }

    fn typed(&mut self, targets: &[Target], system: Option<&str>, code: &str, value: &str) {
        for target in targets {
            let key = keys::of_type(self.hasher, target.field, system, code, value);
            self.into.add_key(key, self.ordinal);
        }
    }

    fn words(&mut self, targets: &[Target], text: &str) {
        self.terms(targets, Variant::Text, text);
    }

    fn string(&mut self, targets: &[Target], text: &str) {
        self.keys(targets, Variant::Second, self.hasher.text(text), 0);
        self.terms(targets, Variant::Main, text);
    }

    fn uri(&mut self, targets: &[Target], uri: &str) {
        self.keys(targets, Variant::Main, self.hasher.text(uri), 0);
        for target in targets {
            self.into.add_term(Field::new(target.field, Variant::Main), uri, self.ordinal);
        }
    }

    fn reference(&mut self, targets: &[Target], to: Referent<'_>, type_: Option<TypeId>) {
        let hash = match to {
            Referent::Local { type_, id } => self.hasher.identity(type_.name(), id),
            Referent::Elsewhere(url) => self.hasher.reference(url),
        };
        for target in targets.iter().filter(|target| target.takes(type_)) {
            let field = Field::new(target.field, Variant::Main);
            self.into.add_key(Key::reference(field, hash), self.ordinal);
        }
        let is_patient = matches!(to, Referent::Local { type_, .. } if type_ == patient_type());
        if is_patient {
            let ranks = targets.iter().filter_map(|t| self.ranks.get(usize::from(t.slot)));
            let best = ranks.copied().min().unwrap_or(NO_RANK);
            if best < self.subject.0 {
                self.subject = (best, Some(hash));
            }
        }
    }

    fn logical(
        &mut self,
        targets: &[Target],
        type_: Option<TypeId>,
        system: Option<&str>,
        value: Option<&str>,
    ) {
        let Some(value) = value else { return };
        let a = self.hasher.text(value);
        let b = system.map_or(0, |system| self.hasher.text32(system));
        for target in targets.iter().filter(|target| target.takes(type_)) {
            let field = Field::new(target.field, Variant::Second);
            self.into.add_key(Key::new(field, a, b), self.ordinal);
        }
    }

    fn date(&mut self, targets: &[Target], lo: i64, hi: i64) {
        for target in targets {
            self.into.add_date(Field::new(target.field, Variant::Main), self.ordinal, lo, hi);
        }
    }

    fn number(&mut self, targets: &[Target], lo: f64, hi: f64) {
        for target in targets {
            self.into.add_number(Field::new(target.field, Variant::Main), self.ordinal, lo, hi);
        }
    }

    fn position(&mut self, targets: &[Target], latitude: f64, longitude: f64) {
        for target in targets {
            let (north, east) = keys::position(target.field);
            self.into.add_number(north, self.ordinal, latitude, latitude);
            self.into.add_number(east, self.ordinal, longitude, longitude);
        }
    }

    fn quantity(&mut self, targets: &[Target], unit: UnitWords<'_>, lo: f64, hi: f64) {
        let hash = |text: Option<&str>| text.map_or(0, |text| self.hasher.text(text));
        let ucum = unit.code.filter(|_| unit.system == Some(tarn_ucum::SYSTEM));
        let unit = Unit { system: hash(unit.system), code: hash(unit.code), unit: hash(unit.unit) };
        if let Some(code) = ucum {
            self.into.name_unit(unit, code);
        }
        for target in targets {
            let field = Field::new(target.field, Variant::Main);
            self.into.add_quantity(field, self.ordinal, unit, lo, hi);
        }
    }
}
