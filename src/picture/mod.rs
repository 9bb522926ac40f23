//! Pictures: what they are, what the service makes of them, and whether all of one is there.
//!
//! Bytes in, values out; nothing here reads a file, prints, or knows of the service's wire.
//!
//! - [`Format`] is told by the leading bytes, and by it `recognise` finds the [`Header`], without decoding a pixel.
//! - [`limits`] holds a header against what the service accepts; [`adaptive_size`] is the size it answers with.
//! - [`fit`](mod@fit) makes an input fit for the service; a [`Rect`] is what of it is sent.
//! - [`decode`](fn@decode) and [`encode`](fn@encode) go between bytes and pixels; a picture that is cut is not decoded.
//! - [`merge`] puts an edit back into its original, [`restore`] any answer into what it was made of.
//! - [`ensure_complete`] says whether all of a downloaded picture arrived.

pub mod adaptive;
mod alpha;
mod bmp;
mod chroma;
mod cmyk;
mod color_profile;
mod decode;
mod encode;
mod endian;
pub mod fit;
mod flatten;
mod flaw;
mod format;
mod gif;
mod header;
mod icc;
mod ifd;
mod inscribed;
mod jpeg;
pub mod limits;
pub mod merge;
mod metadata;
mod orient;
mod orientation;
pub mod pages;
mod png;
mod probe;
mod ranges;
mod rect;
pub mod region;
pub mod restore;
mod tiff;
mod trailer;
mod webp;

#[cfg(test)]
mod fixtures;

pub use self::adaptive::adaptive_size;
pub use self::chroma::Chroma;
pub use self::decode::{DecodeError, Decoded, decode, ensure_complete, ensure_decodable};
pub use self::encode::{EncodeError, Encoding, encode};
pub use self::format::Format;
pub use self::gif::is_animated_gif;
pub use self::header::Header;
pub use self::orientation::Orientation;
pub use self::probe::HeaderError;
pub use self::rect::Rect;
pub use self::trailer::has_trailer;
pub use seededit_resize::{self as resize, ResizeError, Size, resize};
