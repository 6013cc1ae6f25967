//! `tarn bench`: measures this build on this machine, from outside: a server of its own in a
//! folder of its own, asked over HTTP like any other.
//!
//! A folder is prepared once (`--dir`): a synthetic population, generated and imported. Later
//! benches in the same folder find it there.

mod client;
mod count;
mod export;
mod ground;
mod http;
mod idle;
mod import;
mod load;
mod mix;
mod process;
mod sample;
mod size;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::block_on;
use crate::error::Failure;
use crate::out::say;

/// What to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Bulk import through the job, into a fresh store
    Import(Ground),
    /// Reads by id, token searches and durable creates, keep-alive
    Http(Http),
    /// Count of three ANDed parameters
    Count(Ground),
    /// A mix of searches with values sampled from the population, and each shape alone
    Mix(Http),
    /// Export through the job
    Export(Ground),
    /// Bytes on disk per resource, index included, sealed
    Size(Ground),
    /// Time to ready and memory of an idle server
    Idle(Ground),
}

/// Where to measure, and with how much.
#[derive(Debug, Clone, Args)]
pub(crate) struct Ground {
    /// Folder of the benches; the first one in it generates and imports a population
    #[arg(long, value_name = "DIR", default_value = "./tarn-bench")]
    pub(crate) dir: PathBuf,
    /// Patients of that population; a patient has some hundreds of resources
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) patients: u32,
    /// A folder of NDJSON to import in place of a synthetic population
    #[arg(long, value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
}

/// How to ask.
#[derive(Debug, Clone, Args)]
pub(crate) struct Http {
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// Connections that ask at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) clients: usize,
    /// Seconds of each measurement
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Threads of the server that serve requests
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) workers: usize,
}

pub(crate) fn run(asked: Bench) -> Result<(), Failure> {
    block_on(async {
        match asked {
            Bench::Import(ground) => import::run(&ground).await,
            Bench::Http(asked) => http::run(&asked).await,
            Bench::Count(ground) => count::run(&ground).await,
            Bench::Mix(asked) => mix::run(&asked).await,
            Bench::Export(ground) => export::run(&ground).await,
            Bench::Size(ground) => size::run(&ground).await,
            Bench::Idle(ground) => idle::run(&ground).await,
        }
    })
}

/// One line of results.
fn report(what: &str, figures: &str) {
    say(format_args!("{what:<28} {figures}"));
}
