//! A tunnel through an HTTP proxy (`CONNECT`, RFC 9110, section 9.3.6).

use std::io;

use hyper::header::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest answer of a proxy, without what follows it.
const MAX_HEAD: usize = 16 << 10;

/// Why there is no tunnel.
#[derive(Debug)]
pub(super) enum TunnelError {
    Io(io::Error),
    /// The proxy answered with another status than 2xx.
    Refused(u16),
    /// The answer is not HTTP, or too long.
    NotHttp,
}

/// Asks the proxy at the other end of `stream` for a tunnel to `target`, a host and a port.
pub(super) async fn open(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &str,
    authorization: Option<&HeaderValue>,
) -> Result<(), TunnelError> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(credentials) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(credentials.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(TunnelError::Io)?;
    match status(&read_head(stream).await?) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(TunnelError::Refused(status)),
        None => Err(TunnelError::NotHttp),
    }
}

/// Reads up to the empty line. Reads single bytes, because the ones after it belong to the tunnel.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, TunnelError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() == MAX_HEAD {
            return Err(TunnelError::NotHttp);
        }
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !head.is_empty() => {
                return Err(TunnelError::NotHttp);
            }
            Err(error) => return Err(TunnelError::Io(error)),
        }
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(head).ok()?;
    response.code
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a proxy is sent that answers `answer`, and what becomes of it.
    fn ask(answer: &[u8], authorization: Option<&str>) -> (String, Result<(), TunnelError>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut near, mut far) = tokio::io::duplex(MAX_HEAD * 2);
            far.write_all(answer).await.unwrap();
            let authorization = authorization.map(|value| HeaderValue::from_str(value).unwrap());
            far.shutdown().await.unwrap();
            let opened = open(&mut near, "api.example:443", authorization.as_ref()).await;
            drop(near);
            let mut sent = String::new();
            far.read_to_string(&mut sent).await.unwrap();
            (sent, opened)
        })
    }

    #[test]
    fn a_proxy_is_asked_for_the_host_with_the_credentials() {
        let (sent, opened) = ask(b"HTTP/1.1 200 Connection established\r\n\r\n", Some("Basic dTpw"));
        assert!(opened.is_ok());
        assert_eq!(
            sent,
            "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
        );
        assert!(!ask(b"HTTP/1.0 200 OK\r\nVia: p\r\n\r\n", None).0.contains("Authorization"));
    }

    #[test]
    fn only_a_success_opens_a_tunnel() {
        for status in [407, 403, 502] {
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno");
            assert!(
                matches!(ask(answer.as_bytes(), None).1, Err(TunnelError::Refused(seen)) if seen == status)
            );
        }
        for answer in [&b"SSH-2.0-x\r\n\r\n"[..], b"HTTP/1.1 200", b"\0\0\0\0", &[b'x'; MAX_HEAD + 1]] {
            assert!(matches!(ask(answer, None).1, Err(TunnelError::NotHttp)), "{answer:?}");
        }
        assert!(matches!(ask(b"", None).1, Err(TunnelError::Io(_))));
    }
}
