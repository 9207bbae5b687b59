//! A bounded cache. A full one drops an entry that has not been used for long, but not always the
//! oldest: a program that uses one entry too many, in turn, would otherwise never find one.

use std::hash::Hash;

use indexmap::IndexMap;

/// Values, up to a total weight. Each use of a value is recorded.
pub(crate) struct BoundedCache<K, V> {
    entries: IndexMap<K, Entry<V>>,
    capacity: usize,
    weight: usize,
    uses: u64,
    random: u64,
}

struct Entry<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K: Hash + Eq, V: Clone> BoundedCache<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let entries = IndexMap::new();
        // Any seed but 0 will do.
        Self { entries, capacity, weight: 0, uses: 0, random: 0x9e37_79b9_7f4a_7c15 }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.get_mut(key)?;
        self.uses += 1;
        entry.used = self.uses;
        Some(entry.value.clone())
    }

    /// Adds a value, or replaces the one with the same key. Returns the values that were dropped,
    /// so that the caller can free them without the lock of the cache.
    pub(crate) fn insert(&mut self, key: K, value: V, weight: usize) -> Vec<V> {
        if weight > self.capacity {
            return vec![value];
        }
        let mut dropped: Vec<V> =
            self.entries.swap_remove(&key).map(|old| self.freed(old)).into_iter().collect();
        while self.weight + weight > self.capacity {
            let at = self.candidate();
            let Some((_, old)) = self.entries.swap_remove_index(at) else {
                break;
            };
            dropped.push(self.freed(old));
        }
        self.uses += 1;
        self.weight += weight;
        self.entries.insert(key, Entry { value, weight, used: self.uses });
        dropped
    }

    fn freed(&mut self, old: Entry<V>) -> V {
        self.weight -= old.weight;
        old.value
    }

    /// Of two entries chosen at random, the one that has not been used for longer.
    fn candidate(&mut self) -> usize {
        let (a, b) = (self.any(), self.any());
        let used = |index| self.entries.get_index(index).map_or(0, |(_, entry)| entry.used);
        if used(a) <= used(b) { a } else { b }
    }

    /// The index of an entry chosen at random (xorshift).
    fn any(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        ((self.random >> 32) as usize).checked_rem(self.entries.len()).unwrap_or(0)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::BoundedCache;
    use std::ops::Range;

    /// Looks up each key in turn, and adds those that are missing. Returns how many were.
    fn misses(cache: &mut BoundedCache<usize, usize>, keys: Range<usize>) -> usize {
        let mut count = 0;
        for key in keys {
            if let Some(value) = cache.get(&key) {
                assert_eq!(value, 2 * key);
            } else {
                cache.insert(key, 2 * key, 1);
                count += 1;
            }
        }
        count
    }

    /// Catches a cache that finds nothing any more if one more value is used than it holds.
    #[test]
    fn most_values_are_found_if_one_too_many_is_used_in_turn() {
        let mut cache = BoundedCache::new(64);
        let rounds: Vec<usize> = (0..100).map(|_| misses(&mut cache, 0..65)).collect();
        assert_eq!(rounds[0], 65);
        assert!(rounds.iter().skip(20).sum::<usize>() < 80 * 65 / 8, "{rounds:?}");
        assert_eq!((cache.len(), cache.weight(), cache.capacity()), (64, 64, 64));
    }

    /// Catches a full cache that keeps its old values, and never those that a program turns to.
    #[test]
    fn values_used_after_many_others_stay() {
        for count in [1, 9, 32, 64] {
            let mut cache = BoundedCache::new(64);
            misses(&mut cache, 0..64);
            misses(&mut cache, 0..64);
            let rounds: Vec<usize> =
                (0..40).map(|_| misses(&mut cache, 1000..1000 + count)).collect();
            assert_eq!(rounds[0], count);
            assert_eq!(rounds[39], 0, "{rounds:?}");
        }
    }

    /// Catches a value in constant use that is dropped as often as one that is never used again.
    #[test]
    fn a_value_in_constant_use_is_rarely_dropped() {
        let mut cache = BoundedCache::new(64);
        let lost: usize = (0..10_000)
            .map(|key| misses(&mut cache, 0..1) + misses(&mut cache, 1 + key..2 + key) - 1)
            .sum();
        assert!(lost < 20, "{lost}");
    }

    /// Catches memory that grows, and weights that are counted wrongly.
    #[test]
    fn the_total_weight_is_bounded() {
        let mut cache = BoundedCache::new(10);
        assert!(cache.insert(1, 'a', 4).is_empty());
        assert!(cache.insert(2, 'b', 6).is_empty());
        assert_eq!(cache.insert(2, 'c', 5), ['b']);
        assert_eq!((cache.len(), cache.weight()), (2, 9));
        assert_eq!(cache.insert(3, 'd', 11), ['d']);
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some('a'), Some('c'), None));
        let mut dropped = cache.insert(3, 'e', 10);
        dropped.sort_unstable();
        assert_eq!(dropped, ['a', 'c']);
        assert_eq!((cache.len(), cache.weight(), cache.get(&3)), (1, 10, Some('e')));
    }
}
