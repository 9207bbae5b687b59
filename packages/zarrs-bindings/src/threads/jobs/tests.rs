//! Jobs that threads share: each runs once, errors stop the rest, and no more compute than should.

use super::{run, run_in_turns};
use crate::errors::Error;
use crate::threads::limits::{Limits, Waits};
use std::sync::atomic::{AtomicUsize, Ordering};

fn limits(threads: Option<usize>) -> Limits<'static> {
    Limits { threads, waits: Waits::Never, interrupted: &|| Ok(()) }
}

/// Catches lost or repeated jobs.
#[test]
fn every_job_runs_once() {
    for threads in [None, Some(1), Some(2)] {
        let seen: Vec<AtomicUsize> = (0..1000).map(|_| AtomicUsize::new(0)).collect();
        let done = run(1000, u64::MAX, limits(threads), |i| {
            seen[i].fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        assert!(done.is_ok());
        assert!(seen.iter().all(|n| n.load(Ordering::Relaxed) == 1));
    }
}

/// Catches jobs that are lost or repeated because their thread had no turn, and more threads that
/// compute than there are cores.
#[test]
fn as_many_jobs_compute_as_there_are_cores() {
    let cores = super::pool().map_or(0, rayon::ThreadPool::current_num_threads);
    let (most, now, ran) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let limits = Limits { waits: Waits::Partly, ..limits(None) };
    let done = run_in_turns(200, u64::MAX, limits, |_, turn| {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        now.fetch_sub(1, Ordering::SeqCst);
        drop(turn);
        ran.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    assert!(done.is_ok() && most.into_inner() <= cores);
    assert_eq!(ran.into_inner(), 200);
}

/// Catches jobs that keep their turn while they wait, so that a core is idle.
#[test]
fn who_waits_for_a_file_keeps_no_turn() {
    let cores = super::pool().map_or(0, rayon::ThreadPool::current_num_threads);
    let waiting = AtomicUsize::new(0);
    let limits = Limits { waits: Waits::Partly, ..limits(None) };
    let done = run_in_turns(cores + 1, u64::MAX, limits, |_, turn| {
        drop(turn);
        waiting.fetch_add(1, Ordering::SeqCst);
        while waiting.load(Ordering::SeqCst) <= cores {
            std::thread::yield_now();
        }
        Ok(())
    });
    assert!(done.is_ok());
}

/// Catches a swallowed error, or jobs that continue for long after it.
#[test]
fn the_first_error_stops_the_rest() {
    let ran = AtomicUsize::new(0);
    let done = run(1_000_000, u64::MAX, limits(None), |i| {
        ran.fetch_add(1, Ordering::Relaxed);
        if i == 5 { Err(Error::Internal("five".into())) } else { Ok(()) }
    });
    assert!(matches!(done, Err(Error::Internal(text)) if text == "five"));
    assert!(ran.load(Ordering::Relaxed) < 1_000_000);
}

/// Catches a short call that waits for threads kept busy by a long call.
#[test]
fn a_call_does_not_wait_for_the_helpers_of_another() {
    let (started, release) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            run(64, u64::MAX, limits(None), |_| {
                started.fetch_add(1, Ordering::SeqCst);
                while release.load(Ordering::SeqCst) == 0 {
                    std::thread::yield_now();
                }
                Ok(())
            })
        });
        while started.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        assert!(run(8, u64::MAX, limits(None), |_| Ok(())).is_ok());
        release.store(1, Ordering::SeqCst);
    });
}

/// Catches a panic on another thread that ends the process or counts as success.
#[test]
fn a_panic_in_a_job_is_an_error() {
    let done = std::panic::catch_unwind(|| {
        run(100, u64::MAX, limits(None), |i| if i % 2 == 0 { Ok(()) } else { unreachable!() })
    });
    assert!(!matches!(done, Ok(Ok(()))));
}
