//! Pictures: what they are, what the service makes of them, and whether all of one is there.
//!
//! Bytes in, values out; nothing here reads a file, prints, or knows of the service's wire.
//!
//! - [`Format`] is told by the leading bytes, and by it `recognise` finds the [`Header`], without decoding a pixel.
//! - [`limits`] holds a header against what the service accepts; [`adaptive_size`] is the size it answers with.
//! - [`fit`](mod@fit) makes an input fit for the service; a [`Frame`] is what of it is sent.
//! - [`decode`] and [`encode`] go between bytes and pixels; a picture that is cut is not decoded.
//! - [`merge`] puts an edit back into its original, [`restore`] any answer into what it was made of.
//! - [`ensure_complete`] says whether all of a downloaded picture arrived.

pub(crate) mod adaptive;
mod alpha;
mod bmp;
mod chroma;
mod cmyk;
mod colours;
mod decode;
mod encode;
mod end;
mod endian;
pub mod fit;
mod flat;
mod flaw;
mod format;
mod frame;
mod gif;
mod header;
mod icc;
mod ifd;
mod inscribed;
mod jpeg;
mod kept;
pub mod limits;
pub mod merge;
mod metadata;
mod orientation;
mod png;
mod recognise;
pub mod region;
pub mod resize;
pub mod restore;
mod size;
mod tiff;
mod turn;
mod webp;

#[cfg(test)]
mod drawn;

pub use self::adaptive::adaptive_size;
pub use self::chroma::Chroma;
pub use self::decode::{DecodeError, Decoded, decode, ensure_complete, ensure_decodable};
pub use self::encode::{EncodeError, Encoding, encode};
pub use self::end::has_end;
pub use self::format::Format;
pub use self::frame::Frame;
pub use self::header::Header;
pub use self::orientation::Orientation;
pub use self::recognise::HeaderError;
pub use self::resize::{ResizeError, resize};
pub use self::size::Size;
