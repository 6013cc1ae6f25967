//! Compiles the official FHIR R4 package into the asset of facts that `tarn-fhir` carries.
//!
//! A maintainer runs it when the layout changes; users need only what is committed.

mod codes;
mod encode;
mod error;
mod facts;
mod package;
mod parameters;
mod provenance;
mod source;
mod structures;

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::codes::CodeSets;
use crate::error::Error;
use crate::facts::Facts;
use crate::package::Package;

#[derive(Debug, Parser)]
#[command(about = "Compiles the official FHIR R4 package into platform/fhir/assets")]
struct Arguments {
    /// hl7.fhir.r4.core-4.0.1.tgz
    #[arg(long)]
    package: PathBuf,
    /// hl7.fhir.r4.expansions-4.0.1.tgz, for the code systems that the core package leaves out
    #[arg(long)]
    expansions: Option<PathBuf>,
    /// The folder to write `r4.bin.zst` and `README.md` to
    #[arg(long, default_value = "platform/fhir/assets")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("tarn-definitions: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    let core = Package::read(&arguments.package)?;
    let expansions = arguments.expansions.as_deref().map(Package::read).transpose()?;
    let facts = compile(&core, expansions.as_ref())?;
    let asset = encode::encode(&facts)?;
    write(&arguments.out.join("r4.bin.zst"), &asset)?;
    let readme = provenance::readme(&core, expansions.as_ref(), &facts, &asset);
    write(&arguments.out.join("README.md"), readme.as_bytes())
}

fn compile(core: &Package, expansions: Option<&Package>) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    let mut codes = CodeSets::new(core, expansions);
    structures::compile(&core.structures, &mut codes, &mut facts)?;
    facts.code_sets = codes.into_sets();
    facts.parameters = parameters::compile(&core.parameters)?;
    facts.compartments = parameters::compartments(&core.compartments, &facts.parameters)?;
    Ok(facts)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_asset_is_what_the_packages_give() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/r4-core");
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fhir/assets");
        let core = folder.join("hl7.fhir.r4.core-4.0.1.tgz");
        if !core.exists() {
            eprintln!("skipped: the packages are not beside this repository");
            return;
        }
        let core = Package::read(&core).unwrap();
        let expansions = Package::read(&folder.join("hl7.fhir.r4.expansions-4.0.1.tgz")).unwrap();
        let facts = compile(&core, Some(&expansions)).unwrap();
        let asset = encode::encode(&facts).unwrap();
        assert!(asset == fs::read(assets.join("r4.bin.zst")).unwrap(), "run tarn-definitions");
        let readme = provenance::readme(&core, Some(&expansions), &facts, &asset);
        assert_eq!(readme, fs::read_to_string(assets.join("README.md")).unwrap());
    }
}
