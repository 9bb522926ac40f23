//! Decodes JPEGs (ITU-T T.81): to quantized coefficients, and to the pixels that libjpeg-turbo shows.
//!
//! ```text
//! let jpeg = Jpeg::parse(bytes, MAX_PIXELS)?;
//! let mut pixels = vec![0; jpeg.output_len()];
//! let report = jpeg.decode(&mut pixels)?;
//! ```
//!
//! [`segments`] finds segments, [`Jpeg::read_coefficients`] decodes the scans, and [`Jpeg::decode`] transforms,
//! upsamples and converts. Nothing is printed: a [`Report`] tells what is odd, and the caller decides.
//!
//! A part of a picture can be replaced. All other blocks keep their coefficients:
//!
//! ```text
//! let stored = Stored::read(jpeg, &mut ())?;
//! let before = stored.pixels(&area);
//! let edited = stored.edit(&[Patch { area, coverage, before: &before, after }]);
//! let bytes = edited.write(|segment| true)?;
//! ```

mod band;
mod bits;
mod coefficients;
mod color;
mod dct;
mod entropy;
mod error;
mod frame;
mod huffman;
mod idct;
mod layout;
mod patch;
mod pixels;
mod progression;
mod quantization;
mod reader;
mod scaled;
mod scan;
pub mod segments;
mod single_scan;
mod stored;
mod upsample;
mod write;

pub use self::coefficients::{Block, BlockRows, McuRow};
pub use self::color::{ColorMarkers, ColorModel};
pub use self::error::{Damage, Error, Kind, Report};
pub use self::frame::{Component, Frame, Process};
pub use self::patch::{Area, Patch};
pub use self::quantization::Steps;
pub use self::reader::{CoefficientSink, Jpeg};
pub use self::scaled::{Pixels, Scale};
pub use self::stored::{EditedJpeg, Stored};

#[cfg(test)]
mod tests;
