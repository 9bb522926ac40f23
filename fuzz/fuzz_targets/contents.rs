#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seededit_picture::fuzzing::contents(bytes));
