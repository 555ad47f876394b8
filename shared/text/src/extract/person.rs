//! Names of persons, by surname and by what stands around them.

use std::collections::HashMap;
use std::ops::Range;

use super::gazetteer::{Gazetteer, Lead};
use super::place::han;
use super::title::Post;
use crate::Normal;

/// Where organisations and places begin and end, and whom the register knows.
#[derive(Clone, Copy)]
pub(crate) struct Bodies<'b> {
    pub(crate) starts: &'b [usize],
    pub(crate) ends: &'b [usize],
    pub(crate) orgs: &'b [super::org::Org],
    /// Whether somebody of the register has this name.
    pub(crate) known: &'b dyn Fn(&[char]) -> bool,
}

/// What is known of two neighbouring characters.
#[derive(Clone, Copy)]
pub(crate) struct Pairs<'p> {
    /// Whether they are a common word or part of one.
    pub(crate) common: &'p dyn Fn(char, char) -> bool,
    /// Whether they were ever seen together.
    pub(crate) known: &'p dyn Fn(char, char) -> bool,
}

/// A name or a surname with 某, 老 or a post.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) range: Range<usize>,
    /// The full name; `None` where only the surname is told.
    pub(crate) name: Option<String>,
    pub(crate) surname: String,
    /// How sure, by the contexts it stands in.
    pub(crate) score: f32,
}

/// Characters that follow a name more often than they are in one.
const AFTER: &str = "拟把收拿被是在于为的与和跟对向给利有说让用找请违长多没不从到当挨身任受正涂调离搞借参动指带操私配办未退偷挂开超上下去还就都也只又再要想能会已现原因通设干入信居靠走打喝经包养骂横行坐过领闹卖送塞吃弄欠那这来们其之所以及等按据作主违强得即系曾先后亲自临安排答应要求突击提拔将却便使叫又则所调任兼同今去前年月明昨";
/// Characters that do not stand in a given name.
const NOT_GIVEN: &str = "局站名付管医资工记任科院校镇村县市区的了是和把被收给有政府委会部门办公位领导党员事情问题上下一二三四五六七八九十百千万个们我你他她它这那哪什么怎吗呢吧啊就也都还很太不没过得着说讲称反映举报来去在到从向对为与及或且但而因所其之此每各某两几多钱元块号日月年时候啦喽嘛嘞话票里外前后左右内间";

/// What follows a number that counts.
const COUNTED: &str =
    "个名次年月日天号万千百十块元人岁点位家套张笔份场回把手直切起样边面心言致定分百多两几处间辆栋层亩条";
/// How much speaks for a name right after a post.
const AFTER_A_POST: f32 = 2.2;
/// The same right after a body.
const AFTER_A_BODY: f32 = 1.5;
/// How much a bit of [`super::names::NameLists::given_bits`] speaks for a name, and the bits that say nothing.
const GIVEN_WEIGHT: f32 = 0.2;
const GIVEN_USUAL: f32 = 1.5;
const LEAST_GIVEN: f32 = -3.0;
/// Bits of a character that is in more names than other words.
const OFTEN_GIVEN: f32 = 3.0;
/// How much speaks for a name after a word that announces one.
const ANNOUNCED: f32 = 1.6;

/// Surnames that are common words of their own.
const WEAK: &str =
    "时和于从都全那后向相能应管查别经成满连容空关何方常明白乐家有利国别任红万水单双公强高平安支计解商晋兰奉";

/// Surnames that are things everybody speaks of.
const NOUNS: &str =
    "钱金水云花方毛皮马路江林夏田包石井车山牛羊鱼党文印古门家师房牧谷粟票米白权后高红游冷雷满成连单";

/// Names in the text, by place.
pub(crate) fn persons(
    text: &Normal,
    posts: &[Post],
    bodies: Bodies<'_>,
    lists: &Gazetteer,
    pairs: Pairs<'_>,
) -> Vec<Person> {
    let chars = &text.chars;
    let mut found: Vec<Person> = Vec::new();
    let mut at = 0;
    while at < chars.len() && found.len() < 300 {
        match person_at(text, at, posts, bodies, lists, pairs) {
            Some(person) => {
                at = person.range.end;
                found.push(person);
            }
            None => at += 1,
        }
    }
    strengthened(chars, found)
}

fn person_at(
    text: &Normal,
    at: usize,
    posts: &[Post],
    bodies: Bodies<'_>,
    lists: &Gazetteer,
    pairs: Pairs<'_>,
) -> Option<Person> {
    let chars = &text.chars;
    let foreign = lists.names.foreign_name(chars, at);
    if foreign >= 2 {
        return Some(full(chars, at, foreign, foreign.min(3), 3.0));
    }
    let surname = lists.names.surname(chars, at);
    if surname == 0 {
        return None;
    }
    // 建管科长: 管 is a part of the body's name, and 席 of 主席 of the post.
    let within_post = |post: &Post| post.range.start < at && at < post.range.end;
    if bodies.orgs.iter().any(|org| org.range.contains(&at)) || posts.iter().any(within_post) {
        return None;
    }
    if let Some(short) = surname_only(text, at, surname, posts, pairs.common) {
        return Some(short);
    }
    named(text, at, surname, posts, bodies, lists, pairs)
}

/// Whether the characters look like a full name of a surname and what seldom stands together after it.
pub(crate) fn is_name(name: &[char], lists: &Gazetteer, common: impl Fn(char, char) -> bool) -> bool {
    let surname = lists.names.surname(name, 0);
    let given = name.len().saturating_sub(surname);
    surname > 0
        && (1..=2).contains(&given)
        && name[surname..].iter().all(|c| han(*c) && !NOT_GIVEN.contains(*c))
        && name.windows(2).all(|pair| !common(pair[0], pair[1]))
}

fn full(chars: &[char], at: usize, length: usize, surname: usize, score: f32) -> Person {
    let name: String = chars[at..at + length].iter().collect();
    let surname: String = chars[at..at + surname].iter().collect();
    Person { range: at..at + length, name: Some(name), surname, score }
}

/// 魏书记, 老魏, 姓魏的, 贾某.
fn surname_only(
    text: &Normal,
    at: usize,
    surname: usize,
    posts: &[Post],
    common: impl Fn(char, char) -> bool,
) -> Option<Person> {
    let chars = &text.chars;
    let end = at + surname;
    let before = at.checked_sub(1).filter(|_| !text.stops_before(at)).map(|b| chars[b]);
    let next = chars.get(end).copied().filter(|_| !text.stops_before(end));
    let said = |range: Range<usize>| Person {
        surname: chars[at..end].iter().collect(),
        name: None,
        range,
        score: 2.5,
    };
    // 司马氏之女; 张氏宗祠 is nobody.
    if next == Some('氏') && chars.get(end + 1) == Some(&'之') {
        return Some(said(at..end + 1));
    }
    if next == Some('某') {
        let length = if chars.get(end + 1) == Some(&'某') { 2 } else { 1 };
        return Some(said(at..end + length));
    }
    let post = posts.iter().find(|post| post.range.start == end && !post.loose);
    // 书记和镇长: 和 joins two posts.
    let joins = matches!(chars[at], '和' | '与') && posts.iter().any(|post| post.range.end == at);
    // 公司总经理: what ends a common word begins no name.
    let ends_word = surname == 1 && before.is_some_and(|before| han(before) && common(before, chars[at]));
    let party = chars[at] == '党' && next.is_some_and(|c| matches!(c, '委' | '组' | '支' | '总' | '工'));
    if post.is_some()
        && !party
        && !joins
        && !ends_word
        && !before.is_some_and(|c| matches!(c, '任' | '当' | '副' | '名'))
        && (before != Some('个') || ends_with(chars, at, &["那个", "这个"]))
    {
        return Some(said(at..end));
    }
    let closes = next.is_none_or(|c| !han(c) || AFTER.contains(c));
    if called_by_rank(text, at, end) {
        return Some(said(at..end));
    }
    match before {
        Some('姓') if closes || next == Some('的') => Some(said(at..end)),
        Some('老' | '小') if closes && !NOT_AFTER_OLD.contains(&chars[at]) => Some(said(at - 1..end)),
        _ => None,
    }
}

/// 祝局, 温副局: how a subordinate calls the head, where it is not the end of a body's name.
fn called_by_rank(text: &Normal, at: usize, end: usize) -> bool {
    const LEADS: &str = "的是那让被给找跟和与请们管听由对向去";
    /// 司馆女儿, 匡局老家: what is somebody's.
    const OWNED: &str = "一家女儿老外小侄妻弟妹哥姐父母";
    let chars = &text.chars;
    let rank = end + usize::from(chars.get(end) == Some(&'副'));
    let ranked = chars.get(rank).is_some_and(|c| RANKS.iter().any(|(called, _)| called == c));
    let opens = at.checked_sub(1).is_none_or(|before| {
        !han(chars[before])
            || text.stops_before(at)
            || LEADS.contains(chars[before])
            || RANKED_BODY.contains(&chars[before])
    });
    let closes = chars
        .get(rank + 1)
        .is_none_or(|c| !han(*c) || text.stops_before(rank + 1) || AFTER.contains(*c) || OWNED.contains(*c));
    ranked && opens && closes && !WEAK.contains(chars[at])
}

/// Ends of bodies whose head may be called so right after them: 文旅集团林董.
const RANKED_BODY: [char; 4] = ['团', '司', '局', '校'];

/// The short form of a post after a surname, and the post.
const RANKS: [(char, &str); 8] = [
    ('局', "局长"),
    ('处', "处长"),
    ('董', "董事长"),
    ('总', "总经理"),
    ('校', "校长"),
    ('馆', "馆长"),
    ('院', "院长"),
    ('所', "所长"),
];

/// The post of somebody who is called by a surname and the short form of a post.
pub(crate) fn post_called(text: &Normal, person: &Person) -> Option<Post> {
    let chars = &text.chars;
    let end = person.range.end;
    if person.name.is_some() || !called_by_rank(text, person.range.start, end) {
        return None;
    }
    let deputy = chars.get(end) == Some(&'副');
    let at = end + usize::from(deputy);
    let (_, base) = RANKS.iter().find(|(called, _)| chars.get(at) == Some(called))?;
    Some(Post {
        range: end..at + 1,
        text: if deputy { format!("副{base}") } else { (*base).to_owned() },
        base: (*base).to_owned(),
        lead: if *base == "处长" { Lead::Part } else { Lead::Whole },
        deputy,
        former: false,
        candidate: false,
        open: false,
        loose: false,
    })
}

/// 老师, 小时, 老板 …: not 老 and a surname.
const NOT_AFTER_OLD: &[char] = &[
    '师', '班', '时', '曲', '家', '水', '常', '车', '全', '党', '花', '马', '牛', '山', '石', '干', '解',
    '明', '成', '能', '年', '区', '公', '百', '单',
];

fn named(
    text: &Normal,
    at: usize,
    surname: usize,
    posts: &[Post],
    bodies: Bodies<'_>,
    lists: &Gazetteer,
    pairs: Pairs<'_>,
) -> Option<Person> {
    let chars = &text.chars;
    let Pairs { common, known } = pairs;
    let end = at + surname;
    let left = left_context(text, at, posts, bodies.ends);
    // 所长马三立: after a post a numeral may be of the name, where nothing is counted; 馆长郎月琴: so may what is
    // mostly another word, before a character of names.
    let numeral = |offset: usize| {
        let next = chars.get(end + offset + 1).copied().unwrap_or(' ');
        let counts = "一二三四五六七八九千万".contains(chars[end + offset]) && !COUNTED.contains(next);
        let bits = lists.names.given_bits(&[next]);
        let own = bits >= 4.0 || (left >= AFTER_A_POST && bits >= 0.0 && !common(chars[end], next));
        let named = offset == 0 && "月有得元日名向".contains(chars[end]) && own;
        han(next) && ((left >= AFTER_A_POST && counts) || (left >= AFTER_A_BODY && named))
    };
    // 葛纪元书记: a whole name before the post.
    let before_a_post = |offset: usize| {
        let stop = end + offset + 1;
        offset == 1 && chars[end + 1] == '元' && posts.iter().any(|post| post.range.start == stop)
    };
    let closed = |at: usize| at >= chars.len() || !han(chars[at]) || text.stops_before(at);
    // 马春和吃, 阎守信退休, 芮国强一年: what could begin what follows and rather ends the name.
    let ends_name = |at: usize| {
        let Some(&next) = chars.get(at + 1).filter(|_| !closed(at + 1)) else { return false };
        let (last, bits) = (chars[at], lists.names.given_bits(&chars[at..=at]));
        match last {
            '和' | '与' | '跟' => {
                lists.names.surname(chars, at + 1) == 0 && !"他她它其别某我你各".contains(next)
            }
            _ if bits >= OFTEN_GIVEN => !common(last, next),
            _ => !known(last, next) && (bits >= 1.0 || known(chars[at - 1], last)),
        }
    };
    // 马春和吃: 和 joins nobody there.
    let no_link = |offset: usize| {
        let at = end + offset;
        offset == 1 && matches!(chars[at], '和') && ends_name(at) && left >= AFTER_A_POST
    };
    let given = |offset: usize| {
        let c = chars.get(end + offset).copied().filter(|c| han(*c) && !text.stops_before(end + offset))?;
        (!NOT_GIVEN.contains(c) || numeral(offset) || before_a_post(offset) || no_link(offset)).then_some(c)
    };
    let first = given(0)?;
    if first == '书' && (chars[at] == '支' || chars.get(end + 1) == Some(&'记')) {
        return None;
    }
    if lists.names.begins_no_name(chars, at) {
        return None;
    }
    // 副局长高翔文凭造假: 文凭 is a word, and what follows 文 begins none; 文 is in few names.
    let word_after_one = given(1).is_some() && {
        let at = |offset: usize| chars.get(end + offset).copied().unwrap_or(' ');
        common(at(1), at(2))
            && !closed(end + 2)
            && !common(at(2), at(3))
            && lists.names.given_bits(&[at(1)]) <= OFTEN_GIVEN
    };
    let mut best: Option<Person> = None;
    for length in [2usize, 1] {
        if length == 2 && given(1).is_none() {
            continue;
        }
        let stop = end + length;
        let mut score = left + right_context(text, stop, posts, bodies.starts);
        let last = chars[stop - 1];
        // 冯启明,: what could follow a name is of it where nothing follows.
        let followed = !closed(stop);
        if length == 2 && AFTER.contains(last) && followed {
            // 强 is in many more names than it begins words.
            let own = ends_name(stop - 1) || lists.names.given_bits(&[last]) >= OFTEN_GIVEN;
            score -= if own { 0.3 } else { 1.2 };
        }
        let goes_on = length == 1 && followed && AFTER.contains(chars[stop]) && ends_name(stop);
        if goes_on {
            score -= 0.8;
        }
        let runs_on = followed
            && (goes_on || !AFTER.contains(chars[stop]))
            && posts.iter().all(|p| p.range.start != stop);
        // Most names have two given characters.
        score += if length == 2 { 0.4 } else { 0.0 };
        if word_after_one && length == 2 {
            score -= 0.8;
        } else if runs_on && (length == 2 || (given(1).is_some() && !word_after_one)) {
            score -= if length == 2 { 0.4 } else { 1.2 };
        }
        if AFTER.contains(first) {
            // 缪长庚, 贝向阳: few say 缪 for anything but a person, and what follows is of names.
            let of_names =
                length == 2 && lists.names.given_bits(&[last]) >= 2.0 && !NOUNS.contains(chars[at]);
            score -= if of_names { 0.4 } else { 1.2 };
        }
        // 发改局 车前进 科长: said by itself.
        if closed(stop) && text.stops_before(at) {
            score += 0.5;
        }
        if posts.iter().any(|p| p.range.start < stop && p.range.start > at) {
            score -= 2.0;
        }
        if surname == 1 && common(chars[at], first) {
            score -= 1.3;
        }
        if length == 2 && common(first, last) {
            score -= 0.5;
        }
        let name = &chars[at..stop];
        if length == 2
            && AFTER.contains(last)
            && chars.windows(stop - at).take(3000).filter(|w| *w == name).count() >= 2
        {
            score += 1.4;
        }
        if (bodies.known)(name) {
            score += 2.5;
        }
        if surname == 1 && WEAK.contains(chars[at]) {
            // 副局长何丽, 站长安翔: after a post, before a character that seldom stands elsewhere than in names.
            let of_names = left >= AFTER_A_POST && lists.names.given_bits(&chars[end..stop]) >= OFTEN_GIVEN;
            score -= match (of_names, length) {
                (true, 2) => 0.4,
                (true, _) | (false, 2) => 1.2,
                (false, _) => 2.2,
            };
            // 管基建的科长: what is done, and not who does it.
            score -= if chars.get(stop) == Some(&'的') { 1.5 } else { 0.0 };
        }
        if surname == 2 {
            score += 1.0;
        }
        let usual = lists.names.given_bits(&chars[end..stop]).max(LEAST_GIVEN) - GIVEN_USUAL;
        // After a post or 叫 whatever stands there is a name, be it 龚老四.
        let announced = usual < 0.0 && left >= ANNOUNCED && !(surname == 1 && WEAK.contains(chars[at]));
        score += if announced { usual * GIVEN_WEIGHT / 3.0 } else { usual * GIVEN_WEIGHT };
        if best.as_ref().is_none_or(|b| score > b.score) {
            best = Some(full(chars, at, surname + length, surname, score));
        }
    }
    best.filter(|person| person.score >= 0.6)
}

/// What a name follows.
const BEFORE_A_NAME: &str = "\
    人选 名叫 我叫 叫 姓名: 全名 对象: 人: 自称 署名 反映人 举报人 联系人 申诉人 来电人 村民 候选人 答 职工 党员 选调生 名字是 领导 同志 号 女儿 儿子 侄女 侄子 外甥 外甥女 女婿 妻子 丈夫 老部下 小舅子 司机 秘书 情人 同学 出纳 会计 教师 干部";

fn ends_with(chars: &[char], at: usize, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let length = word.chars().count();
        at >= length && word.chars().eq(chars[at - length..at].iter().copied())
    })
}

fn left_context(text: &Normal, at: usize, posts: &[Post], ends: &[usize]) -> f32 {
    let chars = &text.chars;
    if posts.iter().any(|post| {
        post.range.end == at
            || (post.range.end + 1 == at && matches!(chars[at - 1], '的' | ':' | ',' | '(' | '、'))
    }) {
        return AFTER_A_POST;
    }
    if BEFORE_A_NAME.split(' ').any(|word| ends_with(chars, at, &[word])) {
        return ANNOUNCED;
    }
    // 那个古耀樟.
    if ends_with(chars, at, &["那个", "这个"]) {
        return 0.9;
    }
    if ends.contains(&at) || (at > 0 && chars[at - 1] == '的' && ends.contains(&(at - 1))) {
        return AFTER_A_BODY;
    }
    match at.checked_sub(1).map(|b| chars[b]) {
        None => 0.9,
        Some(c) if !c.is_alphanumeric() || text.stops_before(at) => 0.7,
        Some(
            '说' | '称' | '核' | '察' | '答' | '认' | '选' | '是' | '和' | '与' | '把' | '被' | '让' | '给'
            | '跟' | '对' | '找' | '由' | '报' | '映' | '以' | '为' | '即' | '全' | '随' | '向',
        ) => 0.4,
        Some(_) => -0.4,
    }
}

fn right_context(text: &Normal, stop: usize, posts: &[Post], starts: &[usize]) -> f32 {
    let chars = &text.chars;
    // 苏某(办公室主任): name, then post in brackets.
    if chars.get(stop) == Some(&'(') && posts.iter().any(|post| post.range.start == stop + 1) {
        return 2.2;
    }
    // 鲍某,某县某局股长: name, then body.
    if chars.get(stop).is_some_and(|c| matches!(c, ',' | '(')) && starts.contains(&(stop + 1)) {
        return 2.0;
    }
    if posts.iter().any(|post| post.range.start == stop) {
        return 1.8;
    }
    // 芮文韬拟任教体局副局长.
    if chars.get(stop) == Some(&'拟')
        && chars.get(stop + 1).is_some_and(|c| matches!(c, '任' | '提' | '聘' | '晋'))
    {
        return 1.8;
    }
    if chars.get(stop..).is_some_and(|rest| rest.starts_with(&['同', '志'])) {
        return 1.8;
    }
    match chars.get(stop).copied() {
        None => 0.5,
        Some(_) if text.stops_before(stop) => 0.6,
        Some(',' | '(' | ':' | '、' | '"' | '\n' | ')' | '。' | ';' | '!' | '?') => 0.6,
        Some(c) if AFTER.contains(c) => 0.5,
        Some(_) => -0.3,
    }
}

/// A name that stands several times is surer; one told apart by its longer form gives way.
fn strengthened(chars: &[char], mut found: Vec<Person>) -> Vec<Person> {
    let mut times: HashMap<String, f32> = HashMap::new();
    for name in found.iter().filter_map(|person| person.name.clone()) {
        *times.entry(name).or_insert(0.0) += 1.0;
    }
    let text: String = chars.iter().collect();
    for person in &mut found {
        if let Some(name) = &person.name {
            let seen = times
                .get(name)
                .copied()
                .unwrap_or(0.0)
                .max(text.matches(name.as_str()).count().min(6) as f32);
            person.score += (seen - 1.0).min(3.0) * 0.7;
        }
    }
    found.retain(|person| person.score >= 1.3);
    called_again(chars, &mut found);
    found
}

/// 称自己是倪少华的妻子,倪现任某局副局长: a surname that opens a clause is of whoever was named in full before.
fn called_again(chars: &[char], found: &mut Vec<Person>) {
    let named: Vec<(usize, char)> = found
        .iter()
        .filter(|person| person.name.is_some() && person.surname.chars().count() == 1)
        .filter_map(|person| Some((person.range.end, person.surname.chars().next()?)))
        .collect();
    let again = (1..chars.len()).filter(|&at| {
        let before = |&(end, surname): &(usize, char)| end < at && surname == chars[at];
        !han(chars[at - 1])
            && chars.get(at + 1).is_some_and(|next| AFTER.contains(*next))
            && named.iter().any(before)
            && !found.iter().any(|person| person.range.contains(&at))
    });
    let again: Vec<Person> = again
        .map(|at| Person { range: at..at + 1, name: None, surname: chars[at].to_string(), score: 2.5 })
        .collect();
    found.extend(again);
    found.sort_by_key(|person| person.range.start);
}
