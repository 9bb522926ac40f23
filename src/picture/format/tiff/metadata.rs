//! The metadata of a TIFF file, which shares its directories with the layout of the picture.

use super::main_directory;
use crate::format::blocks::Metadata;
use crate::format::exif::selection::{Directory, selected_from};
use crate::format::photoshop::{self, Resource};

const XMP: u16 = 0x02BC;
const IPTC: u16 = 0x83BB;
const IMAGE_RESOURCES: u16 = 0x8649;
/// The fields of a directory that describe a picture: its title, camera, resolution, software, date, author and
/// copyright.
const DESCRIPTIONS: [u16; 11] =
    [0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298, 0x0112];

/// Reads metadata from the directory of the picture. Notes of cameras are left out, because they depend on their offset.
pub(crate) fn read(bytes: &[u8]) -> Metadata {
    let Some(ifd) = main_directory(bytes) else { return Metadata::default() };
    let mut resources = ifd.bytes(IMAGE_RESOURCES).map(photoshop::read).unwrap_or_default();
    if let Some(iptc) = ifd.raw(IPTC)
        && !resources.iter().any(|resource| resource.id == photoshop::IPTC)
    {
        resources.push(Resource::iptc(iptc));
    }
    let is_wanted = |directory, tag| directory != Directory::First || DESCRIPTIONS.contains(&tag);
    Metadata {
        exif: selected_from(ifd, is_wanted),
        xmp: ifd.bytes(XMP).map(<[u8]>::to_vec),
        resources,
        resolution: ifd.resolution(),
        ..Metadata::default()
    }
}
