//! `seededit sandbox`: what may be typed.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use crate::duration::parse_duration;
use crate::sandbox::{Credits, FAULT_TABLE, Fault, FaultError, Options, RetryAfter};
use crate::suggest::did_you_mean;

/// Run a local simulated service
///
/// It speaks the service's protocol on loopback, accepts any key, draws pictures that are labeled as
/// simulated, and keeps a ledger of what it would have charged (GET /ledger). It never uses the
/// network: a picture given by URL is replaced by a generated one.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = fault_table())]
pub struct SandboxArgs {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// The faults to inject, in order of precedence.
    #[arg(
        long = "fault",
        value_name = "FAULT",
        help = "Inject a fault: KIND[=ARG][:WHEN] (repeatable; --help lists the kinds at its end)",
        value_parser = parse_fault
    )]
    pub faults: Vec<Fault>,

    /// The seed that picks the requests hit by a percentage
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub fault_seed: u64,

    /// The least time that a generation takes
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, default_value = "0s", value_parser = parse_duration)]
    pub latency: Duration,

    /// How long a link to a result works
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, default_value = "24h", value_parser = parse_duration)]
    pub link_ttl: Duration,

    /// How long a queue keeps a result
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, default_value = "1h", value_parser = parse_duration)]
    pub result_ttl: Duration,

    /// How long after a call the usage log lists it
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, default_value = "0s", value_parser = parse_duration)]
    pub log_lag: Duration,

    /// Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_retry_after)]
    pub retry_after: Option<RetryAfter>,

    /// The price of one edit with SeedEdit 3.0; other models have fixed prices
    #[arg(long, value_name = "USD", default_value = "0.0315")]
    pub price: Credits,

    /// The balance of the account
    #[arg(long, value_name = "USD", default_value = "1000")]
    pub balance: Credits,

    /// Accept only this made-up key; never use a real one, since other users can see it
    #[arg(long, value_name = "KEY")]
    pub key: Option<SecretString>,
}

impl SandboxArgs {
    /// What was typed, as the sandbox takes it.
    pub fn into_options(self) -> Options {
        Options {
            listen: self.listen,
            faults: self.faults,
            fault_seed: self.fault_seed,
            latency: self.latency,
            link_ttl: self.link_ttl,
            result_ttl: self.result_ttl,
            log_lag: self.log_lag,
            retry_after: self.retry_after,
            price: self.price,
            balance: self.balance,
            key: self.key,
            ..Options::default()
        }
    }
}

/// Reads `2`, `2s` or `date:2s`.
fn parse_retry_after(text: &str) -> Result<RetryAfter, String> {
    match text.strip_prefix("date:") {
        Some(wait) => parse_duration(wait).map(RetryAfter::Date),
        None => parse_duration(text).map(RetryAfter::Seconds),
    }
}

/// When a fault is injected.
pub const FAULT_SYNTAX: &str = "\
WHEN is a number (the first N requests that the fault applies to) or a percentage (that share of them); without it \
every request is hit. Of several faults the first that applies is injected.";

/// Flags for two faults.
pub const FAULT_EXAMPLE: &str = "--fault rate-limit:2 --fault cut-download=20000:50%";

fn parse_fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|error: FaultError| {
        let kind = text.split(['=', ':']).next().unwrap_or_default();
        let names = || FAULT_TABLE.iter().map(|entry| entry.name);
        if names().any(|name| name == kind) {
            return format!("{error}");
        }
        format!("{error}{}", did_you_mean(kind, names()))
    })
}

/// The kinds of faults, one a line, with the arguments aligned.
fn fault_table() -> String {
    let mut table = format!("Faults, as KIND[=ARG][:WHEN]:\n{FAULT_SYNTAX}\n");
    for kind in FAULT_TABLE {
        let typed = match kind.argument {
            "" => kind.name.to_owned(),
            argument => format!("{}={argument}", kind.name),
        };
        // Writing to a string cannot fail.
        write!(table, "\n  {typed:<27}  {}", kind.description).ok();
    }
    write!(table, "\n\nExample: {FAULT_EXAMPLE}").ok();
    table
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;
    use crate::sandbox::When;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        sandbox: SandboxArgs,
    }

    fn options(typed: &[&str]) -> Result<Options, clap::Error> {
        let program = Program::try_parse_from(std::iter::once(&"sandbox").chain(typed))?;
        Ok(program.sandbox.into_options())
    }

    #[test]
    fn without_arguments_all_options_have_their_defaults() {
        let (typed, default) = (options(&[]).unwrap(), Options::default());
        assert_eq!(format!("{typed:?}"), format!("{default:?}"));
    }

    #[test]
    fn every_option_is_parsed() {
        let typed = "--listen 127.0.0.1:8700 --fault rate-limit:2 --fault inline:50% --latency 20ms \
                     --price 0.5 --balance 1 --retry-after date:90 --link-ttl 2s --log-lag 1m --result-ttl 3m";
        let options = options(&typed.split_whitespace().collect::<Vec<_>>()).unwrap();
        assert_eq!(options.listen.port(), 8700);
        assert_eq!(options.faults.len(), 2);
        assert_eq!(options.faults[1].when, When::Share(0.5));
        assert_eq!(options.latency, Duration::from_millis(20));
        assert_eq!(options.price, Credits(1_000_000));
        assert_eq!(options.balance, Credits(2_000_000));
        assert_eq!(options.retry_after, Some(RetryAfter::Date(Duration::from_secs(90))));
        assert_eq!(options.link_ttl, Duration::from_secs(2));
        assert_eq!(options.log_lag, Duration::from_secs(60));
        assert_eq!(options.result_ttl, Duration::from_secs(180));
    }

    #[test]
    fn a_misspelled_fault_is_named() {
        let error = options(&["--fault", "rate-limt"]).unwrap_err().to_string();
        assert!(
            error.contains("there is no fault called `rate-limt`; did you mean `rate-limit`?"),
            "{error}"
        );
    }

    #[test]
    fn the_help_lists_every_fault_on_a_line_that_fits() {
        let help = Program::command().render_long_help().to_string();
        for kind in FAULT_TABLE {
            assert!(help.contains(&format!("\n  {}", kind.name)), "{}", kind.name);
        }
        for line in fault_table().lines().filter(|line| line.starts_with(' ')) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn debug_output_does_not_show_the_key() {
        let options = options(&["--key", "abcdef"]).unwrap();
        assert!(!format!("{options:?}").contains("abcdef"));
    }
}
