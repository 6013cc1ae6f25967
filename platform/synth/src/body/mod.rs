//! Values of a body at a moment: growth, vital signs, laboratory results, scores. They follow
//! from age, sex, habits, the disorders of the moment and the treatment taken.

mod growth;
mod laboratory;
mod state;
mod vitals;

pub(crate) use laboratory::{Sample, score};
pub(crate) use state::State;
pub(crate) use vitals::Vitals;
