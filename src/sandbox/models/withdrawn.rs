//! The deprecation feed: models that are no longer served, or will not be.

/// A row of `GET /v1/models/deprecations`.
#[derive(Debug)]
pub(in super::super) struct Deprecation {
    pub(in super::super) id: &'static str,
    pub(in super::super) aliases: &'static [&'static str],
    /// `deprecated`, `superseded` or `withdrawn`.
    pub(in super::super) status: &'static str,
    pub(in super::super) deprecated_at: &'static str,
    pub(in super::super) shutdown_at: Option<&'static str>,
    pub(in super::super) replaced_by: Option<&'static str>,
    pub(in super::super) reason: &'static str,
}

/// The sandbox still serves the first one unless the fault `retired` is injected.
pub(in super::super) const DEPRECATIONS: &[Deprecation] = &[
    Deprecation {
        id: "bytedance/seededit-3.0-i2i",
        aliases: &["seededit-3.0-i2i"],
        status: "withdrawn",
        deprecated_at: "2026-01-21T00:00:00.000Z",
        shutdown_at: Some("2026-01-21T00:00:00.000Z"),
        replaced_by: Some("bytedance/seedream-5-0-pro"),
        reason: "The model was shut down by its maker.",
    },
    Deprecation {
        id: "bytedance/seedream-3.0",
        aliases: &[],
        status: "withdrawn",
        deprecated_at: "2026-06-22T00:00:00.000Z",
        shutdown_at: Some("2026-06-24T00:00:00.000Z"),
        replaced_by: None,
        reason: "The model was shut down by its maker.",
    },
    Deprecation {
        id: "google/gemini-3-pro-image-preview-edit",
        aliases: &["google/nano-banana-pro-edit"],
        status: "superseded",
        deprecated_at: "2026-07-21T00:00:00.000Z",
        shutdown_at: None,
        replaced_by: Some("google/gemini-3-pro-image-edit"),
        reason: "The model has left its preview.",
    },
];
