//! Buffers for large byte strings, in their own memory mappings.

use std::io::{self, ErrorKind, Read};
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// A byte buffer in its own memory mapping, which returns to the system as soon as it is dropped.
///
/// An allocator keeps freed memory. With many pictures at a time it fragments: the next picture does not fit into
/// the holes, and memory use grows with the number of edits.
pub struct Pages {
    memory: Memory,
    len: usize,
}

/// The size of a huge page, in bytes.
#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

enum Memory {
    Mapped(MmapMut),
    /// The fallback if the system refuses another mapping.
    Allocated(Vec<u8>),
}

impl Memory {
    fn new(length: usize) -> Memory {
        // A mapping cannot be empty.
        match MmapMut::map_anon(length.max(1)) {
            Ok(map) => {
                // Many systems use huge pages only on request. Without, each 4 KiB cost a page fault.
                #[cfg(target_os = "linux")]
                if length >= HUGE_PAGE {
                    let _ = map.advise(memmap2::Advice::HugePage);
                }
                Memory::Mapped(map)
            }
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
    /// Creates an empty buffer with this capacity.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Pages {
        Pages { memory: Memory::new(capacity), len: 0 }
    }

    /// Reads a stream to its end. The buffer starts with room for `expected` bytes and grows if needed; it need not
    /// grow if `expected` exceeds the length of the stream.
    pub fn read(mut stream: impl Read, expected: usize) -> io::Result<Pages> {
        /// The initial capacity for a stream of unknown length.
        const MIN_CAPACITY: usize = 64 << 10;

        let mut pages = Pages::with_capacity(expected.max(MIN_CAPACITY));
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

    #[must_use]
    pub fn capacity(&self) -> usize {
        self.memory.all().len()
    }

    /// Grows the capacity to at least `capacity` bytes in all.
    pub fn reserve(&mut self, capacity: usize) {
        if capacity > self.capacity() {
            let mut larger = Memory::new(capacity);
            larger.all_mut()[..self.len].copy_from_slice(self);
            self.memory = larger;
        }
    }

    /// Changes the length to `len` bytes. New bytes are zero.
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
    fn added_bytes_are_zero_even_in_used_memory() {
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
