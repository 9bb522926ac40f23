//! The table of fault kinds: their names, arguments and the line of help each one gets; and reading what was typed
//! by it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use hyper::StatusCode;

use super::faults::{AfterCharge, BeforeCharge, Fault, FaultError, FaultKind, OnDownload, When};

/// A kind of fault as the help lists it.
#[derive(Debug, Clone)]
pub struct FaultEntry {
    /// The name as typed.
    pub name: &'static str,
    /// The argument as help shows it: `STATUS`, `BYTES`, `N`; empty where there is none.
    pub argument: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    make: Make,
}

/// How a kind is made of its argument.
#[derive(Debug, Clone)]
enum Make {
    Plain(FaultKind),
    Status(fn(u16) -> bool, Expected, fn(StatusCode) -> FaultKind),
    Count(RangeInclusive<usize>, Expected, fn(usize) -> FaultKind),
}

/// What an argument may be, and an example of one.
type Expected = (&'static str, &'static str);

impl FaultEntry {
    const fn before(name: &'static str, about: &'static str, kind: BeforeCharge) -> Self {
        let make = Make::Plain(FaultKind::BeforeCharge(kind));
        FaultEntry { name, argument: "", about, make }
    }

    const fn after(name: &'static str, about: &'static str, kind: AfterCharge) -> Self {
        let make = Make::Plain(FaultKind::AfterCharge(kind));
        FaultEntry { name, argument: "", about, make }
    }

    const fn download(name: &'static str, about: &'static str, kind: OnDownload) -> Self {
        let make = Make::Plain(FaultKind::OnDownload(kind));
        FaultEntry { name, argument: "", about, make }
    }

    /// The fault that this kind and `argument` make.
    pub(super) fn make(&self, argument: Option<&str>) -> Result<FaultKind, FaultError> {
        let unsuitable =
            |(expected, example): Expected| FaultError::Argument { kind: self.name, expected, example };
        match (&self.make, argument) {
            (Make::Plain(kind), None) => Ok(*kind),
            (Make::Plain(_), Some(_)) => Err(FaultError::NoArgument(self.name)),
            (Make::Status(suits, expected, make), argument) => argument
                .and_then(|text| text.parse().ok())
                .filter(|status| suits(*status))
                .and_then(|status| StatusCode::from_u16(status).ok())
                .map(make)
                .ok_or_else(|| unsuitable(*expected)),
            (Make::Count(range, expected, make), argument) => argument
                .and_then(|text| text.parse().ok())
                .filter(|count| range.contains(count))
                .map(make)
                .ok_or_else(|| unsuitable(*expected)),
        }
    }
}

/// Every kind of fault there is, in the order in which help lists them.
pub const FAULT_TABLE: &[FaultEntry] = &[
    FaultEntry::before("rate-limit", "429, with the Retry-After that is set", BeforeCharge::RateLimit),
    FaultEntry {
        name: "server-error",
        argument: "STATUS",
        about: "the service's own 500, 502, 503 or 504",
        make: Make::Status(
            |status| matches!(status, 500 | 502 | 503 | 504),
            ("one of 500, 502, 503 and 504", "503"),
            |status| FaultKind::BeforeCharge(BeforeCharge::ServerError(status)),
        ),
    },
    FaultEntry::before("no-credits", "403, out of credit", BeforeCharge::NoCredits),
    FaultEntry::before("forbidden", "403, the key may not do this", BeforeCharge::Forbidden),
    FaultEntry::before("unauthorized", "401, as for a key that is refused", BeforeCharge::Unauthorized),
    FaultEntry::before("retired", "404, the model is gone", BeforeCharge::Retired),
    FaultEntry {
        name: "ark-error",
        argument: "STATUS",
        about: "an error shaped {\"error\": {…}}, as other hosts send it",
        make: Make::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::BeforeCharge(BeforeCharge::ArkError(status))
        }),
    },
    FaultEntry::before("reset-early", "TCP reset before the body is read", BeforeCharge::ResetEarly),
    FaultEntry::before(
        "reset-before-charge",
        "TCP reset once the request was read; not charged",
        BeforeCharge::ResetBeforeCharge,
    ),
    FaultEntry {
        name: "gateway",
        argument: "STATUS",
        about: "a gateway's HTML error page; not charged",
        make: Make::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::BeforeCharge(BeforeCharge::Gateway(status))
        }),
    },
    FaultEntry {
        name: "empty",
        argument: "STATUS",
        about: "this status without a body; not charged",
        make: Make::Status(
            |status| (200..=599).contains(&status),
            ("a status from 200 to 599", "502"),
            |status| FaultKind::BeforeCharge(BeforeCharge::Empty(status)),
        ),
    },
    FaultEntry {
        name: "redirect",
        argument: "STATUS",
        about: "a redirect to the same address; not charged",
        make: Make::Status(
            |status| matches!(status, 301 | 302 | 303 | 307 | 308),
            ("one of 301, 302, 303, 307 and 308", "307"),
            |status| FaultKind::BeforeCharge(BeforeCharge::Redirect(status)),
        ),
    },
    FaultEntry::after("reset-after-charge", "TCP reset in place of the answer", AfterCharge::Reset),
    FaultEntry::after("stall-after-charge", "never answers, keeps the connection", AfterCharge::Stall),
    FaultEntry {
        name: "cut-answer",
        argument: "BYTES",
        about: "closes after so many bytes of the answer's body",
        make: Make::Count(0..=usize::MAX, ("a number of bytes", "100"), |bytes| {
            FaultKind::AfterCharge(AfterCharge::Cut(bytes))
        }),
    },
    FaultEntry {
        name: "gateway-after-charge",
        argument: "STATUS",
        about: "a gateway's HTML error page, though it was charged",
        make: Make::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::AfterCharge(AfterCharge::Gateway(status))
        }),
    },
    FaultEntry::after("html-200", "an HTML page with status 200", AfterCharge::Html),
    FaultEntry::after("endless-answer", "an answer whose body never ends", AfterCharge::Endless),
    FaultEntry::after("gzip-answer", "a gzip body that nobody asked for", AfterCharge::Gzip),
    FaultEntry::after("no-meta", "no `meta` in the answer", AfterCharge::NoMeta),
    FaultEntry::after("null-meta", "\"meta\": null", AfterCharge::NullMeta),
    FaultEntry::after("tokens-used", "usage as tokens_used, no price headers", AfterCharge::TokensUsed),
    FaultEntry::after("no-price", "no price in body or headers", AfterCharge::NoPrice),
    FaultEntry {
        name: "several",
        argument: "N",
        about: "N results in `data`, at the price of one",
        make: Make::Count(1..=100, ("a number from 1 to 100", "2"), |count| {
            FaultKind::AfterCharge(AfterCharge::Several(count))
        }),
    },
    FaultEntry::after("empty-data", "\"data\": []", AfterCharge::EmptyData),
    FaultEntry::after("null-data", "\"data\": null", AfterCharge::NullData),
    FaultEntry::after("inline", "b64_json, whatever was asked for", AfterCharge::Inline),
    FaultEntry::after("status-201", "201 in place of 200", AfterCharge::Status201),
    FaultEntry {
        name: "cut-download",
        argument: "BYTES",
        about: "closes after so many bytes of the picture",
        make: Make::Count(0..=usize::MAX, ("a number of bytes", "10000"), |bytes| {
            FaultKind::OnDownload(OnDownload::Cut(bytes))
        }),
    },
    FaultEntry::download("corrupt-download", "right length, wrong bytes inside", OnDownload::Corrupt),
    FaultEntry::download("truncated-download", "half, announced as the whole", OnDownload::Truncated),
    FaultEntry::download("html-download", "an HTML page called image/jpeg", OnDownload::Html),
    FaultEntry {
        name: "download-error",
        argument: "STATUS",
        about: "the object store's error with this status",
        make: Make::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::OnDownload(OnDownload::Error(status))
        }),
    },
    FaultEntry::download("endless-download", "a picture that never ends", OnDownload::Endless),
    FaultEntry {
        name: "redirect-download",
        argument: "N",
        about: "N redirects, then the picture",
        make: Make::Count(1..=100, ("a number from 1 to 100", "2"), |hops| {
            FaultKind::OnDownload(OnDownload::Redirect(hops))
        }),
    },
    FaultEntry::download("slow-download", "about 160 kB a second", OnDownload::Slow),
    FaultEntry::download("no-range", "answers Range with the whole picture", OnDownload::NoRange),
    FaultEntry::download("expired-link", "403, as if the link had expired", OnDownload::ExpiredLink),
];

const AN_ERROR_STATUS: Expected = ("a status from 400 to 599", "502");

fn is_error(status: u16) -> bool {
    (400..=599).contains(&status)
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(typed: &str) -> Result<Fault, FaultError> {
        let (what, when) = match typed.split_once(':') {
            Some((what, when)) => (what, when.parse()?),
            None => (typed, When::Always),
        };
        let (name, argument) = match what.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (what, None),
        };
        let entry = FAULT_TABLE
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| FaultError::UnknownKind(name.to_owned()))?;
        Ok(Fault { kind: entry.make(argument)?, when })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::Fault;

    #[test]
    fn every_kind_can_be_typed() {
        for entry in FAULT_TABLE {
            let argument = match &entry.make {
                Make::Plain(_) => String::new(),
                Make::Status(_, (_, example), _) | Make::Count(_, (_, example), _) => {
                    format!("={example}")
                }
            };
            let typed = format!("{}{argument}:1", entry.name);
            assert!(typed.parse::<Fault>().is_ok(), "{typed} was refused");
        }
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let names: BTreeSet<_> = FAULT_TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), FAULT_TABLE.len());
    }

    #[test]
    fn help_shows_an_argument_exactly_where_one_is_needed() {
        for entry in FAULT_TABLE {
            let plain = matches!(entry.make, Make::Plain(_));
            assert_eq!(entry.argument.is_empty(), plain, "{}", entry.name);
        }
    }
}
