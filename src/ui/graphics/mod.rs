//! Pictures in a terminal.
//!
//! [`detect`] asks the terminal what it can draw. Each other module encodes a picture for one protocol.

mod blocks;
mod detect;
mod iterm;
mod kitty;
mod sixel;

use std::str::FromStr;

use image::RgbImage;

use crate::env::Env;
use crate::picture::{ColorSpace, EncodeError, Encoding, Size, encode};

use detect::Answers;

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The graphics protocol of kitty, which Ghostty, Konsole and others know as well.
    Kitty,
    /// The inline images of iTerm2, which WezTerm and mintty know as well.
    Iterm,
    /// Six rows of pixels at a time, in a palette.
    Sixel,
    /// A half block for two pixels, in 24-bit or 256 colors.
    Blocks,
}

impl FromStr for Protocol {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "kitty" => Ok(Protocol::Kitty),
            "iterm" => Ok(Protocol::Iterm),
            "sixel" => Ok(Protocol::Sixel),
            "blocks" => Ok(Protocol::Blocks),
            _ => Err("takes kitty, iterm, sixel or blocks"),
        }
    }
}

/// A terminal that pictures are drawn on.
#[derive(Debug, Clone, Copy)]
pub struct Canvas {
    protocol: Protocol,
    columns: u32,
    rows: u32,
    /// The size of a cell in pixels.
    cell: Size,
    has_true_color: bool,
}

impl Canvas {
    /// Most cells are twice as high as they are wide.
    const USUAL_CELL: Size = Size { width: 10, height: 20 };
    /// The size of a terminal that does not report one.
    const USUAL_SIZE: (u32, u32) = (80, 24);

    /// Asks the terminal on standard output what it can draw, unless `protocol` says it and the size of a cell is known.
    ///
    /// # Errors
    /// The signal that arrived while the terminal was asked.
    pub fn of_terminal(protocol: Option<Protocol>, env: &Env) -> Result<Canvas, i32> {
        let (window, pixels) = detect::window().unwrap_or_default();
        let (columns, rows) = if window.0 > 0 && window.1 > 0 { window } else { Self::USUAL_SIZE };
        let measured = Size { width: pixels.0 / columns, height: pixels.1 / rows };
        let measured = Some(measured).filter(|cell| cell.width > 0 && cell.height > 0);
        let answers = match protocol {
            Some(Protocol::Blocks) => Answers::default(),
            // Some terminals do not answer, and an answer takes long over a slow connection.
            Some(_) if measured.is_some() => Answers::default(),
            _ => detect::ask()?,
        };
        let cell = answers.cell.or(measured);
        let protocol = protocol.unwrap_or_else(|| detect::protocol(&answers, env));
        let has_true_color =
            env.var("COLORTERM").is_some_and(|term| matches!(term.as_str(), "truecolor" | "24bit"));
        Ok(Canvas { protocol, columns, rows, cell: cell.unwrap_or(Self::USUAL_CELL), has_true_color })
    }

    /// The largest size in pixels of a picture that fits, with `lines` lines of text besides it. Further lines `above` it stay
    /// in view, too, if that leaves half of the terminal.
    pub fn room(&self, lines: u32, above: u32) -> Size {
        let rows = self.rows.saturating_sub(lines);
        let rows = rows.saturating_sub(above).max(rows.min(self.rows / 2)).max(1);
        match self.protocol {
            Protocol::Blocks => Size { width: self.columns, height: 2 * rows },
            _ => Size { width: self.columns * self.cell.width, height: rows * self.cell.height },
        }
    }

    /// Encodes a picture that fits, with a line break at its end.
    ///
    /// # Errors
    /// If it is empty.
    pub fn draw(&self, image: &RgbImage) -> Result<Vec<u8>, EncodeError> {
        let png = || encode(&image.clone().into(), &ColorSpace::SRGB, Encoding::Png);
        Ok(match self.protocol {
            Protocol::Kitty => kitty::draw(&png()?, self.extent(Size::of(image))),
            Protocol::Iterm => iterm::draw(&png()?, self.extent(Size::of(image))),
            Protocol::Sixel => sixel::draw(image),
            Protocol::Blocks => blocks::draw(image, self.has_true_color),
        })
    }

    /// The side by which a picture is measured in cells. The other one follows from its shape.
    fn extent(&self, size: Size) -> Extent {
        let (columns, rows) =
            (size.width.div_ceil(self.cell.width).max(1), size.height.div_ceil(self.cell.height).max(1));
        let is_wide = u64::from(columns) * u64::from(self.rows) >= u64::from(rows) * u64::from(self.columns);
        if is_wide { Extent::Columns(columns) } else { Extent::Rows(rows) }
    }
}

/// The width or the height of a picture, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Columns(u32),
    Rows(u32),
}
