//! Codes as facts: each one is the exact code of its system for what it says.

pub(crate) mod acts;
pub(crate) mod disorders;
pub(crate) mod drugs;
pub(crate) mod labs;
pub(crate) mod settings;
pub(crate) mod vaccines;

pub(crate) use acts::{Act, Study};
pub(crate) use disorders::Disorder;
pub(crate) use drugs::Drug;
pub(crate) use labs::{Measure, Panel};
pub(crate) use settings::{Setting, Specialty};
pub(crate) use vaccines::Vaccine;

/// A code with its system and the words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) system: &'static str,
    pub(crate) code: &'static str,
    pub(crate) display: &'static str,
}

pub(crate) const fn code(system: &'static str, code: &'static str, display: &'static str) -> Code {
    Code { system, code, display }
}

pub(crate) const fn snomed(number: &'static str, display: &'static str) -> Code {
    code("http://snomed.info/sct", number, display)
}

pub(crate) const fn loinc(number: &'static str, display: &'static str) -> Code {
    code("http://loinc.org", number, display)
}

pub(crate) const fn rxnorm(number: &'static str, display: &'static str) -> Code {
    code("http://www.nlm.nih.gov/research/umls/rxnorm", number, display)
}

pub(crate) const fn icd10(number: &'static str, display: &'static str) -> Code {
    code("http://hl7.org/fhir/sid/icd-10-cm", number, display)
}

/// A code of an HL7 terminology code system, named by the last part of its URL.
macro_rules! hl7 {
    ($system:literal, $code:literal, $display:literal) => {
        $crate::codes::code(
            concat!("http://terminology.hl7.org/CodeSystem/", $system),
            $code,
            $display,
        )
    };
}
pub(crate) use hl7;

pub(crate) static POSITIVE: Code = snomed("10828004", "Positive");
pub(crate) static NEGATIVE: Code = snomed("260385009", "Negative");

pub(crate) static NEVER_SMOKED: Code = snomed("266919005", "Never smoked tobacco");
pub(crate) static EX_SMOKER: Code = snomed("8517006", "Ex-smoker");
pub(crate) static DAILY_SMOKER: Code = snomed("449868002", "Smokes tobacco daily");
