//! Deliberate faults. `./dev sanitize` runs each one first, and stops if the sanitizer does not
//! report it.

#![expect(unsafe_code, reason = "faults that a sanitizer must find")]

use std::cell::UnsafeCell;
use std::hint::black_box;
use std::mem::forget;
use std::thread;

/// Reads the byte after a buffer.
#[unsafe(no_mangle)]
extern "C" fn canary_bounds() -> u8 {
    let buffer = black_box(vec![1_u8; 24]);
    let behind = black_box(buffer.as_ptr().wrapping_add(24));
    // SAFETY: none. This is the fault.
    unsafe { behind.read() }
}

/// Leaks a buffer.
#[unsafe(no_mangle)]
extern "C" fn canary_leak() {
    forget(black_box(vec![1_u8; 24]));
}

struct Shared(UnsafeCell<u64>);

// SAFETY: none. This is the fault.
unsafe impl Sync for Shared {}

/// Writes to one address from two threads at once.
#[unsafe(no_mangle)]
extern "C" fn canary_race() {
    let shared = &Shared(UnsafeCell::new(0));
    thread::scope(|scope| {
        for value in 0..2 {
            // SAFETY: none, as above.
            scope.spawn(move || unsafe { shared.0.get().write_volatile(value) });
        }
    });
}

#[cfg(test)]
mod tests {
    /// Catches a sanitizer that does not detect a read beyond the end of a buffer.
    #[test]
    fn bounds() {
        super::canary_bounds();
    }

    /// Catches a sanitizer that does not detect leaked memory.
    #[test]
    fn leak() {
        super::canary_leak();
    }

    /// Catches a sanitizer that does not detect a data race.
    #[test]
    fn race() {
        super::canary_race();
    }
}
