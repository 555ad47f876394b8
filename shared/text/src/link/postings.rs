//! Sorted runs of (key, tip): an index that grows like a binary counter.
//!
//! A small sorted head takes new entries; when it is full it becomes a run, and runs of equal size are merged.
//! So there are at most log2(n) runs and an entry is moved log2(n) times in all. At rest an entry costs 8 bytes
//! in a short run and little more than 6 in a long one, which keeps the upper half of its keys once for all.

/// Entries the head holds before it becomes a run.
const HEAD: usize = 1024;
/// Entries from which a run pays for a directory by the upper half of the key.
const LONG: usize = 1 << 18;

/// Keys of tips, newest reachable first.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    head: Vec<u64>,
    /// Largest first.
    runs: Vec<Run>,
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
        let mut run = Run::Short(std::mem::take(&mut self.head).into_boxed_slice());
        while let Some(last) = self.runs.pop_if(|last| last.len() <= run.len()) {
            run = Run::of(merged(last.entries(), run.entries(), last.len() + run.len()));
        }
        self.runs.push(run);
        self.head.reserve_exact(HEAD);
    }

    /// Up to `most` tips that have the key, newest first.
    pub(crate) fn newest(&self, key: u32, most: usize, mut take: impl FnMut(u32)) {
        let mut left = most;
        newest_of(&self.head, key, &mut left, &mut take);
        for run in self.runs.iter().rev() {
            if left == 0 {
                return;
            }
            match run {
                Run::Short(entries) => newest_of(entries, key, &mut left, &mut take),
                Run::Long(long) => long.newest(key, &mut left, &mut take),
            }
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.head.capacity() + self.runs.iter().map(Run::bytes).sum::<usize>()
    }
}

/// Entries sorted by key, then tip.
#[derive(Debug)]
enum Run {
    Short(Box<[u64]>),
    Long(Long),
}

impl Run {
    fn of(entries: Vec<u64>) -> Self {
        if entries.len() < LONG {
            Self::Short(entries.into_boxed_slice())
        } else {
            Self::Long(Long::of(&entries))
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(entries) => entries.len(),
            Self::Long(long) => long.tips.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Short(entries) => 8 * entries.len(),
            Self::Long(long) => 6 * long.tips.len() + 4 * long.starts.len(),
        }
    }

    fn entries(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::Short(entries) => Box::new(entries.iter().copied()),
            Self::Long(long) => Box::new(long.entries()),
        }
    }
}

/// A long run: where the keys with each upper half start, and for each entry the lower half and the tip.
#[derive(Debug)]
struct Long {
    starts: Box<[u32]>,
    lows: Box<[u16]>,
    tips: Box<[u32]>,
}

impl Long {
    fn of(entries: &[u64]) -> Self {
        let mut starts = vec![0u32; (1 << 16) + 1];
        for entry in entries {
            starts[(entry >> 48) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self {
            starts: starts.into_boxed_slice(),
            lows: entries.iter().map(|entry| (entry >> 32) as u16).collect(),
            tips: entries.iter().map(|entry| *entry as u32).collect(),
        }
    }

    fn newest(&self, key: u32, left: &mut usize, take: &mut impl FnMut(u32)) {
        let upper = (key >> 16) as usize;
        let (start, end) = (self.starts[upper] as usize, self.starts[upper + 1] as usize);
        let low = key as u16;
        let end = start + self.lows[start..end].partition_point(|&l| l <= low);
        for at in (start..end).rev().take(*left) {
            if self.lows[at] != low {
                return;
            }
            take(self.tips[at]);
            *left -= 1;
        }
    }

    fn entries(&self) -> impl Iterator<Item = u64> + '_ {
        self.starts.windows(2).zip(0u64..).flat_map(move |(bounds, upper)| {
            (bounds[0] as usize..bounds[1] as usize)
                .map(move |at| upper << 48 | u64::from(self.lows[at]) << 32 | u64::from(self.tips[at]))
        })
    }
}

fn newest_of(entries: &[u64], key: u32, left: &mut usize, take: &mut impl FnMut(u32)) {
    let end = upper(entries, key);
    for &entry in entries[..end].iter().rev().take(*left) {
        if (entry >> 32) as u32 != key {
            return;
        }
        take(entry as u32);
        *left -= 1;
    }
}

/// First position whose key is larger than `key`.
fn upper(run: &[u64], key: u32) -> usize {
    let bound = (u64::from(key) + 1) << 32;
    run.partition_point(|&entry| entry < bound)
}

fn merged(a: impl Iterator<Item = u64>, b: impl Iterator<Item = u64>, length: usize) -> Vec<u64> {
    let mut out = Vec::with_capacity(length);
    let (mut a, mut b) = (a.peekable(), b.peekable());
    while let (Some(&x), Some(&y)) = (a.peek(), b.peek()) {
        if x <= y {
            out.push(x);
            a.next();
        } else {
            out.push(y);
            b.next();
        }
    }
    out.extend(a);
    out.extend(b);
    out
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
    fn a_long_run_finds_the_same_as_short_ones_in_less() {
        let entries: Vec<u64> = (0..2 * LONG as u64)
            .map(|tip| (tip % 1009 * 4_256_233 % (1 << 32)) << 32 | tip)
            .collect::<std::collections::BTreeSet<u64>>()
            .into_iter()
            .collect();
        let (short, long) = (Run::Short(entries.clone().into_boxed_slice()), Run::of(entries.clone()));
        assert!(matches!(long, Run::Long(_)));
        assert!(long.entries().eq(entries.iter().copied()));
        assert!(long.bytes() < short.bytes() * 7 / 8);
        let (Run::Short(short), Run::Long(long)) = (&short, &long) else { panic!() };
        for key in (0..1009u32).map(|at| at.wrapping_mul(4_256_233)).chain([0, 1, u32::MAX]) {
            let (mut one, mut two) = (Vec::new(), Vec::new());
            newest_of(short, key, &mut 7, &mut |tip| one.push(tip));
            long.newest(key, &mut 7, &mut |tip| two.push(tip));
            assert_eq!(one, two);
        }
    }

    #[test]
    fn at_most_eight_bytes_an_entry() {
        let mut postings = Postings::default();
        for tip in 0..100_000u32 {
            postings.insert(tip.wrapping_mul(2_654_435_761), tip);
        }
        assert!(postings.bytes() <= 8 * (100_000 + HEAD));
        assert!(postings.runs.len() <= 17);
    }
}
