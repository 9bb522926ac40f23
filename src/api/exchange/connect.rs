//! Connections to a service, directly or through a proxy. Nothing of a request is sent here.

use std::io;
use std::sync::Arc;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use hyper_util::client::proxy::matcher::Intercept;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

use super::super::connection_failure::{certificate_failure, describe_cause, wants_client_certificate};
use super::super::generate::{Obstacle, SendError};
use super::super::http::{HttpError, TCP_KEEPALIVE, Transport};
use super::tunnel::{self, TunnelError};

/// A stream of bytes, over whatever there is between here and the service.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection on which a request can be sent.
pub(super) struct Connection {
    pub stream: Box<dyn Stream>,
    /// Whether a proxy reads the request and passes it on.
    pub is_forwarded: bool,
    /// The credentials for that proxy.
    pub proxy_authorization: Option<HeaderValue>,
}

impl Connection {
    fn direct(stream: Box<dyn Stream>) -> Connection {
        Connection { stream, is_forwarded: false, proxy_authorization: None }
    }
}

/// Connects to the host of `url`, within the time limit for connections.
///
/// # Errors
/// Nothing was sent, so each error is [`SendError::NotSent`], or says why a retry would fail in the same way.
pub(super) async fn connect(transport: &Transport, url: &Url) -> Result<Connection, SendError> {
    let host = url.host_str().ok_or_else(|| SendError::invalid(url, "has no host"))?;
    let uri: Uri = url.as_str().parse().map_err(|_| SendError::invalid(url, "is not a valid link"))?;
    let tls = if url.scheme() == "https" { Some(transport.tls().map_err(blocked_by_roots)?) } else { None };
    let connecting = async {
        match transport.proxy_for(url, &uri) {
            Some(proxy) => through(&proxy, host, &uri, tls, transport).await,
            None => {
                let stream = reach(&uri).await.map_err(|error| not_sent(host, &*error))?;
                secured(stream, host, tls).await.map(Connection::direct)
            }
        }
    };
    timeout(transport.connect_timeout(), connecting).await.unwrap_or_else(|_| {
        Err(SendError::NotSent(HttpError(format!("no connection to {host} within the time limit"))))
    })
}

/// Connects through `proxy`.
async fn through(
    proxy: &Intercept,
    host: &str,
    uri: &Uri,
    tls: Option<Arc<ClientConfig>>,
    transport: &Transport,
) -> Result<Connection, SendError> {
    let name = ProxyName(proxy.uri());
    let is_secure = proxy.uri().scheme_str() == Some("https");
    if !is_secure && proxy.uri().scheme_str() != Some("http") {
        let stream = through_socks(proxy, uri).await.map_err(|error| name.unreachable(&*error))?;
        return secured(stream, host, tls).await.map(Connection::direct);
    }
    let stream = reach(proxy.uri()).await.map_err(|error| name.unreachable(&*error))?;
    let tls_to_proxy = if is_secure { Some(transport.tls().map_err(blocked_by_roots)?) } else { None };
    let mut stream = secured(stream, proxy.uri().host().unwrap_or_default(), tls_to_proxy).await?;
    let Some(tls) = tls else {
        let proxy_authorization = proxy.basic_auth().cloned();
        return Ok(Connection { stream, is_forwarded: true, proxy_authorization });
    };
    let target = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    tunnel::open(&mut stream, &target, proxy.basic_auth())
        .await
        .map_err(|error| name.refused(host, error))?;
    secured(stream, host, Some(tls)).await.map(Connection::direct)
}

async fn through_socks(
    proxy: &Intercept,
    uri: &Uri,
) -> Result<TcpStream, Box<dyn std::error::Error + Send + Sync>> {
    let scheme = proxy.uri().scheme_str().unwrap_or_default();
    let is_local_dns = matches!(scheme, "socks4" | "socks5");
    let server = proxy.uri().clone();
    let stream = if scheme.starts_with("socks4") {
        SocksV4::new(server, connector()).local_dns(is_local_dns).call(uri.clone()).await?
    } else {
        let mut socks = SocksV5::new(server, connector()).local_dns(is_local_dns);
        if let Some((user, password)) = proxy.raw_auth() {
            socks = socks.with_auth(user.to_owned(), password.to_owned());
        }
        socks.call(uri.clone()).await?
    };
    Ok(stream.into_inner())
}

/// Opens a TCP connection to the host of `uri`, at the first of its addresses that answers.
async fn reach(uri: &Uri) -> Result<TcpStream, Box<dyn std::error::Error + Send + Sync>> {
    Ok(connector().call(uri.clone()).await?.into_inner())
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(TCP_KEEPALIVE));
    connector
}

/// Secures the stream to `host` if there are settings for it.
async fn secured(
    stream: impl Stream + 'static,
    host: &str,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Box<dyn Stream>, SendError> {
    let Some(config) = tls else { return Ok(Box::new(stream)) };
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(|_| {
        SendError::Blocked(
            Obstacle::ServerCertificate,
            HttpError(format!("no certificate can be for {host}")),
        )
    })?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(handshake_failed(host, &error)),
    }
}

fn handshake_failed(host: &str, error: &io::Error) -> SendError {
    let what = HttpError(describe_cause(host, error));
    if certificate_failure(error).is_some() {
        SendError::Blocked(Obstacle::ServerCertificate, what)
    } else if wants_client_certificate(error) {
        SendError::Blocked(Obstacle::ClientCertificate, what)
    } else {
        SendError::NotSent(what)
    }
}

fn not_sent(host: &str, error: &(dyn std::error::Error + 'static)) -> SendError {
    SendError::NotSent(HttpError(describe_cause(host, error)))
}

fn blocked_by_roots(error: HttpError) -> SendError {
    SendError::Blocked(Obstacle::ServerCertificate, error)
}

/// A proxy in messages: its host and port, without credentials.
struct ProxyName<'a>(&'a Uri);

impl ProxyName<'_> {
    /// A proxy to which there is no connection. It may be back in a moment.
    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> SendError {
        let what = describe_cause(self.0.host().unwrap_or("the proxy"), error);
        SendError::NotSent(HttpError(format!("the proxy {self} cannot be used: {what}")))
    }

    /// A proxy that makes no tunnel. Only its failures to reach the host may pass.
    fn refused(&self, host: &str, error: TunnelError) -> SendError {
        match error {
            TunnelError::Io(error) => self.unreachable(&error),
            TunnelError::Refused(407) => SendError::ProxyAuthorization(HttpError(format!(
                "the proxy {self} wants a user name and a password for {host} (HTTP 407)"
            ))),
            TunnelError::Refused(status @ 500..) => SendError::NotSent(HttpError(format!(
                "the proxy {self} does not reach {host} (HTTP {status})"
            ))),
            TunnelError::Refused(status) => SendError::Blocked(
                Obstacle::Proxy,
                HttpError(format!("the proxy {self} does not connect to {host} (HTTP {status})")),
            ),
            TunnelError::NotHttp => SendError::Blocked(
                Obstacle::Proxy,
                HttpError(format!("the answer of the proxy {self} is not valid HTTP")),
            ),
        }
    }
}

impl std::fmt::Display for ProxyName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.host().unwrap_or_default())?;
        self.0.port_u16().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}
