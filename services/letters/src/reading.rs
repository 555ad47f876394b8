//! Reads what waits, a few scans at a time: a label leads the scan to its letter, words become a draft
//! for the clerk. Nothing is decided by it but where paper belongs that bears our own label.

use dengwen_clerk::{TrayError, Waiting, WaitingId};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::attach::{Attacher, NotAttached};
use crate::numbers::RegisterNumber;
use crate::scan::ScanKind;
use crate::scans::{NotShown, Reading, ScanNote, Scans};

/// Pages on which a label is looked for: the letter's first, and the envelope before or behind it.
const LABEL_PAGES: u32 = 4;
/// Pages that are read.
const READ_PAGES: u32 = 20;
/// Longer side of a page that is read, in pixels: A4 at some 250 dpi.
const LONGEST: u32 = 2900;
/// Longest draft, in characters: a letter's text has its own bound.
const MAX_DRAFT: usize = 20_000;

/// Scans that are read at a time at most: each may take a program of a gibibyte (see `programs`).
const MOST_AT_ONCE: usize = 4;

/// A page took too long.
struct Late;

/// Reads scans.
pub(crate) struct Reader {
    scans: Scans,
    attacher: Attacher,
    reads: bool,
}

impl Reader {
    /// Reads words too, where `reads`.
    pub(crate) fn new(scans: Scans, attacher: Attacher, reads: bool) -> Self {
        Self { scans, attacher, reads }
    }

    /// Everything that waits unread, and everything that comes, until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut arrivals = self.scans.tray().arrivals();
        loop {
            arrivals.borrow_and_update();
            tokio::select! {
                () = stop.cancelled() => return,
                () = together(self.scans.tray().list(), at_once(), |waiting| self.look_again(waiting)) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = arrivals.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn look_again(&self, waiting: Waiting<ScanNote>) {
        match &waiting.about.label {
            _ if waiting.about.reading == Reading::Waiting => self.look_at(waiting).await,
            // Its letter may have been registered since.
            Some(number) => {
                self.follow(&waiting.id, number).await;
            }
            None => {}
        }
    }

    async fn look_at(&self, waiting: Waiting<ScanNote>) {
        let id = &waiting.id;
        let mut note = waiting.about;
        match self.label(id, &note).await {
            Ok(label) => note.label = label,
            Err(Late) => note.late = true,
        }
        if let Some(number) = &note.label
            && self.follow(id, number).await
        {
            return;
        }
        // What took too long once would again, and whatever comes after it waits.
        note.reading = match note.late {
            true => Reading::Nothing,
            false => self.read(id, &note).await,
        };
        match self.scans.tray().note(id, note).await {
            // Registered meanwhile.
            Ok(()) | Err(TrayError::Missing) => {}
            Err(error) => tracing::error!(%error, "what was read on a scan cannot be kept"),
        }
    }

    /// Whether the scan followed the letter of this number.
    async fn follow(&self, id: &WaitingId, number: &RegisterNumber) -> bool {
        match self.attacher.attach(&self.scans, id, number).await {
            Ok(()) => return true,
            // Registered soon, with this label on it; or at another desk.
            Err(NotAttached::NoLetter | NotAttached::Tray(TrayError::Missing)) => {}
            Err(error) => tracing::error!(%error, "a labelled scan could not follow its letter"),
        }
        false
    }

    async fn label(&self, id: &WaitingId, note: &ScanNote) -> Result<Option<RegisterNumber>, Late> {
        for page in readable(note, LABEL_PAGES) {
            match self.label_on(id, page).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(NotShown::Late) => return Err(Late),
                // Nothing is found where nothing can be looked at.
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn label_on(&self, id: &WaitingId, page: u32) -> Result<Option<RegisterNumber>, NotShown> {
        let png = self.scans.page(id, page, LONGEST).await?;
        let found = self.scans.programs().await.barcodes(png).await?;
        Ok(found.iter().find_map(|code| code.parse().ok()))
    }

    async fn read(&self, id: &WaitingId, note: &ScanNote) -> Reading {
        let programs = self.scans.programs().await;
        if !self.reads || !programs.can_read() || (note.kind == ScanKind::Pdf && !programs.can_draw()) {
            return Reading::Unavailable;
        }
        let (mut text, mut read) = (String::new(), 0);
        for page in readable(note, READ_PAGES) {
            let Ok(png) = self.scans.page(id, page, LONGEST).await else { break };
            let Ok(words) = programs.read(png).await else { break };
            read = page;
            let words = joined(&words);
            if !words.is_empty() {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(&words);
            }
            if text.chars().count() >= MAX_DRAFT {
                break;
            }
        }
        let text: String = text.chars().take(MAX_DRAFT).collect();
        if text.is_empty() { Reading::Nothing } else { Reading::Draft { text, pages: read } }
    }
}

/// The first so many pages, without those that cannot be read.
fn readable(note: &ScanNote, most: u32) -> impl Iterator<Item = u32> {
    (1..=note.pages.min(most)).filter(|page| !note.is_broken(*page))
}

/// As many as there are processors: each of the programs uses one.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE)
}

/// Does the work for each, in the order in which they wait, so many at a time.
async fn together<T, F: Future<Output = ()>>(each: Vec<T>, at_once: usize, work: impl Fn(T) -> F) {
    futures::stream::iter(each).for_each_concurrent(at_once, work).await;
}

/// Words as they are written: Tesseract puts spaces between Chinese signs, breaks lines where the paper
/// ends, and marks pages.
fn joined(words: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut begins = true;
    for line in words.lines() {
        let line = without_gaps(line.trim_matches(|c: char| c.is_whitespace() || c.is_control()));
        if line.is_empty() {
            begins = true;
            continue;
        }
        match lines.last_mut() {
            Some(last) if !begins => last.push_str(&line),
            _ => lines.push(line),
        }
        begins = false;
    }
    lines.join("\n")
}

/// Without the spaces between two signs of which one is Chinese.
fn without_gaps(line: &str) -> String {
    let signs: Vec<char> = line.chars().filter(|c| !c.is_control()).collect();
    let mut kept = String::with_capacity(line.len());
    for (at, &sign) in signs.iter().enumerate() {
        let beside = |sign: Option<&char>| sign.is_some_and(|sign| is_chinese(*sign));
        if sign == ' ' && (kept.chars().next_back().is_some_and(is_chinese) || beside(signs.get(at + 1))) {
            continue;
        }
        kept.push(sign);
    }
    kept
}

/// Ideographs and the punctuation of Chinese text.
fn is_chinese(sign: char) -> bool {
    matches!(sign, '\u{3000}'..='\u{303F}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_are_read_at_a_time_and_no_more() {
        use std::cell::Cell;
        let (begun, most) = (Cell::new(0), Cell::new(0));
        // Each waits until three are under way: one after the other would wait for ever.
        let three = tokio::sync::Barrier::new(3);
        let read = |_: usize| async {
            begun.set(begun.get() + 1);
            most.set(most.get().max(begun.get()));
            three.wait().await;
            begun.set(begun.get() - 1);
        };
        together((0..9).collect(), 3, read).await;
        assert_eq!((most.get(), begun.get()), (3, 0));
    }

    #[test]
    fn words_are_put_together_as_they_were_written() {
        let read = "举 报 信\n\n某 局长 违反规\n定 提拔 ABC 公司 的 3 人 。\n\x0c";
        assert_eq!(joined(read), "举报信\n某局长违反规定提拔ABC公司的3人。");
        assert_eq!(joined("two words\n"), "two words");
    }
}
