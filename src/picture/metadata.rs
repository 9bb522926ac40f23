//! The metadata of results: what they keep of their picture, and what they say about where they come from.
//!
//! This works on the container, after a result is encoded. [`Metadata::read`] reads the blocks of a file, `rules` selects
//! what is kept, `provenance` states the origin, and [`Stamp`] writes all of it to a result. Pixels and colors do not change.
//! [`OwnPicture`] recognizes what this program wrote.

mod as_xmp;
mod gain_map;
mod iptc;
mod names;
mod own;
mod packet;
mod provenance;
mod rules;
mod stamp;
mod summary;

pub use self::gain_map::GainMap;
pub use self::own::{OwnPicture, drawn};
pub use self::provenance::{EditRecord, Provenance, StatedProvenance};
pub use self::rules::{MetadataRule, StoredOrientation};
pub use self::stamp::{Stamp, Stamped};
pub use self::summary::MetadataSummary;
use crate::format::Format;
pub use crate::format::blocks::{Metadata, Resolution};

impl Metadata {
    /// Reads the metadata of a picture. Damaged parts are left out.
    #[must_use]
    pub fn read(bytes: &[u8], format: Format) -> Metadata {
        format.codec().metadata.read.map_or_else(Metadata::default, |read| read(bytes))
    }
}

#[cfg(test)]
mod tests;
