//! Reading numbers out of bytes that may end anywhere.

/// Byte order of a number that is longer than one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Big,
    Little,
}

impl Endian {
    /// Two bytes at `at`; `None` when they are not all there.
    pub(crate) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let field = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(field),
            Self::Little => u16::from_le_bytes(field),
        })
    }

    /// Four bytes at `at`; `None` when they are not all there.
    pub(crate) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let field = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(field),
            Self::Little => u32::from_le_bytes(field),
        })
    }

    /// Four bytes at `at` as a length or an offset.
    pub(crate) fn offset(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(bytes, at)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_are_read() {
        let bytes = [0, 1, 2, 3, 4];
        assert_eq!(Endian::Big.u16(&bytes, 1), Some(0x0102));
        assert_eq!(Endian::Little.u16(&bytes, 1), Some(0x0201));
        assert_eq!(Endian::Big.u32(&bytes, 1), Some(0x0102_0304));
        assert_eq!(Endian::Little.u32(&bytes, 1), Some(0x0403_0201));
    }

    #[test]
    fn a_number_cut_by_the_end_is_no_number() {
        assert_eq!(Endian::Big.u16(&[1], 0), None);
        assert_eq!(Endian::Big.u32(&[1, 2, 3], 0), None);
        assert_eq!(Endian::Little.u32(&[1, 2, 3, 4], usize::MAX), None);
    }
}
