use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{
    Claim, Decoding, Found, Home, Keep, Key, OVERHEAD, Version, allow, claim, clear, confirm, find,
    fits, info, written,
};
use crate::store::local::Stamp;

/// The tests share one cache.
static ALONE: Mutex<()> = Mutex::new(());

fn alone(bound: usize) -> MutexGuard<'static, ()> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    clear();
    allow(bound as u64);
    alone
}

fn key(home: Home, number: u64) -> Key {
    Key::new(home, b"a", Some(number), Decoding::new("raw".into(), &[10]))
}

fn tag(text: &str) -> Version {
    Version::Tag(text.into())
}

/// Decodes ten bytes of a value, unless they are cached. Returns the bytes, and whether they were.
fn read(key: Key, version: &Version, checked: Instant, value: u8) -> (Vec<u8>, bool) {
    match claim(key, version, checked, 10, Keep::Now) {
        Claim::Found(decoded) => (decoded.to_vec(), true),
        Claim::Fill(mut filling) => {
            filling.buffer().resize(10, value);
            (filling.keep().to_vec(), false)
        }
        Claim::Decode => (vec![value; 10], false),
    }
}

/// Catches a chunk that is found for another version, and an old one that takes room beside it.
#[test]
fn only_the_same_version_is_found() {
    let _alone = alone(1 << 20);
    let (home, now) = (Home::Remote(1), Instant::now());
    assert_eq!(read(key(home, 0), &tag("a"), now, 1), (vec![1; 10], false));
    assert_eq!(read(key(home, 0), &tag("a"), now, 2), (vec![1; 10], true));
    assert_eq!(read(key(home, 0), &tag("b"), now, 3), (vec![3; 10], false));
    assert_eq!(read(key(home, 0), &tag("a"), now, 1), (vec![1; 10], false));
    assert_eq!(info(), (1, 3, 1, 10 + OVERHEAD, 0, 1 << 20));
    clear();
    assert_eq!(info(), (0, 0, 0, 0, 0, 0));
}

/// Catches a file that is cached although a change within its time step would not show.
#[test]
fn a_file_that_was_just_changed_is_not_cached() {
    let _alone = alone(1 << 20);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    for (ago, cached) in [(0, false), (2, false), (4, true)] {
        let then = now.saturating_sub(Duration::from_secs(ago));
        let version = Version::File(Stamp::at(then, then));
        let again = (0..2).map(|_| read(key(Home::Files, ago), &version, Instant::now(), 1).1);
        assert_eq!(again.collect::<Vec<_>>(), [false, cached], "{ago}");
    }
}

/// Catches a chunk that is used unasked after its time, or after a write of our own, though the
/// read that cached it began before.
#[test]
fn a_chunk_is_fresh_for_its_time_and_until_a_write() {
    let _alone = alone(1 << 20);
    let (home, other, began) = (Home::Remote(2), Home::Remote(3), Instant::now());
    let is_fresh = |home, age: f64, immutable| {
        find(&key(home, 0)).is_some_and(|found| found.is_fresh(age, immutable))
    };
    read(key(home, 0), &tag("a"), began, 1);
    read(key(other, 0), &tag("a"), began, 1);
    assert!(is_fresh(home, 1e9, false) && is_fresh(home, f64::INFINITY, false));
    assert!(!is_fresh(home, 0.0, false) && is_fresh(home, 0.0, true));
    written(home);
    assert!(!is_fresh(home, 1e9, false) && !is_fresh(home, 0.0, true));
    assert!(is_fresh(other, 1e9, false));
    // A confirmation of another version, or from before the write, confirms nothing.
    let asked = [key(home, 0)];
    confirm(asked.iter(), &tag("b"), Instant::now());
    confirm(asked.iter(), &tag("a"), began);
    assert!(!is_fresh(home, 1e9, false));
    confirm(asked.iter(), &tag("a"), Instant::now());
    assert!(is_fresh(home, 1e9, false));
    assert_eq!(info().4, 3);
    // More stores than are remembered: all count as written.
    (100..1200).for_each(|number| written(Home::Remote(number)));
    assert!(!is_fresh(other, 1e9, false));
    assert!(find(&key(home, 0)).as_ref().and_then(Found::tag).is_some_and(|tag| **tag == *"a"));
}

/// Catches a value without a tag that is used after this process has replaced it.
#[test]
fn a_write_ends_values_that_nothing_else_tells_apart() {
    let _alone = alone(1 << 20);
    let (home, began) = (Home::Python(1), Instant::now());
    assert!(!read(key(home, 0), &Version::Only, began, 1).1);
    assert!(read(key(home, 0), &Version::Only, began, 2).1);
    written(home);
    assert_eq!(read(key(home, 0), &Version::Only, Instant::now(), 3), (vec![3; 10], false));
    assert_eq!(read(key(home, 0), &Version::Only, Instant::now(), 4), (vec![3; 10], true));
}

/// Catches a chunk that does not fit but is cached, and a bound that a smaller one lowers.
#[test]
fn the_bound_is_the_largest_and_is_kept() {
    let _alone = alone(10 + OVERHEAD - 1);
    assert!(!fits(10) && fits(9) && !fits(u64::MAX));
    let version = tag("a");
    assert!(!read(key(Home::Remote(1), 0), &version, Instant::now(), 1).1);
    assert_eq!((info().2, info().3), (0, 0));
    allow(2 * (10 + OVERHEAD) as u64);
    allow(1);
    for number in 0..5 {
        read(key(Home::Remote(1), number), &version, Instant::now(), 1);
        assert!(info().3 <= 2 * (10 + OVERHEAD));
    }
    assert_eq!(info().2, 2);
    allow(i64::MAX as u64);
    assert!(fits(1 << 40) && !fits(u64::MAX - 1));
}

/// Catches threads that decode one chunk several times, or wait for ever: for one that gave up too.
#[test]
fn one_thread_decodes_and_the_others_wait() {
    let _alone = alone(1 << 20);
    let (together, decoded, given_up) = (Barrier::new(8), AtomicUsize::new(0), AtomicUsize::new(0));
    let version = tag("a");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                together.wait();
                loop {
                    match claim(key(Home::Remote(1), 7), &version, Instant::now(), 10, Keep::Now) {
                        Claim::Fill(filling) if given_up.fetch_add(1, Ordering::Relaxed) < 3 => {
                            drop(filling);
                        }
                        Claim::Fill(mut filling) => {
                            decoded.fetch_add(1, Ordering::Relaxed);
                            filling.buffer().resize(10, 5);
                            assert_eq!(**filling.keep(), [5; 10]);
                            break;
                        }
                        Claim::Found(found) => {
                            assert_eq!(**found, [5; 10]);
                            break;
                        }
                        Claim::Decode => unreachable!("there is room"),
                    }
                }
            });
        }
    });
    assert_eq!((decoded.load(Ordering::Relaxed), info().2, info().3), (1, 1, 10 + OVERHEAD));
}

/// Catches a read that must not cache, because it checks less, but does.
#[test]
fn a_read_that_may_not_keep_only_looks() {
    let _alone = alone(1 << 20);
    let version = tag("a");
    let look = || claim(key(Home::Remote(1), 0), &version, Instant::now(), 10, Keep::Never);
    assert!(matches!(look(), Claim::Decode));
    read(key(Home::Remote(1), 0), &version, Instant::now(), 1);
    assert!(matches!(look(), Claim::Found(found) if **found == [1; 10]));
}

/// Catches chunks that are kept though they are read once, and some that are never kept.
#[test]
fn a_chunk_that_is_read_whole_is_kept_the_second_time() {
    let _alone = alone(1 << 20);
    let version = tag("a");
    let claimed = |keep| claim(key(Home::Files, 0), &version, Instant::now(), 10, keep);
    assert!(matches!(claimed(Keep::Again), Claim::Decode));
    assert_eq!((info().2, info().3), (0, OVERHEAD));
    let Claim::Fill(mut filling) = claimed(Keep::Again) else { unreachable!() };
    filling.buffer().resize(10, 1);
    drop(filling.keep());
    assert!(matches!(claimed(Keep::Again), Claim::Found(_)));
    assert_eq!((info().2, info().3), (1, 10 + OVERHEAD));
}
