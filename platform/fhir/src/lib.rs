//! FHIR R4 (4.0.1): its JSON, its definitions, and the form in which resources are kept.

pub mod check;
pub mod date;
pub mod definitions;
pub mod json;
pub mod reference;
pub mod stored;
pub mod view;
