//! The resource types of R4, numbered for good.

use std::fmt;

/// A resource type of R4: its place, from 1, in the alphabetical list of the 146 types that can
/// be instantiated (the official 148 without the abstract `Resource` and `DomainResource`).
///
/// The number is stored on disk. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u8);

impl TypeId {
    /// How many there are.
    pub const COUNT: usize = NAMES.len();

    /// The type of that name, spelled exactly so.
    pub fn parse(name: &str) -> Option<Self> {
        let place = NAMES.binary_search(&name).ok()?;
        u8::try_from(place + 1).ok().map(Self)
    }

    /// The type with that number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        (1..=NAMES.len()).contains(&usize::from(number)).then_some(Self(number))
    }

    /// The name; empty for a number that no type has.
    pub fn name(self) -> &'static str {
        usize::from(self.0).checked_sub(1).and_then(|at| NAMES.get(at)).copied().unwrap_or("")
    }

    /// Every type, in alphabetical order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        (0..NAMES.len()).map(|at| Self(at as u8 + 1))
    }
}

impl fmt::Display for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const NAMES: [&str; 146] = [
    "Account",
    "ActivityDefinition",
    "AdverseEvent",
    "AllergyIntolerance",
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Basic",
    "Binary",
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "Bundle",
    "CapabilityStatement",
    "CarePlan",
    "CareTeam",
    "CatalogEntry",
    "ChargeItem",
    "ChargeItemDefinition",
    "Claim",
    "ClaimResponse",
    "ClinicalImpression",
    "CodeSystem",
    "Communication",
    "CommunicationRequest",
    "CompartmentDefinition",
    "Composition",
    "ConceptMap",
    "Condition",
    "Consent",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DetectedIssue",
    "Device",
    "DeviceDefinition",
    "DeviceMetric",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "EffectEvidenceSynthesis",
    "Encounter",
    "Endpoint",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "EpisodeOfCare",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "GraphDefinition",
    "Group",
    "GuidanceResponse",
    "HealthcareService",
    "ImagingStudy",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "ImplementationGuide",
    "InsurancePlan",
    "Invoice",
    "Library",
    "Linkage",
    "List",
    "Location",
    "Measure",
    "MeasureReport",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationKnowledge",
    "MedicationRequest",
    "MedicationStatement",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "MessageHeader",
    "MolecularSequence",
    "NamingSystem",
    "NutritionOrder",
    "Observation",
    "ObservationDefinition",
    "OperationDefinition",
    "OperationOutcome",
    "Organization",
    "OrganizationAffiliation",
    "Parameters",
    "Patient",
    "PaymentNotice",
    "PaymentReconciliation",
    "Person",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "ResearchSubject",
    "RiskAssessment",
    "RiskEvidenceSynthesis",
    "Schedule",
    "SearchParameter",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Subscription",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "TerminologyCapabilities",
    "TestReport",
    "TestScript",
    "ValueSet",
    "VerificationResult",
    "VisionPrescription",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_convert_both_ways() {
        assert!(NAMES.is_sorted());
        assert_eq!(TypeId::all().len(), 146);
        for id in TypeId::all() {
            assert_eq!(TypeId::parse(id.name()), Some(id));
            assert_eq!(TypeId::from_number(id.0), Some(id));
        }
        assert_eq!(TypeId::parse("Account"), Some(TypeId(1)));
        assert_eq!(TypeId::parse("VisionPrescription"), Some(TypeId(146)));
    }

    #[test]
    fn abstract_types_and_nonsense_have_no_number() {
        for name in ["Resource", "DomainResource", "patient", "", "Patients"] {
            assert_eq!(TypeId::parse(name), None);
        }
        assert_eq!(TypeId::from_number(0), None);
        assert_eq!(TypeId::from_number(147), None);
    }
}
