//! Manifests, and what became of their rows.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::{Ledger, Place, Run, Service, sha256};

impl Place {
    /// Writes `m.jsonl`.
    pub(crate) fn manifest(&self, rows: &[Value]) {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        self.write("m.jsonl", lines);
    }

    /// `batch m.jsonl` with further arguments, at a service.
    pub(crate) fn batch(&self, further: &str, service: &Service) -> Run<'_> {
        self.words("batch m.jsonl").args(further).on(service)
    }

    /// The same, of which only the exit code counts.
    pub(crate) fn batch_quietly(&self, further: &str, service: &Service, code: i32) {
        self.batch(further, service).exits(code).prints_anything().says_anything().done();
    }
}

/// So many rows of `in.png`: `edit 1`, `edit 2`, …, each to its own file below `out`.
pub(crate) fn rows(count: usize) -> Vec<Value> {
    (1..=count).map(row).collect()
}

/// One of them.
pub(crate) fn row(number: usize) -> Value {
    json!({"image": "in.png", "prompt": format!("edit {number}"), "output": format!("out/{number}.jpg")})
}

impl Ledger {
    /// The results that were charged, by their instructions.
    pub(crate) fn results(&self) -> BTreeMap<String, Vec<String>> {
        let mut results: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for charge in self.0["charges"].as_array().unwrap() {
            let text = |name: &str| charge[name].as_str().unwrap().to_owned();
            results.entry(text("prompt")).or_default().push(text("result_sha256"));
        }
        results
    }

    /// Fails unless each row's file, where it is there, is a result of its own prompt; returns how
    /// many there are.
    pub(crate) fn ensure_right_pictures(&self, place: &Place, rows: &[Value]) -> usize {
        let results = self.results();
        let mut found = 0;
        for row in rows {
            let (prompt, output) = (row["prompt"].as_str().unwrap(), row["output"].as_str().unwrap());
            if let Ok(bytes) = fs::read(place.path(output)) {
                let of_prompt = results.get(prompt).unwrap_or_else(|| panic!("{prompt} was never charged"));
                assert!(of_prompt.contains(&sha256(&bytes)), "{output} is not of {prompt}");
                found += 1;
            }
        }
        found
    }
}
