//! A bounded map whose entries expire; when full, what would expire first goes first.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use crate::CacheKey;

#[derive(Debug)]
pub(crate) struct Expiring<V> {
    entries: HashMap<CacheKey, (i64, V)>,
    // By time of expiry, so that what is over is found without a walk.
    order: BTreeSet<(i64, CacheKey)>,
    capacity: usize,
}

impl<V> Expiring<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), order: BTreeSet::new(), capacity }
    }

    pub(crate) fn put(&mut self, now: Timestamp, key: CacheKey, value: V, ttl: Duration) {
        self.remove(&key);
        self.expire(now);
        while self.entries.len() >= self.capacity {
            let Some((_, first)) = self.order.pop_first() else { break };
            self.entries.remove(&first);
        }
        let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
        let end = now.as_microsecond().saturating_add(ttl);
        self.order.insert((end, key));
        self.entries.insert(key, (end, value));
    }

    pub(crate) fn get(&self, now: Timestamp, key: &CacheKey) -> Option<&V> {
        let (end, value) = self.entries.get(key)?;
        (*end > now.as_microsecond()).then_some(value)
    }

    pub(crate) fn remove(&mut self, key: &CacheKey) {
        if let Some((end, _)) = self.entries.remove(key) {
            self.order.remove(&(end, *key));
        }
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((_, key)) = self.order.pop_first_if(|(end, _)| *end <= now.as_microsecond()) {
            self.entries.remove(&key);
        }
    }
}

/// `BTreeSet::pop_first` under a condition.
trait PopFirstIf<T> {
    fn pop_first_if(&mut self, condition: impl FnOnce(&T) -> bool) -> Option<T>;
}

impl<T: Ord> PopFirstIf<T> for BTreeSet<T> {
    fn pop_first_if(&mut self, condition: impl FnOnce(&T) -> bool) -> Option<T> {
        if self.first().is_some_and(condition) { self.pop_first() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> CacheKey {
        CacheKey::new([number; 32])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn entries_end_with_their_time() {
        let mut map = Expiring::new(10);
        map.put(at(0), key(1), 'a', Duration::from_secs(5));
        assert_eq!(map.get(at(4), &key(1)), Some(&'a'));
        assert_eq!(map.get(at(5), &key(1)), None);
        map.put(at(6), key(2), 'b', Duration::from_secs(5));
        assert_eq!((map.entries.len(), map.order.len()), (1, 1));
    }

    #[test]
    fn a_full_map_drops_what_ends_first() {
        let mut map = Expiring::new(2);
        map.put(at(0), key(1), 'a', Duration::from_secs(9));
        map.put(at(0), key(2), 'b', Duration::from_secs(5));
        map.put(at(0), key(3), 'c', Duration::from_secs(7));
        assert_eq!(map.get(at(0), &key(2)), None);
        assert_eq!(map.get(at(0), &key(1)), Some(&'a'));
        assert_eq!(map.get(at(0), &key(3)), Some(&'c'));
    }

    #[test]
    fn a_second_put_prolongs() {
        let mut map = Expiring::new(2);
        map.put(at(0), key(1), 'a', Duration::from_secs(5));
        map.put(at(4), key(1), 'b', Duration::from_secs(5));
        assert_eq!(map.get(at(8), &key(1)), Some(&'b'));
        assert_eq!(map.order.len(), 1);
    }
}
