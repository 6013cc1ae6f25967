//! Writes a population and tells how fast: `write_population DIR PATIENTS [SEED [THREADS]]`.

use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "write_population DIR PATIENTS [SEED [THREADS]]";
    let out = PathBuf::from(args.next().ok_or(usage)?);
    let patients = args.next().ok_or(usage)?.parse()?;
    let seed = args.next().map_or(Ok(1), |seed| seed.parse())?;
    let threads = args.next().map_or(Ok(2), |threads| threads.parse())?;
    let start = Instant::now();
    let population = tarn_synth::Population { patients, seed };
    let summary = tarn_synth::write(&population, &out, threads, &mut |_| {})?;
    let seconds = start.elapsed().as_secs_f64();
    for (kind, count) in &summary.counts {
        println!("{:28} {count}", kind.name());
    }
    let each = summary.resources as f64 / f64::from(patients.max(1));
    println!(
        "{} resources, {} bytes, {each:.0} a patient, {seconds:.2} s, {:.0} resources/s",
        summary.resources,
        summary.bytes,
        summary.resources as f64 / seconds,
    );
    Ok(())
}
