//! Search parameters as R4 defines them, one for each type that they are defined on.

use super::TypeId;

/// A search parameter *of a type*: its place in the list sorted by (base type, code), with the
/// parameters of `Resource` and `DomainResource`, which every type shares, in front.
///
/// The number is stored on disk. It never changes; it stays below 16,384.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u16);

/// What a search parameter is defined on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// Every type: R4's `Resource` and `DomainResource`.
    Any,
    /// One type.
    Type(TypeId),
}

/// The type of a search parameter (<https://hl7.org/fhir/R4/search.html#ptypes>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the FHIR code of that name")]
pub enum ParamKind {
    Number,
    Date,
    String,
    Token,
    Reference,
    Composite,
    Quantity,
    Uri,
    Special,
}

impl ParamKind {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Number, "number"),
        (Self::Date, "date"),
        (Self::String, "string"),
        (Self::Token, "token"),
        (Self::Reference, "reference"),
        (Self::Composite, "composite"),
        (Self::Quantity, "quantity"),
        (Self::Uri, "uri"),
        (Self::Special, "special"),
    ];

    /// The code as FHIR spells it.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind with that code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }

    /// The kind with that number in the asset.
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).map(|(kind, _)| *kind)
    }
}

/// A search parameter of one type, or one that every type has.
#[derive(Debug)]
pub struct SearchParameter {
    /// Its number, for good.
    pub field: FieldId,
    /// What it is defined on.
    pub base: Base,
    /// What stands in the URL, such as `birthdate` or `_id`.
    pub code: &'static str,
    /// Its type.
    pub kind: ParamKind,
    /// FHIRPath: only the alternatives for this base, joined by ` | `. Empty where R4 gives none
    /// (`_content`, `_filter`, `_query`, `_text`).
    pub expression: &'static str,
    /// For references: the types that R4 allows as targets. Empty: any.
    pub targets: Vec<TypeId>,
    /// For composites: the parts, in the order of the value's `$` parts.
    pub components: Vec<Component>,
    /// The canonical URL of R4's definition. Several parameters can share one.
    pub url: &'static str,
}

/// A part of a composite parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// The parameter of the same base whose kind the part has.
    pub field: FieldId,
    /// Where the part is, from an element that the composite's own expression yields.
    pub expression: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_their_codes_convert_both_ways() {
        for (at, (kind, code)) in ParamKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            assert_eq!(kind.as_str(), code);
            assert_eq!(ParamKind::parse(code), Some(kind));
        }
    }
}
