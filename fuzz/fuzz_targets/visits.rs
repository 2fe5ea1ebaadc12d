#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| botctl::testing::fuzzing::check_visit(data));
