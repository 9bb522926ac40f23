//! The platform's verifier of certificates, which also says who signed the ones that it does not trust.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use webpki::EndEntityCert;

/// The longest name that is shown, in characters.
const MAX_NAME: usize = 100;

/// Trusts what the platform trusts. For an unknown issuer, the error names it: a proxy that inspects connections is
/// recognized by it.
#[derive(Debug)]
pub(super) struct NamingVerifier(Verifier);

impl NamingVerifier {
    /// # Errors
    /// If the platform has no root certificates.
    pub(super) fn new(provider: Arc<CryptoProvider>) -> Result<NamingVerifier, Error> {
        Verifier::new(provider).map(NamingVerifier)
    }
}

/// The certificate of a server was signed by an authority that this machine does not trust.
#[derive(Debug)]
pub(in super::super) struct UntrustedIssuer(String);

impl fmt::Display for UntrustedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "was signed by \u{201c}{}\u{201d}, which this machine does not trust", self.0)
    }
}

impl std::error::Error for UntrustedIssuer {}

impl ServerCertVerifier for NamingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified.map_err(|error| match (&error, issuer(end_entity)) {
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), Some(name)) => {
                let untrusted = OtherError(Arc::new(UntrustedIssuer(name)));
                Error::InvalidCertificate(CertificateError::Other(untrusted))
            }
            _ => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Returns the common name of the issuer of a certificate, or else its organization.
fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let attribute = |oid: &[u8]| attribute(certificate.issuer(), oid);
    let name = attribute(&[0x55, 4, 3]).or_else(|| attribute(&[0x55, 4, 10]))?;
    Some(name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect())
}

/// Returns the first attribute with this object identifier in the relative names of `name` (X.501, DER).
fn attribute(mut name: &[u8], oid: &[u8]) -> Option<String> {
    while let Some((set, rest)) = element(name) {
        name = rest;
        let (pair, _) = element(set)?;
        let (found, value) = element(pair)?;
        if found == oid {
            let (text, _) = element(value)?;
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

/// Splits DER after its first element. Returns the content of that and the rest.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = der.get(1..)?.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 => rest.split_first().map(|(&length, rest)| (usize::from(length), rest))?,
        0x82 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*bytes)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_by(set: impl FnOnce(&mut rcgen::DistinguishedName)) -> CertificateDer<'static> {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        set(&mut params.distinguished_name);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().clone()
    }

    #[test]
    fn an_issuer_is_named_by_its_common_name_or_its_organization() {
        use rcgen::DnType::{CommonName, CountryName, OrganizationName};
        let both = signed_by(|name| {
            name.push(CountryName, "DE");
            name.push(OrganizationName, "Example");
            name.push(CommonName, "Inspection \u{1b}[2J".to_owned() + &"x".repeat(200));
        });
        let name = issuer(&both).unwrap();
        assert!(name.starts_with("Inspection [2Jx") && name.len() == MAX_NAME, "{name:?}");
        let organization = signed_by(|name| name.push(OrganizationName, "Example"));
        assert_eq!(issuer(&organization).as_deref(), Some("Example"));
        assert_eq!(issuer(&signed_by(|_| {})), None);
    }

    #[test]
    fn a_name_that_ends_too_early_has_no_attribute() {
        for der in [&[][..], &[0x31], &[0x31, 0x84, 1], &[0x31, 5, 0x30], &[0x31, 0x82, 1]] {
            assert_eq!(attribute(der, &[0x55, 4, 3]), None);
        }
    }
}
