#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| seededit_cards::catalog::fuzzing::card(text));
