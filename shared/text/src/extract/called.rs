//! How a subject is called in the answer: as the register has it where the register knows the body or the
//! person, else in the tip's own words, with the places before the body that the tip names.

use dengwen_rules::{Unit, UnitKind};

use super::gazetteer::Lead;
use super::org::Org;
use super::place::{Fineness, Place};
use super::rank::{self, Standing};
use super::title::Post;

/// The body of a subject and the post in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) org: Option<String>,
    pub(crate) title: Option<String>,
}

/// A body as the register has it. A committee above the township is called in writing by the short form that
/// keeps 中共: 中共清岚县委.
pub(crate) fn registered(unit: &Unit) -> String {
    let committee = unit.kind == UnitKind::Committee;
    let short = unit.names().find(|name| committee && name.starts_with("中共") && name.ends_with('委'));
    short.unwrap_or(&unit.name).to_owned()
}

/// A body in the tip's words: 县文旅集团 → 浯岭县文旅集团, 芦汊村 → 青石埠镇芦汊村. `places` are those of the
/// form, then those of the text.
pub(crate) fn with_places(org: &Org, places: &[&Place]) -> String {
    let named: Vec<&&Place> = places.iter().filter(|place| org.text.contains(&place.name)).collect();
    let (level, rest) = level_word(&org.text);
    let own = named.iter().map(|place| place.fineness).min().or_else(|| level_named(rest));
    let first = |fineness: Fineness| {
        places.iter().find(|place| place.fineness == fineness && !rest.contains(place.stem()))
    };
    let above: Vec<&&Place> = match (own, level) {
        // 村委会: of the village that the tip names.
        (Some(Fineness::Village), _) if named.is_empty() => {
            [Fineness::County, Fineness::Township, Fineness::Village].into_iter().filter_map(first).collect()
        }
        (Some(Fineness::Village), _) | (None, Some(Fineness::Township)) => {
            [Fineness::County, Fineness::Township].into_iter().filter_map(first).collect()
        }
        (Some(Fineness::Township), _) => first(Fineness::County).into_iter().collect(),
        (Some(_), _) => Vec::new(),
        (None, Some(level)) => first(level).into_iter().collect(),
        (None, None) => first(Fineness::County).or_else(|| first(Fineness::City)).into_iter().collect(),
    };
    if above.is_empty() {
        return org.text.clone();
    }
    let names: String = above.iter().map(|place| place.name.as_str()).collect();
    // 镇财政所 in a tip that names the county alone keeps its 镇.
    let placed = level.is_none_or(|level| above.iter().any(|place| place.fineness == level));
    format!("{names}{}", if placed { rest } else { &org.text })
}

/// The level that stands for a name (县文旅集团, 区财政局, 本局), and what follows it.
fn level_word(name: &str) -> (Option<Fineness>, &str) {
    const WORDS: [&str; 5] = ["市场", "市政", "区域", "乡村", "乡贤"];
    const LEVELS: [(&str, Fineness); 6] = [
        ("市", Fineness::City),
        ("县", Fineness::County),
        ("区", Fineness::County),
        ("旗", Fineness::County),
        ("镇", Fineness::Township),
        ("乡", Fineness::Township),
    ];
    let name = name.trim_start_matches(['我', '本']);
    if WORDS.iter().any(|word| name.starts_with(word)) {
        return (None, name);
    }
    let level = LEVELS.iter().find_map(|(word, level)| Some((Some(*level), name.strip_prefix(word)?)));
    level.unwrap_or((None, name))
}

/// The level of the place in a name that the text does not tell by itself.
fn level_named(name: &str) -> Option<Fineness> {
    rank::standing(name).map(|standing| match standing {
        Standing::Village => Fineness::Village,
        Standing::Township => Fineness::Township,
        Standing::County => Fineness::County,
        Standing::City => Fineness::City,
        Standing::Province => Fineness::Province,
    })
}

/// City, county and township as form and text name them.
pub(crate) fn region(places: &[&Place]) -> Option<String> {
    let at = |fineness| places.iter().find(|place| place.fineness == fineness);
    let name: String = [Fineness::City, Fineness::County, Fineness::Township]
        .into_iter()
        .filter_map(at)
        .map(|place| place.name.as_str())
        .collect();
    (!name.is_empty()).then_some(name)
}

impl Called {
    /// The body and the post in it; `known` is the title that the register has for the person.
    pub(crate) fn of(org: Option<&str>, post: Option<&Post>, known: Option<&str>) -> Self {
        let Some(post) = post else {
            return Self { org: org.map(str::to_owned), title: known.map(str::to_owned) };
        };
        let title = title(post, known);
        let Some(org) = org else { return Self { org: None, title: Some(title) } };
        if let Some((body, section)) = section(org).filter(|_| !post.loose) {
            return Self { org: Some(body.to_owned()), title: Some(format!("{section}{title}")) };
        }
        if let Some(body) = body_of_committee(org).filter(|_| post.lead == Lead::Party) {
            let title = if title.contains('党') { title } else { format!("{}{title}", &org[body.len()..]) };
            return Self { org: Some(body.to_owned()), title: Some(title) };
        }
        if let Some(village) = candidate_in(org, post) {
            return Self {
                org: Some(village.to_owned()), title: Some("村委会主任候选人".to_owned())
            };
        }
        let org = committee(org, post);
        let party = org.ends_with('委') || org.ends_with("委员会") || org.ends_with("支部");
        let title = match (party, title.find("书记")) {
            // Of a committee the post is 书记 or 副书记, whatever of its name is repeated.
            (true, Some(at)) if post.lead == Lead::Party && !title.contains('、') => {
                let deputy = if title[..at].ends_with('副') { "副" } else { "" };
                format!("{deputy}{}", &title[at..])
            }
            _ => title,
        };
        Self { org: Some(org), title: Some(title) }
    }
}

/// The title as written; as the register has it where the person is found there in that post; 拟任 before one that
/// is only proposed.
fn title(post: &Post, known: Option<&str>) -> String {
    if post.candidate && !["拟", "候选", "人选"].iter().any(|word| post.text.contains(word)) {
        return format!("拟任{}", post.text);
    }
    let same = |title: &&str| title.ends_with(&post.base) && title.contains('副') == post.deputy;
    let settled = known.filter(|_| !post.candidate && !post.open && !post.former).filter(same);
    match (settled, post.text.as_str()) {
        (Some(known), _) => known.to_owned(),
        (None, "老总" | "新老总") => "总经理".to_owned(),
        (None, written) => written.to_owned(),
    }
}

/// The bureau and its section: 黑松县水利局, 建管科. A police station is a body of its own.
fn section(org: &str) -> Option<(&str, &str)> {
    const BODIES: [&str; 7] = ["局", "医院", "中心", "公司", "集团", "厅", "人民政府"];
    const SECTIONS: [&str; 8] = ["科", "股", "处", "室", "部", "站", "大队", "中队"];
    let end = BODIES.iter().filter_map(|body| Some(org.rfind(body)? + body.len())).max()?;
    let (body, section) = org.split_at_checked(end)?;
    let tail = SECTIONS.iter().any(|tail| section.ends_with(tail));
    (tail && section.chars().count() >= 2).then_some((body, section))
}

/// The body whose party committee is named: 公路局党委. A place's committee is a body of its own.
fn body_of_committee(org: &str) -> Option<&str> {
    let body = ["党委", "党组", "党总支"].iter().find_map(|tail| org.strip_suffix(tail))?;
    body.ends_with(['局', '厅', '院', '校', '学', '司', '团', '心']).then_some(body)
}

/// The village whose post somebody stands for (C03): the election is the village's, not its committee's.
fn candidate_in<'o>(org: &'o str, post: &Post) -> Option<&'o str> {
    let stands = (post.lead == Lead::Village && (post.candidate || post.open)) || post.base == "候选人";
    let village = org.trim_end_matches("村民委员会").trim_end_matches("村委会").trim_end_matches("两委");
    (stands && village.ends_with('村')).then_some(village)
}

/// The committee or government of a township that is named alone: 石碾镇 and its 书记.
fn committee(org: &str, post: &Post) -> String {
    let place = ["人民政府", "政府", "办事处", "办"].iter().find_map(|tail| org.strip_suffix(tail));
    let place = place.unwrap_or(org);
    match (post.lead, post.base.as_str()) {
        (Lead::Party, "书记") if place.ends_with("街道") => format!("{place}党工委"),
        (Lead::Party, "书记") if place.ends_with(['镇', '乡']) || place.ends_with("苏木") => {
            format!("{place}党委")
        }
        (_, "镇长" | "乡长" | "苏木达") if org == place && org.ends_with(['镇', '乡', '木']) => {
            format!("{org}人民政府")
        }
        _ => org.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(text: &str, base: &str, lead: Lead) -> Post {
        Post {
            range: 0..0,
            text: text.into(),
            base: base.into(),
            lead,
            deputy: text.contains('副'),
            former: false,
            candidate: false,
            open: false,
            loose: false,
        }
    }

    fn called(org: &str, post: &Post) -> (String, String) {
        let called = Called::of(Some(org), Some(post), None);
        (called.org.unwrap(), called.title.unwrap())
    }

    fn pair(org: &str, title: &str) -> (String, String) {
        (org.to_owned(), title.to_owned())
    }

    #[test]
    fn the_head_of_a_section_belongs_to_the_bureau() {
        let head = post("科长", "科长", Lead::Part);
        assert_eq!(called("黑松县水利局建管科", &head), pair("黑松县水利局", "建管科科长"));
        let head = post("站长", "站长", Lead::Whole);
        assert_eq!(called("云汊县住建局质安站", &head), pair("云汊县住建局", "质安站站长"));
        let head = post("副主任", "主任", Lead::Part);
        assert_eq!(called("青石县医院护理部", &head), pair("青石县医院", "护理部副主任"));
        let head = post("所长", "所长", Lead::Whole);
        assert_eq!(called("青石县公安局城南派出所", &head), pair("青石县公安局城南派出所", "所长"));
    }

    #[test]
    fn a_secretary_belongs_to_the_committee() {
        let head = post("党委书记", "书记", Lead::Party);
        assert_eq!(called("双槐县石碾镇", &head), pair("双槐县石碾镇党委", "书记"));
        assert_eq!(called("东关街道办事处", &head), pair("东关街道党工委", "书记"));
        let head = post("党委副书记", "书记", Lead::Party);
        assert_eq!(called("石碾镇党委", &head), pair("石碾镇党委", "副书记"));
        let head = post("书记", "书记", Lead::Party);
        assert_eq!(called("麦岭县公路局党委", &head), pair("麦岭县公路局", "党委书记"));
        let head = post("党组书记、局长", "局长", Lead::Whole);
        assert_eq!(called("清岚县财政局", &head), pair("清岚县财政局", "党组书记、局长"));
    }

    #[test]
    fn who_stands_for_a_village_is_a_candidate() {
        let mut head = post("村主任", "村主任", Lead::Village);
        head.open = true;
        assert_eq!(called("青石埠镇芦汊村村委会", &head), pair("青石埠镇芦汊村", "村委会主任候选人"));
    }

    #[test]
    fn a_body_gets_the_places_that_the_tip_names() {
        let place = |name: &str, fineness| Place { range: 0..0, name: name.into(), fineness, code: None };
        let (city, county) = (place("临沅市", Fineness::City), place("浯岭县", Fineness::County));
        let (town, village) = (place("青石埠镇", Fineness::Township), place("芦汊村", Fineness::Village));
        let places = [&city, &county, &town, &village];
        let named = |text: &str| {
            let org = Org {
                range: 0..0,
                text: text.into(),
                core: String::new(),
                unit: None,
                seat: false,
                listed: false,
            };
            with_places(&org, &places)
        };
        assert_eq!(named("县文旅集团"), "浯岭县文旅集团");
        assert_eq!(named("县委"), "浯岭县委");
        assert_eq!(named("芦汊村"), "浯岭县青石埠镇芦汊村");
        assert_eq!(named("村委会"), "浯岭县青石埠镇芦汊村村委会");
        assert_eq!(named("青石埠镇党委"), "浯岭县青石埠镇党委");
        assert_eq!(named("浯岭县住建局"), "浯岭县住建局");
        assert_eq!(named("市场监管局"), "浯岭县市场监管局");
        assert_eq!(named("市文旅局"), "临沅市文旅局");
    }
}
