//! The namespaces and the properties of XMP metadata that have a meaning here.

/// The namespace of a property, and its name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) namespace: &'static str,
    pub(super) local: &'static str,
}

impl Name {
    const fn new(namespace: &'static str, local: &'static str) -> Name {
        Name { namespace, local }
    }

    pub(super) fn is(self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

pub(super) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(super) const XMP: &str = "http://ns.adobe.com/xap/1.0/";
pub(super) const XMP_MM: &str = "http://ns.adobe.com/xap/1.0/mm/";
/// The fields of an event of the history.
pub(super) const EVENT: &str = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#";
pub(super) const IPTC_EXTENSION: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
/// What no standard has a name for.
pub(super) const OWN: &str = "urn:seededit:1.0:";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const PLUS: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
pub(super) const GAIN_MAP: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";
pub(super) const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";
pub(super) const CONTAINER_ITEM: &str = "http://ns.google.com/photos/1.0/container/item/";
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
const IMAGE: &str = "http://ns.google.com/photos/1.0/image/";
const DEPTH: &str = "http://ns.google.com/photos/1.0/depthmap/";
const TERMS: &str = "http://purl.org/dc/terms/";
const XMP_NOTE: &str = "http://ns.adobe.com/xmp/note/";

pub(super) const DIGITAL_SOURCE_TYPE: Name = Name::new(IPTC_EXTENSION, "DigitalSourceType");
pub(super) const PROMPT: Name = Name::new(IPTC_EXTENSION, "AIPromptInformation");
pub(super) const MODEL: Name = Name::new(IPTC_EXTENSION, "AISystemUsed");
pub(super) const SEED: Name = Name::new(OWN, "Seed");
pub(super) const JOB: Name = Name::new(OWN, "Job");
pub(super) const CREATOR_TOOL: Name = Name::new(XMP, "CreatorTool");
pub(super) const METADATA_DATE: Name = Name::new(XMP, "MetadataDate");
pub(super) const HISTORY: Name = Name::new(XMP_MM, "History");
pub(super) const HAS_EXTENDED_XMP: Name = Name::new(XMP_NOTE, "HasExtendedXMP");
pub(super) const GAIN_MAP_MIN: Name = Name::new(GAIN_MAP, "GainMapMin");
pub(super) const GAIN_MAP_MAX: Name = Name::new(GAIN_MAP, "GainMapMax");
pub(super) const GAIN_MAP_GAMMA: Name = Name::new(GAIN_MAP, "Gamma");
pub(super) const CREATOR: Name = Name::new(DC, "creator");
pub(super) const DC_RIGHTS: Name = Name::new(DC, "rights");
pub(super) const DESCRIPTION: Name = Name::new(DC, "description");
pub(super) const TITLE: Name = Name::new(DC, "title");
pub(super) const SUBJECT: Name = Name::new(DC, "subject");
pub(super) const HEADLINE: Name = Name::new(PHOTOSHOP, "Headline");
pub(super) const CREDIT: Name = Name::new(PHOTOSHOP, "Credit");
pub(super) const SOURCE: Name = Name::new(PHOTOSHOP, "Source");
pub(super) const CITY: Name = Name::new(PHOTOSHOP, "City");
pub(super) const STATE: Name = Name::new(PHOTOSHOP, "State");
pub(super) const COUNTRY: Name = Name::new(PHOTOSHOP, "Country");

/// Properties that describe the bytes of the file they were in: sizes and orientation, thumbnails, the parts of its
/// container, videos behind it, and where its content credentials are.
const OF_FILE: [Name; 18] = [
    Name::new(TIFF, "Orientation"),
    Name::new(TIFF, "ImageWidth"),
    Name::new(TIFF, "ImageLength"),
    Name::new(EXIF, "PixelXDimension"),
    Name::new(EXIF, "PixelYDimension"),
    Name::new(XMP, "Thumbnails"),
    Name::new(CONTAINER, "Directory"),
    Name::new(CAMERA, "MotionPhoto"),
    Name::new(CAMERA, "MotionPhotoVersion"),
    Name::new(CAMERA, "MotionPhotoPresentationTimestampUs"),
    Name::new(CAMERA, "MicroVideo"),
    Name::new(CAMERA, "MicroVideoVersion"),
    Name::new(CAMERA, "MicroVideoOffset"),
    Name::new(CAMERA, "MicroVideoPresentationTimestampUs"),
    Name::new(IMAGE, "Data"),
    Name::new(DEPTH, "Data"),
    Name::new(DEPTH, "Image"),
    Name::new(TERMS, "provenance"),
];

/// Properties that `safe` keeps: rights, authors, dates, the camera, colors and the resolution.
const SAFE: [Name; 22] = [
    CREATOR,
    DC_RIGHTS,
    CREDIT,
    SOURCE,
    Name::new(PHOTOSHOP, "DateCreated"),
    Name::new(PHOTOSHOP, "ICCProfile"),
    Name::new(PHOTOSHOP, "ColorMode"),
    CREATOR_TOOL,
    METADATA_DATE,
    Name::new(XMP, "CreateDate"),
    Name::new(XMP, "ModifyDate"),
    Name::new(TIFF, "Make"),
    Name::new(TIFF, "Model"),
    Name::new(TIFF, "XResolution"),
    Name::new(TIFF, "YResolution"),
    Name::new(TIFF, "ResolutionUnit"),
    Name::new(TIFF, "DateTime"),
    Name::new(TIFF, "Artist"),
    Name::new(TIFF, "Copyright"),
    Name::new(EXIF, "DateTimeOriginal"),
    Name::new(EXIF, "DateTimeDigitized"),
    Name::new(EXIF, "ColorSpace"),
];

/// Whether a property describes the file that it was in, so that it is wrong in another one.
pub(super) fn is_of_file(namespace: &str, local: &str) -> bool {
    namespace == GAIN_MAP || OF_FILE.iter().any(|name| name.is(namespace, local))
}

/// Whether `safe` keeps a property.
pub(super) fn is_safe(namespace: &str, local: &str) -> bool {
    [RIGHTS, PLUS].contains(&namespace)
        || DIGITAL_SOURCE_TYPE.is(namespace, local)
        || SAFE.iter().any(|name| name.is(namespace, local))
}

/// Whether extended XMP metadata contains pictures, which show what was there before an edit.
pub(super) fn has_pictures(extended: &[u8]) -> bool {
    let has =
        |namespace: &str| extended.windows(namespace.len()).any(|window| window == namespace.as_bytes());
    has(IMAGE) || has(DEPTH)
}
