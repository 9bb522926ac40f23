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

mod band;
mod bits;
mod coefficients;
mod color;
mod entropy;
mod error;
mod frame;
mod huffman;
mod idct;
mod pixels;
mod progression;
mod quantization;
mod reader;
mod scan;
pub mod segments;
mod upsample;

pub use self::coefficients::{Block, BlockRows, McuRow};
pub use self::color::{ColorMarkers, ColorModel};
pub use self::error::{Damage, Error, Kind, Report};
pub use self::frame::{Component, Frame, Process};
pub use self::quantization::Steps;
pub use self::reader::{CoefficientSink, Jpeg};

#[cfg(test)]
mod tests;
