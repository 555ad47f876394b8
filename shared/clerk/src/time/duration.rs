//! How long a call took, as exchanges and clerks write it.

use super::in_half_width;
use super::signs::Signs;

/// A duration in seconds: `388`, `6:28`, `00:06:28`, `6分28秒`.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let text = in_half_width(text.trim());
    if text.contains(['时', '分', '秒']) {
        return spelled_seconds(&text);
    }
    let parts: Vec<u32> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [seconds] => Some(*seconds),
        [minutes, rest @ 0..60] => minutes.checked_mul(60)?.checked_add(*rest),
        [hours, minutes @ 0..60, rest @ 0..60] => hours.checked_mul(3600)?.checked_add(minutes * 60 + rest),
        _ => None,
    }
}

/// `1小时6分28秒`, `6分`, `28秒`.
fn spelled_seconds(text: &str) -> Option<u32> {
    let (mut signs, mut sum) = (Signs(text), 0_u32);
    for (words, worth) in [(&["小时", "时"][..], 3600), (&["分钟", "分"], 60), (&["秒钟", "秒"], 1)]
    {
        let Signs(rest) = signs;
        let count = signs.digits();
        match signs.skip(words) {
            true => sum = sum.checked_add(count.0.parse::<u32>().ok()?.checked_mul(worth)?)?,
            false => signs = Signs(rest),
        }
    }
    signs.0.trim().is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_hours_and_minutes() {
        for text in ["388", "6:28", "0:06:28", "00:06:28", "6分28秒", "６：２８", "388秒", "6分钟28秒"]
        {
            assert_eq!(seconds(text), Some(388), "{text}");
        }
        assert_eq!(seconds("1小时0分5秒"), Some(3605));
        assert_eq!(seconds("2分"), Some(120));
        for text in
            ["", "6:60", "1:2:3:4", "-1", "6.5", "x", "9999999999", "99999999:00:00", "6秒1分", "分", "6分x"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
