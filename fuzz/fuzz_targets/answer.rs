#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| seededit::testing::fuzzing::answer(bytes));
