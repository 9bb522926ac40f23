//! Color profiles, chroma and transparency.

pub(crate) mod alpha;
pub(crate) mod flatten;
pub(crate) mod icc;
pub(crate) mod subsampling;
