//! Pictures inside of an answer, as Base64 or as a data URI.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use percent_encoding::percent_decode_str;

/// Base64 with or without padding. A picture that was paid for is not given up for its last bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Returns whether a text is a data URI.
pub(super) fn is_data_uri(text: &str) -> bool {
    text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Decodes a picture that is a data URI, or else Base64: of either alphabet, with or without padding, and broken into lines
/// or not.
///
/// # Errors
/// Returns what is wrong with it.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    if !is_data_uri(text) {
        return decode_base64(text);
    }
    let (head, data) = text.split_once(',').ok_or("the data URI in the answer holds no data")?;
    if head.to_ascii_lowercase().ends_with(";base64") {
        return match decode_base64(data) {
            Err(_) if data.contains('%') => decode_base64(&percent_decode_str(data).decode_utf8_lossy()),
            decoded => decoded,
        };
    }
    Ok(percent_decode_str(data).collect())
}

/// Decodes the start of a Base64 text or data URI, up to what is wrong with it. The result is empty for anything else.
pub(super) fn decode_start(text: &str) -> Vec<u8> {
    let data = if is_data_uri(text) { text.split_once(',').map_or("", |(_, data)| data) } else { text };
    let is_base64 = |c: &char| c.is_ascii_alphanumeric() || "+/-_".contains(*c);
    // Escaped slashes, and lines.
    let characters = data.chars().filter(|c| !c.is_ascii_whitespace() && *c != '\\');
    let mut start: String = characters.take_while(is_base64).collect();
    start.truncate(start.len() / 4 * 4);
    decode_base64(&start).unwrap_or_default()
}

fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    // Almost always, and many megabytes.
    if let Ok(bytes) = STANDARD.decode(text.trim()) {
        return Ok(bytes);
    }
    let characters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let characters: Vec<u8> = characters
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        })
        .collect();
    LENIENT
        .decode(characters)
        .map_err(|error| format!("the picture in the answer is not valid Base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_in_every_common_form() {
        let bytes = [0xFB, 0xEF, 0xBE, 0xFF, 0x10];
        for text in [
            "++++/xA=",
            " ++++/xA=\n",
            "++++/xA",
            "----_xA=",
            "----_xA",
            "++++\r\n/xA=",
            "data:image/png;base64,++++/xA=",
            "DATA:image/png;BASE64,++++/xA",
            "data:image/png;base64,%2B%2b++/xA%3D",
            "data:image/png,%FB%EF%be%FF%10",
        ] {
            assert_eq!(decode(text).as_deref(), Ok(&bytes[..]), "{text}");
        }
    }

    #[test]
    fn the_start_of_a_broken_text_is_decoded() {
        for text in ["++++/xA=", "++++/x%%", "data:image/png;base64,++++/", "++++", "++\n++", "+++++"] {
            assert_eq!(decode_start(text)[..3], [0xFB, 0xEF, 0xBE], "{text}");
        }
        for text in ["", "%%%", "data:image/png;base64", "{}", "abc"] {
            assert!(decode_start(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in ["%%%", "<html>", "data:image/png;base64", "A"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
