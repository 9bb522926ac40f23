//! Faults that a picture can ask its decoder for, in debug builds: tests of the built program cannot replace a decoder.

/// The end of a file that makes any decoder panic. Decoders ignore bytes after the end of a picture.
const PANIC: &[u8] = b"\0seededit test: panic";

/// The end of a file that makes the process of its decoder ask for more memory than it may have.
const MEMORY: &[u8] = b"\0seededit test: memory";

#[expect(clippy::panic, reason = "what the guard is tested with")]
pub(super) fn fail_as_asked(bytes: &[u8]) {
    if bytes.ends_with(PANIC) {
        panic!("the picture asked for it");
    }
}

pub(super) fn exhaust_memory_as_asked(bytes: &[u8]) {
    if bytes.ends_with(MEMORY) {
        // The memory is not used, so this harms nobody where there is no limit.
        std::hint::black_box(Vec::<u8>::with_capacity(4 << 30));
    }
}
