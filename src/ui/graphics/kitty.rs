//! The graphics protocol of kitty: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Extent;

/// The most characters of Base64 in an escape sequence.
const CHUNK: usize = 4096;

/// Transmits a PNG and shows it at the cursor, which then is below it.
pub(super) fn draw(png: &[u8], extent: Extent) -> Vec<u8> {
    let size = match extent {
        Extent::Columns(columns) => format!("c={columns}"),
        Extent::Rows(rows) => format!("r={rows}"),
    };
    let data = STANDARD.encode(png);
    let mut drawn = Vec::with_capacity(data.len() + data.len() / CHUNK * 12 + 64);
    let mut chunks = data.as_bytes().chunks(CHUNK).peekable();
    // Without `q=2`, answers would be read by the shell.
    let mut keys = format!("a=T,f=100,q=2,{size},");
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        drawn.extend(format!("\x1b_G{keys}m={more};").as_bytes());
        drawn.extend(chunk);
        drawn.extend(b"\x1b\\");
        keys.clear();
    }
    drawn.push(b'\n');
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_sent_in_chunks_and_only_the_first_says_what_it_is() {
        let drawn = String::from_utf8(draw(&[7; 4000], Extent::Columns(40))).unwrap();
        let parts: Vec<&str> = drawn.split("\x1b\\").collect();
        assert!(parts[0].starts_with("\x1b_Ga=T,f=100,q=2,c=40,m=1;BwcH"), "{}", &parts[0][..40]);
        assert!(parts[1].starts_with("\x1b_Gm=0;"), "{}", &parts[1][..12]);
        assert_eq!((parts[2], parts.len()), ("\n", 3));
        assert_eq!(parts[0].split(';').nth(1).unwrap().len(), CHUNK);
        let data: String = parts[..2].iter().map(|part| part.split(';').nth(1).unwrap()).collect();
        assert_eq!(STANDARD.decode(data).unwrap(), [7; 4000]);
    }
}
