//! The `tarn` binary: settings, boot, shutdown, commands.

mod bench;
mod boot;
mod cli;
mod commands;
mod demo;
mod error;
mod logs;
mod out;
mod serve;
mod settings;
mod tls;

use std::process::ExitCode;

use clap::Parser;

use crate::boot::Place;
use crate::cli::{Audit, Cli, Command, Org, Store};
use crate::error::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    logs::hush_panics();
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tarn: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let place = Place::find(cli.data_dir, cli.config);
    match cli.command {
        Command::Serve(flags) => serve::run(&place, &flags),
        Command::Demo(flags) => demo::run(&place, &flags),
        Command::Org(Org::Create(asked)) => commands::org_create::run(&place, asked),
        Command::Store(Store::Create(asked)) => commands::store_create::run(&place, asked),
        Command::Synth(asked) => commands::synth::run(&asked),
        Command::Audit(Audit::Verify(asked)) => commands::audit_verify::run(&place, asked),
        Command::Bench(asked) => bench::run(asked),
    }
}
