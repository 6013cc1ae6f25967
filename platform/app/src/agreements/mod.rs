//! The business associate agreement: seeing it and signing it.

mod describe;
mod sign;
mod text;

pub use describe::{Agreement, describe};
pub use sign::{Signature, sign};
pub(crate) use text::BAA;
