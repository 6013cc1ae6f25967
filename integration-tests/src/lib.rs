//! Boots the real `tarn` binary on a port of its own and speaks real HTTP with it.

mod binary;
mod client;
mod receiver;
mod server;

pub use binary::{binary, run};
pub use client::{Answer, Client};
pub use receiver::{Received, Receiver};
pub use server::{Server, Tenant};
