use super::{Chunks, OVERHEAD, Room, weight};
use crate::chunk_cache::{Decoding, Home, Key, Version};
use std::sync::Arc;
use std::time::Instant;

fn key(number: u64) -> Arc<Key> {
    let decoding = Decoding::new("raw".into(), &[1]);
    Arc::new(Key::new(Home::Files, b"a", Some(number), decoding))
}

fn reserve(chunks: &mut Chunks, number: u64, bytes: usize, bound: usize) -> Option<Room> {
    let version = (&Version::Only, Instant::now());
    chunks.reserve(&key(number), version, bytes, bound as u64)
}

fn put(chunks: &mut Chunks, number: u64, bytes: usize, bound: usize) -> bool {
    let room = reserve(chunks, number, bytes, bound);
    room.is_some_and(|room| {
        chunks.end(&key(number), room.ticket, Some(Arc::new(vec![number as u8; bytes])));
        true
    })
}

fn numbers(chunks: &Chunks) -> Vec<u64> {
    (0..10).filter(|n| chunks.slot(&key(*n)).is_some()).collect()
}

/// Catches a chunk in use that is dropped before an older one, and bytes that are counted wrongly.
#[test]
fn the_least_recently_used_chunk_goes_first() {
    let (mut chunks, bound) = (Chunks::default(), 3 * weight(10));
    assert!((0..3).all(|number| put(&mut chunks, number, 10, bound)));
    assert!(chunks.get(&key(0), |_| true).is_some_and(|(decoded, ..)| *decoded == [0; 10]));
    assert!(put(&mut chunks, 3, 10, bound));
    assert_eq!((numbers(&chunks), chunks.size()), (vec![0, 2, 3], (3, bound)));
    // The smaller one takes the place of two, because both together were too large.
    assert!(put(&mut chunks, 4, 11, bound));
    assert_eq!(numbers(&chunks), [0, 3, 4][1..]);
    assert_eq!(chunks.size(), (2, 21 + 2 * OVERHEAD));
    // The same chunk anew takes its own place.
    assert!(put(&mut chunks, 4, 12, bound));
    assert_eq!((numbers(&chunks), chunks.size()), (vec![3, 4], (2, 22 + 2 * OVERHEAD)));
    assert_eq!(chunks.clear().len(), 2);
    assert_eq!(chunks.size(), (0, 0));
}

/// Catches room that is given twice, or that an attempt which failed takes for ever.
#[test]
fn chunks_that_are_being_decoded_count_and_stay() {
    let (mut chunks, bound) = (Chunks::default(), 2 * weight(10));
    let tickets = [0, 1].map(|number| reserve(&mut chunks, number, 10, bound));
    let [Some(first), Some(second)] = tickets else { unreachable!() };
    assert!(!put(&mut chunks, 2, 10, bound));
    assert!(chunks.clear().is_empty());
    assert_eq!(chunks.size(), (0, bound));
    // Another attempt's number ends nothing.
    chunks.end(&key(0), second.ticket, None);
    assert_eq!(chunks.size(), (0, bound));
    chunks.end(&key(0), first.ticket, None);
    assert_eq!(chunks.size(), (0, weight(10)));
    assert!(put(&mut chunks, 2, 10, bound));
    chunks.end(&key(1), second.ticket, Some(Arc::new(vec![1; 10])));
    assert_eq!((numbers(&chunks), chunks.size()), (vec![1, 2], (2, bound)));
}

/// Catches a chunk that counts as seen in another version, and memory that many such chunks take.
#[test]
fn chunks_that_were_seen_once_count_with_their_overhead() {
    let (mut chunks, bound) = (Chunks::default(), 2 * weight(10));
    let mut see = |number, version: &Version| chunks.see(&key(number), version, bound as u64).0;
    let other = Version::Tag("a".into());
    assert_eq!([see(0, &Version::Only), see(0, &Version::Only)], [false, true]);
    assert_eq!([see(0, &other), see(0, &other), see(0, &Version::Only)], [false, true, false]);
    (1..9).for_each(|number| assert!(!see(number, &other)));
    assert_eq!(numbers(&chunks), [7, 8]);
    assert_eq!(chunks.size(), (0, 2 * OVERHEAD));
    assert!(put(&mut chunks, 8, 10, bound));
    assert_eq!(chunks.size(), (1, OVERHEAD + weight(10)));
    assert!(chunks.clear().len() == 1 && chunks.size() == (0, 0));
}

/// Catches memory that is not used again, or is while a read still copies from it.
#[test]
fn the_memory_of_a_dropped_chunk_is_used_again() {
    let (mut chunks, bound) = (Chunks::default(), weight(10));
    assert!(put(&mut chunks, 0, 10, bound));
    let in_use = chunks.get(&key(0), |_| true);
    assert!(reserve(&mut chunks, 1, 10, bound).is_some_and(|room| {
        chunks.end(&key(1), room.ticket, Some(Arc::new(vec![1; 10])));
        room.buffer.capacity() == 0 && room.dropped.len() == 1
    }));
    drop(in_use);
    let room = reserve(&mut chunks, 2, 10, bound);
    assert!(room.is_some_and(|room| room.buffer.capacity() == 10 && room.dropped.is_empty()));
}
