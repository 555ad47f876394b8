//! Which of the reporter's own words made the decision.

use std::ops::Range;

use super::Aside;
use super::features::Features;
use super::model::{Model, Scores};
use crate::Normal;
use crate::lexicon::Lexicon;
use crate::passages::clauses;

/// Most passages shown.
const SHOWN: usize = 3;
/// Clauses shorter than this are shown with their neighbour.
const SHORT: usize = 6;
/// Longest passage of joined clauses.
const LONG: usize = 60;
/// Of a clause longer than this, as SMS without marks are, only the part that tells is shown.
const WHOLE: usize = 36;
/// Length of that part.
const PART: usize = 28;
/// Spaces that stand closer than this on the average are no punctuation.
const SPACED: usize = 3;

/// The clauses that speak most for a leaf, in the text's order, each with what found it.
pub(crate) fn passages(
    text: &Normal,
    features: &Features,
    scores: &Scores,
    model: &Model,
    lexicon: &Lexicon,
    leaf: usize,
) -> Vec<(Range<usize>, String)> {
    let weight = weights(text.len(), features, scores, model, leaf);
    let mut sums = vec![0.0f32];
    for w in &weight {
        sums.push(sums.last().copied().unwrap_or(0.0) + w);
    }
    let total = |range: &Range<usize>| sums[range.end] - sums[range.start];
    let mut ranked: Vec<Range<usize>> = joined(&text.chars, clauses(&text.chars))
        .into_iter()
        .flat_map(|clause| parts(text, clause, &sums))
        .collect();
    ranked.sort_by(|a, b| total(b).total_cmp(&total(a)).then(a.start.cmp(&b.start)));
    let best = ranked.first().map_or(0.0, &total);
    let mut shown: Vec<Range<usize>> = ranked
        .into_iter()
        .take(SHOWN)
        .filter(|range| total(range) > 0.0 && total(range) >= best * 0.35)
        .collect();
    shown.sort_by_key(|range| range.start);
    let code = model.leaves.get(leaf).map_or("", String::as_str);
    shown
        .into_iter()
        .map(|range| (trimmed(text, range.clone()), why(code, features, lexicon, &range)))
        .collect()
}

/// The sentences that put a leaf beside the main one, unless they are shown for the main one already.
pub(crate) fn show_asides(
    text: &Normal,
    asides: &[Aside],
    secondary: &[usize],
    model: &Model,
    evidence: &mut Vec<(Range<usize>, String)>,
) {
    for leaf in secondary {
        let Some(aside) = asides.iter().find(|aside| aside.leaf == *leaf) else { continue };
        let range = trimmed(text, aside.sentence.clone());
        let shown = |(other, _): &(Range<usize>, String)| other.start < range.end && range.start < other.end;
        if range.len() <= LONG && !evidence.iter().any(shown) {
            let code = model.leaves.get(*leaf).map_or("", String::as_str);
            evidence.push((range, format!("{code}：用语与此类举报相近")));
        }
    }
    evidence.sort_by_key(|(range, _)| range.start);
}

/// A clause that is too long, cut where the reporter left a space (几家局 那天 都有人去) or else down to the part
/// that speaks most.
fn parts(text: &Normal, clause: Range<usize>, sums: &[f32]) -> Vec<Range<usize>> {
    if clause.len() <= WHOLE {
        return vec![clause];
    }
    let gaps: Vec<usize> = (clause.start + 1..clause.end).filter(|&at| text.gap_before(at)).collect();
    let mut cut = vec![clause.clone()];
    if gaps.len() * SPACED < clause.len() {
        cut = std::iter::once(clause.start)
            .chain(gaps.iter().copied())
            .zip(gaps.iter().copied().chain([clause.end]))
            .map(|(start, end)| start..end)
            .collect();
    }
    cut.into_iter().map(|part| telling(part, sums)).collect()
}

/// The part of a long passage that speaks most, the earliest of equals.
fn telling(passage: Range<usize>, sums: &[f32]) -> Range<usize> {
    if passage.len() <= WHOLE {
        return passage;
    }
    let windows = passage.start..=passage.end - PART;
    let speaks = |start: &usize| sums[start + PART] - sums[*start];
    let best = windows.rev().max_by(|a, b| speaks(a).total_cmp(&speaks(b))).unwrap_or(passage.start);
    best..best + PART
}

/// What each character adds to the leaf's score.
fn weights(len: usize, features: &Features, scores: &Scores, model: &Model, leaf: usize) -> Vec<f32> {
    let mut weight = vec![0.0f32; len];
    for occurrence in &features.occurrences {
        let Some(row) = model.row(occurrence.feature) else { continue };
        let Ok(at) = scores.active.binary_search_by_key(&row, |(row, _)| *row) else { continue };
        let share = model.share(row, scores.active[at].1, leaf);
        let span = (occurrence.end - occurrence.start).max(1) as f32;
        for slot in &mut weight[occurrence.start as usize..occurrence.end as usize] {
            *slot += share / span;
        }
    }
    weight
}

/// Very short clauses together with the one that follows.
fn joined(chars: &[char], clauses: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for clause in clauses {
        match out.last_mut() {
            Some(last)
                if (last.len() < SHORT || clause.len() < SHORT)
                    && joins(chars, last.end, clause.start)
                    && last.len() + clause.len() < LONG =>
            {
                last.end = clause.end;
            }
            _ => out.push(clause),
        }
    }
    out
}

/// Only a comma or a quotation mark stands between.
fn joins(chars: &[char], from: usize, to: usize) -> bool {
    to.saturating_sub(from) <= 2 && chars[from..to].iter().all(|c| matches!(c, ',' | '"' | ':'))
}

fn trimmed(text: &Normal, range: Range<usize>) -> Range<usize> {
    let mark = |at: usize| !text.chars[at].is_alphanumeric();
    let start = (range.start..range.end).find(|&at| !mark(at)).unwrap_or(range.start);
    let end = (start..range.end).rev().find(|&at| !mark(at)).map_or(range.end, |at| at + 1);
    start..end
}

fn why(code: &str, features: &Features, lexicon: &Lexicon, range: &Range<usize>) -> String {
    let hit = features.patterns.iter().find(|hit| {
        hit.range.start < range.end
            && range.start < hit.range.end
            && lexicon.pattern_leaf(hit.pattern) == code
    });
    match hit {
        Some(hit) => format!("{code}：{}", lexicon.pattern_told(hit.pattern)),
        None => format!("{code}：用语与此类举报相近"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Script;

    #[test]
    fn of_a_long_text_without_marks_only_what_tells_is_shown() {
        let text = Normal::new(
            &format!("{} 他收了五万块才让人当上股长 {}", "啊".repeat(30), "呀".repeat(30)),
            &Script::shipped(),
        );
        let flat = vec![0.0; text.len() + 1];
        let shown = parts(&text, 0..text.len(), &flat);
        assert_eq!(shown, [0..30, 30..43, 43..73]);
        let solid = Normal::new(&"啊".repeat(90), &Script::shipped());
        let sums: Vec<f32> = (0..=90).map(|at: usize| at.clamp(40, 50) as f32).collect();
        let shown = parts(&solid, 0..90, &sums);
        assert!(shown.len() == 1 && shown[0].len() == PART && shown[0].start <= 40 && shown[0].end >= 50);
    }

    #[test]
    fn spaces_between_all_characters_are_no_punctuation() {
        let text = Normal::new(&"收 钱 ".repeat(30), &Script::shipped());
        let flat = vec![0.0; text.len() + 1];
        assert_eq!(parts(&text, 0..text.len(), &flat), std::slice::from_ref(&(0..PART)));
    }
}
