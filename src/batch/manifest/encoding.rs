//! Decodes the text of a manifest: UTF-8, or UTF-16, as spreadsheets write it.

use std::io::{self, BufRead, BufReader, Read};

/// Returns a stream of UTF-8 without a byte order mark.
///
/// # Errors
/// Fails if the stream cannot be read.
pub(super) fn decoded<'a>(stream: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut stream = BufReader::new(stream);
    // The first read of a file returns at least three bytes if it has them. A pipe may return fewer; the mark is then
    // reported as a fault of the first row.
    let start = stream.fill_buf()?;
    let (length, order) = match start {
        [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xff, 0xfe, ..] => (2, Some(ByteOrder::Little)),
        [0xfe, 0xff, ..] => (2, Some(ByteOrder::Big)),
        // Without a mark: a manifest begins with a brace, a quote, or the name of a column. No text has zeros.
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => (0, Some(ByteOrder::Little)),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => (0, Some(ByteOrder::Big)),
        _ => (0, None),
    };
    stream.consume(length);
    Ok(match order {
        None => Box::new(stream),
        Some(order) => Box::new(BufReader::new(Utf16Reader { stream, order, decoded: Vec::new(), at: 0 })),
    })
}

#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

/// Decodes UTF-16 to UTF-8.
struct Utf16Reader<R> {
    stream: R,
    order: ByteOrder,
    /// Decoded bytes; those before `at` were read.
    decoded: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16Reader<R> {
    /// Returns the next unit; `None` at the end.
    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut bytes = [0; 2];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.stream.read(bytes.get_mut(filled..).unwrap_or_default()) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(invalid()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(match self.order {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }))
    }

    /// Decodes more characters. None are left at the end of the stream.
    fn refill(&mut self) -> io::Result<()> {
        /// In bytes.
        const CHUNK: usize = 4096;

        self.decoded.clear();
        self.at = 0;
        while self.decoded.len() < CHUNK
            && let Some(first) = self.unit()?
        {
            let second = if (0xd800..0xdc00).contains(&first) { self.unit()? } else { None };
            for character in char::decode_utf16([first].into_iter().chain(second)) {
                let character = character.map_err(|_| invalid())?;
                self.decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(())
    }
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not UTF-16 text, although it begins like that")
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.decoded.len() {
            self.refill()?;
        }
        let count = self.decoded.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        decoded(bytes)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn each_encoding_of_spreadsheets_is_read() {
        let text = "Größe;€ 😀\n".repeat(3000);
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(units.iter().flat_map(|u| u.to_le_bytes())).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(units.iter().flat_map(|u| u.to_be_bytes())).collect();
        let marked: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(text.bytes()).collect();
        for bytes in [text.as_bytes(), &little, &big, &marked] {
            assert!(read(bytes).unwrap() == text);
        }
        // Gnumeric writes no mark.
        assert_eq!(read(b"i\0m\0\xe4\0").unwrap(), "imä");
        assert_eq!(read(b"\0i\0m\0\xe4").unwrap(), "imä");
        assert_eq!(read(b"").unwrap(), "");
    }

    #[test]
    fn half_a_character_is_an_error() {
        for bytes in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8a\0", b"\xff\xfe\x00\xdc"] {
            assert_eq!(read(bytes).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }
}
