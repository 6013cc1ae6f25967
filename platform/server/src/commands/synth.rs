//! `tarn synth`: writes a synthetic population.

use std::io::{IsTerminal, Write};

use tarn_domain::Explain;
use tarn_synth::{Population, Progress};

use crate::boot::cores;
use crate::cli::Synth;
use crate::error::Failure;

pub(crate) fn run(asked: &Synth) -> Result<(), Failure> {
    let population = Population { patients: asked.patients, seed: asked.seed };
    let shows = std::io::stderr().is_terminal();
    let begun = std::time::Instant::now();
    let mut tell = |progress: Progress| {
        if shows {
            eprint!("\r{} of {} patients", progress.patients, asked.patients);
        }
    };
    let written = tarn_synth::write(&population, &asked.out, cores(), &mut tell);
    let summary = written.map_err(|e| Failure::from(e.explain()))?;
    if shows {
        eprintln!();
    }
    let mut out = std::io::stdout().lock();
    for (kind, count) in &summary.counts {
        writeln!(out, "{count:>10}  {}", kind.name())?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let folder = asked.out.display();
    writeln!(out, "{:>10}  resources in {folder} ({seconds:.1} s)", summary.resources)?;
    Ok(())
}
