//! What a command prints, if a caller in the same process reads it.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::sync::lock;

type Phase = Arc<dyn Fn() -> String + Send + Sync>;

/// What a command printed so far.
#[derive(Default)]
pub struct Captured {
    data: Mutex<Vec<u8>>,
    notes: Mutex<Vec<String>>,
    errors: Mutex<Vec<String>>,
    phase: Mutex<Option<Phase>>,
}

impl Captured {
    /// The records, in their order. What is not JSON is left out.
    pub fn records(&self) -> Vec<Value> {
        let data = lock(&self.data);
        let lines = data.split(|byte| *byte == b'\n');
        lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    /// The notes, in their order.
    pub fn notes(&self) -> Vec<String> {
        lock(&self.notes).clone()
    }

    /// The errors and their hints, in their order. They are also records, unless no record could be printed.
    pub fn errors(&self) -> Vec<String> {
        lock(&self.errors).clone()
    }

    /// What the command does now; `None` if it says nothing about it.
    pub fn phase(&self) -> Option<String> {
        let phase = lock(&self.phase).clone();
        phase.map(|phase| phase())
    }

    pub(super) fn add_data(&self, bytes: &[u8]) {
        lock(&self.data).extend_from_slice(bytes);
    }

    pub(super) fn add_note(&self, text: &str) {
        lock(&self.notes).push(text.to_owned());
    }

    pub(super) fn add_error(&self, text: &str) {
        lock(&self.errors).push(text.to_owned());
    }

    pub(super) fn begin_phase(&self, phase: impl Fn() -> String + Send + Sync + 'static) {
        *lock(&self.phase) = Some(Arc::new(phase));
    }

    pub(super) fn end_phase(&self) {
        *lock(&self.phase) = None;
    }
}
