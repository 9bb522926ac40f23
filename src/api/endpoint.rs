//! The service's URLs, and the rule that keeps the key from being sent in the clear.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use url::{ParseError, Url};

use crate::secret::redact_url;

use super::address::{is_loopback, is_private};
use super::fields::RequestPath;

/// The service's base URL: https, or plain http to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text cannot be a base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    #[error("a base URL starts with https://")]
    NoScheme,
    #[error("not a valid URL: {0}")]
    Malformed(String),
    /// The key would be sent in the clear.
    #[error(
        "the key is sent over https only; plain http is allowed for this machine (127.0.0.1, ::1, localhost)"
    )]
    NotHttps,
    #[error("a base URL must not have a user, a query or a fragment")]
    Extras,
}

/// Whether a segment of a path is the version of an API: `v1`.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl BaseUrl {
    /// Whether it is plain HTTP to this machine.
    pub fn is_local_http(&self) -> bool {
        self.0.scheme() == "http" && is_loopback(&self.0)
    }

    /// Returns the URL of a link that starts with a slash and has no host. `None` if it leads elsewhere.
    ///
    /// A server behind a proxy need not know the path below which the proxy publishes it, so that path is added if the link
    /// does not start with it. The version of the API at its end, such as `/v1`, is known to the server.
    pub fn join_relative(&self, link: &str) -> Option<Url> {
        let prefix = match self.path().rsplit_once('/') {
            Some((above, last)) if is_version(last) => above,
            _ => self.path(),
        };
        let is_below = link.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['/', '?']));
        let joined = if is_below { self.0.join(link) } else { self.0.join(&format!("{prefix}{link}")) };
        joined.ok().filter(|url| self.is_origin_of(url))
    }

    /// Whether a URL has the same scheme, host and port, and no user name.
    pub fn is_origin_of(&self, url: &Url) -> bool {
        url.origin() == self.0.origin() && url.username().is_empty() && url.password().is_none()
    }

    /// Returns the path, without a slash at its end.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// The addresses of a server that is reached over plain HTTP on this machine. None for any other server.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        if self.is_local_http() { self.0.socket_addrs(|| None).unwrap_or_default() } else { Vec::new() }
    }

    /// Whether it is on this machine.
    pub fn is_on_this_machine(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns the URL of `path` below this base. If the base ends with the version with which the path begins, such as `/v1`,
    /// the URL has it once: other programs want it in their base URLs.
    pub fn join(&self, path: &str) -> Url {
        let path = path.trim_start_matches('/');
        let has_version = |version: &str| is_version(version) && path.split('/').next() == Some(version);
        let base = match self.path().rsplit_once('/') {
            Some((above, last)) if has_version(last) => above,
            _ => self.path(),
        };
        let mut url = self.0.clone();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => BaseUrlError::NoScheme,
            error => BaseUrlError::Malformed(error.to_string()),
        })?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(BaseUrlError::NotHttps),
        }
        let extras = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        if extras {
            return Err(BaseUrlError::Extras);
        }
        Ok(BaseUrl(url))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(redact_url(&self.0).trim_end_matches('/'))
    }
}

/// A base URL, and the path to which generations are posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub base: BaseUrl,
    pub path: RequestPath,
}

impl Endpoint {
    /// Returns the URL that a generation is posted to.
    pub fn generations(&self) -> Url {
        self.base.join(self.path.as_str())
    }

    /// Returns whether the service can probably download `link` itself: if it is public, or if both are on
    /// this machine. Nothing is looked up.
    pub fn can_reach(&self, link: &Url) -> bool {
        if is_loopback(link) {
            return is_loopback(&self.base.0);
        }
        let host = link.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) => !is_private(address),
            Err(_) => host.contains('.'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_accepted_for_this_machine_only() {
        for good in ["https://api.example", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2"] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for bad in ["http://api.example", "http://192.168.0.1", "http://127.0.0.1.example", "ftp://localhost"]
        {
            assert_eq!(bad.parse::<BaseUrl>(), Err(BaseUrlError::NotHttps), "{bad}");
        }
    }

    #[test]
    fn a_base_url_with_a_password_or_a_query_is_refused() {
        for bad in ["https://me@api.example", "https://a:b@api.example", "https://api.example?x=1"] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(BaseUrlError::Extras), "{bad}");
        }
    }

    #[test]
    fn a_remote_service_cannot_reach_this_machine_or_network() {
        let endpoint = |base: &str| Endpoint { base: base.parse().unwrap(), path: "/x".parse().unwrap() };
        let (here, there) = (endpoint("http://127.0.0.1:1"), endpoint("https://api.example"));
        let link = |text: &str| Url::parse(text).unwrap();
        assert!(here.can_reach(&link("http://127.0.0.1:2/a.jpg")));
        assert!(!there.can_reach(&link("http://localhost/a.jpg")));
        assert!(!there.can_reach(&link("https://10.0.0.1/a.jpg")));
        assert!(!there.can_reach(&link("https://nas/a.jpg")));
        assert!(there.can_reach(&link("https://store.example/a.jpg")));
    }

    #[test]
    fn a_version_at_the_end_of_the_base_and_the_start_of_a_path_is_there_once() {
        for (base, path, url) in [
            ("https://api.example/v1", "/v1/images/edits", "https://api.example/v1/images/edits"),
            ("https://api.example/below/v1/", "/v1/models", "https://api.example/below/v1/models"),
            ("https://api.example/v2", "/v1/models", "https://api.example/v2/v1/models"),
            ("https://api.example/v1", "/images/edits", "https://api.example/v1/images/edits"),
            ("https://api.example/v1", "", "https://api.example/v1/"),
            ("https://api.example/app", "/app/edit", "https://api.example/app/app/edit"),
        ] {
            assert_eq!(base.parse::<BaseUrl>().unwrap().join(path).as_str(), url);
        }
    }

    #[test]
    fn paths_are_appended_to_the_base_with_one_slash() {
        for base in ["https://api.example/api/v3", "https://api.example/api/v3/"] {
            let base: BaseUrl = base.parse().unwrap();
            assert_eq!(
                base.join("/images/generations").as_str(),
                "https://api.example/api/v3/images/generations"
            );
        }
    }
}
