//! Period arithmetic (期间计算): PR-1 to PR-7 of `deadlines.yaml`, after 民法典 201–203.

use std::fmt;

use dengwen_model::{AssignmentId, Deadline};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Calendar;
use crate::start::{Start, beginning_of, date_at};

/// What a period is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// 小时: from the very instant, over rest days too.
    Hour,
    /// 工作日 (PR-7).
    WorkingDay,
    /// 日（自然日）.
    CalendarDay,
    /// 月 (PR-2).
    Month,
    /// 年 (PR-2).
    Year,
}

impl PeriodUnit {
    fn zh(self) -> &'static str {
        match self {
            Self::Hour => "小时",
            Self::WorkingDay => "个工作日",
            Self::CalendarDay => "日",
            Self::Month => "个月",
            Self::Year => "年",
        }
    }

    fn en(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::WorkingDay => "working day",
            Self::CalendarDay => "calendar day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// A length of time, as `5 working_day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeriodFields")]
pub struct Period {
    length: u32,
    unit: PeriodUnit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodFields {
    length: u32,
    unit: PeriodUnit,
}

impl TryFrom<PeriodFields> for Period {
    type Error = PeriodTooLong;

    fn try_from(fields: PeriodFields) -> Result<Self, PeriodTooLong> {
        Self::new(fields.length, fields.unit)
    }
}

/// The length is beyond [`Period::MAX_LENGTH`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period is at most {} long", Period::MAX_LENGTH)]
pub struct PeriodTooLong;

/// The period starts or ends beyond the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the period ends beyond the calendar")]
pub struct BeyondCalendar;

impl Period {
    /// The greatest length in any unit: it keeps counting days one by one cheap.
    pub const MAX_LENGTH: u32 = 10_000;

    /// A period.
    ///
    /// # Errors
    /// Longer than [`Period::MAX_LENGTH`].
    pub const fn new(length: u32, unit: PeriodUnit) -> Result<Self, PeriodTooLong> {
        if length > Self::MAX_LENGTH { Err(PeriodTooLong) } else { Ok(Self { length, unit }) }
    }

    /// How many.
    pub fn length(self) -> u32 {
        self.length
    }

    /// Of what.
    pub fn unit(self) -> PeriodUnit {
        self.unit
    }

    /// In English, as `5 working days`.
    fn en(self) -> String {
        let plural = if self.length == 1 { "" } else { "s" };
        format!("{} {}{plural}", self.length, self.unit.en())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.length, self.unit.zh())
    }
}

/// The last day of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last day, in Asia/Shanghai.
    pub date: Date,
    /// A year was needed whose calendar is not loaded (PR-6): count again when it is.
    pub provisional: bool,
    /// How it was counted, in one line, for the officer.
    pub counted: String,
    /// The same in English.
    #[serde(skip)]
    pub counted_en: String,
}

impl Due {
    /// The first instant that is too late: 24:00 of the last day (PR-4). `None` at the end of time.
    pub fn cut_off(&self) -> Option<Timestamp> {
        cut_off(self.date)
    }
}

/// 24:00 of a day in Asia/Shanghai (PR-4).
pub fn cut_off(date: Date) -> Option<Timestamp> {
    beginning_of(date.tomorrow().ok()?)
}

/// When the nearest of a case's running limits passes that binds an assignment, or everybody who has the case.
pub fn nearest_cut_off(limits: &[Deadline], assignment: AssignmentId) -> Option<Timestamp> {
    let binds =
        |limit: &&Deadline| limit.state.is_running() && limit.assignment.is_none_or(|id| id == assignment);
    limits.iter().filter(binds).filter_map(|limit| cut_off(limit.due)).min()
}

impl Calendar {
    /// The last day of a period that starts at `start`.
    ///
    /// # Errors
    /// The period would end beyond the year 9999.
    pub fn due(&self, period: Period, start: Start) -> Result<Due, BeyondCalendar> {
        match period.unit {
            PeriodUnit::Hour => hours(period, start),
            PeriodUnit::WorkingDay => self.working_days(period, start.date()),
            PeriodUnit::CalendarDay => self.calendar_days(period, start.date()),
            PeriodUnit::Month => self.corresponding_day(period, start.date(), period.length),
            PeriodUnit::Year => self.corresponding_day(period, start.date(), period.length * 12),
        }
    }

    /// The day so many working days before a date; for warnings. `None` at the beginning of time.
    pub fn working_days_before(&self, date: Date, count: u32) -> Option<Date> {
        let mut day = date;
        let mut left = count;
        while left > 0 {
            day = day.yesterday().ok()?;
            left -= u32::from(self.is_working_day(day));
        }
        Some(day)
    }

    fn working_days(&self, period: Period, start: Date) -> Result<Due, BeyondCalendar> {
        let mut walk = Walk::from(self, start);
        let mut left = period.length;
        while left > 0 {
            left -= u32::from(walk.step()?);
        }
        let raw_end = walk.day;
        walk.roll_over_rest()?;
        let mut counted = Counted::from_next_day(start, period);
        walk.explain_days(&mut counted);
        Ok(walk.finish(raw_end, counted))
    }

    fn calendar_days(&self, period: Period, start: Date) -> Result<Due, BeyondCalendar> {
        let raw_end =
            start.checked_add(Span::new().days(i64::from(period.length))).map_err(|_| BeyondCalendar)?;
        let mut walk = Walk::from(self, raw_end);
        walk.roll_over_rest()?;
        Ok(walk.finish(raw_end, Counted::from_next_day(start, period)))
    }

    /// PR-2: the day of the last month that bears the same number, else that month's last day; jiff
    /// adds months just so.
    fn corresponding_day(&self, period: Period, start: Date, months: u32) -> Result<Due, BeyondCalendar> {
        let raw_end = start
            .checked_add(Span::new().try_months(i64::from(months)).map_err(|_| BeyondCalendar)?)
            .map_err(|_| BeyondCalendar)?;
        let mut counted = Counted::from_next_day(start, period);
        match raw_end.day() == start.day() {
            true => counted.add("，到期月对应日（PR-2）", ", to the same day of the last month (PR-2)"),
            false => counted.add(
                "，到期月无对应日取月末（PR-2）",
                ", to the end of the last month, which has no such day (PR-2)",
            ),
        }
        let mut walk = Walk::from(self, raw_end);
        walk.roll_over_rest()?;
        Ok(walk.finish(raw_end, counted))
    }
}

fn hours(period: Period, start: Start) -> Result<Due, BeyondCalendar> {
    let end = start.plus_hours(period.length).ok_or(BeyondCalendar)?;
    let (from, until) = (to_the_second(start), to_the_second(Start::Instant(end)));
    let counted = format!("自{from}起{period}，至{until}（不因休息日顺延）");
    let counted_en = format!("{} from {from} until {until} (rest days do not move it)", period.en());
    Ok(Due { date: date_at(end), provisional: false, counted, counted_en })
}

/// A start as it is told to people: nobody reads fractions of a second.
fn to_the_second(start: Start) -> Start {
    match start {
        Start::Instant(at) => Start::Instant(Timestamp::from_second(at.as_second()).unwrap_or(at)),
        day @ Start::Date(_) => day,
    }
}

/// A walk forward through the days, which notes what it met.
struct Walk<'a> {
    calendar: &'a Calendar,
    day: Date,
    provisional: bool,
    rest_days: u32,
    make_up: Vec<Date>,
}

impl<'a> Walk<'a> {
    fn from(calendar: &'a Calendar, day: Date) -> Self {
        Self { calendar, day, provisional: false, rest_days: 0, make_up: Vec::new() }
    }

    /// Goes on one day; tells whether it is a working day.
    fn step(&mut self) -> Result<bool, BeyondCalendar> {
        self.day = self.day.tomorrow().map_err(|_| BeyondCalendar)?;
        self.provisional |= !self.calendar.is_loaded(self.day);
        let working = self.calendar.is_working_day(self.day);
        if !working {
            self.rest_days += 1;
        } else if self.calendar.is_make_up_workday(self.day) {
            self.make_up.push(self.day);
        }
        Ok(working)
    }

    /// PR-3: a last day that is a rest day moves to the day after the rest period.
    fn roll_over_rest(&mut self) -> Result<(), BeyondCalendar> {
        self.provisional |= !self.calendar.is_loaded(self.day);
        while !self.calendar.is_working_day(self.day) {
            self.day = self.day.tomorrow().map_err(|_| BeyondCalendar)?;
            self.provisional |= !self.calendar.is_loaded(self.day);
        }
        Ok(())
    }

    fn explain_days(&self, counted: &mut Counted) {
        if let rest @ 1.. = self.rest_days {
            counted.add(&format!("，扣除休息日{rest}天"), &format!(", {rest} rest day(s) left out"));
        }
        // A long period meets many make-up days; the first few show the point.
        for day in self.make_up.iter().take(3) {
            counted.add(&format!("，{day}调休上班计入"), &format!(", {day} counted as worked in exchange"));
        }
        if let many @ 4.. = self.make_up.len() {
            counted.add(&format!("等{many}天"), &format!(" and others, {many} in all"));
        }
        if self.rest_days > 0 || !self.make_up.is_empty() {
            counted.add("（PR-7）", " (PR-7)");
        }
    }

    fn finish(self, raw_end: Date, mut counted: Counted) -> Due {
        let day = self.day;
        counted.add(&format!("，末日{raw_end}"), &format!(", last day {raw_end}"));
        if day != raw_end {
            let moved = format!(" falls on rest days and moves to {day} (PR-3)");
            counted.add(&format!("逢休息日顺延至{day}（PR-3）"), &moved);
        } else if self.calendar.is_make_up_workday(day) && self.make_up.last() != Some(&day) {
            counted.add("为调休上班日，不顺延（PR-3）", " is worked in exchange and does not move (PR-3)");
        }
        if self.provisional {
            counted.add(
                "；所需年度日历未装载，按周一至周五暂计（PR-6）",
                "; a year's calendar is not loaded: Monday to Friday for now (PR-6)",
            );
        }
        let Counted { zh: counted, en: counted_en } = counted;
        Due { date: day, provisional: self.provisional, counted, counted_en }
    }
}

/// How a period was counted, in both languages.
struct Counted {
    zh: String,
    en: String,
}

impl Counted {
    /// PR-1.
    fn from_next_day(start: Date, period: Period) -> Self {
        Self {
            zh: format!("{start}次日起算{period}（PR-1）"),
            en: format!("{} from the day after {start} (PR-1)", period.en()),
        }
    }

    fn add(&mut self, zh: &str, en: &str) {
        self.zh.push_str(zh);
        self.en.push_str(en);
    }
}
