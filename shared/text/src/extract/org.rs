//! Organisations in a text: registered units, departments of the list, and names by their shape.

use std::ops::Range;

use super::gazetteer::{Found, Lead, Meaning};
use super::org_words::{LEVELS, NOT_ORGS, STOP};
use super::place::{Place, han};
use crate::Normal;

/// An organisation named in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Org {
    /// With the places before it.
    pub(crate) range: Range<usize>,
    /// As written, simplified.
    pub(crate) text: String,
    /// What all names of such a body share, for comparing.
    pub(crate) core: String,
    /// Its place in the register.
    pub(crate) unit: Option<usize>,
    /// A committee or government itself, not a department.
    pub(crate) seat: bool,
    /// A department of the list: its core is certain.
    pub(crate) listed: bool,
}

/// Single endings need at least so many characters before them.
const SINGLE: usize = 2;
const LONGEST: usize = 12;

/// Organisations in the text's order, without overlap. `name` tells whether characters look like a person's name:
/// 骆维钧局长 is no 骆维钧局.
pub(crate) fn orgs(
    text: &Normal,
    found: &[Found<'_>],
    places: &[Place],
    name: impl Fn(&[char]) -> bool,
) -> Vec<Org> {
    let chars = &text.chars;
    let posts: Vec<usize> = found
        .iter()
        .filter(|f| matches!(f.meaning, Meaning::Title(Lead::Whole | Lead::Party)))
        .map(|f| f.range.end)
        .collect();
    let departments: Vec<usize> =
        found.iter().filter(|f| matches!(f.meaning, Meaning::Department(_))).map(|f| f.range.end).collect();
    let mut all: Vec<(Range<usize>, String, Option<usize>, bool)> = Vec::new();
    for f in found {
        match f.meaning {
            Meaning::Unit(place) => all.push((f.range.clone(), String::new(), Some(*place), false)),
            Meaning::Department(core) => all.push((f.range.clone(), core.clone(), None, false)),
            _ => {}
        }
    }
    let mut tried = usize::MAX;
    for f in found {
        let Meaning::BodyEnding(seat) = f.meaning else { continue };
        // At one character the longest ending alone is tried.
        if f.range.start == tried || all.len() > 800 {
            continue;
        }
        tried = f.range.start;
        // 原审计局, 葛川林业局: the list knows where the name of the body begins.
        if departments.contains(&f.range.end) || school_head(chars, &f.range) {
            continue;
        }
        let shaped = shaped(text, f.range.clone(), *seat, places, &posts);
        // 局长翟守礼当站长: after a post stands a name, and the body is what is left, if enough is.
        let named = |range: &Range<usize>| {
            range.len() > 3 && posts.contains(&range.start) && name(&chars[range.start..range.start + 3])
        };
        let shaped = shaped.map(|range| if named(&range) { range.start + 3..range.end } else { range });
        let shaped =
            shaped.filter(|range| range.len() >= f.range.len() + if f.range.len() == 1 { SINGLE } else { 0 });
        let head = |range: &Range<usize>| {
            chars.get(range.end) == Some(&'长') && name(&chars[range.start..range.end - 1])
        };
        if let Some(range) = shaped.filter(|range| f.range.len() > 1 || !head(range)) {
            all.push((range, String::new(), None, *seat));
        }
    }
    // The longest reading of a place wins; a registered unit before the rest.
    all.sort_by_key(|(range, core, unit, _)| {
        (std::cmp::Reverse(range.len()), unit.is_none(), core.is_empty())
    });
    let mut kept: Vec<(Range<usize>, String, Option<usize>, bool)> = Vec::new();
    for one in all {
        if !kept.iter().any(|k| k.0.start < one.0.end && one.0.start < k.0.end) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|(range, ..)| range.start);
    kept.into_iter().map(|(range, core, unit, seat)| org(chars, range, core, unit, seat, places)).collect()
}

fn org(
    chars: &[char],
    range: Range<usize>,
    core: String,
    unit: Option<usize>,
    seat: bool,
    places: &[Place],
) -> Org {
    let own: String = chars[range.clone()].iter().collect();
    let mut start = range.start;
    while let Some(place) = places.iter().find(|p| p.range.end == start && p.range.start < start) {
        start = place.range.start;
    }
    // 县水务局: which county is not said.
    let level =
        |at: usize| "省市县区旗镇乡".contains(chars[at]) && !places.iter().any(|p| p.range.contains(&at));
    if !core.is_empty() && start == range.start && start > 0 && level(start - 1) {
        start -= 1;
    }
    let text: String = chars[start..range.end].iter().collect();
    let core = if core.is_empty() { school(&own).unwrap_or(core) } else { core };
    let listed = !core.is_empty();
    let core = if listed { core } else { bare(&own) };
    Org { range: start..range.end, text, core, unit, seat, listed }
}

/// The name without what it ends with and without places, so that 县人民医院 and 人民医院 are one.
fn bare(name: &str) -> String {
    let seat = ["县委", "市委", "区委", "旗委", "省委", "县政府", "市政府", "区政府"];
    // 双江县委 and 县委 are one; which county is compared by itself.
    if let Some(seat) = seat.iter().find(|seat| name.ends_with(**seat)) {
        return (*seat).to_owned();
    }
    let name = name.trim_start_matches(['县', '市', '区', '省', '镇', '乡']);
    let name = name.strip_suffix("有限公司").or_else(|| name.strip_suffix("有限责任公司")).unwrap_or(name);
    for (long, short) in
        [("人民政府", "政府"), ("街道办事处", "街道"), ("党工委", "党委"), ("党委会", "党委")]
    {
        if let Some(stem) = name.strip_suffix(long) {
            return format!("{stem}{short}");
        }
    }
    name.to_owned()
}

/// 第二中学, 县二中 → 二中, 第三小学 → 三小: what everybody calls it; 中心小学 → 小学, 初级中学 → 中学: the one of its kind
/// in a township.
fn school(name: &str) -> Option<String> {
    match name.trim_start_matches(['县', '市', '区', '镇', '乡']) {
        "中心小学" | "小学" | "完小" => return Some("小学".to_owned()),
        "初级中学" | "中学" => return Some("中学".to_owned()),
        "中心幼儿园" | "幼儿园" => return Some("幼儿园".to_owned()),
        _ => {}
    }
    let kind = if name.ends_with(['学', '中']) && name.contains('中') { '中' } else { '小' };
    let stem = ["中学", "小学", "中", "小"].iter().find_map(|ending| name.strip_suffix(ending))?;
    let number = stem.chars().next_back().filter(|number| "一二三四五六七八九".contains(*number))?;
    Some(format!("{number}{kind}"))
}

/// A body with this ending.
fn shaped(
    text: &Normal,
    ending: Range<usize>,
    seat: bool,
    places: &[Place],
    posts: &[usize],
) -> Option<Range<usize>> {
    let chars = &text.chars;
    let length = ending.len();
    let Range { start: at, end } = ending;
    if length == 1
        && chars.get(end).is_some_and(|c| matches!(c, '以' | '有' | '谓' | '里' | '在' | '伍' | '面' | '部'))
    {
        return None;
    }
    let mut start = at;
    // 局长庾某敬老院: a post ends what came before.
    let ends = places.iter().map(|place| place.range.end).chain(posts.iter().copied());
    let left = ends.filter(|end| *end <= at).max().unwrap_or(0);
    let stopped = |start: usize| end - start >= 2 && text.stops_before(start);
    while start > left
        && at - start < LONGEST
        && han(chars[start - 1])
        && !STOP.contains(chars[start - 1])
        && !stopped(start)
        && !ends_act(&chars[left..start])
    {
        // 县里推指挥部: what is 里 of a place ends there.
        if chars[start - 1] == '里' && start > 1 && LEVELS.contains(chars[start - 2]) {
            break;
        }
        start -= 1;
    }
    start += led_by(&chars[start..end]).min(at - start);
    // 站站长, 副局长, 财政局蔺某某局长: this 站 or 局 belongs to the post, a whole body stands before it.
    let begun = length == 1 && (at > 0 && chars[at - 1] == '副' || chars[start..at].contains(&chars[at]));
    if begun {
        return None;
    }
    let before = at - start;
    let name: String = chars[start..end].iter().collect();
    let placed = places.iter().any(|p| p.range.end == start);
    let enough = if seat {
        before >= 1 || placed || length >= 2
    } else if length == 1 {
        before >= SINGLE
    } else {
        before >= 1 || placed || length >= 3 || numbered_school(chars, at..end)
    };
    if !enough || before >= LONGEST || NOT_ORGS.iter().any(|word| name.ends_with(word)) {
        return None;
    }
    Some(start..end)
}

/// 秦某某提拔|农机站站长: what is done to a post or a body ends there, and the name of the body begins.
pub(crate) fn ends_act(before: &[char]) -> bool {
    let Some(&[first, second]) = before.last_chunk::<2>() else { return false };
    match second {
        '任' => "担升出提接兼调转改".contains(first),
        '用' => "重任挪".contains(first),
        '进' => "塞调弄招挤".contains(first),
        '给' => "送塞分卖交".contains(first),
        '来' => "买换".contains(first),
        '成' | '为' => first == '提',
        '掉' => "撤换".contains(first),
        '卖' | '买' => true,
        '取' => "骗套".contains(first),
        _ => matches!(
            (first, second),
            ('提' | '选', '拔')
                | ('任', '命')
                | ('安', '排')
                | ('推', '荐')
                | ('当', '上')
                | ('竞', '聘')
                | ('考', '察')
                | ('举', '报')
                | ('反', '映')
                | ('投', '诉')
                | ('控', '告')
                | ('花', '钱')
                | ('表', '扬')
                | ('感', '谢')
                | ('免', '去')
                | ('开', '除')
                | ('处', '分')
                | ('把' | '主', '持')
                | ('霸', '占')
                | ('贪', '污')
                | ('收', '买')
                | ('掌', '管')
        ),
    }
}

/// 第三小学校长: 学校 is of no name there.
fn school_head(chars: &[char], ending: &Range<usize>) -> bool {
    let before = ending.start.checked_sub(1).map_or(' ', |before| chars[before]);
    chars[ending.clone()] == ['学', '校'] && "中小大".contains(before) && chars.get(ending.end) == Some(&'长')
}

/// 二中仇校长: a school that is called by its number. 三小时 and 一中午 are none.
fn numbered_school(chars: &[char], name: Range<usize>) -> bool {
    let next = chars.get(name.end).copied().unwrap_or(' ');
    let before = name.start.checked_sub(1).map_or(' ', |before| chars[before]);
    let school = match chars[name] {
        [_, '中'] => !"时间午年队部心学型组件等秋".contains(next),
        [_, '小'] => "校的老教副".contains(next) || !han(next),
        _ => false,
    };
    school && !before.is_ascii_digit() && !"第十百之其".contains(before)
}

/// Characters at the start that are none of the name's: 局卫生监督股, 原双槐水泥厂, 原县委, 查区财政局.
fn led_by(name: &[char]) -> usize {
    const WORDS: [&str; 16] = [
        "变成", "改成", "成立", "承包", "收购", "新建", "筹建", "修建", "挂靠", "依托", "负责", "分管",
        "主管", "开办", "举办", "进入",
    ];
    if name.len() >= 5 && WORDS.iter().any(|word| word.chars().eq(name[..2].iter().copied())) {
        return 2;
    }
    let level = name.get(1).is_some_and(|c| matches!(c, '县' | '区' | '市' | '旗' | '镇'));
    let foreign = match name.first() {
        Some('局') => name.len() >= 4,
        Some('原') => level || name.len() >= 5,
        Some('当') => level || (name.len() >= 4 && !matches!(name[1], '涂' | '阳' | '雄')),
        Some('查' | '连' | '让' | '找' | '请' | '告') => level,
        _ => false,
    };
    usize::from(foreign)
}

/// The finest place of a body: of its own name, else none.
pub(crate) fn place_of<'p>(org: &Org, places: &'p [Place]) -> Option<&'p Place> {
    places
        .iter()
        .filter(|p| p.range.start >= org.range.start && p.range.end <= org.range.end)
        .max_by_key(|p| p.fineness)
}

#[cfg(test)]
mod tests {
    use dengwen_rules::Units;

    use super::super::gazetteer::Gazetteer;
    use super::super::place::places;
    use super::*;
    use crate::{Normal, Script};

    fn named(text: &str) -> Vec<String> {
        let text = Normal::new(text, &Script::shipped());
        let gazetteer = Gazetteer::new(&Units::default(), &Script::shipped()).unwrap();
        let found = gazetteer.scan(&text);
        orgs(&text, &found, &places(&text, &found, |_, _| true), |name| name[0] == '骆')
            .into_iter()
            .map(|org| org.text)
            .collect()
    }

    #[test]
    fn bodies_by_shape() {
        assert_eq!(named("阳泽市住房保障中心副主任佟小军"), ["阳泽市住房保障中心"]);
        assert_eq!(named("我在桐坞区粮食收储公司上班"), ["桐坞区粮食收储公司"]);
        assert_eq!(named("举报黑松县农机监理站站长"), ["黑松县农机监理站"]);
        assert_eq!(named("桑坞县前审计局局长,找县水务局"), ["审计局", "县水务局"]);
        assert_eq!(named("民政局局长庾新民 敬老院的肉"), ["民政局", "敬老院"]);
        assert_eq!(named("二中仇玉珍校长 上了三小时"), ["二中"]);
        assert_eq!(named("桑坞县第三小学校长"), ["桑坞县第三小学"]);
        assert_eq!(named("住建局 变成棉纺厂家属院"), ["住建局", "棉纺厂"]);
        assert_eq!(named("尹守成提拔农技站站长"), ["农技站"]);
        assert_eq!(named("花钱当上水管站站长,换来他当农商行行长"), ["水管站", "农商行"]);
        assert_eq!(named("感谢桐坞区卫健局,连县委也知道"), ["桐坞区卫健局", "县委"]);
        assert!(named("段文成提拔站长").is_empty());
        assert!(named("副局长骆守礼卖站长位子").is_empty());
        assert_eq!(named("局长骆守礼农技站站长"), ["农技站"]);
        assert!(named("饭局上排队去厕所").is_empty());
        assert!(named("清岚县骆维钧局长").is_empty());
    }
}
