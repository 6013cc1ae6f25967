//! Reads the parts of a FHIR package (`.tgz`) that the asset is made of.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::source::{CodeSystem, Compartment, SearchParameter, Structure, ValueSet};

/// A package, by the URL of what is in it.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sha256: String,
    pub(crate) structures: Vec<Structure>,
    pub(crate) parameters: Vec<SearchParameter>,
    pub(crate) compartments: Vec<Compartment>,
    pub(crate) value_sets: BTreeMap<String, ValueSet>,
    pub(crate) code_systems: BTreeMap<String, CodeSystem>,
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
}

impl Package {
    /// Reads a package. What is in it comes in the order of the file names.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let packed =
            fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let files =
            unpack(&packed).map_err(|source| Error::Package { path: path.to_owned(), source })?;
        let sha256 = hex::encode(Sha256::digest(&packed));
        let mut package = Self { sha256, ..Self::default() };
        for (file, bytes) in &files {
            package.keep(file, bytes)?;
        }
        Ok(package)
    }

    fn keep(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        match file.split('-').next().unwrap_or(file) {
            "package.json" => {
                let manifest: Manifest = json(file, bytes)?;
                (self.name, self.version) = (manifest.name, manifest.version);
            }
            "StructureDefinition" => self.structures.push(json(file, bytes)?),
            "SearchParameter" => self.parameters.push(json(file, bytes)?),
            "CompartmentDefinition" => self.compartments.push(json(file, bytes)?),
            "ValueSet" => {
                let set: ValueSet = json(file, bytes)?;
                self.value_sets.insert(set.url.clone(), set);
            }
            "CodeSystem" => {
                let system: CodeSystem = json(file, bytes)?;
                self.code_systems.insert(system.url.clone(), system);
            }
            _ => {}
        }
        Ok(())
    }
}

fn json<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|source| Error::Json { file: file.to_owned(), source })
}

/// The JSON files directly in `package/`, by name.
fn unpack(packed: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, std::io::Error> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let Some(name) = path.strip_prefix("package/").filter(|name| name.ends_with(".json"))
        else {
            continue;
        };
        if !name.contains('/') && !name.starts_with('.') {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            files.insert(name.to_owned(), bytes);
        }
    }
    Ok(files)
}
