//! 上午, 下午, PM: which hour of the day a clock with twelve hours means.

use super::NoInstant;

/// The part of the day that somebody says before the hour, or behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// 凌晨, 早上.
    Early,
    /// 上午.
    Morning,
    /// 中午.
    Noon,
    /// 下午, 傍晚.
    Afternoon,
    /// 晚上.
    Evening,
    /// AM.
    Ante,
    /// PM.
    Post,
}

impl Half {
    /// As it is said before the hour.
    pub(super) const BEFORE: [(&'static str, Self); 13] = [
        ("凌晨", Self::Early),
        ("清晨", Self::Early),
        ("早上", Self::Early),
        ("早晨", Self::Early),
        ("上午", Self::Morning),
        ("中午", Self::Noon),
        ("下午", Self::Afternoon),
        ("午后", Self::Afternoon),
        ("傍晚", Self::Afternoon),
        ("晚上", Self::Evening),
        ("晚间", Self::Evening),
        ("AM", Self::Ante),
        ("PM", Self::Post),
    ];
    /// As it is written behind the time.
    pub(super) const BEHIND: [(&'static str, Self); 6] = [
        ("AM", Self::Ante),
        ("PM", Self::Post),
        ("am", Self::Ante),
        ("pm", Self::Post),
        ("a.m.", Self::Ante),
        ("p.m.", Self::Post),
    ];

    /// The hour of the day that is meant. 上午12点 is midnight to Excel and noon to people, and 晚上1点 may belong to
    /// either day.
    pub(super) fn hour(self, said: i8) -> Result<i8, NoInstant> {
        let hour = match (self, said) {
            (Self::Early, 0..=11) | (Self::Morning, 0..=11) | (Self::Noon, 11 | 12) => said,
            (Self::Early | Self::Morning | Self::Evening, 12) => return Err(NoInstant::Ambiguous),
            (Self::Evening, 0..=5) => return Err(NoInstant::Ambiguous),
            (Self::Afternoon | Self::Post, 12..=23) | (Self::Evening, 18..=23) | (Self::Noon, 13 | 14) => {
                said
            }
            (Self::Afternoon | Self::Post, 0..=11) | (Self::Evening, 6..=11) | (Self::Noon, 1 | 2) => {
                said + 12
            }
            (Self::Ante, 12) => 0,
            (Self::Ante, 0..=11) => said,
            _ => return Err(NoInstant::Unreadable),
        };
        Ok(hour)
    }
}
