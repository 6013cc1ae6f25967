//! The types of FHIR and of FHIRPath itself, and which is a kind of which.

use std::fmt;

use tarn_fhir::definitions::{DataType, TypeId};

/// A type of FHIRPath's own (`System.…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the FHIRPath type of that name")]
pub enum SystemType {
    Any,
    Boolean,
    Integer,
    Decimal,
    String,
    Date,
    DateTime,
    Time,
    Quantity,
}

const SYSTEM: [(SystemType, &str); 9] = [
    (SystemType::Any, "Any"),
    (SystemType::Boolean, "Boolean"),
    (SystemType::Integer, "Integer"),
    (SystemType::Decimal, "Decimal"),
    (SystemType::String, "String"),
    (SystemType::Date, "Date"),
    (SystemType::DateTime, "DateTime"),
    (SystemType::Time, "Time"),
    (SystemType::Quantity, "Quantity"),
];

impl SystemType {
    /// The name as FHIRPath spells it.
    pub fn name(self) -> &'static str {
        SYSTEM.iter().find(|(known, _)| *known == self).map_or("Any", |(_, name)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        SYSTEM.iter().find(|(_, known)| *known == name).map(|(found, _)| *found)
    }
}

/// A type of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FhirType {
    /// A resource of that type.
    Resource(TypeId),
    /// `Resource`, or one whose type is not known.
    AnyResource,
    /// `DomainResource`
    AnyDomainResource,
    /// A data type.
    Data(DataType),
}

impl FhirType {
    /// The type of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "Resource" => Some(Self::AnyResource),
            "DomainResource" => Some(Self::AnyDomainResource),
            _ => TypeId::parse(name)
                .map(Self::Resource)
                .or_else(|| DataType::parse(name).map(Self::Data)),
        }
    }

    /// The name as FHIR spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resource(type_) => type_.name(),
            Self::AnyResource => "Resource",
            Self::AnyDomainResource => "DomainResource",
            Self::Data(data_type) => data_type.name(),
        }
    }

    /// What it is a kind of.
    pub fn parent(self) -> Option<Self> {
        use DataType as D;
        let data = |parent| Some(Self::Data(parent));
        match self {
            Self::AnyResource => None,
            Self::AnyDomainResource => Some(Self::AnyResource),
            Self::Resource(type_) => Some(match type_.name() {
                "Bundle" | "Binary" | "Parameters" => Self::AnyResource,
                _ => Self::AnyDomainResource,
            }),
            Self::Data(data_type) => match data_type {
                D::Element | D::Resource => None,
                D::Code | D::Id | D::Markdown => data(D::String),
                D::Canonical | D::Oid | D::Url | D::Uuid => data(D::Uri),
                D::PositiveInt | D::UnsignedInt => data(D::Integer),
                D::Age | D::Count | D::Distance | D::Duration => data(D::Quantity),
                D::Dosage
                | D::ElementDefinition
                | D::MarketingStatus
                | D::Population
                | D::ProdCharacteristic
                | D::ProductShelfLife
                | D::SubstanceAmount
                | D::Timing => data(D::BackboneElement),
                _ => data(D::Element),
            },
        }
    }

    /// Whether it is that type or a kind of it.
    pub fn is_a(self, other: Self) -> bool {
        let mut at = Some(self);
        while let Some(type_) = at {
            if type_ == other {
                return true;
            }
            at = type_.parent();
        }
        false
    }

    /// What FHIRPath converts its values to; none for those that stay elements.
    pub fn to_system(self) -> Option<SystemType> {
        use DataType as D;
        let Self::Data(data_type) = self else { return None };
        Some(match data_type {
            D::Boolean => SystemType::Boolean,
            D::Integer | D::PositiveInt | D::UnsignedInt => SystemType::Integer,
            D::Decimal => SystemType::Decimal,
            D::Date => SystemType::Date,
            D::DateTime | D::Instant => SystemType::DateTime,
            D::Time => SystemType::Time,
            primitive if primitive.is_primitive() => SystemType::String,
            quantity if quantity.is_quantity() => SystemType::Quantity,
            _ => return None,
        })
    }
}

/// A type of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeName {
    /// FHIRPath's own.
    System(SystemType),
    /// FHIR's.
    Fhir(FhirType),
}

impl TypeName {
    /// `System` or `FHIR`
    pub fn namespace(self) -> &'static str {
        match self {
            Self::System(_) => "System",
            Self::Fhir(_) => "FHIR",
        }
    }

    /// The name within its namespace.
    pub fn name(self) -> &'static str {
        match self {
            Self::System(type_) => type_.name(),
            Self::Fhir(type_) => type_.name(),
        }
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace(), self.name())
    }
}

/// What an expression asks for behind `is`, `as` and in `ofType()`. A name without namespace may
/// be found in both: FHIR's `Quantity` and FHIRPath's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    fhir: Option<FhirType>,
    system: Option<SystemType>,
}

impl Wanted {
    /// The type of that name; none where nothing is called so.
    pub(crate) fn parse(namespace: Option<&str>, name: &str) -> Option<Self> {
        let (fhir, system) = (FhirType::parse(name), SystemType::parse(name));
        let wanted = match namespace {
            None => Self { fhir, system },
            Some("FHIR") => Self { fhir, system: None },
            // A name that System does not have is a type that nothing is of.
            Some("System") => return Some(Self { fhir: None, system }),
            Some(_) => return None,
        };
        (wanted.fhir.is_some() || wanted.system.is_some()).then_some(wanted)
    }

    /// Whether something of that type is meant.
    pub(crate) fn takes(self, type_: TypeName) -> bool {
        match type_ {
            TypeName::Fhir(type_) => self.fhir.is_some_and(|wanted| type_.is_a(wanted)),
            TypeName::System(type_) => {
                self.system.is_some_and(|wanted| wanted == type_ || wanted == SystemType::Any)
            }
        }
    }

    /// The FHIR type that is meant, where one may be.
    pub(crate) fn fhir(self) -> Option<FhirType> {
        self.fhir
    }

    /// The type of FHIRPath that is meant, where one may be.
    pub(crate) fn system(self) -> Option<SystemType> {
        self.system
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_kinds_are_found() {
        let is_a = |a: &str, b: &str| FhirType::parse(a).unwrap().is_a(FhirType::parse(b).unwrap());
        assert!(is_a("code", "string") && is_a("uuid", "uri") && is_a("Age", "Quantity"));
        assert!(is_a("Patient", "DomainResource") && is_a("Bundle", "Resource"));
        assert!(!is_a("Bundle", "DomainResource") && !is_a("string", "code"));
        assert!(is_a("Timing", "Element") && is_a("positiveInt", "integer"));
    }

    #[test]
    fn names_are_found_in_their_namespace() {
        let takes =
            |namespace, name: &str, type_| Wanted::parse(namespace, name).unwrap().takes(type_);
        let boolean = TypeName::Fhir(FhirType::Data(DataType::Boolean));
        assert!(takes(None, "boolean", boolean) && !takes(None, "Boolean", boolean));
        let integer = TypeName::System(SystemType::Integer);
        assert!(takes(Some("System"), "Integer", integer) && takes(None, "Any", integer));
        assert!(!takes(Some("System"), "Patient", boolean));
        assert!(Wanted::parse(None, "Nonsense").is_none());
    }
}
