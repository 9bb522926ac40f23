//! What a test needs that calls the library rather than the program.

use std::time::Duration;

use seededit::testing::api::{HttpOptions, Proxies, Transport};
use seededit::testing::edit::{Event, Events};

/// Nobody is told.
pub(crate) struct Nobody;

impl Events for Nobody {
    fn wants_bytes(&self) -> bool {
        false
    }

    fn on(&self, _: Event<'_>) {}
}

/// Clients with no proxy and little patience.
pub(crate) fn transport() -> Transport {
    Transport::new(HttpOptions {
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(5),
        proxies: Proxies::default(),
    })
}
