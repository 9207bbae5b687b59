#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| zarrs_bindings_fuzz::run(
    _zarrs_bindings::fuzzing::archive,
    data
));
