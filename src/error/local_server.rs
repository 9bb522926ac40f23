//! What to do about a server on this machine that cannot be reached.

use crate::api::BaseUrl;

use super::{Audience, Hint};

/// Returns the next action if `base` is on this machine, where sandboxes and models of the user run.
#[must_use]
pub fn local_server_hint(base: &BaseUrl) -> Option<Hint> {
    text(base, Audience::CommandLine)?;
    Some(Hint::with(|audience| text(base, audience).unwrap_or_default()))
}

/// The text of the hint.
pub(super) fn text(base: &BaseUrl, audience: Audience) -> Option<String> {
    let address = base.local_addresses().into_iter().next()?;
    let starts = audience.choose("starts it again", "starts it again, which the user can do");
    Some(format!(
        "check whether a server runs at {base}: a sandbox ends with its command, and `seededit sandbox --listen {address}` \
         {starts}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_may_be_a_sandbox_that_has_ended() {
        let hint = |base: &str| text(&base.parse().unwrap(), Audience::CommandLine);
        let local = hint("http://127.0.0.1:8080/v1").unwrap();
        assert!(local.contains("`seededit sandbox --listen 127.0.0.1:8080` starts it again"), "{local}");
        assert_eq!(hint("https://api.example"), None);
    }
}
