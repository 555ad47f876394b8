//! Who reports: named, reachable, or anonymous; how many sign; and which passages speak of them.

use std::ops::Range;

use dengwen_model::IdentityKind;

use super::person::Person;
use crate::passages::clauses;
use crate::sign::{Sign, Signs};
use crate::{Normal, TipForm};

/// What is known of the reporter. Names stay in this crate's memory only to tell them from subjects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reporter {
    pub(crate) identity: IdentityKind,
    pub(crate) named: bool,
    pub(crate) contact: bool,
    pub(crate) signers: u32,
    pub(crate) joint: bool,
    pub(crate) names: Vec<String>,
    /// Where the addressee is named.
    pub(crate) addressee: Range<usize>,
    /// Passages about reporter or addressee.
    pub(crate) aside: Vec<Range<usize>>,
}

const LABELS: &[&str] = &[
    "反映人:",
    "举报人:",
    "来电人:",
    "申诉人:",
    "联系人",
    "署名:",
    "签名:",
    "我叫",
    "我是",
    "本人叫",
    "村民:",
    "来信人:",
    "姓名:",
    "本人",
    "来电人",
    "来电者",
    "反映人",
    "来访人",
    "鄙人",
    "敝人",
    "自报",
    "留名",
    "留名:",
    "名字叫",
    "名字是",
    "全名",
    "联名人:",
    "就是我,",
    "老部下:",
    "我(",
    "本人(",
    "回电请找",
    "电话找",
    "核实请找",
];
/// Reads form and text.
pub(crate) fn reporter(text: &Normal, signs: &Signs, persons: &[Person], form: &TipForm) -> Reporter {
    let chars = &text.chars;
    let (addressee, aside) = asides(chars, signs);
    let mut found = Reporter { aside, addressee, ..Reporter::default() };
    let unwilling = signs.has(Sign::Unwilling);
    let own = own_names(chars, persons);
    let form_name = form.reporter_name.as_ref().or(form.signed_name.as_ref());
    let full = |name: &String| {
        name.chars().filter(|c| super::place::han(*c)).count() >= 2
            && !name.contains('某')
            && !loose_name(name)
    };
    let form_named = form_name.is_some_and(full);
    let form_contact =
        form.reporter_phone.is_some() || form.reporter_email.is_some() || form.contact.is_some();
    found.contact = form_contact || contact_in(chars, text.as_str());
    let declared = signs.has(Sign::Declared) && !signs.has(Sign::Undeclared);
    found.named = form_named || (!unwilling && (!own.is_empty() || declared));
    let signed = own.len() as u32;
    found.names = own;
    found.names.extend(form_name.cloned());
    found.signers = signers(text, form).max(signed);
    found.joint = found.signers >= 2 || joint_words(text, signs);
    let surname_only = signs.has(Sign::SurnameOnly);
    found.identity = match (found.named && !surname_only, found.contact) {
        (true, _) => IdentityKind::Named,
        (false, true) => IdentityKind::ContactOnly,
        (false, false) => IdentityKind::Anonymous,
    };
    found.named &= !surname_only;
    found
}

/// 一名党员, 知情人, 王先生: no name.
fn loose_name(name: &str) -> bool {
    ["先生", "女士", "同志", "群众", "职工", "党员", "村民", "干部", "知情", "匿名", "市民", "师傅"]
        .iter()
        .any(|word| name.contains(word))
}

/// Full names that the reporter gives as their own.
fn own_names(chars: &[char], persons: &[Person]) -> Vec<String> {
    let mut names = Vec::new();
    for person in persons {
        let Some(name) = &person.name else { continue };
        let before: String =
            chars[person.range.start.saturating_sub(14)..person.range.start].iter().collect();
        let labelled = LABELS.iter().any(|label| {
            before.rfind(label).is_some_and(|at| {
                let gap = before[at + label.len()..].chars().collect::<Vec<_>>();
                let plain = gap.len() <= 1
                    || (gap.len() <= 11
                        && matches!(*label, "我是" | "本人" | "鄙人" | "自报")
                        && gap.iter().all(|c| !matches!(c, ',' | '。' | '"' | '说' | '反' | '举')));
                plain && !(matches!(*label, "来电人" | "来电者" | "反映人") && gap.len() > 1)
            })
        });
        let of_another = chars.get(person.range.end) == Some(&'的');
        let signs = signature(chars, person) || closing(chars, person) || by_name(chars, person);
        if (labelled && !of_another) || signs {
            names.push(name.clone());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Who reports under the own name, alone or with others: 吴梦瑶实名举报局长…; 我们是交通局的吴梦瑶、关秀梅二人,联名举报…. Not
/// who is said to have done so: 自从吴梦瑶实名举报后.
fn by_name(chars: &[char], person: &Person) -> bool {
    const REPORTS: [&str; 8] =
        ["实名举报", "实名反映", "实名控告", "联名举报", "联名反映", "联名控告", "共同举报", "共同反映"];
    const HEARD: [&str; 9] = ["听说", "据说", "自从", "因为", "由于", "打击", "报复", "有人", "被"];
    let start = clause_start(chars, person.range.start);
    let before: String = chars[start..person.range.start].iter().collect();
    let rest: String = chars[person.range.end..].iter().take(40).collect();
    let Some((names, act)) = REPORTS.iter().find_map(|act| rest.split_once(act)) else { return false };
    let counted = |part: &str| part.ends_with('人') && part.chars().count() <= 3;
    let others = names.trim_end_matches(',').split('、').filter(|part| !part.is_empty());
    let listed = others.clone().all(|part| {
        let name = part.strip_suffix('人').map_or(part, |part| {
            part.trim_end_matches(|c: char| "一二两三四五六七八九十几多等数0123456789".contains(c))
        });
        counted(part) || (name.chars().count() <= 4 && name.chars().all(super::place::han))
    });
    listed && !act.starts_with(['后', '过', '了', '的']) && !HEARD.iter().any(|word| before.contains(word))
}

/// Where the clause begins that this place stands in.
fn clause_start(chars: &[char], at: usize) -> usize {
    let ends = |c: &char| matches!(c, ',' | '。' | '!' | '?' | '\n' | ';');
    chars[..at].iter().rposition(ends).map_or(0, |at| at + 1)
}

/// A name alone at the end of a letter: the last line, or before a date or telephone number there.
fn signature(chars: &[char], person: &Person) -> bool {
    let end = chars.len();
    if end.saturating_sub(person.range.end) > 24 {
        return false;
    }
    let line = chars[..person.range.start].iter().rposition(|&c| c == '\n').map_or(0, |at| at + 1);
    if line == 0 {
        return false;
    }
    let rest = &chars[person.range.end..];
    let tail = rest.iter().all(|c| {
        c.is_ascii_digit()
            || matches!(
                c,
                '(' | ')'
                    | '年'
                    | '月'
                    | '日'
                    | '二'
                    | '〇'
                    | '一'
                    | '三'
                    | '四'
                    | '五'
                    | '六'
                    | '七'
                    | '八'
                    | '九'
                    | '十'
                    | '零'
                    | '\n'
                    | '、'
                    | '按'
                    | '手'
                    | '印'
                    | '签'
                    | '字'
                    | '名'
                    | '谨'
                    | '上'
                    | '电'
                    | '话'
                    | ':'
                    | '敬'
                    | '呈'
            )
    }) || rest.first() == Some(&'(')
        || rest.first() == Some(&'\n');
    let head = &chars[line..person.range.start];
    tail && head.len() <= 14 && head.iter().all(|c| !matches!(c, ',' | '。' | '!' | '?'))
        || (tail && chars[line..].len() <= 24)
}

/// A name in a last sentence of its own that says who writes: 石碾镇退休教师费云舟,电话…
fn closing(chars: &[char], person: &Person) -> bool {
    const WHO: &[&str] = &[
        "村民",
        "居民",
        "职工",
        "教师",
        "老师",
        "党员",
        "干部",
        "群众",
        "退休",
        "家属",
        "家长",
        "业主",
        "员工",
        "工人",
        "护士",
        "医生",
        "司机",
        "会计",
        "代表",
        "举报人",
        "反映人",
        "写信人",
        "来信人",
        "此致",
        "敬礼",
        "署名",
        "谨上",
    ];
    const REACHED: &[&str] = &[
        ",电话",
        ",手机",
        ",联系",
        ",家住",
        ",住",
        ",地址",
        ",身份证",
        ",1",
        "(电话",
        "(手机",
        "(联系",
        "(1",
    ];
    let ends = |c: &char| matches!(c, '。' | '!' | '?' | '\n' | ';');
    let start = chars[..person.range.start].iter().rposition(&ends).map_or(0, |at| at + 1);
    let (head, rest) = (&chars[start..person.range.start], &chars[person.range.end..]);
    if start == 0 || head.len() > 20 || rest.len() > 40 || rest.iter().rev().skip(1).any(ends) {
        return false;
    }
    let head: String = head.iter().collect();
    // Whoever is to be looked into, and whoever did something, stands in such sentences too.
    if head.contains(|c| "请查望让把被给找向对跟叫说问告".contains(c)) {
        return false;
    }
    let rest: String = rest.iter().collect();
    let reached = REACHED.iter().any(|sign| rest.starts_with(sign));
    let rest = rest.trim_end_matches(|c: char| c == '。' || c.is_ascii_digit() || "年月日.".contains(c));
    let nothing_more = others(rest);
    // Alone in the last sentence: 请查清。费云舟
    let alone = head.is_empty() && once(chars, &chars[person.range.clone()]);
    reached || (nothing_more && (alone || WHO.iter().any(|who| head.contains(who))))
}

/// Only further names follow, and that they sign: 、桂满仓(签字捺印).
fn others(rest: &str) -> bool {
    const SIGNS: [&str; 9] = ["联名", "签名", "签字", "敬上", "谨上", "叩上", "呈上", "(签字捺印)", "(签名)"];
    let rest = SIGNS.iter().find_map(|sign| rest.strip_suffix(sign)).unwrap_or(rest);
    rest.split('、').all(|name| name.chars().count() <= 4 && name.chars().all(super::place::han))
        && (rest.is_empty() || rest.starts_with('、'))
}

fn once(chars: &[char], name: &[char]) -> bool {
    chars.windows(name.len()).filter(|part| *part == name).count() == 1
}

/// A telephone number or an e-mail address that the text offers.
fn contact_in(chars: &[char], text: &str) -> bool {
    let mut run = 0;
    let mut mobile = false;
    for (at, c) in chars.iter().enumerate() {
        if c.is_ascii_digit() {
            run += 1;
        } else {
            if (11..=12).contains(&run) && chars[at - run] == '1' {
                mobile = true;
            }
            run = 0;
        }
    }
    if (11..=12).contains(&run) && chars[chars.len() - run] == '1' {
        mobile = true;
    }
    let mail = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_')))
        .any(|word| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')));
    mobile || mail
}

fn signers(text: &Normal, form: &TipForm) -> u32 {
    const ENDS: usize = 60;
    let listed = form.signers.as_ref().map_or(0, |signers| {
        signers.parse::<u32>().unwrap_or_else(|_| {
            signers.split(['、', ',', '，', ' ']).filter(|s| !s.is_empty()).count() as u32
        })
    });
    let chars = &text.chars;
    let enumerated = enumerated(text.as_str());
    listed
        .max(if enumerated >= 2 { enumerated } else { 0 })
        .max(counted(&chars[chars.len().saturating_sub(ENDS)..]))
        .max(counted(&chars[..chars.len().min(ENDS)]))
        .max(1)
}

/// 反映人:甲、乙、丙.
fn enumerated(text: &str) -> u32 {
    const LABELS: [&str; 6] = ["反映人:", "举报人:", "村民:", "联名人:", "签名人:", "联名:"];
    if !text.contains(':') {
        return 0;
    }
    let named = |rest: &str| {
        let list = rest.split(['(', '。', ' ', '\n']).next().unwrap_or("");
        list.split('、').filter(|part| (2..=4).contains(&part.chars().count())).count() as u32
    };
    let after = LABELS.iter().filter_map(|label| text.rfind(label).map(|at| &text[at + label.len()..]));
    after.map(named).max().unwrap_or(0)
}

/// 五名干部职工, 三十二名职工联名, 我们几个.
fn counted(chars: &[char]) -> u32 {
    let mut most = 0;
    for number in super::number::numbers(chars) {
        let after: String = chars[number.range.end..chars.len().min(number.range.end + 9)].iter().collect();
        let before: String = chars[number.range.start.saturating_sub(8)..number.range.start].iter().collect();
        let people = ["名", "位", "个", "人"].iter().any(|unit| after.starts_with(unit));
        let group =
            ["联名", "签名", "按手印", "捺印", "签字", "按了手印"].iter().any(|word| after.contains(word));
        let ours =
            before.ends_with("我们") || before.ends_with("我等") || (before.contains("我们是") && people);
        let sign = after.starts_with('人')
            && number.range.end + 1 >= chars.len().saturating_sub(14)
            && before.contains('工');
        if (people && (group || ours) || sign) && (2.0..10_000.0).contains(&number.value) {
            most = most.max(number.value as u32);
        }
    }
    most
}

/// 我们是县医院全体职工 at the beginning, 县医院全体职工 as a signature: of whom all others tell (叫全体干部站着等)
/// reports nobody.
fn all_of_us(chars: &[char], signs: &Signs) -> bool {
    const HEAD: usize = 40;
    /// Between 我们 and those words.
    const BODY: usize = 14;
    let ours = |at: &Range<usize>| {
        let before: String = chars[at.start.saturating_sub(BODY)..at.start].iter().collect();
        before.contains("我们") || before.contains("我等")
    };
    // After a signature stands a date at most.
    let signed = |at: &Range<usize>| {
        let starts = chars[..at.start].iter().rev().take_while(|c| super::place::han(**c)).count() <= BODY;
        starts
            && chars[at.end..]
                .iter()
                .all(|c| !super::place::han(*c) || "年月日一二三四五六七八九十〇零廿".contains(*c))
    };
    signs.within(0..chars.len(), Sign::AllOfUs).any(|at| (at.start < HEAD && ours(&at)) || signed(&at))
}

/// 几名干部, 几位退休老同志 as a signature; 联名; 我们几个.
fn joint_words(text: &Normal, signs: &Signs) -> bool {
    if signs.has(Sign::Jointly) || all_of_us(&text.chars, signs) {
        return true;
    }
    let head: String = text.chars.iter().take(30).collect();
    if ["我们几个", "我们几名", "我们几位"].iter().any(|word| head.contains(word)) {
        return true;
    }
    let dated = |line: &&str| {
        line.chars().any(|c| super::place::han(c) && !"年月日一二三四五六七八九十〇零廿".contains(c))
            && !line.starts_with('(')
    };
    let text = text.as_str();
    let Some(last) = text.contains('\n').then(|| text.split('\n').rfind(dated)).flatten() else {
        return false;
    };
    let short = last.chars().count() <= 24;
    short
        && ["几名", "几位", "几个", "数名", "数位", "若干名", "多名", "众位"]
            .iter()
            .any(|word| last.contains(word))
}

/// Salutations and self-descriptions: what stands there is not whom the tip is about.
fn asides(chars: &[char], signs: &Signs) -> (Range<usize>, Vec<Range<usize>>) {
    let mut found = Vec::new();
    let mut addressee = 0..0;
    let first = chars.iter().position(|c| matches!(c, ':' | '\n')).filter(|&at| at <= 30);
    if let Some(at) = first {
        let head: String = chars[..at].iter().collect();
        let greets = [
            "组织部",
            "领导",
            "同志",
            "纪委",
            "尊敬",
            "敬启",
            "台鉴",
            "部门",
            "举报中心",
            "巡察",
            "您好",
            "你好",
            "上级",
            "纪检",
        ]
        .iter()
        .any(|word| head.contains(word));
        let subject =
            ["举报对象", "被举报", "反映对象", "举报", "主要问题"].iter().any(|word| head.starts_with(word));
        if greets && !subject {
            addressee = 0..at;
            found.push(0..at);
        }
    }
    if !signs.has(Sign::Introduces) {
        return (addressee, found);
    }
    for clause in clauses(chars) {
        let Some(first) = signs.within(clause.clone(), Sign::Introduces).next() else { continue };
        let about = signs.stands(clause.clone(), Sign::HeadPost) && first.start > clause.start;
        if !about && !signs.stands(clause.clone(), Sign::KinOf) {
            found.push(clause);
        }
    }
    (addressee, found)
}
