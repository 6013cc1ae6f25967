//! What the walk finds, told to whoever collects it.

use tarn_fhir::definitions::{FieldId, TypeId};

use super::trie::Target;

/// A unit as a quantity has it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnitWords<'a> {
    pub(super) system: Option<&'a str>,
    pub(super) code: Option<&'a str>,
    pub(super) unit: Option<&'a str>,
}

/// Where a reference leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Referent<'a> {
    /// A resource of this server: `Patient/1`.
    Local { type_: TypeId, id: &'a str },
    /// Anything else: an absolute URL, a `urn:`, a canonical.
    Elsewhere(&'a str),
}

/// Takes what is found. Every call names the parameters that it is for.
pub(super) trait Sink {
    /// Whether any of the parameters matters; if not, the element is not even read.
    fn wants(&self, targets: &[Target]) -> bool;
    /// A parameter has a value. Called last, once each.
    fn present(&mut self, field: FieldId);
    fn token(&mut self, targets: &[Target], system: Option<&str>, code: Option<&str>);
    /// An identifier's value, under a code of its type: for `:of-type`.
    fn typed(&mut self, targets: &[Target], system: Option<&str>, code: &str, value: &str);
    /// Words that go with a token.
    fn words(&mut self, targets: &[Target], text: &str);
    fn string(&mut self, targets: &[Target], text: &str);
    fn uri(&mut self, targets: &[Target], uri: &str);
    /// A reference; `type_` is the type it leads to, as far as it says. A target that does not
    /// take it must be left out.
    fn reference(&mut self, targets: &[Target], to: Referent<'_>, type_: Option<TypeId>);
    /// A reference by identifier.
    fn logical(
        &mut self,
        targets: &[Target],
        type_: Option<TypeId>,
        system: Option<&str>,
        value: Option<&str>,
    );
    /// Microseconds since 1970, both ends within.
    fn date(&mut self, targets: &[Target], lo: i64, hi: i64);
    fn number(&mut self, targets: &[Target], lo: f64, hi: f64);
    fn quantity(&mut self, targets: &[Target], unit: UnitWords<'_>, lo: f64, hi: f64);
    /// A place on earth, in degrees.
    fn position(&mut self, targets: &[Target], latitude: f64, longitude: f64);
}
