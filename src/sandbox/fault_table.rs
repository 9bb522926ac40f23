//! The table of all faults with their names, arguments and descriptions, and the parser that uses it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use hyper::StatusCode;

use super::faults::{
    AfterCharge, BeforeCharge, Fault, FaultError, FaultKind, OnDownload, OnPoll, OnResult, When,
};

/// A fault as the help lists it.
#[derive(Debug, Clone)]
pub struct FaultEntry {
    pub name: &'static str,
    /// The argument as the help shows it: `STATUS`, `BYTES` or `N`; empty if there is none.
    pub argument: &'static str,
    /// One line of help.
    pub description: &'static str,
    value: Argument,
}

/// The argument of a fault, and how the fault is built from it.
#[derive(Debug, Clone)]
enum Argument {
    None(FaultKind),
    Status(fn(u16) -> bool, Expected, fn(StatusCode) -> FaultKind),
    Count(RangeInclusive<usize>, Expected, fn(usize) -> FaultKind),
}

/// The allowed values of an argument, and an example.
type Expected = (&'static str, &'static str);

impl FaultEntry {
    const fn before(name: &'static str, description: &'static str, kind: BeforeCharge) -> Self {
        let value = Argument::None(FaultKind::BeforeCharge(kind));
        FaultEntry { name, argument: "", description, value }
    }

    const fn after(name: &'static str, description: &'static str, kind: AfterCharge) -> Self {
        let value = Argument::None(FaultKind::AfterCharge(kind));
        FaultEntry { name, argument: "", description, value }
    }

    const fn download(name: &'static str, description: &'static str, kind: OnDownload) -> Self {
        let value = Argument::None(FaultKind::OnDownload(kind));
        FaultEntry { name, argument: "", description, value }
    }

    /// Builds the fault with this argument.
    pub(super) fn build(&self, argument: Option<&str>) -> Result<FaultKind, FaultError> {
        let invalid =
            |(expected, example): Expected| FaultError::Argument { kind: self.name, expected, example };
        match (&self.value, argument) {
            (Argument::None(kind), None) => Ok(*kind),
            (Argument::None(_), Some(_)) => Err(FaultError::NoArgument(self.name)),
            (Argument::Status(suits, expected, make), argument) => argument
                .and_then(|text| text.parse().ok())
                .filter(|status| suits(*status))
                .and_then(|status| StatusCode::from_u16(status).ok())
                .map(make)
                .ok_or_else(|| invalid(*expected)),
            (Argument::Count(range, expected, make), argument) => argument
                .and_then(|text| text.parse().ok())
                .filter(|count| range.contains(count))
                .map(make)
                .ok_or_else(|| invalid(*expected)),
        }
    }
}

/// All faults, in the order in which the help lists them.
pub const FAULT_TABLE: &[FaultEntry] = &[
    FaultEntry::before(
        "rate-limit",
        "429, with Retry-After if --retry-after is given",
        BeforeCharge::RateLimit,
    ),
    FaultEntry {
        name: "server-error",
        argument: "STATUS",
        description: "500, 502, 503 or 504 from the service itself",
        value: Argument::Status(
            |status| matches!(status, 500 | 502 | 503 | 504),
            ("one of 500, 502, 503 and 504", "503"),
            |status| FaultKind::BeforeCharge(BeforeCharge::ServerError(status)),
        ),
    },
    FaultEntry::before("no-credits", "403, out of credit", BeforeCharge::NoCredits),
    FaultEntry::before("forbidden", "403, the key lacks the permission", BeforeCharge::Forbidden),
    FaultEntry::before("unauthorized", "401, the key is invalid", BeforeCharge::Unauthorized),
    FaultEntry::before("retired", "404, the model is no longer served", BeforeCharge::Retired),
    FaultEntry {
        name: "ark-error",
        argument: "STATUS",
        description: "{\"error\": {…}}, the form of other hosts",
        value: Argument::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::BeforeCharge(BeforeCharge::ArkError(status))
        }),
    },
    FaultEntry::before("reset-early", "TCP reset before the request body is read", BeforeCharge::ResetEarly),
    FaultEntry::before(
        "reset-before-charge",
        "TCP reset after the request was read; not charged",
        BeforeCharge::Reset,
    ),
    FaultEntry {
        name: "gateway",
        argument: "STATUS",
        description: "an HTML error page of a gateway; not charged",
        value: Argument::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::BeforeCharge(BeforeCharge::Gateway(status))
        }),
    },
    FaultEntry {
        name: "empty",
        argument: "STATUS",
        description: "this status with an empty body; not charged",
        value: Argument::Status(
            |status| (200..=599).contains(&status),
            ("a status from 200 to 599", "502"),
            |status| FaultKind::BeforeCharge(BeforeCharge::Empty(status)),
        ),
    },
    FaultEntry {
        name: "redirect",
        argument: "STATUS",
        description: "a redirect to the same URL; not charged",
        value: Argument::Status(
            |status| matches!(status, 301 | 302 | 303 | 307 | 308),
            ("one of 301, 302, 303, 307 and 308", "307"),
            |status| FaultKind::BeforeCharge(BeforeCharge::Redirect(status)),
        ),
    },
    FaultEntry::after("reset-after-charge", "TCP reset instead of the answer; charged", AfterCharge::Reset),
    FaultEntry::after(
        "stall-after-charge",
        "no answer, the connection stays open; charged",
        AfterCharge::Stall,
    ),
    FaultEntry {
        name: "cut-answer",
        argument: "BYTES",
        description: "connection cut after BYTES bytes of the answer",
        value: Argument::Count(0..=usize::MAX, ("a number of bytes", "100"), |bytes| {
            FaultKind::AfterCharge(AfterCharge::Cut(bytes))
        }),
    },
    FaultEntry {
        name: "gateway-after-charge",
        argument: "STATUS",
        description: "an HTML error page of a gateway; charged",
        value: Argument::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::AfterCharge(AfterCharge::Gateway(status))
        }),
    },
    FaultEntry::after("html-200", "an HTML page with status 200; charged", AfterCharge::Html),
    FaultEntry::after("endless-answer", "an answer that never ends; charged", AfterCharge::Endless),
    FaultEntry::after("gzip-answer", "a gzip body that was not requested", AfterCharge::Gzip),
    FaultEntry::after("no-meta", "no `meta` in the answer", AfterCharge::NoMeta),
    FaultEntry::after("null-meta", "\"meta\": null", AfterCharge::NullMeta),
    FaultEntry::after("tokens-used", "usage as tokens_used, without price headers", AfterCharge::TokensUsed),
    FaultEntry::after("no-price", "no price in the body or the headers", AfterCharge::NoPrice),
    FaultEntry {
        name: "several",
        argument: "N",
        description: "N results in `data` for the price of one",
        value: Argument::Count(1..=100, ("a number from 1 to 100", "2"), |count| {
            FaultKind::AfterCharge(AfterCharge::Several(count))
        }),
    },
    FaultEntry::after("empty-data", "\"data\": []", AfterCharge::EmptyData),
    FaultEntry::after("null-data", "\"data\": null", AfterCharge::NullData),
    FaultEntry::after("inline", "b64_json, whatever was requested", AfterCharge::Inline),
    FaultEntry::after("status-201", "201 instead of 200", AfterCharge::Status201),
    FaultEntry {
        name: "cut-download",
        argument: "BYTES",
        description: "connection cut after BYTES bytes of the picture",
        value: Argument::Count(0..=usize::MAX, ("a number of bytes", "10000"), |bytes| {
            FaultKind::OnDownload(OnDownload::Cut(bytes))
        }),
    },
    FaultEntry::download("corrupt-download", "right length, wrong bytes in the middle", OnDownload::Corrupt),
    FaultEntry::download(
        "truncated-download",
        "half of the picture, as if it were complete",
        OnDownload::Truncated,
    ),
    FaultEntry::download("html-download", "an HTML page with the type image/jpeg", OnDownload::Html),
    FaultEntry {
        name: "download-error",
        argument: "STATUS",
        description: "an error of the object store with this status",
        value: Argument::Status(is_error, AN_ERROR_STATUS, |status| {
            FaultKind::OnDownload(OnDownload::Error(status))
        }),
    },
    FaultEntry::download("endless-download", "a picture that never ends", OnDownload::Endless),
    FaultEntry {
        name: "redirect-download",
        argument: "N",
        description: "N redirects, then the picture",
        value: Argument::Count(1..=100, ("a number from 1 to 100", "2"), |hops| {
            FaultKind::OnDownload(OnDownload::Redirect(hops))
        }),
    },
    FaultEntry::download("slow-download", "about 160 kB per second", OnDownload::Slow),
    FaultEntry::download("no-range", "ignores Range and sends the whole picture", OnDownload::NoRange),
    FaultEntry::download("expired-link", "403, the link has expired", OnDownload::ExpiredLink),
    FaultEntry {
        name: "poll-error",
        argument: "STATUS",
        description: "a poll of a queue fails with this status",
        value: Argument::Status(is_error, AN_ERROR_STATUS, |status| FaultKind::OnPoll(OnPoll::Error(status))),
    },
    FaultEntry {
        name: "expired-result",
        argument: "",
        description: "404, a queue no longer has the result",
        value: Argument::None(FaultKind::OnResult(OnResult::Expired)),
    },
];

const AN_ERROR_STATUS: Expected = ("a status from 400 to 599", "502");

fn is_error(status: u16) -> bool {
    (400..=599).contains(&status)
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let (fault, when) = match text.split_once(':') {
            Some((fault, when)) => (fault, when.parse()?),
            None => (text, When::Always),
        };
        let (name, argument) = match fault.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (fault, None),
        };
        let entry = FAULT_TABLE
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| FaultError::UnknownKind(name.to_owned()))?;
        Ok(Fault { kind: entry.build(argument)?, when })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Fault;

    #[test]
    fn every_fault_can_be_parsed() {
        for entry in FAULT_TABLE {
            let argument = match &entry.value {
                Argument::None(_) => String::new(),
                Argument::Status(_, (_, example), _) | Argument::Count(_, (_, example), _) => {
                    format!("={example}")
                }
            };
            let typed = format!("{}{argument}:1", entry.name);
            assert!(typed.parse::<Fault>().is_ok(), "{typed} was refused");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = FAULT_TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), FAULT_TABLE.len());
    }

    #[test]
    fn the_help_shows_an_argument_exactly_where_one_is_needed() {
        for entry in FAULT_TABLE {
            let plain = matches!(entry.value, Argument::None(_));
            assert_eq!(entry.argument.is_empty(), plain, "{}", entry.name);
        }
    }
}
