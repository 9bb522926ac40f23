//! Descriptions of failed connections and requests, without any link.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, OtherError};
use url::Url;

use crate::error_chain::{error_chain, io_reason};

use super::exchange::UntrustedIssuer;

/// Describes why a request failed: what failed at which host, and why.
pub(super) fn describe(error: &reqwest::Error) -> String {
    let host = error.url().and_then(Url::host_str).unwrap_or("the server");
    let causes = causes(error);
    let mentions = |text: &str| causes.iter().any(|cause| cause.to_string().contains(text));
    let is_certificate_error = certificate_failure(error).is_some();
    if !is_certificate_error && error.is_connect() && mentions("proxy auth") {
        return format!("the proxy wants a user name and a password for {host}");
    }
    if !is_certificate_error && mentions("tunnel") {
        return format!("the proxy does not connect to {host}");
    }
    if !is_certificate_error && error.is_timeout() {
        return if error.is_connect() {
            format!("no connection to {host} within the time limit")
        } else {
            format!("no answer from {host} within the time limit")
        };
    }
    if error.is_builder() && !causes.iter().any(|cause| cause.is::<rustls::Error>()) {
        let innermost = causes.last().map_or_else(String::new, |cause| error_chain(*cause));
        return format!("the HTTP client cannot be set up: {innermost}");
    }
    describe_cause(host, error)
}

/// Describes why a connection to `host` failed.
pub(super) fn describe_cause(host: &str, error: &(dyn Error + 'static)) -> String {
    if let Some(reason) = certificate_failure(error) {
        return format!("the certificate of {host} {reason}");
    }
    if wants_client_certificate(error) {
        return format!("{host} accepts only clients with a certificate of their own");
    }
    let causes = causes(error);
    if causes.iter().any(|cause| cause.to_string().contains("dns error")) {
        return format!("the host name {host} cannot be resolved");
    }
    if let Some(system) = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>()).find(is_system)
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
    let innermost = causes.last().map_or_else(String::new, |cause| error_chain(*cause));
    format!("the request to {host} failed: {innermost}")
}

/// Returns why the server could not prove its identity, if that is why the connection failed. A retry cannot change that.
pub(super) fn certificate_failure(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    causes(error).into_iter().find_map(certificate_problem)
}

/// Returns whether the server ended the connection because it wants a client to prove its identity.
///
/// With TLS 1.3, the server says so after the client considers the connection made. It reads no request before.
pub(super) fn wants_client_certificate(error: &(dyn Error + 'static)) -> bool {
    let alerts =
        causes(error).into_iter().filter_map(|cause| match cause.downcast_ref::<rustls::Error>()? {
            rustls::Error::AlertReceived(alert) => Some(*alert),
            _ => None,
        });
    alerts.into_iter().any(|alert| {
        matches!(alert, AlertDescription::CertificateRequired | AlertDescription::BadCertificate)
    })
}

/// Returns the error and all its causes, the outermost first.
///
/// An I/O error does not list the error that it wraps among its causes, so both are followed.
/// Returns whether an error of this type is among the causes.
pub(super) fn has_cause<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).into_iter().any(|cause| cause.is::<E>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        causes.push(cause);
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source());
    }
    causes
}

/// Returns whether the system reported the error, rather than a library that wrapped its own error in it.
fn is_system(error: &&io::Error) -> bool {
    error.get_ref().is_none()
}

fn certificate_problem(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    let invalid = match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::NoCertificatesPresented => return Some("was not sent".into()),
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(error))) => {
            return Some(match error.downcast_ref::<UntrustedIssuer>() {
                Some(untrusted) => untrusted.to_string().into(),
                None => "is not valid".into(),
            });
        }
        rustls::Error::InvalidCertificate(invalid) => invalid,
        _ => return None,
    };
    let problem = match invalid {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another host name"
        }
        CertificateError::UnknownIssuer => "was not signed by an authority that this machine trusts",
        CertificateError::Revoked => "was revoked",
        _ => "is not valid",
    };
    Some(problem.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use reqwest::blocking::{Client, ClientBuilder};
    use reqwest::dns::{Name, Resolve, Resolving};
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

    use super::*;

    /// A URL with a secret, at a server that calls `serve` for its only connection.
    fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || serve(listener.accept().unwrap().0));
        format!("http://{address}/x?X-Tos-Signature=5ecret")
    }

    fn client() -> ClientBuilder {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder().no_proxy().tls_certs_only([])
    }

    /// The error of a request, which must not mention the secret.
    fn failure(client: ClientBuilder, url: &str) -> reqwest::Error {
        let error = client.build().unwrap().get(url).send().unwrap_err();
        assert!(!describe(&error).contains("5ecret"), "{}", describe(&error));
        error
    }

    fn description(client: ClientBuilder, url: &str) -> String {
        describe(&failure(client, url))
    }

    fn read_head(stream: &mut TcpStream) {
        let mut chunk = [0; 1024];
        assert!(stream.read(&mut chunk).unwrap() > 0);
    }

    #[test]
    fn a_port_without_a_listener_refuses_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let error = failure(client(), &url);
        assert_eq!(describe(&error), "127.0.0.1 refused the connection");
        assert!(certificate_failure(&error).is_none());
    }

    #[test]
    fn a_connection_that_ends_before_the_answer_is_described() {
        let closing = server(|mut stream| read_head(&mut stream));
        assert_eq!(description(client(), &closing), "127.0.0.1 closed the connection without an answer");
        let resetting = server(|mut stream| {
            // Closing a socket with unread data resets the connection.
            stream.read_exact(&mut [0]).unwrap();
        });
        assert_eq!(description(client(), &resetting), "the connection to 127.0.0.1 was lost");
    }

    #[test]
    fn an_answer_that_is_not_http_is_described() {
        let url = server(|mut stream| {
            read_head(&mut stream);
            stream.write_all(b"220 mail.example ready\r\n\r\n").unwrap();
        });
        assert_eq!(description(client(), &url), "the answer of 127.0.0.1 is not valid HTTP");
    }

    #[test]
    fn a_missing_answer_is_a_timeout() {
        let url = server(|_stream| thread::sleep(Duration::from_secs(5)));
        let impatient = client().timeout(Duration::from_millis(100));
        assert_eq!(description(impatient, &url), "no answer from 127.0.0.1 within the time limit");
    }

    #[test]
    fn a_host_name_that_cannot_be_resolved_is_named() {
        struct NoSuchName;

        impl Resolve for NoSuchName {
            fn resolve(&self, _: Name) -> Resolving {
                Box::pin(async { Err(io::Error::other("no such name").into()) })
            }
        }

        let resolving = client().dns_resolver(Arc::new(NoSuchName));
        let url = "http://api.example/x?X-Tos-Signature=5ecret";
        assert_eq!(description(resolving, url), "the host name api.example cannot be resolved");
    }

    #[test]
    fn a_proxy_that_refuses_the_tunnel_is_blamed() {
        for (status, expected) in [
            (
                "407 Proxy Authentication Required",
                "the proxy wants a user name and a password for api.example",
            ),
            ("502 Bad Gateway", "the proxy does not connect to api.example"),
        ] {
            let proxy = server(move |mut stream| {
                read_head(&mut stream);
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").unwrap();
            });
            let _ = rustls::crypto::ring::default_provider().install_default();
            let proxied =
                Client::builder().tls_certs_only([]).proxy(reqwest::Proxy::https(proxy.as_str()).unwrap());
            assert_eq!(description(proxied, "https://api.example/x?X-Tos-Signature=5ecret"), expected);
        }
    }

    /// A self-signed certificate for 127.0.0.1, changed by `set`.
    struct SelfSigned {
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    }

    impl SelfSigned {
        fn new(set: impl FnOnce(&mut rcgen::CertificateParams)) -> SelfSigned {
            let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
            set(&mut params);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap().der().clone();
            SelfSigned { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
        }
    }

    /// The description for a server with certificate `own`, and a client that trusts only `trusted`.
    fn tls_failure(own: &SelfSigned, trusted: &SelfSigned) -> String {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.certificate.clone()], own.key.clone_key())
            .unwrap();
        let url = server(move |mut stream| {
            let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let _ = rustls::Stream::new(&mut tls, &mut stream).read(&mut [0]);
        });
        let trusted = reqwest::Certificate::from_der(&trusted.certificate).unwrap();
        let error = failure(client().tls_certs_only([trusted]), &url.replace("http://", "https://"));
        assert!(certificate_failure(&error).is_some(), "{error:?}");
        describe(&error)
    }

    #[test]
    fn each_problem_of_a_certificate_is_described() {
        let good = SelfSigned::new(|_| {});
        let authority = SelfSigned::new(|params| {
            params.distinguished_name.push(rcgen::DnType::CommonName, "another authority");
        });
        let elsewhere = SelfSigned::new(|params| {
            params.subject_alt_names = vec![rcgen::SanType::DnsName("elsewhere.example".try_into().unwrap())];
        });
        let expired = SelfSigned::new(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
        let future = SelfSigned::new(|params| params.not_before = rcgen::date_time_ymd(3000, 1, 1));
        for (own, trusted, problem) in [
            (&good, &authority, "was not signed by an authority that this machine trusts"),
            (&elsewhere, &elsewhere, "is for another host name"),
            (&expired, &expired, "has expired"),
            (&future, &future, "is not valid yet"),
        ] {
            assert_eq!(tls_failure(own, trusted), format!("the certificate of 127.0.0.1 {problem}"));
        }
    }

    #[test]
    fn a_server_without_tls_is_not_blamed_for_its_certificate() {
        let url = server(|mut stream| {
            read_head(&mut stream);
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        });
        let error = failure(client(), &url.replace("http://", "https://"));
        assert!(describe(&error).starts_with("no secure connection to 127.0.0.1: "), "{}", describe(&error));
        assert!(certificate_failure(&error).is_none());
    }
}
