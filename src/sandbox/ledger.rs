//! The ledger: requests, downloads and charges.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::credits::Credits;
use super::host::Host;

/// The maximum number of charges, log rows and client ids. Older ones are dropped; counts and sums include
/// them. This keeps a soak test of any length within a few megabytes.
const MAX_ENTRIES: usize = 10_000;

/// Everything that the sandbox counts. `GET /ledger` returns it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) connections: u64,
    pub(super) downloads: u64,
    posts: u64,
    client_request_ids: VecDeque<Option<String>>,
    charges: VecDeque<Charge>,
    charged: u64,
    spent: Credits,
    rows: VecDeque<LogRow>,
}

/// A charged generation.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub(super) created: Timestamp,
    pub(super) host: Host,
    pub(super) model: String,
    pub(super) client_request_id: Option<String>,
    pub(super) inference_id: String,
    pub(super) price: Credits,
    pub(super) prompt: String,
    pub(super) seed: i64,
    /// The SHA-256 of the uploaded bytes, or of the URL.
    pub(super) image_sha256: String,
    pub(super) result_sha256: String,
}

/// A row of the usage log, for a success or a failure.
#[derive(Debug, Clone)]
pub(super) struct LogRow {
    pub(super) created: Timestamp,
    pub(super) model: String,
    pub(super) succeeded: bool,
    pub(super) cost: Credits,
    pub(super) inference_id: String,
    pub(super) client_request_id: Option<String>,
}

impl Ledger {
    /// Counts a generation request, whatever its outcome.
    pub(super) fn record_request(&mut self, client_request_id: Option<String>) {
        self.posts += 1;
        push_bounded(&mut self.client_request_ids, client_request_id);
    }

    /// Logs a generation request that failed and costs nothing.
    pub(super) fn record_failure(
        &mut self,
        model: String,
        inference_id: String,
        client_request_id: Option<String>,
    ) {
        let row = LogRow {
            created: Timestamp::now(),
            model,
            succeeded: false,
            cost: Credits::default(),
            inference_id,
            client_request_id,
        };
        push_bounded(&mut self.rows, row);
    }

    /// Charges a generation. The log of the default host lists it if it is its own.
    pub(super) fn record_charge(&mut self, charge: Charge) {
        self.charged += 1;
        self.spent = self.spent + charge.price;
        let row = LogRow {
            created: charge.created,
            model: charge.model.clone(),
            succeeded: true,
            cost: charge.price,
            inference_id: charge.inference_id.clone(),
            client_request_id: charge.client_request_id.clone(),
        };
        if charge.host.has_log() {
            push_bounded(&mut self.rows, row);
        }
        push_bounded(&mut self.charges, charge);
    }

    /// The sum of all charges.
    pub(super) fn spent(&self) -> Credits {
        self.spent
    }

    /// The usage log, newest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &LogRow> {
        self.rows.iter().rev()
    }

    /// The answer to `GET /ledger`. Lists are oldest first.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "connections": self.connections,
            "posts": self.posts,
            "downloads": self.downloads,
            "charged": self.charged,
            "usd": self.spent.usd(),
            "credits": self.spent.0,
            "client_request_ids": self.client_request_ids,
            "charges": self.charges.iter().map(Charge::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Charge {
    fn to_json(&self) -> Value {
        json!({
            "created": self.created.to_string(),
            "model": self.model,
            "client_request_id": self.client_request_id,
            "inference_id": self.inference_id,
            "usd": self.price.usd(),
            "credits": self.price.0,
            "prompt": self.prompt,
            "seed": self.seed,
            "image_sha256": self.image_sha256,
            "result_sha256": self.result_sha256,
        })
    }
}

fn push_bounded<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() == MAX_ENTRIES {
        list.pop_front();
    }
    list.push_back(entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(client_request_id: &str) -> Charge {
        Charge {
            created: Timestamp::now(),
            host: Host::Default,
            model: "m".into(),
            client_request_id: Some(client_request_id.into()),
            inference_id: "i".into(),
            price: Credits(63_000),
            prompt: "p".into(),
            seed: 1,
            image_sha256: String::new(),
            result_sha256: String::new(),
        }
    }

    #[test]
    fn a_charge_adds_an_entry_a_log_row_and_to_the_sum() {
        let mut ledger = Ledger::default();
        ledger.record_charge(charge("a"));
        ledger.record_charge(charge("b"));
        let json = ledger.to_json();
        assert_eq!(json["charged"], 2);
        assert_eq!(json["credits"], 126_000);
        assert_eq!(json["usd"], 0.063);
        assert_eq!(json["charges"][1]["client_request_id"], "b");
        assert_eq!(ledger.rows().count(), 2);
    }

    #[test]
    fn a_failure_adds_a_row_without_cost() {
        let mut ledger = Ledger::default();
        ledger.record_failure("m".into(), "i".into(), None);
        let row = ledger.rows().next().unwrap();
        assert!(!row.succeeded);
        assert_eq!(row.cost, Credits(0));
        assert_eq!(ledger.spent(), Credits(0));
    }

    #[test]
    fn lists_are_bounded_and_counts_are_not() {
        let mut ledger = Ledger::default();
        for _ in 0..MAX_ENTRIES + 5 {
            ledger.record_charge(charge("a"));
        }
        let json = ledger.to_json();
        assert_eq!(json["charged"], MAX_ENTRIES + 5);
        assert_eq!(json["charges"].as_array().map(Vec::len), Some(MAX_ENTRIES));
    }
}
