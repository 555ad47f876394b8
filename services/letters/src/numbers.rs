//! Register numbers (登记号) of letters. A door holds no ledger, so it counts by itself: the year, four
//! digits that are this door's alone, and a running number, as `L2026-3F2A-000123`.
//!
//! The journal remembers which receipt a number belongs to, as its keyed hash, so that paper that comes later
//! with the number's label on it finds its letter. A number is on disk before anybody is told it; a crash may
//! leave a gap, never a number given twice.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dengwen_model::DoorName;
use dengwen_rules::shanghai;
use dengwen_seal::ReceiptHash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A register number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RegisterNumber {
    year: i16,
    door: u16,
    count: u32,
}

/// Not a register number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a register number")]
pub(crate) struct NoRegisterNumber;

impl std::fmt::Display for RegisterNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "L{:04}-{:04X}-{:06}", self.year, self.door, self.count)
    }
}

impl FromStr for RegisterNumber {
    type Err = NoRegisterNumber;

    fn from_str(text: &str) -> Result<Self, NoRegisterNumber> {
        let read = || {
            let mut parts = text.trim().strip_prefix('L')?.split('-');
            let (year, door, count) = (parts.next()?, parts.next()?, parts.next()?);
            let number = Self {
                year: year.parse().ok()?,
                door: u16::from_str_radix(door, 16).ok()?,
                count: count.parse().ok()?,
            };
            // One way of writing it only: a label is compared as text elsewhere.
            (number.to_string() == text.trim()).then_some(number)
        };
        read().ok_or(NoRegisterNumber)
    }
}

impl TryFrom<String> for RegisterNumber {
    type Error = NoRegisterNumber;

    fn try_from(text: String) -> Result<Self, NoRegisterNumber> {
        text.parse()
    }
}

impl From<RegisterNumber> for String {
    fn from(number: RegisterNumber) -> Self {
        number.to_string()
    }
}

/// A line of the journal: a number was given, or a letter was registered under it.
#[derive(Serialize, Deserialize)]
struct Line {
    number: RegisterNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptHash>,
}

/// The numbers of this desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Numbers(Arc<Mutex<Journal>>);

#[derive(Debug)]
struct Journal {
    file: File,
    door: u16,
    /// The last number of each year.
    last: HashMap<i16, u32>,
    letters: HashMap<RegisterNumber, ReceiptHash>,
    /// The first number of each letter.
    numbers: HashMap<ReceiptHash, RegisterNumber>,
    /// A write broke off, and may have left half a line.
    torn: bool,
}

impl Numbers {
    /// Opens the journal under the data directory.
    ///
    /// # Errors
    /// Where it cannot be read or written. A torn last line, from a crash, is passed over.
    pub(crate) fn open(data: &Path, door: &DoorName) -> io::Result<Self> {
        let path = data.join("letters-numbers.jsonl");
        let file = File::options().create(true).append(true).read(true).open(&path)?;
        let digest = Sha256::digest(door.as_str().as_bytes());
        let mut journal = Journal {
            file,
            door: u16::from_be_bytes([digest[0], digest[1]]),
            last: HashMap::new(),
            letters: HashMap::new(),
            numbers: HashMap::new(),
            torn: false,
        };
        let mut torn = false;
        for line in BufReader::new(File::open(&path)?).split(b'\n') {
            let line = line?;
            torn = !line.is_empty() && serde_json::from_slice(&line).map(|line| journal.know(line)).is_err();
        }
        if torn {
            journal.file.write_all(b"\n")?;
        }
        Ok(Self(Arc::new(Mutex::new(journal))))
    }

    /// The next number of the year in which `now` lies in Shanghai.
    ///
    /// # Errors
    /// Where the disk does not take it; then no number is given.
    pub(crate) async fn next(&self, now: Timestamp) -> io::Result<RegisterNumber> {
        let year = now.to_zoned(shanghai()).year();
        self.with(move |journal| {
            let count = journal.last.get(&year).copied().unwrap_or_default() + 1;
            let number = RegisterNumber { year, door: journal.door, count };
            journal.write(vec![Line { number: number.clone(), receipt: None }])?;
            Ok(number)
        })
        .await
    }

    /// The numbers of these letters in their order: what a letter has, or the next of the year in which `now` lies in
    /// Shanghai. Many together cost one write.
    ///
    /// # Errors
    /// Where the disk does not take them; then no number is given.
    pub(crate) async fn of_letters(
        &self,
        receipts: Vec<ReceiptHash>,
        now: Timestamp,
    ) -> io::Result<Vec<RegisterNumber>> {
        let year = now.to_zoned(shanghai()).year();
        self.with(move |journal| journal.number(year, &receipts)).await
    }

    /// Whether this desk gave the number and no letter has it yet.
    pub(crate) fn is_free(&self, number: &RegisterNumber) -> bool {
        let journal = self.journal();
        let given = journal.last.get(&number.year).is_some_and(|last| number.count <= *last);
        number.door == journal.door && number.count > 0 && given && !journal.letters.contains_key(number)
    }

    /// Remembers the letter of a number.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub(crate) async fn bind(&self, number: RegisterNumber, receipt: ReceiptHash) -> io::Result<()> {
        self.with(move |journal| journal.write(vec![Line { number, receipt: Some(receipt) }])).await
    }

    /// The letter of a number.
    pub(crate) fn letter(&self, number: &RegisterNumber) -> Option<ReceiptHash> {
        self.journal().letters.get(number).copied()
    }

    /// Nothing in there can panic half way.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Journal) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let numbers = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut numbers.journal())).await;
        done.unwrap_or_else(|_| Err(io::Error::other("the work broke off")))
    }
}

impl Journal {
    fn number(&mut self, year: i16, receipts: &[ReceiptHash]) -> io::Result<Vec<RegisterNumber>> {
        let mut count = self.last.get(&year).copied().unwrap_or_default();
        // One letter may be among them twice.
        let mut fresh: HashMap<ReceiptHash, RegisterNumber> = HashMap::new();
        let (mut lines, mut numbers) = (Vec::new(), Vec::with_capacity(receipts.len()));
        for receipt in receipts {
            if let Some(known) = self.numbers.get(receipt).or_else(|| fresh.get(receipt)) {
                numbers.push(known.clone());
                continue;
            }
            count += 1;
            let number = RegisterNumber { year, door: self.door, count };
            fresh.insert(*receipt, number.clone());
            lines.push(Line { number: number.clone(), receipt: Some(*receipt) });
            numbers.push(number);
        }
        self.write(lines)?;
        Ok(numbers)
    }

    fn write(&mut self, lines: Vec<Line>) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        // What a write left that broke off must not run into the next line: that would be lost with it.
        let mut text = if self.torn { vec![b'\n'] } else { Vec::new() };
        for line in &lines {
            serde_json::to_writer(&mut text, line).map_err(io::Error::other)?;
            text.push(b'\n');
        }
        self.torn = true;
        self.file.write_all(&text)?;
        self.file.sync_data()?;
        self.torn = false;
        lines.into_iter().for_each(|line| self.know(line));
        Ok(())
    }

    fn know(&mut self, line: Line) {
        let Line { number, receipt } = line;
        if number.door == self.door {
            let last = self.last.entry(number.year).or_default();
            *last = (*last).max(number.count);
        }
        if let Some(receipt) = receipt {
            // A letter that was registered once more is in the ledger under its first.
            self.numbers.entry(receipt).or_insert_with(|| number.clone());
            self.letters.insert(number, receipt);
        }
    }
}

#[cfg(test)]
mod tests {
    use dengwen_model::SeededEntropy;
    use dengwen_seal::{Receipt, ReceiptKey};

    use super::*;

    fn now() -> Timestamp {
        "2026-12-31T16:30:00Z".parse().unwrap()
    }

    fn open(dir: &tempfile::TempDir) -> Numbers {
        Numbers::open(dir.path(), &"letters-1".parse().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_number_is_given_once_over_restarts_and_torn_lines() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(&dir).next(now()).await.unwrap();
        assert!(first.to_string().starts_with("L2027-"), "the year turns in Shanghai: {first}");
        let path = dir.path().join("letters-numbers.jsonl");
        let mut torn = std::fs::read(&path).unwrap();
        torn.extend_from_slice(br#"{"number":"L20"#);
        std::fs::write(&path, torn).unwrap();
        let numbers = open(&dir);
        let second = numbers.next(now()).await.unwrap();
        assert_eq!((first.count, second.count), (1, 2));
        assert_eq!(open(&dir).next(now()).await.unwrap().count, 3, "what follows a torn line is read");
        assert!(numbers.is_free(&second) && !numbers.is_free(&RegisterNumber { count: 9, ..second }));
    }

    #[tokio::test]
    async fn a_number_leads_to_its_letter() {
        let dir = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(1);
        let receipt = ReceiptKey::generate(&entropy).hash(&Receipt::generate(&entropy));
        let numbers = open(&dir);
        let number = numbers.next(now()).await.unwrap();
        assert_eq!(numbers.letter(&number), None);
        numbers.bind(number.clone(), receipt).await.unwrap();
        assert_eq!(open(&dir).letter(&number), Some(receipt));
        assert!(!open(&dir).is_free(&number), "one number, one letter");
    }

    #[tokio::test]
    async fn letters_together_are_numbered_in_their_order_and_each_keeps_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let entropy = SeededEntropy::new(2);
        let key = ReceiptKey::generate(&entropy);
        let [one, two, three] = std::array::from_fn(|_| key.hash(&Receipt::generate(&entropy)));
        let numbers = open(&dir);
        let alone = numbers.next(now()).await.unwrap();
        let counts = |given: &[RegisterNumber]| given.iter().map(|number| number.count).collect::<Vec<_>>();
        let given = numbers.of_letters(vec![one, two, one], now()).await.unwrap();
        assert_eq!((alone.count, counts(&given)), (1, vec![2, 3, 2]));
        assert_eq!(numbers.letter(&given[1]), Some(two));
        assert!(!numbers.is_free(&given[0]), "it is a letter's from the start");
        let again = open(&dir).of_letters(vec![three, two, one], now()).await.unwrap();
        assert_eq!(counts(&again), [4, 3, 2], "also after a restart");
        // One that was registered once more keeps the number that the ledger has.
        let numbers = open(&dir);
        let other = numbers.next(now()).await.unwrap();
        numbers.bind(other.clone(), one).await.unwrap();
        assert_eq!(counts(&numbers.of_letters(vec![one], now()).await.unwrap()), [2]);
        assert_eq!(numbers.letter(&other), Some(one));
    }

    #[test]
    fn a_number_is_written_in_one_way_only() {
        let number: RegisterNumber = "L2026-3F2A-000123".parse().unwrap();
        assert_eq!(number.to_string(), "L2026-3F2A-000123");
        for wrong in
            ["", "L", "2026-3F2A-000123", "L2026-3f2a-000123", "L2026-3F2A-123", "L2026-3F2A-000123-1"]
        {
            assert!(wrong.parse::<RegisterNumber>().is_err(), "{wrong}");
        }
    }
}
