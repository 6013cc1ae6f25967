//! FHIR R4's XML (<https://hl7.org/fhir/R4/xml.html>) to its JSON and back, nothing lost.
//!
//! Both ways are led by R4's definitions: they tell arrays from single elements, attributes from
//! elements, numbers from strings, and the order in which elements stand. What R4 does not define
//! is refused rather than dropped. Whether a resource is a good one is for `tarn_fhir::check`.
//!
//! XML comes from strangers: document types, entities other than characters, processing
//! instructions and foreign namespaces are refused, and depth and numbers are bounded.

mod entities;
mod error;
mod narrative;
mod read;
mod references;
mod scan;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use error::{ReadError, WriteError};
pub use read::to_json;
pub use write::{Layout, to_xml};

/// The namespace of FHIR's elements.
const FHIR: &str = "http://hl7.org/fhir";
/// The namespace of narratives.
const XHTML: &str = "http://www.w3.org/1999/xhtml";
