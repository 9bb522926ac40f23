//! Reads integers from bytes that may be too short, and writes them.

/// The byte order of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Big,
    Little,
}

impl Endian {
    /// Reads two bytes at `at`. Returns `None` if the bytes end before.
    pub(crate) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let field = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(field),
            Self::Little => u16::from_le_bytes(field),
        })
    }

    /// Reads four bytes at `at`. Returns `None` if the bytes end before.
    pub(crate) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let field = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(field),
            Self::Little => u32::from_le_bytes(field),
        })
    }

    /// Reads a floating-point number of eight bytes at `at`. Returns `None` if the bytes end before.
    pub(crate) fn f64(self, bytes: &[u8], at: usize) -> Option<f64> {
        let field = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => f64::from_be_bytes(field),
            Self::Little => f64::from_le_bytes(field),
        })
    }

    pub(crate) fn short(self, value: u16) -> [u8; 2] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    pub(crate) fn long(self, value: u32) -> [u8; 4] {
        match self {
            Self::Big => value.to_be_bytes(),
            Self::Little => value.to_le_bytes(),
        }
    }

    /// Reads four bytes at `at` as a length or an offset.
    pub(crate) fn offset(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(bytes, at)?).ok()
    }

    /// Reads eight bytes at `at` as a length or an offset.
    pub(crate) fn long_offset(self, bytes: &[u8], at: usize) -> Option<usize> {
        let field = *bytes.get(at..)?.first_chunk()?;
        let offset = match self {
            Self::Big => u64::from_be_bytes(field),
            Self::Little => u64::from_le_bytes(field),
        };
        usize::try_from(offset).ok()
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
    fn a_truncated_integer_is_none() {
        assert_eq!(Endian::Big.u16(&[1], 0), None);
        assert_eq!(Endian::Big.u32(&[1, 2, 3], 0), None);
        assert_eq!(Endian::Little.u32(&[1, 2, 3, 4], usize::MAX), None);
    }
}
