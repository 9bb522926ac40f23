//! The inline images of iTerm2: <https://iterm2.com/documentation-images.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Extent;

/// Shows a PNG at the cursor, which then is below it.
pub(super) fn draw(png: &[u8], extent: Extent) -> Vec<u8> {
    let size = match extent {
        Extent::Columns(columns) => format!("width={columns};height=auto"),
        Extent::Rows(rows) => format!("width=auto;height={rows}"),
    };
    let data = STANDARD.encode(png);
    format!("\x1b]1337;File=inline=1;size={};{size};preserveAspectRatio=1:{data}\x07\n", png.len())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_states_its_size_in_bytes_and_cells() {
        let drawn = String::from_utf8(draw(b"png", Extent::Rows(9))).unwrap();
        assert_eq!(
            drawn,
            "\x1b]1337;File=inline=1;size=3;width=auto;height=9;preserveAspectRatio=1:cG5n\x07\n"
        );
    }
}
