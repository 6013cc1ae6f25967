//! What the registry promises, on a real file.

#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

mod fixture;
mod jobs;
mod opening;
mod people;
mod stores;
