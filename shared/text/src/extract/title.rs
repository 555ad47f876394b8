//! Posts named in a text, with what stands before and after them.

use std::ops::Range;

use super::gazetteer::{Found, Gazetteer, Lead, Meaning};
use crate::Normal;

/// A post named in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Post {
    /// From 副 or 党组书记、 to its end.
    pub(crate) range: Range<usize>,
    /// As written: 副局长; 党组书记、局长.
    pub(crate) text: String,
    /// Kind of post without 副 and the like: 局长.
    pub(crate) base: String,
    pub(crate) lead: Lead,
    pub(crate) deputy: bool,
    /// 原, 前: no longer.
    pub(crate) former: bool,
    /// 拟任, 候选, 人选: not yet.
    pub(crate) candidate: bool,
    /// 换主任, 空一个站长: the sentence speaks of the post, not of who holds it.
    pub(crate) open: bool,
    /// A calling rather than a post (干部, 教师): weak on its own.
    pub(crate) loose: bool,
}

const LOOSE: &[&str] = &[
    "干部",
    "教师",
    "医生",
    "会计",
    "出纳",
    "民警",
    "辅警",
    "法警",
    "干警",
    "书记员",
    "主任医师",
    "主任护师",
    "主任药师",
    "主任技师",
    "主任编辑",
    "主任记者",
    "司机",
    "驾驶员",
    "法官",
    "检察官",
    "委员",
    "秘书",
    "工程师",
    "经理",
    "主管",
    "班长",
    "组长",
    "副职",
    "馆员",
    "护士",
    "技术员",
    "统计员",
    "护林员",
    "候选人",
    "秘书长",
];

/// Posts in the text's order, the longest at each place.
pub(crate) fn posts(chars: &[char], found: &[Found<'_>]) -> Vec<Post> {
    let mut all: Vec<Post> = Vec::new();
    let mut end = 0;
    for f in found {
        let Meaning::Title(lead) = f.meaning else { continue };
        if f.range.start < end || goes_on(chars, f.range.clone()) {
            continue;
        }
        end = f.range.end;
        all.push(post(chars, f.range.clone(), *lead));
    }
    merged(chars, all)
}

/// Whether the word goes on as another that names nobody: 财政局|长期, 图书馆|长年, 市长热线, 主席台.
fn goes_on(chars: &[char], word: Range<usize>) -> bool {
    const THINGS: [&str; 6] = ["热线", "信箱", "接待日", "办公会", "联席会", "负责制"];
    let rest = &chars[word.end..];
    let next = |at: usize| rest.get(at).copied().unwrap_or(' ');
    let thing = THINGS.iter().any(|thing| rest.iter().copied().take(thing.chars().count()).eq(thing.chars()));
    let other = match (chars[word.end - 1], next(0)) {
        ('长', '期') => next(1) != '间',
        ('长', '年') => "不在没累无被空挂".contains(next(1)),
        ('席', '台' | '团') | ('员', '会') => true,
        _ => false,
    };
    thing || other
}

fn post(chars: &[char], range: Range<usize>, lead: Lead) -> Post {
    let base: String = chars[range.clone()].iter().collect();
    let before = |word: &str, at: usize| {
        let length = word.chars().count();
        at >= length && word.chars().eq(chars[at - length..at].iter().copied())
    };
    let mut start = range.start;
    let mut deputy = false;
    for word in ["常务副", "副"] {
        if before(word, start) {
            start -= word.chars().count();
            deputy = true;
            break;
        }
    }
    let mut village = lead == Lead::Village;
    for word in
        ["党委", "党组", "党工委", "党支部", "党总支", "支部", "村", "镇党委", "乡党委", "人事科", "办公室"]
    {
        if matches!(base.as_str(), "书记" | "副书记")
            && before(word, start)
            && word.starts_with('党') | word.starts_with('支')
        {
            start -= word.chars().count();
            village |= word.contains("支部");
            break;
        }
    }
    let window: String = chars[start.saturating_sub(4)..start].iter().collect();
    // 散会前院长说: the time before something, no former head.
    let time =
        ["会前", "之前", "以前", "天前", "月前", "年前", "日前", "事前", "目前", "当前", "面前", "选前"]
            .iter()
            .any(|word| window.ends_with(word));
    let former = ["原", "前", "原任", "曾任", "前任", "前面", "离任", "卸任", "退休", "退休的", "老"]
        .iter()
        .any(|word| window.ends_with(word))
        && !time
        || window.contains("曾任");
    let after: String = chars[range.end..chars.len().min(range.end + 3)].iter().collect();
    let candidate =
        ["拟任", "拟提", "候选", "候任", "要升", "要当", "想当"].iter().any(|word| window.contains(word))
            || after.starts_with("候选")
            || after.starts_with("人选");
    let open = ["换", "选", "竞选", "竞聘", "争当", "空一个", "缺一个", "补一个", "空缺的"]
        .iter()
        .any(|word| window.ends_with(word));
    let loose = LOOSE.contains(&base.as_str());
    // 镇长助理 is no head.
    let assistant = after.starts_with("助理");
    let end = if assistant { range.end + 2 } else { range.end };
    let base = if assistant { format!("{base}助理") } else { base };
    // 内科主任, 教研室主任: the head of a section of some body.
    let section = base == "主任"
        && range.start > 0
        && matches!(chars[range.start - 1], '科' | '室' | '股' | '系' | '部');
    let lead = match lead {
        _ if village => Lead::Village,
        Lead::Whole if section || assistant => Lead::Part,
        lead => lead,
    };
    let text = chars[start..end].iter().collect();
    Post { range: start..end, text, base, lead, deputy, former, candidate, open, loose }
}

/// 党组书记、局长 is one post.
fn merged(chars: &[char], posts: Vec<Post>) -> Vec<Post> {
    let mut out: Vec<Post> = Vec::new();
    for post in posts {
        match out.last_mut() {
            Some(last)
                if last.range.end + 1 == post.range.start
                    && matches!(chars[last.range.end], '、' | ',' | '/')
                    && !last.loose
                    && !post.loose
                    && matches!(last.base.as_str(), "书记" | "委员" | "党组成员" | "党委委员" | "常委") =>
            {
                last.range.end = post.range.end;
                last.text = chars[last.range.clone()].iter().collect::<String>().replace(',', "、");
                last.base = post.base;
                last.lead = post.lead;
                last.deputy = post.deputy;
                last.candidate |= post.candidate;
                last.open |= post.open;
            }
            _ => out.push(post),
        }
    }
    out
}

impl Post {
    /// A post as a form or the register writes it.
    pub(crate) fn written(title: &Normal, gazetteer: &Gazetteer) -> Option<Self> {
        let last = posts(&title.chars, &gazetteer.scan(title)).into_iter().next_back()?;
        Some(Self { range: 0..0, text: title.as_str().to_owned(), ..last })
    }

    /// Whether it heads a body, so that one person at a time holds it there.
    pub(crate) fn heads(&self) -> bool {
        matches!(self.lead, Lead::Whole | Lead::Party) && !self.deputy && !self.candidate
    }

    /// The kind of post for comparing: 局长, 副局长.
    pub(crate) fn kind(&self) -> String {
        if self.deputy { format!("副{}", self.base) } else { self.base.clone() }
    }
}
