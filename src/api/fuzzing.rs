//! What the fuzz targets call: the parsers of answers. Only built for fuzzing.

use std::sync::LazyLock;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::cards::{Catalog, ServiceCard};

use super::answer::Answer;
use super::partial_json::parse_start;
use super::queue::{Ticket, queue_id};
use super::result_item::ResultItem;
use super::{BaseUrl, RawAnswer, Refusal, RetryAfter, expiry};

/// Statuses that are read in different ways.
const STATUSES: [u16; 8] = [400, 401, 407, 408, 413, 422, 429, 503];

/// Reads an answer in every way in which one is read.
pub fn answer(body: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        assert_eq!(parse_start(body), value, "the start of complete JSON is all of it");
    }
    let has_result = Answer::has_result(body);
    if let Ok(mut answer) = Answer::read(body) {
        assert_eq!(
            answer.items.iter().any(ResultItem::is_readable),
            has_result,
            "both look in the same places"
        );
        answer.why_nothing();
        if let Ok(base) = "https://h.example/v1".parse() {
            answer.resolve(&base);
        }
        for item in &answer.items {
            if let ResultItem::Link(link) = item {
                expiry(link);
            }
        }
    }
    if let Some(answer) = Answer::salvage(body) {
        assert!(answer.items.iter().all(ResultItem::is_readable), "only usable results are salvaged");
    }
    Answer::may_be_charged(body);
    if let Ok(text) = std::str::from_utf8(body) {
        RetryAfter::parse(text, Timestamp::UNIX_EPOCH);
    }
    refusals_and_tickets(body);
}

fn refusals_and_tickets(body: &[u8]) {
    static SERVICES: LazyLock<Vec<ServiceCard>> = LazyLock::new(|| {
        let catalog = Catalog::built_in();
        catalog.service_names().iter().filter_map(|name| catalog.service(name).ok()).collect()
    });

    let raw = RawAnswer {
        status: 200,
        headers: HeaderMap::new(),
        body: body.to_vec(),
        incomplete: None,
        is_request_complete: true,
        received: Timestamp::UNIX_EPOCH,
    };
    for service in &*SERVICES {
        for status in STATUSES {
            let _ = Refusal::read(status, body, service);
            let _ = Refusal::read_failed_run(status, body, service);
        }
        queue_id(&raw, service);
        let Ok(base) = service.base_url.parse::<BaseUrl>() else { continue };
        if let Ok(ticket) = Ticket::of_answer(&raw, &base, "a/b/c", service) {
            assert_eq!(Ticket::restore(&ticket.stored_text(), &base), Ok(ticket));
        }
    }
}
