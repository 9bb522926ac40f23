//! TLS of paid calls, and of all others.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;

use super::super::http::HttpError;
use super::verifier::NamingVerifier;

/// The settings of TLS, created when they are first needed: loading the system's root certificates takes longer than a
/// small request.
#[derive(Debug, Default)]
pub(in super::super) struct Tls(OnceLock<Arc<ClientConfig>>);

impl Tls {
    /// Returns the settings: the system's root certificates, TLS 1.2 or 1.3, HTTP/1.1.
    ///
    /// # Errors
    /// Returns an error if there are no root certificates.
    pub(in super::super) fn config(&self) -> Result<Arc<ClientConfig>, HttpError> {
        if let Some(config) = self.0.get() {
            return Ok(Arc::clone(config));
        }
        let config = config().map_err(|error| {
            HttpError(format!("the root certificates of this machine cannot be used: {error}"))
        })?;
        Ok(Arc::clone(self.0.get_or_init(|| Arc::new(config))))
    }
}

fn config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(default_provider());
    let verifier = NamingVerifier::new(Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous() // As the method is named; the verifier asks the platform's.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
