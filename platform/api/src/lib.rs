//! The HTTP doors: FHIR, the product's own JSON API, and what operators look at. Doors translate;
//! what is asked is done by the verbs of `tarn_app`.

pub mod fhir;

mod answer;
mod caller;
mod door;
mod front;
mod operations;
mod panicked;
mod patience;
mod problem;
mod root;
mod v1;

pub use door::{Door, configure};
pub use front::Front;
