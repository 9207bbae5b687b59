//! State of a process, created again in a forked child.
//!
//! Threads do not survive in a child, and a lock that it inherits may be held. So inherited state
//! is abandoned, and never freed.

#![expect(unsafe_code, reason = "state that is never freed is shared by address")]

use std::convert::Infallible;
use std::marker::PhantomData;
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One `T` for each process, created on first use.
pub(crate) struct PerProcess<T> {
    made: AtomicPtr<Made<T>>,
    /// Threads share it by reference.
    shares: PhantomData<T>,
}

struct Made<T> {
    process: u32,
    value: T,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { made: AtomicPtr::new(ptr::null_mut()), shares: PhantomData }
    }

    /// The value of this process. `make` receives the inherited one.
    pub(crate) fn get(&'static self, make: impl Fn(Option<&T>) -> T) -> &'static T {
        match self.try_get(|inherited| Ok::<_, Infallible>(make(inherited))) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Like [`Self::get`], but creation may fail; the next call then tries again.
    pub(crate) fn try_get<E>(
        &'static self,
        make: impl Fn(Option<&T>) -> Result<T, E>,
    ) -> Result<&'static T, E> {
        self.of(process::id(), make)
    }

    fn of<E>(
        &'static self,
        process: u32,
        make: impl Fn(Option<&T>) -> Result<T, E>,
    ) -> Result<&'static T, E> {
        loop {
            let held = self.made.load(Ordering::Acquire);
            // SAFETY: a published value is never freed.
            let inherited = match unsafe { held.as_ref() } {
                Some(own) if own.process == process => return Ok(&own.value),
                other => other.map(|old| &old.value),
            };
            let fresh = Box::into_raw(Box::new(Made { process, value: make(inherited)? }));
            let swap = self.made.compare_exchange(held, fresh, Ordering::AcqRel, Ordering::Acquire);
            if swap.is_err() {
                // SAFETY: `fresh` was not published, so it is still ours.
                drop(unsafe { Box::from_raw(fresh) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PerProcess;
    use std::sync::Barrier;

    type Numbers = PerProcess<u32>;

    /// Catches a child that continues with its parent's value, or does not receive it.
    #[test]
    fn each_process_makes_its_own_once() {
        static HELD: Numbers = PerProcess::new();
        let of = |process, value| HELD.of(process, |old| Ok::<_, ()>(old.unwrap_or(&0) + value));
        assert_eq!((of(1, 10), of(1, 50)), (Ok(&10), Ok(&10)));
        assert_eq!((of(2, 100), of(2, 50)), (Ok(&110), Ok(&110)));
    }

    /// Catches a failure that is cached.
    #[test]
    fn what_cannot_be_made_is_tried_again() {
        static HELD: Numbers = PerProcess::new();
        assert_eq!(HELD.of(1, |_| Err("no memory")), Err("no memory"));
        assert_eq!(HELD.of(1, |_| Ok::<_, ()>(7)), Ok(&7));
    }

    /// Catches threads of one process that each have their own value.
    #[test]
    fn threads_that_come_at_once_share_one() {
        static HELD: PerProcess<Box<u32>> = PerProcess::new();
        let together = Barrier::new(8);
        let places: Vec<usize> = std::thread::scope(|scope| {
            let ask = || {
                together.wait();
                std::ptr::from_ref::<u32>(HELD.get(|_| Box::new(1))).addr()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        assert!(places.len() == 8 && places.iter().all(|place| *place == places[0]));
    }
}
