//! Sorted runs of (key, tip): an index that grows like a binary counter.
//!
//! A small sorted head takes new entries; when it is full it becomes a run, and runs of equal size
//! are merged. So there are at most log2(n) runs, an entry is moved log2(n) times in all, and each
//! costs exactly 8 bytes at rest. A look-up starts where a hash of that value should stand and so
//! touches a few cache lines a run.

/// Entries the head holds before it becomes a run.
const HEAD: usize = 2048;

/// Keys of tips, newest reachable first.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    head: Vec<u64>,
    /// Largest first; each sorted by key, then tip.
    runs: Vec<Box<[u64]>>,
}

impl Postings {
    pub(crate) fn insert(&mut self, key: u32, tip: u32) {
        let entry = (u64::from(key) << 32) | u64::from(tip);
        let at = self.head.partition_point(|&e| e < entry);
        self.head.insert(at, entry);
        if self.head.len() >= HEAD {
            self.seal();
        }
    }

    fn seal(&mut self) {
        let mut run = std::mem::take(&mut self.head).into_boxed_slice();
        while let Some(last) = self.runs.pop_if(|last| last.len() <= run.len()) {
            run = merged(&last, &run);
        }
        self.runs.push(run);
        self.head.reserve_exact(HEAD);
    }

    /// Up to `most` tips that have the key, newest first.
    pub(crate) fn newest(&self, key: u32, most: usize, mut take: impl FnMut(u32)) {
        let mut left = most;
        let newest_first = std::iter::once(&self.head[..]).chain(self.runs.iter().rev().map(|run| &run[..]));
        for run in newest_first {
            if left == 0 {
                return;
            }
            let end = upper(run, key);
            for &entry in run[..end].iter().rev().take(left) {
                if (entry >> 32) as u32 != key {
                    break;
                }
                take(entry as u32);
                left -= 1;
            }
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        8 * (self.head.capacity() + self.runs.iter().map(|run| run.len()).sum::<usize>())
    }
}

/// First position whose key is larger than `key`.
fn upper(run: &[u64], key: u32) -> usize {
    let bound = (u64::from(key) + 1) << 32;
    let guess = ((u128::from(key) * run.len() as u128) >> 32) as usize;
    // Keys are hashes, so the guess is off by about the square root of the run's length.
    let mut step = 64;
    let (mut low, mut high) = (guess.min(run.len()), guess.min(run.len()));
    while low > 0 && run[low - 1] >= bound {
        low = low.saturating_sub(step);
        step *= 4;
    }
    step = 64;
    while high < run.len() && run[high] < bound {
        high = (high + step).min(run.len());
        step *= 4;
    }
    low + run[low..high].partition_point(|&e| e < bound)
}

fn merged(a: &[u64], b: &[u64]) -> Box<[u64]> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    while let (Some(&x), Some(&y)) = (a.peek(), b.peek()) {
        let (from, value) = if x <= y { (&mut a, x) } else { (&mut b, y) };
        from.next();
        out.push(value);
    }
    out.extend(a);
    out.extend(b);
    out.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in_newest_first_across_runs() {
        let mut postings = Postings::default();
        for tip in 0..20_000u32 {
            postings.insert(tip % 97 * 44_000_000, tip);
        }
        let mut found = Vec::new();
        postings.newest(5 * 44_000_000, 3, |tip| found.push(tip));
        // 19,987 = 97 × 206 + 5 is the last with remainder 5.
        assert_eq!(found, [19_987, 19_890, 19_793]);
        found.clear();
        postings.newest(5 * 44_000_000, 1000, |tip| found.push(tip));
        assert_eq!(found.len(), 207);
        postings.newest(1, 9, |_| panic!("no such key"));
    }

    #[test]
    fn eight_bytes_an_entry() {
        let mut postings = Postings::default();
        for tip in 0..100_000u32 {
            postings.insert(tip.wrapping_mul(2_654_435_761), tip);
        }
        assert!(postings.bytes() <= 8 * (100_000 + HEAD));
        assert!(postings.runs.len() <= 17);
    }
}
