//! One file per resource type or close family: each writes its JSON from plain facts.

pub(crate) mod allergy;
pub(crate) mod billing;
pub(crate) mod care_plan;
pub(crate) mod condition;
pub(crate) mod device;
pub(crate) mod document;
pub(crate) mod encounter;
pub(crate) mod imaging;
pub(crate) mod immunization;
pub(crate) mod medication;
pub(crate) mod observation;
pub(crate) mod patient;
pub(crate) mod procedure;
pub(crate) mod provenance;
pub(crate) mod report;
mod scene;
pub(crate) mod shared;

pub(crate) use scene::{Frame, Scene};

/// A US Core profile, named by the last part of its URL.
macro_rules! us_core {
    ($name:literal) => {
        concat!("http://hl7.org/fhir/us/core/StructureDefinition/", $name)
    };
}
pub(crate) use us_core;
