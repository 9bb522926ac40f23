//! Parts for tests that call the library instead of the program.

use std::time::Duration;

use seededit::testing::api::{HttpOptions, Proxies, Transport};
use seededit::testing::edit::{Event, Events};

/// Ignores all events.
pub(crate) struct NoEvents;

impl Events for NoEvents {
    fn wants_bytes(&self) -> bool {
        false
    }

    fn on(&self, _: Event<'_>) {}
}

/// HTTP clients without a proxy and with short timeouts.
pub(crate) fn transport() -> Transport {
    Transport::new(HttpOptions {
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(5),
        proxies: Proxies::default(),
    })
}
