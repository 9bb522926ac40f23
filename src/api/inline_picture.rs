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
    fn anything_else_is_an_error() {
        for text in ["%%%", "<html>", "data:image/png;base64", "A"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
