//! The definitional resources as the package has them: only the members that the asset keeps.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Structure {
    pub(crate) name: String,
    pub(crate) kind: String,
    #[serde(rename = "abstract")]
    pub(crate) is_abstract: bool,
    pub(crate) derivation: Option<String>,
    pub(crate) snapshot: Option<Snapshot>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) element: Vec<Element>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Element {
    pub(crate) path: String,
    pub(crate) min: u16,
    pub(crate) max: String,
    #[serde(default, rename = "type")]
    pub(crate) types: Vec<ElementType>,
    pub(crate) content_reference: Option<String>,
    #[serde(default)]
    pub(crate) is_summary: bool,
    #[serde(default)]
    pub(crate) is_modifier: bool,
    pub(crate) binding: Option<Binding>,
    #[serde(default)]
    pub(crate) constraint: Vec<Constraint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ElementType {
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) target_profile: Vec<String>,
    #[serde(default)]
    pub(crate) extension: Vec<TypeExtension>,
}

/// `structuredefinition-fhir-type`: what a FHIRPath `System.String` is in FHIR.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeExtension {
    pub(crate) url: String,
    pub(crate) value_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    pub(crate) strength: String,
    pub(crate) value_set: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Constraint {
    pub(crate) key: String,
    pub(crate) severity: String,
    pub(crate) expression: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SearchParameter {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) base: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) expression: Option<String>,
    #[serde(default)]
    pub(crate) target: Vec<String>,
    #[serde(default)]
    pub(crate) component: Vec<ParameterComponent>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ParameterComponent {
    pub(crate) definition: String,
    pub(crate) expression: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Compartment {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) resource: Vec<CompartmentMember>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CompartmentMember {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) param: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ValueSet {
    pub(crate) url: String,
    pub(crate) compose: Option<Compose>,
    pub(crate) expansion: Option<Expansion>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Compose {
    #[serde(default)]
    pub(crate) include: Vec<Include>,
    #[serde(default)]
    pub(crate) exclude: Vec<Include>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Include {
    pub(crate) system: Option<String>,
    #[serde(default)]
    pub(crate) concept: Vec<ListedConcept>,
    #[serde(default)]
    pub(crate) filter: Vec<Filter>,
    #[serde(default)]
    pub(crate) value_set: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListedConcept {
    pub(crate) code: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Filter {
    pub(crate) property: String,
    pub(crate) op: String,
    pub(crate) value: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Expansion {
    pub(crate) total: Option<usize>,
    #[serde(default)]
    pub(crate) contains: Vec<Contained>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Contained {
    pub(crate) system: Option<String>,
    pub(crate) code: Option<String>,
    #[serde(default, rename = "abstract")]
    pub(crate) is_abstract: bool,
    #[serde(default)]
    pub(crate) contains: Vec<Contained>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CodeSystem {
    pub(crate) url: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Concept {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) property: Vec<ConceptProperty>,
    #[serde(default)]
    pub(crate) concept: Vec<Concept>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConceptProperty {
    pub(crate) code: String,
    pub(crate) value_boolean: Option<bool>,
    pub(crate) value_code: Option<String>,
}
