//! SHA-256 digests as text.

use ring::digest::{SHA256, digest};

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Writes bytes as lower-case hexadecimal digits.
///
/// A batch writes hundreds of thousands of hashes, so no byte is formatted on its own.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_below_sixteen_have_a_leading_zero() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert!(sha256(b"").starts_with("e3b0c44298fc1c14"));
    }
}
