//! Turns to compute: of the threads that share jobs, only some compute at a time. The others wait for
//! files, and keep no core idle.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::tuning::SIGNAL_INTERVAL;

/// Turns to give; as many as there are threads if they are not counted.
pub(crate) struct Turns {
    free: Option<Mutex<usize>>,
    given_back: Condvar,
}

/// The right to compute until this is dropped.
pub(crate) struct Turn<'a>(Option<&'a Turns>);

impl Turn<'_> {
    /// For a job that shares no core with others.
    pub(super) fn uncounted() -> Self {
        Self(None)
    }
}

impl Turns {
    pub(super) fn new(most: Option<usize>) -> Self {
        Self { free: most.map(Mutex::new), given_back: Condvar::new() }
    }

    fn free(&self) -> Option<MutexGuard<'_, usize>> {
        self.free.as_ref().map(|free| free.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a turn. `None` if none came in the time after which a caller checks for signals.
    pub(super) fn take(&self) -> Option<Turn<'_>> {
        let Some(free) = self.free() else {
            return Some(Turn(None));
        };
        let waited = self.given_back.wait_timeout_while(free, SIGNAL_INTERVAL, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Turn(Some(self)))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(turns) = self.0 {
            if let Some(mut free) = turns.free() {
                *free += 1;
            }
            turns.given_back.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    /// Catches more turns than there are, and one that is lost when its owner panics.
    #[test]
    fn a_turn_is_given_back() {
        let turns = Turns::new(Some(2));
        let (one, other) = (turns.take(), turns.take());
        assert!(one.is_some() && other.is_some() && turns.take().is_none());
        drop(one);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _turn = turns.take();
            unreachable!("a job fails");
        }));
        assert!(panicked.is_err() && turns.take().is_some());
    }

    /// Catches turns that are counted although nobody limits them.
    #[test]
    fn without_a_limit_everybody_has_a_turn() {
        let turns = Turns::new(None);
        let all: Vec<_> = (0..100).map(|_| turns.take()).collect();
        assert!(all.iter().all(Option::is_some));
    }

    /// Catches a thread that sleeps although there is a turn for it.
    #[test]
    fn a_waiting_thread_gets_the_turn_of_another() {
        let turns = Turns::new(Some(1));
        let held = turns.take();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| (0..1000).any(|_| turns.take().is_some()));
            drop(held);
            assert!(waiting.join().is_ok_and(|got| got));
        });
    }
}
