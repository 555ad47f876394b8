//! Names under a letter: on lines of their own, or in the same line behind 敬礼 or the last sentence.

use super::description::describes;
use super::scan::{Passage, ends_of, is_han};
use super::shape::{is_no_word, names_at, spaced_name};
use super::{digit, is_separator};

/// Longest line under a letter, in characters: a name, and how to reach whoever has it.
const LONGEST: usize = 40;

pub(super) fn hide(chars: &[char], hidden: &mut [bool]) {
    let mut found = lines(chars);
    found.extend(behind_the_closing(chars));
    found.extend(behind_the_last_sentence(chars));
    // Who is named above as somebody else does not sign: 交通局局长骆维钧收钱。交通局 骆维钧.
    let is_named =
        |name: &[char], at: usize| (0..at).any(|start| !hidden[start] && chars[start..].starts_with(name));
    found.retain(|(start, length)| !is_named(&chars[*start..start + length], *start));
    for (start, length) in found {
        hidden[start..start + length].fill(true);
    }
}

/// The lines at the end that sign: behind and between them stand dates and numbers alone. Names under a label
/// (被举报人, 证人：) are somebody else's.
fn lines(chars: &[char]) -> Vec<Passage> {
    let mut found = Vec::new();
    let mut end = chars.len();
    for line in chars.rsplit(|c| *c == '\n') {
        let start = end - line.len();
        end = start.saturating_sub(1);
        if line.iter().all(|c| is_blank(*c)) || is_date_or_number(line) {
            continue;
        }
        let signed = signature(line, start > 0);
        if signed.is_empty() {
            // What stands above is no signature any more.
            return if is_label(&chars[..start + line.len()]) { Vec::new() } else { found };
        }
        found.extend(signed.into_iter().map(|(at, length)| (start + at, length)));
    }
    found
}

/// The names of a line that signs, as 李问渠 2026年3月1日 and 李问渠、王砚秋（签字）; where `below`, something stands above it,
/// also as 石碾镇村民李问渠.
fn signature(line: &[char], below: bool) -> Vec<Passage> {
    let trailing = line.iter().rev().take_while(|c| is_blank(**c) || **c == '。').count();
    let line = &line[..line.len() - trailing];
    if line.len() > LONGEST
        || line.iter().any(|c| matches!(c, '。' | '！' | '!' | '？' | '?' | '；' | ';' | '：' | ':'))
    {
        return Vec::new();
    }
    let leading = line.iter().take_while(|c| is_blank(**c)).count();
    let spaced = spaced_names(line, leading);
    if !spaced.is_empty() {
        return spaced;
    }
    let parts = parts(line);
    let Some((&first, rest)) = parts.split_first() else { return Vec::new() };
    // 甲 乙 丙三人合伙卖官, with nothing above: who is spoken of.
    if !below && without_closing(line, first) == first.1 && rest.iter().any(|part| is_told_of(line, *part)) {
        return Vec::new();
    }
    let mut found: Vec<Passage> = match (whole_name(line, first), below) {
        (Some(name), _) => vec![name],
        (None, true) => described_name(line, first)
            .or_else(|| name_after_a_place(line, first, rest))
            .into_iter()
            .collect(),
        (None, false) => Vec::new(),
    };
    if !found.is_empty() {
        found.extend(rest.iter().filter_map(|part| whole_name(line, *part)));
    }
    found
}

/// 李 问渠　王 砚秋, from here on.
fn spaced_names(line: &[char], mut at: usize) -> Vec<Passage> {
    let mut found = Vec::new();
    loop {
        let spaced = spaced_name(&line[at..]);
        let end = at + spaced;
        if spaced == 0 || !line.get(end).is_none_or(|c| is_blank(*c) || digit(*c).is_some()) {
            return found;
        }
        found.push((at, spaced));
        at = end + line[end..].iter().take_while(|c| is_blank(**c)).count();
    }
}

/// What stands between spaces and commas.
fn parts(line: &[char]) -> Vec<Passage> {
    let splits = |c: &char| is_blank(*c) || matches!(c, ',' | '、' | '(' | '（' | ')' | '）');
    let mut start = 0;
    let mut found = Vec::new();
    for part in line.split(splits) {
        if !part.is_empty() {
            found.push((start, part.len()));
        }
        start += part.len() + 1;
    }
    found
}

/// A part that is a name and nothing more, but 敬上 and the like.
fn whole_name(line: &[char], (start, length): Passage) -> Option<Passage> {
    // 李文书 may be a name as it stands.
    [length, without_closing(line, (start, length))].into_iter().find_map(|length| {
        let is_name = |name: &usize| *name == length && is_no_word(&line[start..start + name]);
        names_at(&line[..start + length], start).find(is_name).map(|length| (start, length))
    })
}

/// Whether a part is no name, nor says how and where somebody is reached: 合伙卖官.
fn is_told_of(line: &[char], (start, length): Passage) -> bool {
    const REACHED: [&str; 10] = ["住", "家", "现", "电话", "手机", "微信", "联系", "地址", "单位", "身份证"];
    const LEAST: usize = 4;
    let part = &line[start..start + length];
    let told: String = part.iter().collect();
    length >= LEAST
        && part.iter().all(|c| is_han(*c))
        && !is_date_or_number(part)
        && !REACHED.iter().any(|word| told.starts_with(word))
        && whole_name(line, (start, length)).is_none()
}

/// How long a part is without what stands behind names under a letter: 敬上, 等12人.
fn without_closing(line: &[char], (start, length): Passage) -> usize {
    const BEHIND: [&str; 21] = [
        "敬上",
        "签字",
        "签名",
        "捺印",
        "谨上",
        "敬呈",
        "叩上",
        "呈上",
        "手书",
        "按手印",
        "亲笔",
        "谨呈",
        "拜上",
        "敬启",
        "谨启",
        "顿首",
        "叩首",
        "泣上",
        "呈",
        "上",
        "书",
    ];
    let part = &line[start..start + length];
    let and_others = part.iter().position(|c| *c == '等').filter(|at| {
        let counted = part[at + 1..]
            .iter()
            .take_while(|c| digit(**c).is_some() || "十百余多几数".contains(**c))
            .count();
        let rest: String = part[at + 1 + counted..].iter().collect();
        rest.is_empty() || ["人", "名", "户", "位"].iter().any(|word| rest.starts_with(word))
    });
    let part = &part[..and_others.unwrap_or(length)];
    let told: String = part.iter().collect();
    let behind = BEHIND.iter().find(|word| told.ends_with(**word)).map_or(0, |word| word.chars().count());
    part.len() - behind
}

/// 石碾镇村民李问渠: the name at the end of what says whose it is. Not 局长骆维钧: so the accused is called.
fn described_name(line: &[char], (start, length): Passage) -> Option<Passage> {
    [length, without_closing(line, (start, length))].into_iter().find_map(|length| {
        let end = start + length;
        (start + 1..end).find_map(|at| {
            let fits = |name: &usize| at + name == end && is_no_word(&line[at..end]);
            let name =
                describes(&line[start..at], false).then(|| names_at(&line[..end], at).find(fits)).flatten();
            name.map(|length| (at, length))
        })
    })
}

/// 石碾镇孟家洼村 李问渠.
fn name_after_a_place(line: &[char], (start, length): Passage, rest: &[Passage]) -> Option<Passage> {
    let next = rest.first().filter(|_| describes(&line[start..start + length], false))?;
    whole_name(line, *next)
}

/// 此致敬礼 李问渠, all in one line.
fn behind_the_closing(chars: &[char]) -> Vec<Passage> {
    let Some(end) = ends_of(chars, &["敬礼", "此致", "祝好", "盼复"]).max() else {
        return Vec::new();
    };
    let marks =
        chars[end..].iter().take_while(|c| is_blank(**c) || matches!(c, '!' | '！' | '。' | '.')).count();
    in_the_last_line(chars, end + marks)
}

/// 请查处某局长。李问渠 13900000123.
fn behind_the_last_sentence(chars: &[char]) -> Vec<Passage> {
    let end = chars.iter().rposition(|c| matches!(c, '。' | '！' | '!' | '？' | '?'));
    end.map(|end| in_the_last_line(chars, end + 1)).unwrap_or_default()
}

/// The names with which the rest of the text begins, where it is one line and a date.
fn in_the_last_line(chars: &[char], start: usize) -> Vec<Passage> {
    let rest = chars.get(start..).unwrap_or_default();
    let line = rest.split(|c| *c == '\n').next().unwrap_or_default();
    if rest.is_empty() || !(rest[line.len()..].iter().all(|c| is_blank(*c) || is_date_or_number(&[*c]))) {
        return Vec::new();
    }
    signature(line, true).into_iter().map(|(at, length)| (start + at, length)).collect()
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '，')
}

fn is_date_or_number(line: &[char]) -> bool {
    line.iter().all(|c| {
        digit(*c).is_some()
            || is_separator(*c)
            || matches!(c, '年' | '月' | '日' | '十' | '/' | '号' | '电' | '话' | ':' | '：')
    })
}

/// Whether the text so far ends with what says that others are named next.
fn is_label(before: &[char]) -> bool {
    let mut above = before.iter().rev().skip_while(|c| c.is_whitespace());
    above.next().is_some_and(|c| matches!(c, ':' | '：' | '人' | '象' | '名' | '有' | '、'))
}
