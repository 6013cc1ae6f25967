//! The data types of R4.

use std::fmt;

macro_rules! data_types {
    ($($variant:ident $name:literal,)*) => {
        /// A data type of R4 (<https://hl7.org/fhir/R4/datatypes.html>). Primitives come first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each is the FHIR type of that name")]
        pub enum DataType { $($variant,)* }

        const ALL: &[(DataType, &str)] = &[$((DataType::$variant, $name),)*];
    };
}

data_types! {
    Base64Binary "base64Binary",
    Boolean "boolean",
    Canonical "canonical",
    Code "code",
    Date "date",
    DateTime "dateTime",
    Decimal "decimal",
    Id "id",
    Instant "instant",
    Integer "integer",
    Markdown "markdown",
    Oid "oid",
    PositiveInt "positiveInt",
    String "string",
    Time "time",
    UnsignedInt "unsignedInt",
    Uri "uri",
    Url "url",
    Uuid "uuid",
    Xhtml "xhtml",
    Address "Address",
    Age "Age",
    Annotation "Annotation",
    Attachment "Attachment",
    CodeableConcept "CodeableConcept",
    Coding "Coding",
    ContactDetail "ContactDetail",
    ContactPoint "ContactPoint",
    Contributor "Contributor",
    Count "Count",
    DataRequirement "DataRequirement",
    Distance "Distance",
    Dosage "Dosage",
    Duration "Duration",
    ElementDefinition "ElementDefinition",
    Expression "Expression",
    Extension "Extension",
    HumanName "HumanName",
    Identifier "Identifier",
    MarketingStatus "MarketingStatus",
    Meta "Meta",
    Money "Money",
    Narrative "Narrative",
    ParameterDefinition "ParameterDefinition",
    Period "Period",
    Population "Population",
    ProdCharacteristic "ProdCharacteristic",
    ProductShelfLife "ProductShelfLife",
    Quantity "Quantity",
    Range "Range",
    Ratio "Ratio",
    Reference "Reference",
    RelatedArtifact "RelatedArtifact",
    SampledData "SampledData",
    Signature "Signature",
    SubstanceAmount "SubstanceAmount",
    Timing "Timing",
    TriggerDefinition "TriggerDefinition",
    UsageContext "UsageContext",
    BackboneElement "BackboneElement",
    Element "Element",
    Resource "Resource",
}

impl DataType {
    /// The name as FHIR spells it.
    pub fn name(self) -> &'static str {
        ALL[self as usize].1
    }

    /// The type of that name.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known)| *known == name).map(|(found, _)| *found)
    }

    /// The type with that number in the asset.
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        ALL.get(usize::try_from(number).ok()?).map(|(found, _)| *found)
    }

    /// Every data type, primitives first.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(found, _)| *found)
    }

    /// Whether values are JSON strings, numbers or booleans, with a `_` sibling for the rest.
    pub fn is_primitive(self) -> bool {
        self <= Self::Xhtml
    }

    /// Whether values are JSON numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Decimal | Self::Integer | Self::PositiveInt | Self::UnsignedInt)
    }

    /// Whether it is Quantity or one of its specialisations (Age, Count, Distance, Duration).
    pub fn is_quantity(self) -> bool {
        matches!(self, Self::Quantity | Self::Age | Self::Count | Self::Distance | Self::Duration)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_convert_both_ways() {
        for (at, data_type) in DataType::all().enumerate() {
            assert_eq!(DataType::parse(data_type.name()), Some(data_type));
            assert_eq!(DataType::from_number(at as u32), Some(data_type));
        }
        assert_eq!(DataType::parse("Patient"), None);
    }

    #[test]
    fn primitives_are_those_in_lower_case() {
        for data_type in DataType::all() {
            let lower = data_type.name().starts_with(|c: char| c.is_ascii_lowercase());
            assert_eq!(data_type.is_primitive(), lower, "{data_type}");
        }
    }
}
