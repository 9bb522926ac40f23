//! The proxies that the environment names.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Proxy;
use url::Url;

/// The schemes of proxies. With `socks5h` and `socks4a`, the proxy resolves names.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxies from the environment. This machine is always reached directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxy for https.
    pub https: Option<ProxyUrl>,
    /// The proxy for plain http.
    pub http: Option<ProxyUrl>,
    /// The hosts to reach directly, as `NO_PROXY` lists them.
    pub bypass: Option<String>,
}

/// The URL of a proxy. It may contain a password, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

/// A proxy that cannot be used. Without it, the key would be sent past the proxy. Its value is not shown, because it may
/// contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the proxy in {variable} cannot be used: {reason}")]
pub struct ProxyError {
    variable: &'static str,
    reason: String,
}

impl Proxies {
    /// Returns the rules for which proxy a request goes through.
    pub(super) fn matcher(&self) -> Matcher {
        let url =
            |proxy: &Option<ProxyUrl>| proxy.as_ref().map(|proxy| proxy.0.to_string()).unwrap_or_default();
        Matcher::builder()
            .https(url(&self.https))
            .http(url(&self.http))
            .no(self.bypass.clone().unwrap_or_default())
            .build()
    }
}

impl ProxyUrl {
    /// Parses the value of a variable. Without a scheme, it is an http proxy.
    ///
    /// # Errors
    /// Returns an error if it is not the URL of a host, or has an unknown scheme.
    pub fn parse(variable: &'static str, value: &str) -> Result<ProxyUrl, ProxyError> {
        let error = |reason: String| ProxyError { variable, reason };
        let value = value.trim();
        let has_scheme = value.contains("://");
        let url = if has_scheme { Url::parse(value) } else { Url::parse(&format!("http://{value}")) };
        let url = url.ok().filter(Url::has_host).ok_or_else(|| error("it is not a valid URL".into()))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(error(format!("its scheme is none of {}", SCHEMES.join(", "))));
        }
        Ok(ProxyUrl(url))
    }

    /// The proxy for requests whose scheme is `https` or, if `is_https` is false, `http`.
    pub(super) fn proxy(&self, is_https: bool) -> reqwest::Result<Proxy> {
        if is_https { Proxy::https(self.0.clone()) } else { Proxy::http(self.0.clone()) }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({}://…)", self.0.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_url_or_a_host() {
        for value in [
            "http://proxy:3128",
            "https://user:pass%40word@proxy.example/",
            "socks5://127.0.0.1:1080",
            "socks5h://[::1]:1080",
            "SOCKS4A://proxy",
            "proxy.example:3128",
            " 10.0.0.1:3128 ",
        ] {
            assert!(ProxyUrl::parse("https_proxy", value).is_ok(), "{value}");
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error_without_the_password() {
        for value in [
            "socks://u:5ecret@127.0.0.1:1080",
            "htps://u:5ecret@proxy",
            "ftp://u:5ecret@proxy",
            "http://u:5ecret#@proxy:3128",
            "http://u:5ecret/@proxy:3128",
            "http://",
            "://5ecret",
            "file:///5ecret",
        ] {
            let error = ProxyUrl::parse("all_proxy", value).unwrap_err().to_string();
            assert!(error.starts_with("the proxy in all_proxy cannot be used: "), "{value}: {error}");
            assert!(!error.contains("5ecret"), "{error}");
        }
        let debug = format!("{:?}", ProxyUrl::parse("all_proxy", "http://u:5ecret@proxy"));
        assert!(!debug.contains("5ecret"), "{debug}");
    }
}
