//! Days and months named in a text: 2026年7月3日, 2026.7.3, 去年七月, 上个月, 9月8号, 廿一日.

use jiff::civil::Date;

use super::number::Number;

/// Most dates kept.
const MOST: usize = 40;

/// A day, or a month where no day is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) day: Option<i8>,
}

impl Named {
    /// The day, or the first of the month.
    pub(crate) fn date(self) -> Option<Date> {
        Date::new(self.year, self.month, self.day.unwrap_or(1)).ok()
    }
}

/// All days and months, each once, in the text's order. What has no year is the last such month
/// before the day of receipt.
pub(crate) fn dates(chars: &[char], numbers: &[Number], received: Date) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let mut year: Option<i16> = None;
    let mut at = 0;
    while at < numbers.len() && found.len() < MOST {
        let (named, used) = read(chars, &numbers[at..], received, &mut year);
        if let Some(named) = named.filter(|named| named.date().is_some() && !found.contains(named)) {
            found.push(named);
        }
        at += used.max(1);
    }
    found
}

/// Years named, each once: 2024年, 二〇二四年, 24年8月, 2024.8, 去年. What is only counted (干了24年) is none.
pub(crate) fn years(chars: &[char], numbers: &[Number], received: Date) -> Vec<i16> {
    let written = numbers.iter().filter_map(|number| year_at(chars, number));
    let said = chars.windows(2).filter(|pair| pair[1] == '年').filter_map(|pair| match pair[0] {
        '今' | '本' => Some(received.year()),
        '去' | '上' => Some(received.year() - 1),
        '前' => Some(received.year() - 2),
        _ => None,
    });
    let mut found: Vec<i16> = Vec::new();
    for year in written.chain(said) {
        if !found.contains(&year) && found.len() < MOST {
            found.push(year);
        }
    }
    found
}

/// The year that a number is, if it is one.
fn year_at(chars: &[char], number: &Number) -> Option<i16> {
    let after = |at: usize| chars.get(number.range.end + at).copied().unwrap_or(' ');
    let whole = number.value.trunc();
    if number.plain && (1950.0..2100.0).contains(&whole) {
        let dated =
            number.value.fract() != 0.0 || matches!(after(0), '.' | '-' | '/') && after(1).is_ascii_digit();
        return (dated || matches!(after(0), '年' | '届' | '级')).then_some(whole as i16);
    }
    // 24年 alone may be a length of time.
    let month = after(1).is_ascii_digit() || "一二三四五六七八九十底初末春夏秋冬".contains(after(1));
    let short = number.plain && number.range.len() == 2 && after(0) == '年' && month;
    short.then(|| full_year(whole as i16)).flatten()
}

/// Reads one date from the first numbers; how many it used.
fn read(
    chars: &[char],
    numbers: &[Number],
    received: Date,
    year: &mut Option<i16>,
) -> (Option<Named>, usize) {
    let first = &numbers[0];
    let mark = chars.get(first.range.end).copied().unwrap_or(' ');
    let whole =
        |n: &Number| (n.value.fract() == 0.0 && (0.0..10_000.0).contains(&n.value)).then_some(n.value as i16);
    let next = |at: usize, from: &Number| numbers.get(at).filter(|n| n.range.start == from.range.end + 1);
    if mark == '年'
        && let Some(named) = whole(first).and_then(full_year)
    {
        *year = Some(named);
        let Some(month) = next(1, first) else { return (None, 1) };
        return match chars.get(month.range.end) {
            Some('月') => month_of(chars, numbers, 1, Some(named), received),
            _ => (None, 1),
        };
    }
    if matches!(mark, '.' | '-' | '/')
        && let (Some(named), Some(month)) =
            (whole(first).filter(|y| (1950..2100).contains(y)), next(1, first))
        && let Some(m) = whole(month).filter(|m| (1..=12).contains(m))
    {
        let second_mark = chars.get(month.range.end).copied();
        let day = next(2, month)
            .filter(|_| second_mark == Some(mark))
            .and_then(whole)
            .filter(|d| (1..=31).contains(d));
        let found = Named { year: named, month: m as i8, day: day.map(|d| d as i8) };
        return (Some(found), 2 + usize::from(day.is_some()));
    }
    // 2026.7 is read as one number.
    if first.value.fract() != 0.0 && (1950.0..2100.0).contains(&first.value) {
        let text: String = chars[first.range.clone()].iter().collect();
        if let Some((y, m)) = text.split_once('.')
            && let (Ok(y), Ok(m)) = (y.parse::<i16>(), m.parse::<i8>())
            && (1..=12).contains(&m)
        {
            let day = numbers
                .get(1)
                .filter(|n| n.range.start == first.range.end + 1 && chars.get(first.range.end) == Some(&'.'));
            let day = day.and_then(whole).filter(|d| (1..=31).contains(d)).map(|d| d as i8);
            return (Some(Named { year: y, month: m, day }), 1 + usize::from(day.is_some()));
        }
    }
    if mark == '月' {
        let said = relative_year(chars, first.range.start, received);
        return month_of(chars, numbers, 0, said, received);
    }
    if matches!(mark, '日' | '号') && day_mark(chars, first.range.end) {
        let day = whole(first).filter(|d| (1..=31).contains(d)).map(|d| d as i8);
        return (day.map(|day| last_such_day(day, received)), 1);
    }
    (None, 1)
}

/// The month at place `at` of the numbers, with its day if one follows.
fn month_of(
    chars: &[char],
    numbers: &[Number],
    at: usize,
    year: Option<i16>,
    received: Date,
) -> (Option<Named>, usize) {
    let month = &numbers[at];
    if !(1.0..=12.0).contains(&month.value)
        || month.value.fract() != 0.0
        || chars.get(month.range.end + 1) == Some(&'份') && year.is_none() && month.value > 12.0
    {
        return (None, at + 1);
    }
    let m = month.value as i8;
    let year = year.unwrap_or(if m > received.month() { received.year() - 1 } else { received.year() });
    let day = numbers
        .get(at + 1)
        .filter(|n| n.range.start == month.range.end + 1 && (1.0..=31.0).contains(&n.value));
    let day = day
        .filter(|n| !chars.get(n.range.end).is_some_and(|c| matches!(c, '个' | '名' | '万' | '人' | '天')));
    let used = at + 1 + usize::from(day.is_some());
    (Some(Named { year, month: m, day: day.map(|d| d.value as i8) }), used)
}

/// 九八年, 98年, 二〇二六年.
fn full_year(value: i16) -> Option<i16> {
    match value {
        1900..=2099 => Some(value),
        50..=99 => Some(1900 + value),
        0..=30 => Some(2000 + value),
        _ => None,
    }
}

/// 去年, 前年, 今年 just before.
fn relative_year(chars: &[char], start: usize, received: Date) -> Option<i16> {
    let before: String = chars[start.saturating_sub(3)..start].iter().collect();
    let back = [("去年", 1), ("上年", 1), ("前年", 2), ("今年", 0), ("本年", 0)];
    back.iter().find(|(word, _)| before.contains(word)).map(|(_, years)| received.year() - years)
}

/// 3号 as a day, not 3号楼.
fn day_mark(chars: &[char], mark: usize) -> bool {
    !chars.get(mark + 1).is_some_and(|c| {
        matches!(
            c,
            '楼' | '线'
                | '院'
                | '机'
                | '码'
                | '文'
                | '桌'
                | '窗'
                | '门'
                | '单'
                | '车'
                | '令'
                | '栋'
                | '段'
                | '矿'
                | '店'
                | '报'
                | '子'
        )
    })
}

fn last_such_day(day: i8, received: Date) -> Named {
    let (mut year, mut month) = (received.year(), received.month());
    if day > received.day() {
        month -= 1;
        if month == 0 {
            (year, month) = (year - 1, 12);
        }
    }
    Named { year, month, day: Some(day) }
}

#[cfg(test)]
mod tests {
    use super::super::number::numbers;
    use super::*;

    fn named(text: &str) -> Vec<(i16, i8, Option<i8>)> {
        let chars: Vec<char> = text.chars().collect();
        let received = jiff::civil::date(2026, 10, 10);
        dates(&chars, &numbers(&chars), received).into_iter().map(|n| (n.year, n.month, n.day)).collect()
    }

    #[test]
    fn years_are_told_from_lengths_of_time() {
        let years = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            super::years(&chars, &numbers(&chars), jiff::civil::date(2026, 10, 10))
        };
        assert_eq!(years("2024年的招考,二〇二五年又来,去年也是"), [2024, 2025]);
        assert_eq!(years("24年8月考进来,九八年底入党"), [2024, 1998]);
        assert_eq!(years("2023.7到2024-08-01"), [2023, 2024]);
        assert_eq!(years("前年和今年"), [2024, 2026]);
        assert!(years("干了24年,一年比一年差,2024块,十年").is_empty());
    }

    #[test]
    fn one_day_for_all_spellings() {
        for text in ["2026年7月3日", "2026.7.3", "2026-07-03", "二〇二六年七月三日", "今年七月三号", "7月3日"]
        {
            assert_eq!(named(text), [(2026, 7, Some(3))], "{text}");
        }
        assert_eq!(named("去年七月"), [(2025, 7, None)]);
        assert_eq!(named("2026.7提的"), [(2026, 7, None)]);
        assert_eq!(named("十二月八号"), [(2025, 12, Some(8))]);
        assert_eq!(named("廿一日夜里"), [(2026, 9, Some(21))]);
        assert!(named("3号楼的2个人").is_empty());
        assert!(named("13月40日").is_empty());
    }
}
