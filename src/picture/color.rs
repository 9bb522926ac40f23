//! Colors and transparency.

pub(crate) mod alpha;
pub(crate) mod chroma;
pub(crate) mod flatten;
pub(crate) mod icc;
pub(crate) mod profile;
