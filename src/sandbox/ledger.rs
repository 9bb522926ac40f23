//! What happened, and what was charged for it.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::credits::Credits;

/// How many charges, log rows and client ids are remembered; older ones are forgotten, and the
/// counts and sums go on. A soak of any length stays within a few megabytes.
const REMEMBERED: usize = 10_000;

/// Everything that the sandbox counts. `GET /ledger` shows it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) connections: u64,
    pub(super) downloads: u64,
    posts: u64,
    client_request_ids: VecDeque<Option<String>>,
    charges: VecDeque<Charge>,
    charged: u64,
    spent: Credits,
    rows: VecDeque<Row>,
}

/// One generation that was paid for.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub(super) created: Timestamp,
    pub(super) client_request_id: Option<String>,
    pub(super) inference_id: String,
    pub(super) price: Credits,
    pub(super) prompt: String,
    pub(super) seed: i64,
    /// SHA-256 of the picture's bytes as they arrived, or of the URL that named it.
    pub(super) image_sha256: String,
    pub(super) result_sha256: String,
}

/// One line of the usage log, failures included.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) created: Timestamp,
    pub(super) succeeded: bool,
    pub(super) cost: Credits,
    pub(super) inference_id: String,
    pub(super) client_request_id: Option<String>,
}

impl Ledger {
    /// A generation request arrived, whatever becomes of it.
    pub(super) fn post(&mut self, client_request_id: Option<String>) {
        self.posts += 1;
        remember(&mut self.client_request_ids, client_request_id);
    }

    /// A generation request failed and costs nothing.
    pub(super) fn failure(&mut self, inference_id: String, client_request_id: Option<String>) {
        let row = Row {
            created: Timestamp::now(),
            succeeded: false,
            cost: Credits::default(),
            inference_id,
            client_request_id,
        };
        remember(&mut self.rows, row);
    }

    /// A generation was carried out and is charged.
    pub(super) fn charge(&mut self, charge: Charge) {
        self.charged += 1;
        self.spent = self.spent + charge.price;
        let row = Row {
            created: charge.created,
            succeeded: true,
            cost: charge.price,
            inference_id: charge.inference_id.clone(),
            client_request_id: charge.client_request_id.clone(),
        };
        remember(&mut self.rows, row);
        remember(&mut self.charges, charge);
    }

    /// The sum of all charges.
    pub(super) fn spent(&self) -> Credits {
        self.spent
    }

    /// The usage log, newest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().rev()
    }

    /// What `GET /ledger` answers; lists are oldest first.
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

fn remember<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() == REMEMBERED {
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
    fn a_charge_is_an_entry_a_log_row_and_a_sum() {
        let mut ledger = Ledger::default();
        ledger.charge(charge("a"));
        ledger.charge(charge("b"));
        let json = ledger.to_json();
        assert_eq!(json["charged"], 2);
        assert_eq!(json["credits"], 126_000);
        assert_eq!(json["usd"], 0.063);
        assert_eq!(json["charges"][1]["client_request_id"], "b");
        assert_eq!(ledger.rows().count(), 2);
    }

    #[test]
    fn a_failure_is_a_row_that_costs_nothing() {
        let mut ledger = Ledger::default();
        ledger.failure("i".into(), None);
        let row = ledger.rows().next().unwrap();
        assert!(!row.succeeded);
        assert_eq!(row.cost, Credits(0));
        assert_eq!(ledger.spent(), Credits(0));
    }

    #[test]
    fn lists_forget_and_counts_do_not() {
        let mut ledger = Ledger::default();
        for _ in 0..REMEMBERED + 5 {
            ledger.charge(charge("a"));
        }
        let json = ledger.to_json();
        assert_eq!(json["charged"], REMEMBERED + 5);
        assert_eq!(json["charges"].as_array().map(Vec::len), Some(REMEMBERED));
    }
}
