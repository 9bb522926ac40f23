//! Parses `multipart/form-data`. The whole body is in memory already, so its size is bounded.

use hyper::body::Bytes;

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// The file name, if the part is a file.
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) body: Bytes,
}

/// More parts than any documented request has.
const MAX_PARTS: usize = 64;

/// The boundary that a content type states.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"'))
        .filter(|boundary| !boundary.is_empty())
}

/// Parses a form.
pub(super) fn parse(body: &Bytes, boundary: &str) -> Result<Vec<Part>, String> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter may be at the very beginning, without a line before it.
    let first = delimiter.trim_start();
    let mut at = match body.starts_with(first.as_bytes()) {
        true => first.len(),
        false => find(body, delimiter.as_bytes(), 0).ok_or("no boundary in the body")? + delimiter.len(),
    };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if !rest.starts_with(b"\r\n") {
            return Err("a boundary is not followed by a line break".to_owned());
        }
        if parts.len() == MAX_PARTS {
            return Err(format!("more than {MAX_PARTS} parts"));
        }
        let end = find(body, delimiter.as_bytes(), at).ok_or("the last part has no end")?;
        // The line break of the boundary may also be the empty line behind no headers.
        let head_end = find(body, b"\r\n\r\n", at).filter(|head_end| head_end + 4 <= end);
        let head_end = head_end.ok_or("a part has no headers")?;
        let head = std::str::from_utf8(body.get(at..head_end).unwrap_or_default())
            .map_err(|_| "the headers of a part are not UTF-8")?;
        parts.push(part(head, body.slice(head_end + 4..end))?);
        at = end + delimiter.len();
    }
}

fn part(head: &str, body: Bytes) -> Result<Part, String> {
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("Content-Disposition").ok_or("a part has no Content-Disposition")?;
    let name = parameter(&disposition, "name").ok_or("a part has no name")?;
    let file_name = parameter(&disposition, "filename");
    Ok(Part { name, file_name, content_type: header("Content-Type"), body })
}

/// The value of `name="…"` in a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once(';') {
        let (key, value) = after.split_once('=')?;
        let value = value.trim_start();
        let (text, behind) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(text.trim().to_owned());
        }
        rest = behind;
    }
    None
}

fn find(body: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let found = body.get(from..)?.windows(needle.len()).position(|window| window == needle)?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn parsed(body: &str) -> Result<Vec<Part>, String> {
        parse(&Bytes::copy_from_slice(body.as_bytes()), "B")
    }

    #[test]
    fn texts_and_files_are_told_apart() {
        let parts = parsed(
            "--B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nadd; a \"bird\"\r\n\
             --B\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a;b.png\"\r\n\
             Content-Type: image/png\r\n\r\n\r\n--\0\r\n--B--\r\n",
        )
        .unwrap();
        assert_eq!(parts[0].name, "prompt");
        assert_eq!(&parts[0].body[..], b"add; a \"bird\"");
        assert_eq!(parts[0].file_name, None);
        assert_eq!(parts[1].name, "image[]");
        assert_eq!(parts[1].file_name.as_deref(), Some("a;b.png"));
        assert_eq!(parts[1].content_type.as_deref(), Some("image/png"));
        assert_eq!(&parts[1].body[..], b"\r\n--\0");
    }

    proptest! {
        #[test]
        fn every_body_survives_a_form(bodies in vec(vec(0u8..=255, 0..200), 1..5)) {
            let mut form = Vec::new();
            for body in &bodies {
                form.extend(b"--0123456789\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n");
                form.extend(body);
                form.extend(b"\r\n");
            }
            form.extend(b"--0123456789--");
            let parts = parse(&form.into(), "0123456789").unwrap();
            let parsed: Vec<Vec<u8>> = parts.iter().map(|part| part.body.to_vec()).collect();
            prop_assert_eq!(parsed, bodies);
        }

        #[test]
        fn no_body_is_a_panic(form in vec(prop_oneof![Just(b'B'), Just(b'-'), Just(b'\r'), Just(b'\n'), Just(b':'), Just(b'"')], 0..60)) {
            drop(parse(&form.into(), "B"));
        }
    }

    #[test]
    fn an_empty_part_and_an_empty_form_are_valid() {
        let part = parsed("--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n\r\n--B--").unwrap();
        assert!(part[0].body.is_empty());
        assert_eq!(parsed("--B--"), Ok(vec![]));
    }

    #[test]
    fn a_broken_form_is_an_error() {
        for body in [
            "",
            "text",
            "--B\r\n",
            "--Bx",
            "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nno end",
            "--B\r\nContent-Disposition: form-data\r\n\r\n\r\n--B--",
            "--B\r\n\r\n--B--",
        ] {
            assert!(parsed(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_boundary_is_plain_or_quoted() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), Some("a b"));
        for text in ["multipart/form-data", "application/json; boundary=a", "multipart/form-data; boundary="]
        {
            assert_eq!(boundary(text), None, "{text}");
        }
    }
}
