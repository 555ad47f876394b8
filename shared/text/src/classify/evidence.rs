//! Which of the reporter's own words made the decision.

use std::ops::Range;

use super::features::Features;
use super::model::{Model, Scores};
use crate::Normal;
use crate::lexicon::Lexicon;
use crate::passages::clauses;

/// Most passages shown.
const SHOWN: usize = 3;
/// Clauses shorter than this are shown with their neighbour.
const SHORT: usize = 6;
/// Longest passage shown.
const LONG: usize = 60;

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
    let mut ranked: Vec<Range<usize>> = joined(&text.chars, clauses(&text.chars));
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
