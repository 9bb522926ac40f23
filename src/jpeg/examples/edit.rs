//! Inverts the colors of a rectangle of a JPEG, and keeps all other blocks. Prints the number of pixels that change.
//!
//! ```text
//! edit IN OUT LEFT TOP WIDTH HEIGHT
//! ```
#![expect(clippy::print_stdout, reason = "it is the output")]

use std::error::Error;

use seededit_jpeg::{Area, Jpeg, Patch, Stored};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, left, top, width, height] = &arguments[..] else {
        return Err("usage: edit IN OUT LEFT TOP WIDTH HEIGHT".into());
    };
    let area =
        Area { left: left.parse()?, top: top.parse()?, width: width.parse()?, height: height.parse()? };
    let bytes = std::fs::read(input)?;
    let stored = Stored::read(Jpeg::parse(&bytes, u64::MAX)?, &mut ())?;
    let before = stored.pixels(&area);
    let after: Vec<u8> = before.iter().map(|level| 255 - level).collect();
    let coverage = vec![255; area.width * area.height];
    let edited = stored.edit(&[Patch { area, coverage: &coverage, before: &before, after: &after }]);
    std::fs::write(output, edited.write(|_| true)?)?;
    println!("{}", edited.changed_pixels(|samples| samples));
    Ok(())
}
