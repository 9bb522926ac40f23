//! The service's answer to a successful generation.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::secret::SignedUrl;

use super::endpoint::BaseUrl;
use super::inline_picture;
use super::partial_json::parse_start;
use super::price::Price;
use super::result_item::{ResultItem, reason};

/// What is said about an answer that is JSON, but not that of a service.
const OTHER_STRUCTURE: &str = "it has another structure";

/// The results of a successful generation, and its price.
#[derive(Debug)]
pub struct Answer {
    /// The results; may be empty.
    pub items: Vec<ResultItem>,
    /// The price of the whole call, if the answer states it.
    pub price: Option<Price>,
}

/// An answer, as far as it has results. The fields are those that services use, in the order in which they are read.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    images: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    image: Option<Value>,
    /// Why there are no results.
    #[serde(default)]
    error: Value,
}

/// Distinguishes a field that is null from one that is missing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Envelope {
    /// Returns the results: the items of the first field that has any with content, else blank ones. `None` if the answer
    /// has none of the fields, or one holds something else.
    fn into_items(self) -> Option<Vec<Value>> {
        let mut blank = None;
        for field in [self.data, self.images].into_iter().flatten() {
            let items = match field {
                Value::Null => Vec::new(),
                Value::Array(items) => items,
                _ => return None,
            };
            if !items.iter().all(is_blank) {
                return Some(items);
            }
            // An answer with blank items announced results, so it says more than one without items.
            blank = blank.filter(|earlier: &Vec<Value>| !earlier.is_empty()).or(Some(items));
        }
        match self.image {
            Some(item @ (Value::Object(_) | Value::String(_))) => Some(vec![item]),
            Some(Value::Null) => Some(blank.unwrap_or_default()),
            None => blank,
            Some(_) => None,
        }
    }
}

/// Whether an item is null, or an object whose fields are all null.
fn is_blank(item: &Value) -> bool {
    match item {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(Value::is_null),
        _ => false,
    }
}

impl Answer {
    /// Parses the body of a 2xx answer, which must be an object with `data`, `images` or `image` (null or empty is fine).
    ///
    /// A malformed result does not invalidate the others, and a malformed price invalidates none.
    ///
    /// # Errors
    /// Returns what is wrong with the body.
    pub(super) fn read(body: &[u8]) -> Result<Answer, String> {
        // The JSON library's own message may quote a signed link.
        let unreadable = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Data => OTHER_STRUCTURE.to_owned(),
            _ => format!("syntax error at line {}, column {}", error.line(), error.column()),
        };
        let wire: Envelope = serde_json::from_slice(body).map_err(unreadable)?;
        let failure = reason(&wire.error);
        let mut items: Vec<ResultItem> =
            wire.into_items().ok_or(OTHER_STRUCTURE)?.iter().map(ResultItem::read).collect();
        if items.is_empty() {
            items.extend(failure.map(ResultItem::Failed));
        }
        Ok(Answer { items, price: price(body) })
    }

    /// Whether a body, which may be cut off, has a result where [`Answer::read`] looks for it.
    pub(super) fn has_result(body: &[u8]) -> bool {
        let start = serde_json::from_value::<Envelope>(parse_start(body)).ok();
        let items = start.and_then(Envelope::into_items).unwrap_or_default();
        items.iter().any(|item| ResultItem::read(item).is_readable())
    }

    /// Resolves links that are relative to the service.
    pub fn resolve(&mut self, base: &BaseUrl) {
        for item in &mut self.items {
            if let ResultItem::Relative(path) = item {
                *item = match base.join_relative(path) {
                    Some(url) => ResultItem::Link(SignedUrl::new(url)),
                    None => ResultItem::Unreadable("the link in the answer is not a valid URL".into()),
                };
            }
        }
    }

    /// Returns why there is no picture, in the service's words, if it says so of every result.
    pub fn why_nothing(&self) -> Option<&str> {
        let mut reasons = self.items.iter().map(|item| match item {
            ResultItem::Failed(why) => Some(why.as_str()),
            _ => None,
        });
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    /// Extracts the complete links and pictures of a body that cannot be parsed, from where [`Answer::read`] looks for
    /// them, or else from anywhere. Returns `None` if there are none.
    pub(super) fn salvage(body: &[u8]) -> Option<Answer> {
        let start = serde_json::from_value::<Envelope>(parse_start(body)).ok();
        let values = start.and_then(Envelope::into_items).unwrap_or_default();
        let mut items: Vec<ResultItem> =
            values.iter().map(ResultItem::read).filter(ResultItem::is_readable).collect();
        if items.is_empty() {
            let links = strings_after(body, b"\"url\"").into_iter().map(|url| ResultItem::link(&url));
            let inline =
                strings_after(body, b"\"b64_json\"").into_iter().map(|data| ResultItem::inline(&data));
            items = links.chain(inline).filter(ResultItem::is_readable).collect();
        }
        (!items.is_empty()).then_some(Answer { items, price: None })
    }

    /// Returns the start of the picture in a body that was cut off within it. `None` if it was not cut off there.
    pub(super) fn started_picture(body: &[u8]) -> Option<Vec<u8>> {
        let name = b"\"b64_json\"";
        let at = body.windows(name.len()).rposition(|window| window == name)?;
        let value = body.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?;
        let text = value.trim_ascii_start().strip_prefix(b"\"")?;
        let bytes = inline_picture::decode_start(&String::from_utf8_lossy(text));
        (!text.contains(&b'"') && !bytes.is_empty()).then_some(bytes)
    }

    /// Returns whether the body of an error looks like that of a call that was charged: it has something in a place
    /// for results, or a price that is not zero or cannot be read.
    pub(super) fn may_be_charged(body: &[u8]) -> bool {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return false };
        let has_result = |name: &&str| match &body[name] {
            Value::Array(items) => !items.is_empty(),
            Value::Object(item) => !item.is_empty(),
            Value::String(item) => !item.is_empty(),
            _ => false,
        };
        let usage = &body["meta"]["usage"];
        let has_price = |name: &&str| !usage[name].is_null() && number(&usage[name]) != Some(0.0);
        ["data", "images", "image", "result", "results", "output"].iter().any(has_result)
            || ["usd_spent", "credits_used", "tokens_used"].iter().any(has_price)
    }
}

/// Reads the price of the call from the body.
fn price(body: &[u8]) -> Option<Price> {
    #[derive(Deserialize)]
    struct Priced {
        meta: Value,
    }
    let priced: Priced = serde_json::from_slice(body).ok()?;
    let usage = &priced.meta["usage"];
    let credits = number(&usage["credits_used"]).or_else(|| number(&usage["tokens_used"]));
    Price::new(number(&usage["usd_spent"]), credits)
}

/// Returns all complete JSON strings that follow `name` and a colon.
fn strings_after(body: &[u8], name: &[u8]) -> Vec<String> {
    let starts = body.windows(name.len()).enumerate().filter(|(_, window)| *window == name);
    starts
        .filter_map(|(at, _)| {
            let value = body.get(at + name.len()..)?.trim_ascii_start().strip_prefix(b":")?;
            serde_json::Deserializer::from_slice(value).into_iter::<String>().next()?.ok()
        })
        .collect()
}

/// Reads a number, or a string that holds one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Answer {
        Answer::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_documented_answer_is_read() {
        let answer = read(
            r#"{"created":1754408583,"data":[{"url":"https://h.example/a.jpeg?X-Tos-Signature=x","b64_json":null}],"meta":{"usage":{"tokens_used":63000}}}"#,
        );
        assert!(matches!(answer.items[..], [ResultItem::Link(_)]));
        assert_eq!(answer.price, Some(Price { usd: 0.0315, credits: 63000.0 }));
    }

    #[test]
    fn optional_fields_may_be_missing_or_null() {
        for body in [
            r#"{"data":null}"#,
            r#"{"data":[],"meta":null}"#,
            r#"{"data":[],"meta":{"usage":null},"created":null}"#,
        ] {
            let answer = read(body);
            assert!(answer.items.is_empty() && answer.price.is_none(), "{body}");
        }
    }

    #[test]
    fn the_results_of_every_family_are_read() {
        for (family, body) in [
            (
                "seedream-v4-edit, srpo, uso",
                r#"{"data":[{"url":"https://h.example/a.png"}],"images":[{"url":"https://h.example/b.png"}],"seed":7}"#,
            ),
            (
                "flux/dev, kontext",
                r#"{"images":[{"url":"https://h.example/a.png","content_type":"image/png","width":8,"height":8,"file_name":null}],"seed":7,"has_nsfw_concepts":[false],"prompt":"x","timings":{"inference":1.5}}"#,
            ),
            (
                "seedream-4-5, seedream-5-0-lite",
                r#"{"data":[{"url":"https://h.example/a.png","b64_json":null,"size":"2048x2048"}],"meta":{"usage":{"credits_used":1}}}"#,
            ),
            ("qwen-image-edit", r#"{"created":1,"data":[{"url":"https://h.example/a.png"}]}"#),
            (
                "qwen-image-2-0, wan, flux-2, kling",
                r#"{"model":"m","data":[{"url":"https://h.example/a.png"}]}"#,
            ),
            ("google", r#"{"data":[{"url":"https://h.example/a.png","mime_type":"image/png"}]}"#),
            (
                "reve",
                r#"{"data":[{"url":"https://h.example/a.png","request_id":"rsid-1","content_violation":false}]}"#,
            ),
            (
                "gpt-image",
                r#"{"created":1,"data":[{"url":"https://h.example/a.png"}],"usage":{"total_tokens":1}}"#,
            ),
            (
                "ark",
                r#"{"model":"m","created":1,"data":[{"url":"https://h.example/a.png","size":"8x8","error":null}],"usage":{"generated_images":1},"error":null}"#,
            ),
            ("fal", r#"{"images":[{"url":"https://h.example/a.png","content_type":"image/png"}],"seed":7}"#),
            ("fal, one picture", r#"{"image":{"url":"https://h.example/a.png"},"seed":7}"#),
            (
                "null and empty fields",
                r#"{"data":null,"images":[],"image":{"url":"https://h.example/a.png"}}"#,
            ),
            ("a null item", r#"{"data":[null],"images":[{"url":"https://h.example/a.png"}]}"#),
            (
                "an item of null fields",
                r#"{"data":[{"url":null,"b64_json":null}],"images":[null],"image":"https://h.example/a.png"}"#,
            ),
            ("bare links", r#"{"data":[],"images":["https://h.example/a.png"]}"#),
            ("a bare link", r#"{"image":"https://h.example/a.png"}"#),
        ] {
            let [ResultItem::Link(link)] = &read(body).items[..] else { panic!("{family}") };
            assert_eq!(link.expose().as_str(), "https://h.example/a.png", "{family}");
        }
    }

    #[test]
    fn an_inline_picture_is_read_in_every_form() {
        for body in [
            r#"{"data":[{"b64_json":"YWJj"}]}"#,
            r#"{"data":[{"url":null,"b64_json":"YWJj","mime_type":"image/png"}]}"#,
            r#"{"data":[{"url":"","b64_json":"YWJj"}]}"#,
            r#"{"images":[{"url":"data:image/png;base64,YWJj","content_type":"image/png"}]}"#,
            r#"{"images":["data:image/png;base64,YWJj"]}"#,
            r#"{"image":{"url":"DATA:image/png;base64,YWJj"}}"#,
            r#"{"image":"data:image/png;base64,YWJj"}"#,
        ] {
            assert!(
                matches!(&read(body).items[..], [ResultItem::Inline(bytes)] if bytes == b"abc"),
                "{body}"
            );
        }
    }

    #[test]
    fn blank_items_without_another_field_are_results_that_cannot_be_read() {
        for body in [r#"{"data":[null]}"#, r#"{"data":[{"url":null}],"images":[],"image":null}"#] {
            assert!(matches!(read(body).items[..], [ResultItem::Unreadable(_)]), "{body}");
        }
    }

    #[test]
    fn a_relative_link_of_a_service_below_a_path_leads_below_that_path() {
        for (link, url) in [
            ("/v1/images/7/content?x=1", "https://h.example/editor/v1/images/7/content?x=1"),
            ("/editor/v1/images/7/content", "https://h.example/editor/v1/images/7/content"),
            ("/files/7.png", "https://h.example/editor/files/7.png"),
        ] {
            let mut answer = read(&format!(r#"{{"data":[{{"url":"{link}"}}]}}"#));
            answer.resolve(&"https://h.example/editor/v1".parse().unwrap());
            let [ResultItem::Link(found)] = &answer.items[..] else { panic!("{answer:?}") };
            assert_eq!(found.expose().as_str(), url);
        }
    }

    #[test]
    fn a_relative_link_leads_to_the_service() {
        let mut answer = read(r#"{"data":[{"url":"/v1/images/7/content?x=1"}]}"#);
        answer.resolve(&"http://127.0.0.1:8080/v1".parse().unwrap());
        let [ResultItem::Link(link)] = &answer.items[..] else { panic!("{answer:?}") };
        assert_eq!(link.expose().as_str(), "http://127.0.0.1:8080/v1/images/7/content?x=1");
        // These are other hosts, not paths.
        let mut elsewhere = read(r#"{"data":[{"url":"/\\h.example/x"}]}"#);
        elsewhere.resolve(&"http://127.0.0.1:8080".parse().unwrap());
        assert!(matches!(elsewhere.items[..], [ResultItem::Unreadable(_)]), "{elsewhere:?}");
        assert!(matches!(
            read(r#"{"data":[{"url":"//h.example/x"}]}"#).items[..],
            [ResultItem::Unreadable(_)]
        ));
    }

    #[test]
    fn an_item_s_own_error_is_reported_in_the_words_of_the_service() {
        let blocked = r#"{"error":{"code":"OutputImageSensitiveContentDetected","message":"not allowed"}}"#;
        let answer = read(&format!(r#"{{"data":[{blocked},{blocked}]}}"#));
        assert_eq!(answer.why_nothing(), Some("not allowed (OutputImageSensitiveContentDetected)"));
        let some = read(&format!(r#"{{"data":[{blocked},{{"b64_json":"YWJj"}}]}}"#));
        assert_eq!(some.why_nothing(), None);
        assert!(matches!(some.items[..], [ResultItem::Failed(_), ResultItem::Inline(_)]));
        assert_eq!(read(r#"{"data":[]}"#).why_nothing(), None);
        for (error, reason) in [
            (r#"{"message":"not allowed","code":17}"#, "not allowed (17)"),
            (r#"{"message":null,"code":"Blocked"}"#, "Blocked"),
            (r#"{"message":"see https://h.example/a?key=5ecret","code":null}"#, "see https://h.example/a?…"),
            (r#""not allowed""#, "not allowed"),
        ] {
            for body in [
                format!(r#"{{"data":[{{"error":{error}}}]}}"#),
                format!(r#"{{"data":null,"images":[{{"url":null,"error":{error}}}]}}"#),
                format!(r#"{{"image":{{"error":{error}}}}}"#),
                format!(r#"{{"data":[],"error":{error}}}"#),
            ] {
                assert_eq!(read(&body).why_nothing(), Some(reason), "{body}");
            }
        }
        for error in ["null", "{}", r#"{"message":""}"#, r#""""#, "[]"] {
            let answer = read(&format!(r#"{{"data":[{{"error":{error}}}]}}"#));
            assert!(matches!(answer.items[..], [ResultItem::Unreadable(_)]), "{error}");
        }
    }

    #[test]
    fn an_answer_without_a_place_for_results_is_not_from_the_service() {
        for body in ["{}", "null", "[]", "7", r#"{"message":"ok"}"#, r#"{"data":7}"#, r#"{"data":"x"}"#, ""] {
            assert!(Answer::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn every_published_form_of_the_price_is_read() {
        for usage in [
            r#"{"tokens_used":63000}"#,
            r#"{"credits_used":63000}"#,
            r#"{"credits_used":"63000","usd_spent":0.0315}"#,
        ] {
            let answer = read(&format!(r#"{{"data":[],"meta":{{"usage":{usage}}}}}"#));
            assert_eq!(answer.price.unwrap().usd, 0.0315, "{usage}");
        }
    }

    #[test]
    fn only_a_complete_link_is_salvaged_from_a_truncated_answer() {
        for body in [
            r#"{"created":1,"data":[{"b64_json":null,"url":"https://h.example/a.jpeg?X-Tos-Signature=x"}],"me"#,
            r#"{"images":[{"url":"https://h.example/a.jpeg?X-Tos-Signature=x","content_type":"image/jpeg"}],"#,
            r#"{"image":{"content_type":"image/jpeg","url":"https://h.example/a.jpeg?X-Tos-Signature=x"},"#,
            r#"{"images":["https://h.example/a.jpeg?X-Tos-Signature=x","https://h.ex"#,
            r#"{"image":"/v1/images/7/content?X-Tos-Signature=x","seed"#,
            r#"{"result":{"url":"https://h.example/a.jpeg?X-Tos-Signature=x"},"#,
        ] {
            let end = body.find("=x\"").unwrap() + 3;
            for cut in 0..body.len() {
                let salvaged = Answer::salvage(&body.as_bytes()[..cut]);
                assert_eq!(salvaged.is_some(), cut >= end, "{cut} of {body}");
            }
        }
    }

    #[test]
    fn a_result_that_is_named_twice_is_salvaged_once() {
        let body =
            r#"{"data":[{"url":"https://h.example/a.png"}],"images":[{"url":"https://h.example/b.png"}],"#;
        let salvaged = Answer::salvage(body.as_bytes()).unwrap();
        let [ResultItem::Link(link)] = &salvaged.items[..] else { panic!("{salvaged:?}") };
        assert_eq!(link.expose().as_str(), "https://h.example/a.png");
    }

    #[test]
    fn inline_pictures_are_decoded_and_a_bad_item_does_not_affect_the_others() {
        let answer = read(
            r#"{"data":[{"b64_json":"YWJj"},{"url":"data:image/jpeg;base64,YWJj","b64_json":false},
                        {"b64_json":"%%"},{"url":"nowhere"},{"url":5},{},7],"meta":{"usage":[1e999]}}"#,
        );
        for item in &answer.items[..2] {
            assert!(matches!(item, ResultItem::Inline(bytes) if bytes == b"abc"));
        }
        assert!(answer.items[2..].iter().all(|item| matches!(item, ResultItem::Unreadable(_))));
        assert_eq!(answer.items.len(), 7);
    }
}
