//! What a query asks, understood: conditions over fields, still without any store.

use tarn_fhir::definitions::{FieldId, SearchParameter, TypeId};

pub use crate::near::NearTest;
pub use crate::quantity::{Exactly, QuantityTest};
pub use crate::text::{TextTest, Tree};

/// Conditions that must all hold, for resources of some types.
#[derive(Debug, Clone, Default)]
pub struct Clause {
    /// The types; empty means every type.
    pub types: Vec<TypeId>,
    /// The conditions.
    pub all: Vec<Filter>,
}

/// A condition.
#[derive(Debug, Clone)]
pub enum Filter {
    /// Has one of these logical ids.
    Ids(Vec<String>),
    /// Is this one resource.
    Is(TypeId, String),
    /// Is one of these resources.
    These(Vec<(TypeId, String)>),
    /// Was last updated so.
    Updated(Vec<DateTest>),
    /// Has one of these keys.
    Keys(Vec<KeyTest>),
    /// Has one of these terms.
    Terms(Vec<TermTest>),
    /// Has a period in one of the fields that passes one of the tests.
    Dates(Vec<FieldId>, Vec<DateTest>),
    /// Has a number so.
    Numbers(Vec<FieldId>, Vec<NumberTest>),
    /// Has a quantity so.
    Quantities(Vec<FieldId>, Vec<QuantityTest>),
    /// Has words.
    Text(Box<TextTest>),
    /// Lies near one of these places.
    Near(FieldId, Vec<NearTest>),
    /// Is of the clause's types and does not pass the inner one.
    Not(Box<Filter>),
    /// Passes at least one.
    Any(Vec<Filter>),
    /// Passes all.
    All(Vec<Filter>),
    /// Refers, in one of the fields, to a resource that passes the clause.
    Chain(Vec<FieldId>, Clause),
    /// Is referred to, in one of the fields, by a resource that passes the clause.
    Has(Vec<FieldId>, Clause),
    /// Has an element in which all parts of a composite's value hold at once.
    Composite(Box<Composite>),
    /// Has, in one of the fields, a value that the inner condition does not pass.
    Other(Vec<FieldId>, Box<Filter>),
    /// What depends on other resources of the store: it is looked up before anything else is done.
    Lookup(Lookup),
}

/// A condition that is told by resources which do not pass it themselves.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// Has a code that is in one of these value sets (`:in`).
    ValueSets(Vec<FieldId>, Vec<String>),
    /// Has this code of this system, or one below or above it (`:below`, `:above`).
    Concept(Vec<FieldId>, Way, String, String),
    /// Refers to this resource, or to one below or above it in its type's hierarchy.
    Place(Vec<FieldId>, Way, TypeId, String),
    /// Is in one of these lists (`_list`).
    Lists(Vec<String>),
}

/// A direction in a hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what is more general, or wider.
    Above,
    /// To what is more special, or inside.
    Below,
}

impl Clause {
    /// Whether anything in it has to be looked up first.
    pub(crate) fn has_lookups(&self) -> bool {
        self.all.iter().any(Filter::has_lookups)
    }
}

impl Filter {
    fn has_lookups(&self) -> bool {
        match self {
            Self::Lookup(_) => true,
            Self::Not(inner) | Self::Other(_, inner) => inner.has_lookups(),
            Self::Any(all) | Self::All(all) => all.iter().any(Self::has_lookups),
            Self::Chain(_, clause) | Self::Has(_, clause) => clause.has_lookups(),
            _ => false,
        }
    }
}

/// A key in words: it becomes a key of the index when a store's hash is at hand.
#[derive(Debug, Clone)]
pub enum KeyTest {
    /// A code, in whatever system.
    Code(FieldId, String),
    /// A code in a system; none means: a code that has no system.
    CodeIn(FieldId, Option<String>, String),
    /// Any code of a system.
    System(FieldId, String),
    /// A string, letter by letter.
    Exact(FieldId, String),
    /// A URI.
    Uri(FieldId, String),
    /// A reference, as text: `Patient/1`, or a URL.
    Reference(FieldId, String),
    /// A reference by the identifier it carries; system none means: has no system.
    Identifier(FieldId, Option<Option<String>>, String),
    /// An identifier's value under a code of its type: the code's system, the code, the value.
    OfType(FieldId, Option<String>, String, String),
    /// Any value at all.
    Present(FieldId),
}

impl KeyTest {
    /// The field that it is about.
    pub fn field(&self) -> FieldId {
        match self {
            Self::Code(field, _)
            | Self::CodeIn(field, ..)
            | Self::System(field, _)
            | Self::Exact(field, _)
            | Self::Uri(field, _)
            | Self::Reference(field, _)
            | Self::Identifier(field, ..)
            | Self::OfType(field, ..)
            | Self::Present(field) => *field,
        }
    }
}

/// How a term has to look, already normalised.
#[derive(Debug, Clone)]
pub struct TermTest {
    /// Where.
    pub field: FieldId,
    /// Whether the field's `:text` terms are meant rather than its own.
    pub of_text: bool,
    /// How it is compared.
    pub with: TermMatch,
    /// With what.
    pub text: String,
}

impl TermTest {
    /// Whether a normalised term passes.
    pub fn passes(&self, term: &str) -> bool {
        match self.with {
            TermMatch::Prefix => term.starts_with(&self.text),
            TermMatch::Contains => term.contains(&self.text),
            TermMatch::Suffix => term.ends_with(&self.text),
            TermMatch::Whole => term == self.text,
        }
    }
}

/// How terms are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermMatch {
    /// Begins so.
    Prefix,
    /// Has it inside.
    Contains,
    /// Ends so.
    Suffix,
    /// Is so.
    Whole,
}

/// A comparison prefix (<https://hl7.org/fhir/R4/search.html#prefix>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the FHIR prefix of that name")]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

/// A date to compare periods with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DateTest {
    /// How.
    pub prefix: Prefix,
    /// First microsecond of the date.
    pub lo: i64,
    /// Last microsecond of it.
    pub hi: i64,
    /// False for a moment between two microseconds: nothing that is stored can equal it.
    pub exact: bool,
}

impl DateTest {
    /// Whether the period passes (R4 §3.1.1.4.5: containment for `eq`, overlap for the halves
    /// above and below).
    pub fn passes(&self, lo: i64, hi: i64) -> bool {
        let within = self.exact && self.lo <= lo && hi <= self.hi;
        let begins_below = lo < self.lo || (lo == self.lo && !self.exact);
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => hi > self.hi,
            Prefix::Lt => begins_below,
            Prefix::Ge => hi > self.hi || within,
            Prefix::Le => begins_below || within,
            Prefix::Sa => lo > self.hi,
            Prefix::Eb => hi < self.lo,
            Prefix::Ap => lo <= self.hi && hi >= self.lo,
        }
    }
}

/// A number to compare numbers and ranges with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberTest {
    /// How.
    pub prefix: Prefix,
    /// The number.
    pub value: f64,
    /// Where the numbers begin that it stands for by its precision (or by 10 % for `ap`).
    pub lo: f64,
    /// Where they end; not one of them, but for `ap`.
    pub hi: f64,
}

impl NumberTest {
    /// Whether the number or range passes (R4 §3.1.1.4.4: `eq` and `ne` take the number with its
    /// implicit precision, the others as exact).
    pub fn passes(&self, lo: f64, hi: f64) -> bool {
        let within = self.lo <= lo && hi < self.hi;
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => hi > self.value,
            Prefix::Lt => lo < self.value,
            Prefix::Ge => hi >= self.value,
            Prefix::Le => lo <= self.value,
            Prefix::Sa => lo > self.value,
            Prefix::Eb => hi < self.value,
            Prefix::Ap => lo <= self.hi && hi >= self.lo,
        }
    }
}

/// A composite parameter and its values.
#[derive(Debug, Clone)]
pub struct Composite {
    /// The parameter.
    pub parameter: &'static SearchParameter,
    /// Alternatives; of each, one condition per component, in order.
    pub any: Vec<Vec<Filter>>,
}
