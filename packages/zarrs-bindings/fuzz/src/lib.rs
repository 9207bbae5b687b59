//! Runs a target of `zarrs-bindings` on an input of libFuzzer.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::abort;
use std::sync::Once;

static HOOK: Once = Once::new();

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Ends the process if the target panics. The hook of `libfuzzer-sys` would end it at every panic,
/// but the crate catches panics in decoders of other crates, and these are no findings.
pub fn run(target: fn(&[u8]), data: &[u8]) {
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| LAST.set(info.to_string())));
    });
    if catch_unwind(AssertUnwindSafe(|| target(data))).is_err() {
        eprintln!("{}", LAST.take());
        abort();
    }
}
