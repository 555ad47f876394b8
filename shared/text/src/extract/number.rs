//! Numbers in digits, Chinese numerals and capitals: 五万, 5万, 50000, 伍萬, 三十八万多, 四万五.

use std::ops::Range;

/// A number in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    pub(crate) range: Range<usize>,
    pub(crate) value: f64,
    /// Written in single digits without 十百千万 (二〇二六, 2026): may be a year or a telephone number.
    pub(crate) plain: bool,
    /// Two neighbouring digits that leave it open: 两三个, 七八万, 三五次. Its value is none that anybody meant.
    pub(crate) vague: bool,
}

fn digit(c: char) -> Option<u32> {
    Some(match c {
        '0'..='9' => c as u32 - '0' as u32,
        '零' | '〇' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '贰' | '两' | '俩' => 2,
        '三' | '叁' | '仨' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<f64> {
    Some(match c {
        '十' | '拾' => 10.0,
        '百' | '佰' => 100.0,
        '千' | '仟' => 1000.0,
        _ => return None,
    })
}

fn twenty(c: char) -> Option<f64> {
    match c {
        '廿' => Some(20.0),
        '卅' => Some(30.0),
        _ => None,
    }
}

/// All numbers, from left to right, without overlap. At most 2,000 of them.
pub(crate) fn numbers(chars: &[char]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() && found.len() < 2000 {
        match number(chars, at) {
            Some(number) => {
                at = number.range.end;
                found.push(number);
            }
            None => at += 1,
        }
    }
    found
}

fn number(chars: &[char], start: usize) -> Option<Number> {
    if chars[start].is_ascii_digit() { arabic(chars, start) } else { chinese(chars, start) }
}

fn arabic(chars: &[char], start: usize) -> Option<Number> {
    let mut end = start;
    let mut text = String::new();
    while end < chars.len() && end - start < 30 {
        let c = chars[end];
        let followed = chars.get(end + 1).is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || (c == '.' && followed && !text.contains('.')) {
            text.push(c);
        } else if !(c == ',' && followed && thousands(chars, end)) {
            break;
        }
        end += 1;
    }
    let mut value: f64 = text.parse().ok()?;
    let mut plain = true;
    while let Some(times) = chars.get(end).and_then(|&c| large(c).or_else(|| unit(c))) {
        value *= times;
        plain = false;
        end += 1;
    }
    Some(Number { range: start..end, value, plain, vague: false })
}

/// A comma before exactly three digits.
fn thousands(chars: &[char], comma: usize) -> bool {
    let digits = chars[comma + 1..].iter().take(4).take_while(|c| c.is_ascii_digit()).count();
    digits == 3
}

fn large(c: char) -> Option<f64> {
    match c {
        '万' => Some(1e4),
        '亿' => Some(1e8),
        _ => None,
    }
}

fn chinese(chars: &[char], start: usize) -> Option<Number> {
    let (mut total, mut section, mut current) = (0.0f64, 0.0f64, None::<f64>);
    let (mut end, mut digits, mut units) = (start, 0usize, 0usize);
    let mut last_unit = 0.0f64;
    while end < chars.len() && end - start < 24 {
        let c = chars[end];
        if units > 0 && current.is_none() && counts_anew(chars, end) {
            break;
        }
        if let Some(d) = digit(c).filter(|_| !c.is_ascii_digit()) {
            current = Some(current.unwrap_or(0.0) * if units == 0 { 10.0 } else { 0.0 } + f64::from(d));
            digits += 1;
        } else if let Some(times) = unit(c) {
            section += current.take().unwrap_or(1.0) * times;
            last_unit = times;
            units += 1;
        } else if let Some(value) = twenty(c) {
            section += value;
            last_unit = 10.0;
            units += 1;
        } else if let Some(times) = large(c).filter(|_| end > start) {
            total += (section + current.take().unwrap_or(0.0)) * times;
            section = 0.0;
            last_unit = times;
            units += 1;
        } else {
            break;
        }
        end += 1;
    }
    if end == start || (digits == 0 && units == 0) {
        return None;
    }
    // 四万五 is 45,000; 三百二 is 320.
    let rest = current.unwrap_or(0.0);
    let rest = if last_unit >= 100.0 && rest > 0.0 && chars[end - 2] != '零' {
        rest * last_unit / 10.0
    } else {
        rest
    };
    let vague = is_vague(&chars[start..end]);
    Some(Number { range: start..end, value: total + section + rest, plain: units == 0, vague })
}

/// 二十万一个: what stands after the sum counts things, and is no part of it.
fn counts_anew(chars: &[char], at: usize) -> bool {
    let counted = chars.get(at + 1).is_some_and(|c| "个名位张套辆家间户".contains(*c));
    counted && digit(chars[at]).is_some() && matches!(chars[at - 1], '百' | '佰' | '千' | '仟' | '万' | '亿')
}

/// Whether somewhere two digits, and no more, follow one another as neighbours do: 七八, 十五六, 三五.
fn is_vague(chars: &[char]) -> bool {
    let runs = chars.split(|&c| digit(c).is_none());
    let mut pairs = runs.filter_map(|run| match run {
        &[first, second] => Some((digit(first)?, digit(second)?)),
        _ => None,
    });
    pairs.any(|(first, second)| first > 0 && (second == first + 1 || (first, second) == (3, 5)))
}

/// Amounts of money in yuan, with their places: a number before 元 and its like, or a number with 万.
pub(crate) fn amounts(chars: &[char], numbers: &[Number]) -> Vec<(Range<usize>, u64)> {
    let mut found = Vec::new();
    for number in numbers.iter().filter(|number| !number.vague) {
        let mut end = number.range.end;
        if chars.get(end).is_some_and(|c| matches!(c, '多' | '余' | '来' | '整')) {
            end += 1;
        }
        let money = chars.get(end).is_some_and(|c| matches!(c, '元' | '块' | '圆' | '文'));
        let large = chars[number.range.clone()].iter().any(|c| matches!(c, '万' | '亿'));
        let counted = chars.get(end).is_some_and(|c| {
            matches!(c, '人' | '亩' | '名' | '户' | '字' | '次' | '吨' | '斤' | '公' | '平')
        });
        if (money || (large && !counted)) && (1.0..1e12).contains(&number.value) {
            found.push((number.range.start..end + usize::from(money), number.value as u64));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<f64> {
        let chars: Vec<char> = text.chars().collect();
        numbers(&chars).into_iter().map(|n| n.value).collect()
    }

    #[test]
    fn one_value_for_all_spellings() {
        for text in ["五万", "5万", "50000", "伍万", "50,000", "5.0万"] {
            assert_eq!(values(text), [50_000.0], "{text}");
        }
        assert_eq!(values("四万五"), [45_000.0]);
        assert_eq!(values("一万捌仟肆佰"), [18_400.0]);
        assert_eq!(values("三十八万"), [380_000.0]);
        assert_eq!(values("廿三"), [23.0]);
        assert_eq!(values("二〇二六"), [2026.0]);
        assert_eq!(values("一百零五"), [105.0]);
        assert_eq!(values("三百二"), [320.0]);
        assert_eq!(values("十六万一个位子,三百五十二名,一百零一个"), [160_000.0, 1.0, 352.0, 101.0]);
        assert!(values("没有数").is_empty());
    }

    #[test]
    fn neighbouring_digits_are_no_number() {
        let vague = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            numbers(&chars)[0].vague
        };
        for text in ["两三个人", "七八万", "三五次", "十五六个", "三四十户"] {
            assert!(vague(text), "{text}");
        }
        for text in ["二十三人", "二〇二六年", "五万", "一三九", "23人", "三百二", "五三"]
        {
            assert!(!vague(text), "{text}");
        }
        let chars: Vec<char> = "收了七八万".chars().collect();
        assert!(amounts(&chars, &numbers(&chars)).is_empty());
    }

    #[test]
    fn money_is_told_from_other_numbers() {
        let chars: Vec<char> = "交了三十八万多,每人300元,一共9人5万亩地".chars().collect();
        let found: Vec<u64> = amounts(&chars, &numbers(&chars)).into_iter().map(|(_, yuan)| yuan).collect();
        assert_eq!(found, [380_000, 300]);
    }
}
