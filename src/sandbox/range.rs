//! The `Range` header with a single range of bytes, which is all that downloads use.

/// The part that a `Range` header requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeRequest {
    /// Everything; also when the header cannot be parsed (RFC 9110, 14.2).
    Full,
    /// From the first to the last byte, both inclusive.
    Part { first: usize, last: usize },
    /// A range outside of the content.
    Unsatisfiable,
}

impl RangeRequest {
    /// Parses `bytes=100-`, `bytes=100-199` or `bytes=-100` for content of `length` bytes.
    pub(super) fn parse(header: &str, length: usize) -> RangeRequest {
        let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
            return RangeRequest::Full;
        };
        let (first, last) = match (from.parse(), to.parse()) {
            (Ok(first), Ok(last)) if first <= last => (first, last),
            (Ok(first), Err(_)) if to.is_empty() => (first, usize::MAX),
            (Err(_), Ok(tail)) if from.is_empty() && tail > 0 => (length.saturating_sub(tail), usize::MAX),
            (Err(_), Ok(_)) if from.is_empty() => return RangeRequest::Unsatisfiable,
            _ => return RangeRequest::Full,
        };
        match length.checked_sub(1) {
            Some(end) if first <= end => RangeRequest::Part { first, last: last.min(end) },
            _ => RangeRequest::Unsatisfiable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_byte_range_is_honored() {
        assert_eq!(RangeRequest::parse("bytes=10-", 100), RangeRequest::Part { first: 10, last: 99 });
        assert_eq!(RangeRequest::parse("bytes=10-19", 100), RangeRequest::Part { first: 10, last: 19 });
        assert_eq!(RangeRequest::parse("bytes=90-900", 100), RangeRequest::Part { first: 90, last: 99 });
        assert_eq!(RangeRequest::parse("bytes=-10", 100), RangeRequest::Part { first: 90, last: 99 });
        assert_eq!(RangeRequest::parse("bytes=-900", 100), RangeRequest::Part { first: 0, last: 99 });
    }

    #[test]
    fn a_range_past_the_end_is_unsatisfiable() {
        assert_eq!(RangeRequest::parse("bytes=100-", 100), RangeRequest::Unsatisfiable);
        assert_eq!(RangeRequest::parse("bytes=-0", 100), RangeRequest::Unsatisfiable);
        assert_eq!(RangeRequest::parse("bytes=0-", 0), RangeRequest::Unsatisfiable);
    }

    #[test]
    fn a_header_that_cannot_be_parsed_is_ignored() {
        for header in ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2"] {
            assert_eq!(RangeRequest::parse(header, 100), RangeRequest::Full, "{header}");
        }
    }
}
