//! A DNS resolver for links from elsewhere: it never returns an address inside this network.

use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Name, Resolve, Resolving};

use super::address::is_private;

/// Resolves names for connections, and fails for a name with a private address.
///
/// It checks the addresses that are then connected to, so DNS cannot answer a check and a connection differently.
pub(super) struct PublicResolver;

/// A name has a private address. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the name has a private address")]
pub(super) struct PrivateAddress;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the port of the link.
            let resolve = move || (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter);
            let addresses: Vec<SocketAddr> = tokio::task::spawn_blocking(resolve).await??;
            if addresses.iter().any(|address| is_private(address.ip())) {
                return Err(PrivateAddress.into());
            }
            let addresses: reqwest::dns::Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::connection_failure::has_cause;

    #[test]
    fn a_name_with_a_private_address_is_not_connected_to() {
        let client = reqwest::blocking::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .dns_resolver(std::sync::Arc::new(PublicResolver))
            .build()
            .unwrap();
        let error = client.get("http://localhost:9/").send().unwrap_err();
        assert!(has_cause::<PrivateAddress>(&error), "{error:?}");
    }
}
