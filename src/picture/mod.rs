//! Pictures as bytes and as pixels: what they are, how they fit the service, and how an answer becomes a result.
//!
//! Functions take bytes or pixels and return values. Nothing here reads a file, prints, or knows the service's protocol.
//!
//! - `format`: the structure of each file format: [`Header`], metadata and completeness, without pixels.
//! - `codec`: one record per format, through which everything else reaches it.
//! - [`geometry`]: positions and sizes: [`Rect`], [`Region`], [`Orientation`], [`adaptive_size`].
//! - [`limits`]: what the service accepts as an input.
//! - `decode` and `encode`: from bytes to pixels and back. `color`: profiles and transparency.
//! - [`contents`]: what else a file has, and the choice of a frame or page.
//! - [`metadata`]: what results keep of the metadata of their picture, and what they say about where they come from.
//! - [`fit`](mod@fit): makes an input acceptable to the service.
//! - `registration`: finds where on an original an answer lies. `plane` and `statistics`: what it and `merge` compute
//!   with.
//! - [`merge`](mod@merge): puts what an edit changed into the original. [`restore`]: turns any answer into a result.
//! - [`view`](fn@view): a picture as it is looked at. [`comparison`]: what differs between two pictures. [`sheet`]: pictures with
//!   captions on one picture, in the letters of [`lettering`] and [`font`].
//! - [`pages`]: memory for large byte strings.

mod codec;
mod color;
pub mod comparison;
pub mod contents;
mod decode;
mod difference;
mod encode;
pub mod fit;
pub mod font;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod geometry;
pub mod lettering;
pub mod limits;
pub mod merge;
pub mod metadata;
pub mod pages;
mod plane;
mod registration;
pub mod restore;
pub mod sheet;
mod statistics;
mod view;

#[cfg(test)]
mod fixtures;

pub use self::color::ColorSpace;
pub use self::color::subsampling::ChromaSubsampling;
pub use self::decode::{
    DecodeError, Decoded, color_space, decode, ensure_complete, ensure_complete_result, ensure_decodable,
    ensure_intact, isolate_decoders, serve_if_asked,
};
pub use self::encode::{EncodeError, Encoding, encode};
pub use self::format::metadata::inherit_colors;
pub use self::format::{ColorModel, Format, Header, HeaderError, has_trailer};
pub use self::geometry::{Orientation, Placement, Rect, Region, RegionContext, adaptive_size};
pub use self::view::{View, ViewError, fitted, view};
pub use seededit_resize::Size;
