//! The words beside the asset: what it was made from, and how to make it again.

use sha2::{Digest, Sha256};

use crate::facts::Facts;
use crate::package::Package;

/// The asset's README.
pub(crate) fn readme(
    core: &Package,
    expansions: Option<&Package>,
    facts: &Facts,
    asset: &[u8],
) -> String {
    let sources: String = std::iter::once(core)
        .chain(expansions)
        .map(|p| format!("| `{}` {} | CC0-1.0 | `{}` |\n", p.name, p.version, p.sha256))
        .collect();
    let open: String = facts
        .code_sets
        .iter()
        .filter(|set| !set.is_complete)
        .map(|set| format!("- `{}`\n", set.url))
        .collect();
    let elements: usize = facts.shapes.iter().map(|shape| shape.children.len()).sum();
    format!(
        "# r4.bin.zst\n\n\
        What FHIR R4 (4.0.1) defines, as facts without prose: elements, types, cardinalities,\n\
        codes of required bindings, invariants, search parameters, compartments. The layout is\n\
        described in `platform/fhir/src/definitions/asset.rs`.\n\n\
        | made from the official package | licence | sha256 of the .tgz |\n|---|---|---|\n\
        {sources}\n\
        HL7® and FHIR® are registered trademarks of Health Level Seven International.\n\n\
        Made by\n\n\
        ```sh\n\
        cargo run -p tarn-definitions -- --package hl7.fhir.r4.core-4.0.1.tgz \\\n    \
        --expansions hl7.fhir.r4.expansions-4.0.1.tgz\n\
        ```\n\n\
        The same packages give the same bytes: sha256 `{}`, {} bytes.\n\n\
        It holds {} resource types, {} insides of elements with {elements} keys, {} invariants,\n\
        {} code sets and {} search parameters (one for each type that R4 defines it on).\n\n\
        Left out on purpose: profiles, extensions' definitions, the package's example search\n\
        parameters (`example`, `example-extension`, `example-reference`), and the twelve that it\n\
        lists without a base or without an expression.\n\n\
        Code sets that are not enumerable; any well-formed code passes:\n\n{open}",
        hex::encode(Sha256::digest(asset)),
        asset.len(),
        facts.roots.len(),
        facts.shapes.len(),
        facts.invariants.len(),
        facts.code_sets.len(),
        facts.parameters.len(),
    )
}
