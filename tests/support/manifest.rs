//! Manifests, and the results of their rows.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::{Ledger, Run, Service, TestEnv, as_delivered, sha256};

impl TestEnv {
    /// Writes `m.jsonl`.
    pub(crate) fn write_manifest(&self, rows: &[Value]) {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        self.write("m.jsonl", lines);
    }

    /// Prepares `batch m.jsonl` with further arguments.
    pub(crate) fn batch(&self, extra: &str, service: &Service) -> Run<'_> {
        self.command("batch m.jsonl").args(extra).service(service)
    }

    /// Runs `batch m.jsonl` and checks only its exit code.
    pub(crate) fn batch_exits(&self, extra: &str, service: &Service, code: i32) {
        self.batch(extra, service).code(code).any_stdout().any_stderr().assert();
    }
}

/// Rows that edit `in.png` with the prompts `edit 1`, `edit 2`, …, each with its own output below `out`.
pub(crate) fn rows(count: usize) -> Vec<Value> {
    (1..=count).map(row).collect()
}

/// One of these rows.
pub(crate) fn row(number: usize) -> Value {
    json!({"image": "in.png", "prompt": format!("edit {number}"), "output": format!("out/{number}.jpg")})
}

impl Ledger {
    /// The SHA-256 of every charged result, by prompt.
    pub(crate) fn results(&self) -> BTreeMap<String, Vec<String>> {
        let mut results: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for charge in self.0["charges"].as_array().unwrap() {
            let text = |name: &str| charge[name].as_str().unwrap().to_owned();
            results.entry(text("prompt")).or_default().push(text("result_sha256"));
        }
        results
    }

    /// Panics if an output that exists is not a result of its row's prompt. Returns the number of outputs that
    /// exist.
    pub(crate) fn ensure_correct_pictures(&self, env: &TestEnv, rows: &[Value]) -> usize {
        let results = self.results();
        let mut found = 0;
        for row in rows {
            let (prompt, output) = (row["prompt"].as_str().unwrap(), row["output"].as_str().unwrap());
            if let Ok(bytes) = fs::read(env.path(output)) {
                let of_prompt = results.get(prompt).unwrap_or_else(|| panic!("{prompt} was never charged"));
                assert!(of_prompt.contains(&sha256(&as_delivered(&bytes))), "{output} is not of {prompt}");
                found += 1;
            }
        }
        found
    }
}
