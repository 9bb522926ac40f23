//! Recognizes the pictures that this program wrote by what they say themselves: a copy keeps that, whatever its name is, and
//! so does a conversion to another format that keeps the metadata.

use super::names;
use super::packet::{Packet, escaped};
use super::provenance::{SOFTWARE, StatedProvenance};
use crate::format::Format;
use crate::format::blocks::{Metadata, UnknownBlocks};

/// A picture that says that this program wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPicture {
    /// The id of the job that made it, if the picture records it.
    pub job: Option<String>,
}

impl OwnPicture {
    /// Reads it from the metadata of a picture. `None` if nothing says so, or if another program says that it changed the
    /// picture since.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Option<OwnPicture> {
        let xmp = metadata.xmp.as_deref()?;
        // Most pictures are of others, and this is much faster than to parse what they say.
        if !xmp.windows(SOFTWARE.len()).any(|window| window == SOFTWARE.as_bytes()) {
            return None;
        }
        let StatedProvenance { software, job, .. } = StatedProvenance::of(&Packet::parse(xmp)?);
        (software.as_deref() == Some(SOFTWARE)).then_some(OwnPicture { job })
    }
}

/// States in a picture that this program drew it, such as a contact sheet or a mask. A format without metadata stays as it is.
#[must_use]
pub fn drawn(mut picture: Vec<u8>, format: Format) -> Vec<u8> {
    let Some(write) = format.codec().metadata.write else { return picture };
    let description = format!(
        "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"{}\">\n   <xmp:{tool}>{}</xmp:{tool}>\n  </rdf:Description>\n",
        names::XMP,
        escaped(SOFTWARE),
        tool = names::CREATOR_TOOL.local,
    );
    let xmp = Packet::empty().with(&description).map(Packet::into_bytes);
    let metadata = Metadata { xmp, ..Metadata::default() };
    let _ = write(&mut picture, &metadata, UnknownBlocks::Keep);
    picture
}
