//! Places in a text: city, county, township, village, by their shape and by the lists.

use std::ops::Range;

use dengwen_model::RegionCode;

use super::gazetteer::{Found, Meaning};
use crate::Normal;

/// How fine a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fineness {
    /// 省.
    Province,
    /// 市、州、盟.
    City,
    /// 县、区、旗.
    County,
    /// 镇、乡、街道、苏木.
    Township,
    /// 村、社区、嘎查.
    Village,
}

/// A place named in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) range: Range<usize>,
    pub(crate) name: String,
    pub(crate) fineness: Fineness,
    /// Its code, where the lists know the full name.
    pub(crate) code: Option<RegionCode>,
}

impl Place {
    /// The name without what kind of place it is: 清岚 of 清岚县.
    pub(crate) fn stem(&self) -> &str {
        let suffix =
            SUFFIXES.iter().find(|(suffix, _)| self.name.ends_with(suffix)).map_or("", |(suffix, _)| *suffix);
        self.name.strip_suffix(suffix).filter(|stem| stem.chars().count() >= 2).unwrap_or(&self.name)
    }
}

/// Longest first.
pub(crate) const SUFFIXES: &[(&str, Fineness)] = &[
    ("自治区", Fineness::Province),
    ("自治州", Fineness::City),
    ("自治县", Fineness::County),
    ("高新区", Fineness::County),
    ("开发区", Fineness::County),
    ("街道", Fineness::Township),
    ("苏木", Fineness::Township),
    ("社区", Fineness::Village),
    ("嘎查", Fineness::Village),
    ("省", Fineness::Province),
    ("市", Fineness::City),
    ("州", Fineness::City),
    ("盟", Fineness::City),
    ("县", Fineness::County),
    ("区", Fineness::County),
    ("旗", Fineness::County),
    ("镇", Fineness::Township),
    ("乡", Fineness::Township),
    ("村", Fineness::Village),
];

/// Characters that do not stand within the short name of a place: the words around it begin or end there.
const STOP: &str = "并转共的了在是和与及到从对把被给让向往由于为我你他她它们这那哪个些本该各某全每两几多一二三四五六七八九十百千万说称讲报映诉投举系自任调去来住回进出过有没不也就都还又但而且或若如因所以其此之者今昨明前后上下里外中内间年月日号时分家户名次人民群众干部领导党委政府书记局长主任请问帮求同叫姓叔伯整管搞选当提升看找打做作用会能要想可应须得着过啊吧呢吗";

/// Places by shape and by the lists, in the text's order, without overlap. `unheard` tells whether characters
/// are neither words nor a name, or are no words where somebody else is named right after.
pub(crate) fn places(
    text: &Normal,
    found: &[Found<'_>],
    unheard: impl Fn(&[char], bool) -> bool,
) -> Vec<Place> {
    let chars = &text.chars;
    let mut all: Vec<Place> = found.iter().filter_map(|f| listed(chars, f)).collect();
    let mut at = 0;
    let mut tried = usize::MAX;
    // 穗塘团县委: 县 is of the body.
    let mut within = vec![false; chars.len()];
    for f in found.iter().filter(|f| matches!(f.meaning, Meaning::Department(_))) {
        within[f.range.start + 1..f.range.end].fill(true);
    }
    for f in found {
        let Meaning::PlaceSuffix(fineness) = f.meaning else { continue };
        if within[f.range.start] {
            continue;
        }
        // At one character the longest suffix alone is tried.
        if f.range.start < at || f.range.start == tried || all.len() >= 400 {
            continue;
        }
        tried = f.range.start;
        if let Some(place) = shaped(text, f.range.clone(), *fineness, &all) {
            at = place.range.end;
            all.push(place);
        }
    }
    let bare: Vec<Place> = found.iter().filter_map(|f| bare(text, f, &unheard)).collect();
    all.extend(bare.into_iter().take(20));
    all.sort_by_key(|place| (place.range.start, std::cmp::Reverse(place.range.end)));
    let mut end = 0;
    all.retain(|place| {
        let keep = place.range.start >= end;
        if keep {
            end = place.range.end;
        }
        keep
    });
    all
}

/// 葛川 of 葛川林业局, where two or three characters open what is said: whoever lives there leaves out 县.
fn bare(text: &Normal, found: &Found<'_>, unheard: impl Fn(&[char], bool) -> bool) -> Option<Place> {
    const LEVELS: &str = "省市州盟县区旗镇乡村局厂矿校院站所馆部处直属";
    let Meaning::Department(_) = found.meaning else { return None };
    let chars = &text.chars;
    let end = found.range.start;
    let opens = |start: usize| {
        start == 0 || text.stops_before(start) || !han(chars[start - 1]) || STOP.contains(chars[start - 1])
    };
    let start = [2, 3].iter().filter_map(|length| end.checked_sub(*length)).find(|start| opens(*start))?;
    let name = &chars[start..end];
    let plain = |c: &char| han(*c) && !STOP.contains(*c) && !LEVELS.contains(*c);
    let cut = (start + 1..=end).any(|at| text.stops_before(at));
    // 怀乐卫健局祝局, 怀乐卫健局何某: the person is named there, and 怀乐 is where.
    let after = found.range.end;
    let led = chars.get(after).is_some_and(|c| han(*c) && !STOP.contains(*c))
        && chars.get(after + 1).is_some_and(|c| "局处董总校馆院某".contains(*c));
    if cut || !name.iter().all(plain) || !unheard(name, led) {
        return None;
    }
    let name = name.iter().collect();
    Some(Place { range: start..end, name, fineness: Fineness::County, code: None })
}

fn listed(chars: &[char], found: &Found<'_>) -> Option<Place> {
    let Meaning::Division(code) = found.meaning else { return None };
    let name: String = chars[found.range.clone()].iter().collect();
    let (_, fineness) = SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix))?;
    Some(Place { range: found.range.clone(), name, fineness: *fineness, code: Some(code.clone()) })
}

/// A place with this suffix: the two to four characters before, back to what cannot be part of it.
fn shaped(text: &Normal, suffix: Range<usize>, fineness: Fineness, known: &[Place]) -> Option<Place> {
    let chars = &text.chars;
    let Range { start: at, end } = suffix;
    if known.iter().any(|place| place.range.end == end) || !ends_well(chars, at, end) {
        return None;
    }
    let mut start = at;
    while start > 0
        && at - start < 5
        && han(chars[start - 1])
        && (!STOP.contains(chars[start - 1]) || lane(chars, start, end))
        && !boundary(chars, start)
        && !(at - start >= 2 && text.stops_before(start))
    {
        start -= 1;
    }
    let length = at - start;
    let length = if length > 4 { 2 } else { length };
    if length < 2 {
        return None;
    }
    let name: String = chars[at - length..end].iter().collect();
    // 社区 alone is no place, and ends the name of one.
    if NOT_PLACES.iter().any(|word| name.ends_with(word) && word.chars().count() > end - at) {
        return None;
    }
    Some(Place { range: at - length..end, name, fineness, code: None })
}

/// 霞浦里社区: 里 before 社区 is of the name.
fn lane(chars: &[char], at: usize, end: usize) -> bool {
    chars[at - 1] == '里' && chars[at..end] == ['社', '区']
}

/// Words that end like a place and are none.
const NOT_PLACES: &[&str] = &[
    "城市",
    "超市",
    "股市",
    "上市",
    "门市",
    "都市",
    "夜市",
    "菜市",
    "黑市",
    "校区",
    "小区",
    "辖区",
    "地区",
    "景区",
    "园区",
    "片区",
    "选区",
    "城区",
    "郊区",
    "山区",
    "社区",
    "街区",
    "牧区",
    "库区",
    "厂区",
    "矿区",
    "灾区",
    "新区",
    "片区",
    "旧村",
    "农村",
    "乡村",
    "驻村",
    "全村",
    "下乡",
    "家乡",
    "同乡",
    "老乡",
    "城乡",
    "红旗",
    "国旗",
    "锦旗",
    "州县",
    "重镇",
    "城镇",
    "乡镇",
    "市县",
    "知县",
    "省区",
    "某县",
    "某区",
    "某镇",
    "某村",
    "某市",
    "某乡",
    "管道街道",
    "街道社区",
    "智慧社区",
    "和谐社区",
    "老旧社区",
    "文明社区",
    "平安社区",
    "居民社区",
    "整村",
    "本村",
    "邻村",
    "包村",
    "进村",
    "住村",
];

/// The characters after the suffix must not turn it into another word: 市场, 区别, 村民 is fine.
fn ends_well(chars: &[char], suffix: usize, end: usize) -> bool {
    let next = chars.get(end).copied().unwrap_or(' ');
    if end - suffix > 1 {
        return true;
    }
    match chars[suffix] {
        '市' => next != '场' && next != '民' && next != '面',
        '区' => next != '别' && next != '分' && next != '域',
        '镇' => next != '静',
        '乡' => next != '下' && next != '亲',
        '州' | '盟' | '省' | '旗' => next != '略' && next != '友' && next != '钱',
        _ => true,
    }
}

/// Another place or what is done (请查清岚县, 表扬清岚县) ends before `start`.
fn boundary(chars: &[char], start: usize) -> bool {
    let before = &chars[..start];
    let asked = matches!(before, [.., lead, '查'] if "请来要去严彻望求".contains(*lead));
    let place = matches!(before, [.., '省' | '市' | '县' | '区' | '旗' | '镇' | '乡' | '盟' | '村']);
    asked || place || super::org::ends_act(before)
}

pub(crate) fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use dengwen_rules::Units;

    use super::super::gazetteer::Gazetteer;
    use super::*;
    use crate::{Normal, Script};

    fn named(text: &str) -> Vec<String> {
        let text = Normal::new(text, &Script::shipped());
        let gazetteer = Gazetteer::new(&Units::default(), &Script::shipped()).unwrap();
        places(&text, &gazetteer.scan(&text), |_, _| true).into_iter().map(|place| place.name).collect()
    }

    #[test]
    fn places_by_shape() {
        assert_eq!(named("我是双槐县石碾镇的一名选调生"), ["双槐县", "石碾镇"]);
        assert_eq!(named("举报清岚县交通局局长"), ["清岚县"]);
        assert_eq!(named("请查永嵩县卫健局,表扬石碾镇"), ["永嵩县", "石碾镇"]);
        assert_eq!(named("瑞澜市平澜区城南派出所"), ["瑞澜市", "平澜区"]);
        assert_eq!(named("反映柳条沟乡,东墩尾镇"), ["柳条沟乡", "东墩尾镇"]);
        assert_eq!(named("霞浦里社区书记"), ["霞浦里社区"]);
        assert_eq!(named("收了三毛 平畴县"), ["平畴县"]);
        assert_eq!(named("举报葛川林业局,群众说县林业局不管"), ["葛川"]);
        assert!(named("农村城市,菜市场里的小区,老乡下乡").is_empty());
    }
}
