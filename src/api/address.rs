//! Loopback and private addresses, to which links from elsewhere must not lead.

use std::net::{IpAddr, ToSocketAddrs};

use url::Url;

/// Returns whether a link leads to this machine, judged by its host alone (without a DNS lookup).
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost")
        || address(url).is_some_and(|address| address.to_canonical().is_loopback())
}

/// Returns whether an address can be reached only from this machine or its network.
///
/// These are the ranges of the IANA special-purpose registries that can lead to a machine.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || a >= 224
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_multicast()
        }
    }
}

fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Returns whether the host of a link is a private address, or the name of this machine. Nothing is looked up.
pub(super) fn names_private_host(url: &Url) -> bool {
    is_loopback(url) || address(url).is_some_and(is_private)
}

/// Returns whether a link leads to this machine or its network. An unknown name counts as outside.
pub(super) fn is_inside(url: &Url) -> bool {
    if address(url).is_some() {
        return names_private_host(url);
    }
    let Some(host) = url.host_str() else { return false };
    let addresses = (host, 0).to_socket_addrs().map(Vec::from_iter).unwrap_or_default();
    !addresses.is_empty() && addresses.iter().all(|address| is_private(address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_network_are_private_in_every_spelling() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.128.0.1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
