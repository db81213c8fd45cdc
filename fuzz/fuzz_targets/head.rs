#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glassroom::fuzz::targets::head(bytes));
