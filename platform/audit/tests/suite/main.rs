//! What a trail promises, seen from outside the crate.

#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

mod append;
mod fixture;
mod folder;
mod search;
mod tampering;
