//! What access promises.

#![allow(clippy::unwrap_used, reason = "a test stops where its fixture fails")]

mod authorize;
mod policies;
