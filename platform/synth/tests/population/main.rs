//! A population as its users see it: the same for a seed, valid, whole, and plausible.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod consistency;
mod folder;
mod plausibility;
mod reading;
mod validity;
