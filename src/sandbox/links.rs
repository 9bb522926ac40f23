//! Signed, expiring links to results.

use std::time::Duration;

use hyper::StatusCode;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use thiserror::Error;
use url::Url;

use seededit_base::digest::hex;

/// The time format of the object store.
const DATE: &str = "%Y%m%dT%H%M%SZ";

const ALGORITHM: &str = "TOS4-HMAC-SHA256";
const CREDENTIAL: &str = "SANDBOX/sandbox/tos/request";

/// Signs and verifies links.
#[derive(Debug)]
pub(super) struct LinkSigner {
    key: hmac::Key,
    pictures_url: String,
    lifetime: Duration,
}

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum LinkError {
    #[error("Query-string authentication requires the X-Tos parameters.")]
    Incomplete,
    #[error("The request signature we calculated does not match the signature you provided.")]
    Signature,
    #[error("Request has expired")]
    Expired,
    #[error("The specified key does not exist.")]
    NoPicture,
}

impl LinkError {
    /// The HTTP status that the object store answers.
    pub(super) fn status(self) -> StatusCode {
        match self {
            LinkError::Incomplete | LinkError::Signature | LinkError::Expired => StatusCode::FORBIDDEN,
            LinkError::NoPicture => StatusCode::NOT_FOUND,
        }
    }

    /// The object store's error code.
    pub(super) fn code(self) -> &'static str {
        match self {
            LinkError::Incomplete | LinkError::Expired => "AccessDenied",
            LinkError::Signature => "SignatureDoesNotMatch",
            LinkError::NoPicture => "NoSuchKey",
        }
    }
}

/// The system provides no random bytes for a key.
#[derive(Debug, Error)]
#[error("the system provides no random bytes")]
pub(super) struct RandomnessError;

impl LinkSigner {
    /// Creates a signer with a random key.
    pub(super) fn new(pictures_url: String, lifetime: Duration) -> Result<LinkSigner, RandomnessError> {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).map_err(|_| RandomnessError)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        Ok(LinkSigner { key, pictures_url, lifetime })
    }

    /// The link to the picture `id`, valid from `now` on. The lifetime is in whole seconds, as at the object
    /// store.
    pub(super) fn sign(&self, id: &str, now: Timestamp) -> String {
        let date = now.strftime(DATE).to_string();
        let expires = self.lifetime.as_secs().to_string();
        let signature = hex(hmac::sign(&self.key, &signed_text(id, &date, &expires)).as_ref());
        let credential = CREDENTIAL.replace('/', "%2F");
        format!(
            "{}/pictures/{}?X-Tos-Algorithm={ALGORITHM}&X-Tos-Credential={credential}\
             &X-Tos-Date={date}&X-Tos-Expires={expires}&X-Tos-Signature={signature}\
             &X-Tos-SignedHeaders=host",
            self.pictures_url,
            file_name(id)
        )
    }

    /// A link to the picture `id` without a signature or an expiry.
    pub(super) fn unsigned(&self, id: &str) -> String {
        format!("{}{UNSIGNED}{}", self.pictures_url, file_name(id))
    }

    /// Checks that `link` is a valid link to the picture `id` at `now`.
    pub(super) fn verify(&self, id: &str, link: &Url, now: Timestamp) -> Result<(), LinkError> {
        let parameter = |name: &str| {
            link.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .ok_or(LinkError::Incomplete)
        };
        let (date, expires) = (parameter("X-Tos-Date")?, parameter("X-Tos-Expires")?);
        let fixed = parameter("X-Tos-Algorithm")? == ALGORITHM
            && parameter("X-Tos-Credential")? == CREDENTIAL
            && parameter("X-Tos-SignedHeaders")? == "host";
        let signature = unhex(&parameter("X-Tos-Signature")?).ok_or(LinkError::Signature)?;
        let signed = hmac::verify(&self.key, &signed_text(id, &date, &expires), &signature).is_ok();
        if !fixed || !signed {
            return Err(LinkError::Signature);
        }
        match expiry(&date, &expires) {
            Some(expiry) if now < expiry => Ok(()),
            Some(_) | None => Err(LinkError::Expired),
        }
    }

    /// The id of the picture if `link` leads to this sandbox; `None` for any other URL.
    pub(super) fn resolve(&self, link: &str, now: Timestamp) -> Option<Result<String, LinkError>> {
        let path = link.strip_prefix(&self.pictures_url)?;
        if let Some(id) = unsigned_id(path) {
            return Some(Ok(id.to_owned()));
        }
        let id = picture_id(path.split_once('?').map_or(path, |(path, _)| path))?.to_owned();
        let url = Url::parse(link).ok()?;
        Some(self.verify(&id, &url, now).map(|()| id))
    }
}

/// The path of links without a signature.
const UNSIGNED: &str = "/files/";

/// The id in `/pictures/<id>.jpeg`.
pub(super) fn picture_id(path: &str) -> Option<&str> {
    id_of_file(path.strip_prefix("/pictures/")?)
}

/// The id in `/files/<id>.jpeg`.
pub(super) fn unsigned_id(path: &str) -> Option<&str> {
    id_of_file(path.strip_prefix(UNSIGNED)?)
}

/// The file name of a picture. The id of one that is not a JPEG ends with its extension.
pub(super) fn file_name(id: &str) -> String {
    if id.contains('.') { id.to_owned() } else { format!("{id}.jpeg") }
}

/// The id of the picture with this file name.
pub(super) fn id_of_file(name: &str) -> Option<&str> {
    match name.rsplit_once('.')? {
        (id, "jpeg") => Some(id),
        (_, "png" | "webp") => Some(name),
        _ => None,
    }
}

fn signed_text(id: &str, date: &str, expires: &str) -> Vec<u8> {
    format!("{ALGORITHM}\n{CREDENTIAL}\n{date}\n{expires}\n{id}").into_bytes()
}

fn expiry(date: &str, expires: &str) -> Option<Timestamp> {
    let signed_at = DateTime::strptime(DATE, date).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let lifetime = SignedDuration::from_secs(expires.parse().ok()?);
    signed_at.checked_add(lifetime).ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn links() -> LinkSigner {
        LinkSigner::new("http://127.0.0.1:9".into(), LIFETIME).unwrap()
    }

    fn check(links: &LinkSigner, link: &str, now: Timestamp) -> Result<(), LinkError> {
        let url = Url::parse(link).unwrap();
        let id = picture_id(url.path()).unwrap().to_owned();
        links.verify(&id, &url, now)
    }

    #[test]
    fn a_fresh_link_opens_its_picture() {
        let (links, now) = (links(), Timestamp::now());
        assert_eq!(check(&links, &links.sign("a", now), now), Ok(()));
    }

    #[test]
    fn a_link_expires_after_its_lifetime() {
        let links = links();
        let signed: Timestamp = "2025-08-05T15:43:03Z".parse().unwrap();
        let link = links.sign("a", signed);
        let after = |seconds| signed + SignedDuration::from_secs(seconds);
        assert_eq!(check(&links, &link, after(59)), Ok(()));
        assert_eq!(check(&links, &link, after(60)), Err(LinkError::Expired));
    }

    #[test]
    fn any_change_to_a_link_invalidates_its_signature() {
        let (links, now) = (links(), Timestamp::now());
        let link = links.sign("abc", now);
        let changes = [("abc", "abd"), ("Expires=60", "Expires=61"), ("SANDBOX", "SANDBOY")];
        for (from, to) in changes {
            let changed = link.replace(from, to);
            assert_eq!(check(&links, &changed, now), Err(LinkError::Signature), "{changed}");
        }
    }

    #[test]
    fn a_link_of_another_sandbox_is_refused() {
        let now = Timestamp::now();
        let link = links().sign("a", now);
        assert_eq!(check(&links(), &link, now), Err(LinkError::Signature));
    }

    #[test]
    fn a_link_without_its_parameters_is_incomplete() {
        let links = links();
        let bare = "http://127.0.0.1:9/pictures/a.jpeg";
        assert_eq!(check(&links, bare, Timestamp::now()), Err(LinkError::Incomplete));
    }

    #[test]
    fn a_link_states_its_time_and_lifetime_as_the_object_store_does() {
        let signed: Timestamp = "2025-08-05T15:43:03Z".parse().unwrap();
        let link = links().sign("a", signed);
        assert!(link.contains("&X-Tos-Date=20250805T154303Z&X-Tos-Expires=60&"), "{link}");
        assert!(link.ends_with("&X-Tos-SignedHeaders=host"), "{link}");
    }

    #[test]
    fn only_own_links_resolve_to_pictures() {
        let (links, now) = (links(), Timestamp::now());
        assert_eq!(links.resolve("http://127.0.0.2:9/pictures/a.jpeg", now), None);
        assert_eq!(links.resolve(&links.sign("a", now), now), Some(Ok("a".into())));
    }
}
