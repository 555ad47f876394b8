//! A date and time of day, read sign by sign from its begin: `2026-11-2 9:05`, `20261102`, `2026年11月2日 上午9时5分`.

use jiff::civil::{Date, DateTime, Time, Weekday};

use super::NoInstant;
use super::half::Half;

/// What is left of a date and time that is read from its begin.
pub(super) struct Signs<'a>(pub(super) &'a str);

/// A run of digits: what it says, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Digits<'a>(pub(super) &'a str);

impl Digits<'_> {
    fn count(self) -> usize {
        self.0.len()
    }

    /// The number from this digit on, of so many.
    fn part(self, from: usize, length: usize) -> Option<i8> {
        self.0.get(from..from + length)?.parse().ok()
    }

    /// A number of one or two digits.
    fn small(self) -> Result<i8, NoInstant> {
        self.0.parse().ok().filter(|_| self.count() <= 2).ok_or(NoInstant::Unreadable)
    }
}

impl<'a> Signs<'a> {
    pub(super) fn moment(mut self) -> Result<DateTime, NoInstant> {
        let first = self.digits();
        let moment = match first.count() {
            4 => {
                let day = self.day_of(first)?;
                day.to_datetime(self.time()?)
            }
            8 => {
                let day = compact_day(first)?;
                day.to_datetime(self.time()?)
            }
            // Behind a compact day without a space between.
            12 | 14 => compact_day(first)?.to_datetime(compact_time(Digits(&first.0[8..]))?),
            // 26-11-2 and 11/2/2026; a year, a month and a day of two digits each; an hour, or a time since 1970.
            1 | 2 if self.begins_with(['-', '/', '.', '年', '月']) => return Err(NoInstant::Ambiguous),
            6 | 10 => return Err(NoInstant::Ambiguous),
            _ => return Err(NoInstant::Unreadable),
        };
        if self.0.trim().is_empty() { Ok(moment) } else { Err(NoInstant::Unreadable) }
    }

    /// What follows the year: `-11-2`, `/11/2`, `.11.2`, `年11月2日`; and the day of the week, which must be true.
    fn day_of(&mut self, year: Digits<'_>) -> Result<Date, NoInstant> {
        self.joint(['-', '/', '.', '年'])?;
        let month = self.digits().small()?;
        self.joint(['-', '/', '.', '月'])?;
        let day = self.digits().small()?;
        let year = year.0.parse().map_err(|_| NoInstant::Unreadable)?;
        let date = Date::new(year, month, day).map_err(|_| NoInstant::Unreadable)?;
        self.skip(&["日", "号"]);
        if self.skip(&["星期", "周", "礼拜"]) {
            let named = self.sign().and_then(weekday);
            if named != Some(date.weekday()) {
                return Err(NoInstant::Unreadable);
            }
        }
        Ok(date)
    }

    /// The time of day, or midnight where none is given.
    fn time(&mut self) -> Result<Time, NoInstant> {
        self.skip(&["T", "t"]);
        if self.0.trim().is_empty() {
            return Ok(Time::midnight());
        }
        let before = self.one_of(&Half::BEFORE);
        let hour = self.digits();
        let time = if hour.count() > 2 && before.is_none() {
            compact_time(hour)?
        } else {
            self.time_of(hour.small()?)?
        };
        match before.or_else(|| self.one_of(&Half::BEHIND)) {
            Some(half) => {
                let hour = half.hour(time.hour())?;
                Time::new(hour, time.minute(), time.second(), 0).map_err(|_| NoInstant::Unreadable)
            }
            None => Ok(time),
        }
    }

    /// What follows the hour: `:05`, `:05:30`, `时5分`, `点半`, `时`.
    fn time_of(&mut self, hour: i8) -> Result<Time, NoInstant> {
        let (mut minute, mut second) = (0, 0);
        if self.skip(&[":"]) {
            minute = self.digits().small()?;
            if self.skip(&[":"]) {
                second = self.digits().small()?;
                // Programs add parts of a second.
                if self.0.starts_with('.') {
                    self.0 = &self.0[1..];
                    self.digits();
                }
            }
        } else {
            self.skip_or(&["点钟", "时", "点"])?;
            if self.skip(&["半"]) {
                minute = 30;
            } else if !self.skip(&["整"]) && self.begins_with_digit() {
                minute = self.digits().small()?;
                if self.skip(&["分"]) && self.begins_with_digit() {
                    second = self.digits().small()?;
                    self.skip_or(&["秒"])?;
                }
            }
        }
        Time::new(hour, minute, second, 0).map_err(|_| NoInstant::Unreadable)
    }

    /// The digits that come next, behind spaces.
    pub(super) fn digits(&mut self) -> Digits<'a> {
        let text = self.0.trim_start();
        let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        self.0 = rest;
        Digits(digits)
    }

    fn begins_with(&self, signs: impl AsRef<[char]>) -> bool {
        self.0.trim_start().starts_with(signs.as_ref())
    }

    fn begins_with_digit(&self) -> bool {
        self.0.trim_start().starts_with(|sign: char| sign.is_ascii_digit())
    }

    fn joint(&mut self, signs: [char; 4]) -> Result<(), NoInstant> {
        self.0 = self.0.trim_start().strip_prefix(signs).ok_or(NoInstant::Unreadable)?;
        Ok(())
    }

    /// Passes over the first of the words that comes next; whether there was one.
    pub(super) fn skip(&mut self, words: &[&str]) -> bool {
        let text = self.0.trim_start();
        let rest = words.iter().find_map(|word| text.strip_prefix(word));
        self.0 = rest.unwrap_or(text);
        rest.is_some()
    }

    fn skip_or(&mut self, words: &[&str]) -> Result<(), NoInstant> {
        if self.skip(words) { Ok(()) } else { Err(NoInstant::Unreadable) }
    }

    fn one_of(&mut self, words: &[(&str, Half)]) -> Option<Half> {
        words.iter().find(|(word, _)| self.skip(&[word])).map(|(_, half)| *half)
    }

    fn sign(&mut self) -> Option<char> {
        let mut signs = self.0.chars();
        let sign = signs.next();
        self.0 = signs.as_str();
        sign
    }
}

/// `20261102`, at the begin.
fn compact_day(digits: Digits<'_>) -> Result<Date, NoInstant> {
    let day = || {
        let year = digits.0.get(..4)?.parse().ok()?;
        Date::new(year, digits.part(4, 2)?, digits.part(6, 2)?).ok()
    };
    day().ok_or(NoInstant::Unreadable)
}

/// `1005`, `100500`.
fn compact_time(digits: Digits<'_>) -> Result<Time, NoInstant> {
    let second = if digits.count() == 4 { Some(0) } else { digits.part(4, 2) };
    let time = || Time::new(digits.part(0, 2)?, digits.part(2, 2)?, second?, 0).ok();
    time().filter(|_| matches!(digits.count(), 4 | 6)).ok_or(NoInstant::Unreadable)
}

fn weekday(sign: char) -> Option<Weekday> {
    let days = ['一', '二', '三', '四', '五', '六', '日'];
    let sign = if sign == '天' { '日' } else { sign };
    let nth = days.iter().position(|day| *day == sign)?;
    Weekday::from_monday_zero_offset(i8::try_from(nth).ok()?).ok()
}
