//! What the fuzz targets call: the parsers of manifests. Only built for fuzzing.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::cards::Models;

use super::manifest::{Defaults, Manifest};

/// Reads a manifest as JSON lines and as CSV.
pub fn manifest(bytes: &[u8]) {
    static DEFAULTS: OnceLock<Option<Defaults>> = OnceLock::new();

    let Some(defaults) = DEFAULTS.get_or_init(defaults) else { return };
    for name in ["rows.jsonl", "rows.csv", "rows"] {
        if let Ok(rows) = Manifest::new(bytes, Some(&PathBuf::from(name)), defaults) {
            rows.for_each(drop);
        }
    }
}

fn defaults() -> Option<Defaults> {
    let models = Models::built_in("aimlapi").ok()?;
    Some(Defaults {
        base: "directory".into(),
        prompt: None,
        then: Vec::new(),
        model: models.service().default_model.as_deref()?.parse().ok()?,
        replaces: None,
        is_replaceable: true,
        models,
        seed: None,
        guidance_scale: None,
        watermark: None,
        count: 1,
        directory: Some("results".into()),
        references: Vec::new(),
    })
}
