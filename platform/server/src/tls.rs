//! TLS: 1.2 and 1.3 only, keys and certificates from PEM files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Failure;

/// Reads a certificate chain and its key.
///
/// # Errors
/// A usage failure that names the setting and the file.
pub(crate) fn config(cert: &Path, key: &Path) -> Result<ServerConfig, Failure> {
    let wrong = |setting: &str, file: &Path, why: &dyn std::fmt::Display| {
        let (file, why) = (file.display(), why.to_string().replace('\n', " "));
        Failure::Usage(format!("setting {setting}: got `{file}`, takes a PEM file ({why})"))
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| wrong("tls.cert", cert, &e))?;
    if chain.is_empty() {
        return Err(wrong("tls.cert", cert, &"it holds no certificate"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong("tls.key", key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|e| wrong("tls.cert", cert, &e))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|e| wrong("tls.key", key, &e))
}
