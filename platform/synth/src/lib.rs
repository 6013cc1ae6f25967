//! Plausible synthetic patients over a lifetime, as FHIR R4: the same seed gives the same bytes
//! on any machine, with any number of threads.
//!
//! A patient's life is planned first (`courses`: what happens, when, and what is done about it),
//! then walked through in order (`chart`), and every visit writes its resources as JSON text
//! straight into the [`Sink`]. Nothing reads a clock: all records end at 2026-01-01.
//!
//! ```
//! let generator = tarn_synth::Generator::new(7);
//! let mut sink = tarn_synth::Sink::new();
//! generator.shared(&mut sink);
//! generator.patient(0, &mut sink);
//! assert_eq!(sink.count(tarn_synth::ResourceKind::Patient), 1);
//! ```

mod body;
mod calendar;
mod care;
mod chart;
mod codes;
mod courses;
mod error;
mod generator;
mod json;
mod life;
mod note;
mod person;
mod population;
mod prng;
mod resources;
mod sink;

pub use error::SynthError;
pub use generator::Generator;
pub use population::{Population, Progress, Summary, write};
pub use sink::{ResourceKind, Sink};
