//! Memory for large byte strings.

use std::io::{self, ErrorKind, Read};
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Bytes in pages of their own, which go back to the system as soon as they are dropped.
///
/// An allocator keeps what is freed, in parts: of many pictures that come and go at once, holes stay
/// behind that the next one does not fit into, and memory grows with the number of edits.
pub struct Pages {
    memory: Memory,
    len: usize,
}

enum Memory {
    Mapped(MmapMut),
    /// Where the system maps no more: less well kept, but there.
    Allocated(Vec<u8>),
}

impl Memory {
    fn of(length: usize) -> Memory {
        // Nothing cannot be mapped.
        match MmapMut::map_anon(length.max(1)) {
            Ok(map) => Memory::Mapped(map),
            Err(_) => Memory::Allocated(vec![0; length]),
        }
    }

    fn all(&self) -> &[u8] {
        match self {
            Memory::Mapped(map) => map,
            Memory::Allocated(bytes) => bytes,
        }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        match self {
            Memory::Mapped(map) => map,
            Memory::Allocated(bytes) => bytes,
        }
    }
}

impl Pages {
    /// No bytes yet, and room for so many.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Pages {
        Pages { memory: Memory::of(capacity), len: 0 }
    }

    /// All of a stream, with room for `expected` bytes, and for more where there are more. The end of the
    /// stream is seen without more room when `expected` is more than there is.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn read(mut stream: impl Read, expected: usize) -> io::Result<Pages> {
        /// The room for a stream whose length is not known.
        const ROOM: usize = 64 << 10;

        let mut pages = Pages::with_capacity(expected.max(ROOM));
        loop {
            if pages.len == pages.capacity() {
                pages.reserve(2 * pages.len);
            }
            match stream.read(&mut pages.memory.all_mut()[pages.len..]) {
                Ok(0) => return Ok(pages),
                Ok(read) => pages.len += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// How many bytes there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.memory.all().len()
    }

    /// Makes room for so many bytes in all.
    pub fn reserve(&mut self, capacity: usize) {
        if capacity > self.capacity() {
            let mut larger = Memory::of(capacity);
            larger.all_mut()[..self.len].copy_from_slice(self);
            self.memory = larger;
        }
    }

    /// Makes them so many; those that are added are zeros.
    pub fn resize(&mut self, len: usize) {
        self.reserve(len);
        if len > self.len {
            self.memory.all_mut()[self.len..len].fill(0);
        }
        self.len = len;
    }
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory.all()[..self.len]
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory.all_mut()[..self.len]
    }
}

impl AsRef<[u8]> for Pages {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Pages {
    fn from(bytes: &[u8]) -> Pages {
        let mut pages = Pages::with_capacity(bytes.len());
        pages.resize(bytes.len());
        pages.copy_from_slice(bytes);
        pages
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pages({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_added_are_zeros_even_where_something_was() {
        let mut pages = Pages::from([1, 2, 3].as_slice());
        pages.resize(1);
        pages.resize(10_000);
        assert_eq!((pages[0], &pages[1..3], pages.len()), (1, [0, 0].as_slice(), 10_000));
        assert!(Pages::with_capacity(0).is_empty());
    }

    proptest! {
        #[test]
        fn a_stream_is_read_whole_whatever_was_expected(length in 0usize..300_000, expected in 0usize..300_000) {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            prop_assert_eq!(&*Pages::read(bytes.as_slice(), expected).unwrap(), bytes.as_slice());
        }
    }
}
