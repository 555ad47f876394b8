//! The rank that follows from body and post, and who is a principal leader (一把手).
//!
//! Ranks by the common table (公务员法 18, domain.md 2.8): a county bureau's head is 乡科级正职, a
//! city bureau's 县处级正职, a county's party secretary 县处级正职, and so on.

use super::gazetteer::Lead;
use super::title::Post;

/// How high a body stands, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Village,
    Township,
    County,
    City,
    Province,
}

/// The standing of a body as written, with the place it names: its finest place counts.
pub(crate) fn standing(org: &str) -> Option<Standing> {
    let org = org
        .replace("城乡", "")
        .replace("乡村", "")
        .replace("市场", "")
        .replace("市政", "")
        .replace("自治区", "省");
    let has = |words: &[&str]| words.iter().any(|word| org.contains(word));
    if has(&["村委", "村党", "社区", "嘎查", "居委会"]) || org.ends_with('村') {
        Some(Standing::Village)
    } else if has(&["镇", "乡", "街道", "苏木"]) {
        Some(Standing::Township)
    } else if has(&["县", "区", "旗"]) {
        Some(Standing::County)
    } else if has(&["市", "州", "盟"]) {
        Some(Standing::City)
    } else if has(&["省", "自治区", "厅"]) {
        Some(Standing::Province)
    } else {
        None
    }
}

/// 团县委, 共青团清岚县委.
pub(crate) fn youth_league(org: &str) -> bool {
    org.contains("共青团")
        || ["团县委", "团区委", "团市委", "团旗委", "团省委"].iter().any(|body| org.contains(body))
}

/// Sections within a body, whose heads are no principal leaders.
fn section(org: &str) -> bool {
    // 住建局质安站 is a part of the bureau; 公路局党委 leads it.
    if org.contains('局') && !["局", "党委", "党组"].iter().any(|tail| org.ends_with(tail)) {
        return true;
    }
    [
        "股",
        "科",
        "处",
        "派出所",
        "政治处",
        "护理部",
        "医务",
        "教务",
        "办公室",
        "党政办",
        "车间",
        "工会",
        "支部",
        "中队",
        "大队",
        "村",
    ]
    .iter()
    .any(|tail| org.ends_with(tail))
}

/// A 所 that is a bureau's outpost, or of which is not told whose it is; not 检验所, 研究所.
fn outpost(org: &str) -> bool {
    const OUTPOSTS: [&str; 10] =
        ["派出所", "财政所", "司法所", "供电所", "国土所", "税务所", "工商所", "监管所", "交管所", "水利所"];
    standing(org).is_none_or(|standing| standing <= Standing::Township)
        && !org.contains("研究所")
        && !org.contains("检")
        || OUTPOSTS.iter().any(|tail| org.ends_with(tail))
}

/// Whether the post makes a principal leader of the body.
pub(crate) fn is_top_leader(org: Option<&str>, post: &Post) -> bool {
    if post.deputy || post.candidate || post.open || post.former || post.loose {
        return false;
    }
    let org = org.unwrap_or_default();
    if section(org) {
        return false;
    }
    match post.lead {
        Lead::Party => !org.contains("纪委") && !org.contains("政法委") && !org.contains('村'),
        Lead::Whole => {
            // A station or office of a township is a part of it.
            let inner = standing(org) == Some(Standing::Township)
                && !matches!(post.base.as_str(), "镇长" | "乡长" | "主任" | "苏木达" | "校长" | "院长");
            let small = match post.base.as_str() {
                "所长" => outpost(org),
                "部长" => !org.contains("组织部"),
                _ => false,
            };
            !inner
                && !small
                && !(post.base == "主任"
                    && (org.is_empty() || org.contains('镇') || org.contains('乡'))
                    && !org.contains("街道")
                    && org.contains('办'))
        }
        Lead::Part | Lead::Village => false,
    }
}

/// The rank code that follows, where it does.
pub(crate) fn rank_code(org: Option<&str>, post: &Post) -> Option<&'static str> {
    let org = org.unwrap_or_default();
    if post.lead == Lead::Village || (standing(org) == Some(Standing::Village) && !post.loose) {
        return Some("9Z");
    }
    // 团县委 is a body of the county's, not its committee.
    let seat = org.ends_with('委') && !youth_league(org)
        || org.ends_with("委员会") && !youth_league(org)
        || org.ends_with("政府")
        || matches!(post.base.as_str(), "县长" | "区长" | "市长" | "旗长" | "省长" | "州长" | "盟长");
    // The heads of a county's party departments sit in its standing committee; their deputies rank as bureau heads.
    if standing(org) == Some(Standing::County)
        && ["组织部", "宣传部", "统战部", "政法委"].iter().any(|tail| org.ends_with(tail))
    {
        return match (post.base.as_str(), post.deputy) {
            ("部长" | "书记", false) => Some("0132"),
            ("部长" | "书记", true) => Some("0141"),
            _ => None,
        };
    }
    let head = matches!(post.lead, Lead::Whole | Lead::Party) && !section(org);
    let (chief, deputy) = match (standing(org)?, seat) {
        (Standing::Village, _) => ("9Z", "9Z"),
        (Standing::Township, _)
            if seat || matches!(post.base.as_str(), "书记" | "镇长" | "乡长" | "苏木达") =>
        {
            ("0141", "0142")
        }
        (Standing::Township, _) => ("0150", "0150"),
        (Standing::County, true) => ("0131", "0132"),
        (Standing::County, false) => ("0141", "0142"),
        (Standing::City, true) => ("0121", "0122"),
        (Standing::City, false) => ("0131", "0132"),
        (Standing::Province, true) => ("0111", "0112"),
        (Standing::Province, false) => ("0121", "0122"),
    };
    if head {
        return Some(if post.deputy { deputy } else { chief });
    }
    match (post.base.as_str(), standing(org)?) {
        ("科长", Standing::City) => Some(if post.deputy { "0142" } else { "0141" }),
        ("处长", Standing::Province) => Some(if post.deputy { "0132" } else { "0131" }),
        ("股长" | "科长" | "队长" | "班长" | "科员" | "干部", _) => Some("0150"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(base: &str, lead: Lead, deputy: bool) -> Post {
        Post {
            range: 0..0,
            text: base.into(),
            base: base.into(),
            lead,
            deputy,
            former: false,
            candidate: false,
            open: false,
            loose: false,
        }
    }

    #[test]
    fn ranks_follow_from_body_and_post() {
        let rank =
            |org: &str, base: &str, lead: Lead, deputy: bool| rank_code(Some(org), &post(base, lead, deputy));
        assert_eq!(rank("清岚县交通运输局", "局长", Lead::Whole, false), Some("0141"));
        assert_eq!(rank("瑞澜市文化局", "局长", Lead::Whole, true), Some("0132"));
        assert_eq!(rank("怀渠县委", "书记", Lead::Party, false), Some("0131"));
        assert_eq!(rank("石碾镇党委", "书记", Lead::Party, false), Some("0141"));
        assert_eq!(rank("瑞澜市平澜区住建局", "局长", Lead::Whole, true), Some("0142"));
        assert_eq!(rank("某局", "局长", Lead::Whole, false), None);
        assert_eq!(rank("共青团巴寨县委", "书记", Lead::Party, true), Some("0142"));
    }

    #[test]
    fn principal_leaders_and_others() {
        assert!(is_top_leader(Some("黑松县农机监理站"), &post("站长", Lead::Whole, false)));
        assert!(!is_top_leader(Some("东墩尾镇财政所"), &post("所长", Lead::Whole, false)));
        assert!(!is_top_leader(Some("清岚县交通局"), &post("局长", Lead::Whole, true)));
        assert!(is_top_leader(Some("清岚县公路局党委"), &post("书记", Lead::Party, false)));
        assert!(!is_top_leader(Some("县水利局建管科"), &post("科长", Lead::Part, false)));
    }
}
