//! The key that seals a store's page tokens.

use tarn_store::Snapshot;

/// Derives the key from the store's keyed hash, a secret of the store: every process that has the
/// store open makes the same key, and another store's tokens mean nothing to it.
pub(super) fn page_key(snapshot: &Snapshot) -> [u8; 32] {
    let hasher = snapshot.hasher();
    let mut material = [0; 32];
    for (chunk, label) in material.chunks_exact_mut(8).zip(["1", "2", "3", "4"]) {
        chunk.copy_from_slice(&hasher.text(&format!("page key {label}")).to_le_bytes());
    }
    blake3::derive_key("tarn 2026 page tokens of a store", &material)
}
