//! Failures of the HTTP library in our own words, without any link.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::CertificateError;
use url::Url;

use crate::error_chain::io_reason;

/// Describes why a request failed: what failed at which host, and why.
pub(super) fn describe(error: &reqwest::Error) -> String {
    let host = error.url().and_then(Url::host_str).unwrap_or("the server");
    let causes = causes(error);
    if let Some(reason) = causes.iter().find_map(|cause| certificate_problem(*cause)) {
        return format!("the certificate of {host} {reason}");
    }
    let says = |words: &str| causes.iter().any(|cause| cause.to_string().contains(words));
    if says("dns error") {
        return format!("the host name {host} cannot be resolved");
    }
    if says("proxy auth") {
        return format!("the proxy wants a user name and a password for {host}");
    }
    if says("tunnel") {
        return format!("the proxy does not connect to {host}");
    }
    if error.is_timeout() {
        return match error.is_connect() {
            true => format!("no connection to {host} within the time limit"),
            false => format!("no answer from {host} within the time limit"),
        };
    }
    if let Some(system) = causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>()).filter(is_system)
    {
        return match system.kind() {
            ErrorKind::ConnectionRefused => format!("{host} refused the connection"),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                format!("the connection to {host} was lost")
            }
            ErrorKind::UnexpectedEof => format!("{host} closed the connection"),
            _ => format!("no connection to {host}: {}", io_reason(system)),
        };
    }
    if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return format!("no secure connection to {host}: {tls}");
    }
    if let Some(http) = causes.iter().find_map(|cause| cause.downcast_ref::<hyper::Error>()) {
        if http.is_incomplete_message() || http.is_closed() || http.is_canceled() {
            return format!("{host} closed the connection without an answer");
        }
        if http.is_parse() {
            return format!("the answer of {host} is not valid HTTP");
        }
    }
    let innermost = causes.last().map_or_else(String::new, ToString::to_string);
    if error.is_builder() {
        return format!("the HTTP client cannot be set up: {innermost}");
    }
    format!("the request to {host} failed: {innermost}")
}

/// Returns whether the handshake failed because of who the other side is. A retry cannot change that.
pub(super) fn is_certificate_error(error: &reqwest::Error) -> bool {
    causes(error).into_iter().any(|cause| certificate_problem(cause).is_some())
}

/// Returns the error and all its causes, the outermost first.
///
/// An I/O error does not list the error that it wraps among its causes, so both are followed.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        causes.push(cause);
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    causes
}

/// Returns whether the system itself reported the error, rather than a library that wraps its own in it.
fn is_system(error: &&io::Error) -> bool {
    error.get_ref().is_none()
}

fn certificate_problem(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let invalid = match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::NoCertificatesPresented => return Some("was not sent"),
        rustls::Error::InvalidCertificate(invalid) => invalid,
        _ => return None,
    };
    Some(match invalid {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host name"
        }
        CertificateError::UnknownIssuer => "was not signed by an authority that this machine trusts",
        CertificateError::Revoked => "was revoked",
        _ => "is not valid",
    })
}
