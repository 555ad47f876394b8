//! Whom a tip is about: posts, bodies, places and names put together, the main one first.

use std::ops::Range;

use super::gazetteer::Lead;
use super::org::Org;
use super::person::Person;
use super::place::{Fineness, Place, han};
use super::spared::spared;
use super::title::Post;
use crate::sign::Signs;

/// Most subjects kept.
const MOST: usize = 4;

/// A subject as far as the text tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) org: Option<Org>,
    pub(crate) post: Option<Post>,
    /// Where it stands.
    pub(crate) range: Option<Range<usize>>,
    pub(crate) score: f32,
}

impl Draft {
    /// The names of the person and of the body's particular part.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.name.as_deref().into_iter().chain(self.org.as_ref().map(|org| org.core.as_str()))
    }
}

/// What was found in the text.
pub(crate) struct Pieces<'a> {
    pub(crate) chars: &'a [char],
    pub(crate) signs: &'a Signs,
    pub(crate) places: &'a [Place],
    pub(crate) orgs: &'a [Org],
    pub(crate) posts: &'a [Post],
    pub(crate) persons: &'a [Person],
    /// Ranges that speak of the reporter, the addressee, or what the tip is not about.
    pub(crate) aside: &'a [Range<usize>],
    /// Where the addressee is named.
    pub(crate) addressee: Range<usize>,
    /// Names of those who report.
    pub(crate) reporters: &'a [String],
}

impl Pieces<'_> {
    fn aside(&self, at: usize) -> bool {
        self.aside.iter().any(|range| range.contains(&at))
    }

    /// Subjects, the likeliest main one first.
    pub(crate) fn subjects(&self) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = self.posts.iter().filter_map(|post| self.by_post(post)).collect();
        drafts.extend(self.persons.iter().filter_map(|person| self.by_name(person)));
        let cleared: Vec<String> = drafts
            .iter()
            .filter_map(|draft| draft.name.clone().filter(|name| self.spared(draft) || self.cleared(name)))
            .collect();
        drafts.retain(|draft| match &draft.name {
            Some(name) => !cleared.contains(name),
            None => !self.spared(draft),
        });
        let mut drafts = joined(drafts);
        drafts.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = drafts.first().map_or(0.0, |draft| draft.score);
        drafts.retain(|draft| {
            draft.score > 0.8 && (draft.score >= best - 0.01 || (draft.name.is_some() && draft.score >= 2.4))
        });
        if drafts.is_empty() {
            drafts.extend(self.body());
        }
        if let Some(first) = drafts.first_mut().filter(|draft| draft.surname.is_none() && cleared.is_empty())
        {
            self.name_sole(first);
        }
        if let Some(first) = drafts.first_mut().filter(|draft| draft.name.is_some() && draft.post.is_none()) {
            self.propose(first);
        }
        drafts.truncate(MOST);
        drafts
    }

    /// Whether nothing is said against the person where the draft is from.
    fn spared(&self, draft: &Draft) -> bool {
        let Some(who) = &draft.range else { return false };
        let body = draft.org.as_ref().map(|org| &org.range);
        let with_body = body.filter(|body| body.end <= who.start && who.start - body.end <= 1);
        let start = with_body.map_or(who.start, |body| body.start);
        spared(self.chars, self.signs, &(start..who.end), draft.surname.is_some())
    }

    /// The same wherever the name stands: 查过,与某某无关.
    fn cleared(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let places = self.chars.windows(name.len()).enumerate().filter(|(_, part)| *part == name);
        places.take(8).any(|(at, _)| spared(self.chars, self.signs, &(at..at + name.len()), true))
    }

    /// 勾玉斌才受处分,现在公示要当副局长: the post that is to be filled is for whom it is about.
    fn propose(&self, draft: &mut Draft) {
        let open =
            |post: &&Post| post.candidate && self.person_at(post).is_none() && !self.aside(post.range.start);
        if let Some(post) = self.posts.iter().find(open) {
            let body = self.org_before(post.range.start, None).cloned();
            draft.org = body.or_else(|| draft.org.take());
            draft.post = Some(post.clone());
        }
    }

    /// 说刘志刚打今儿起当场长: where one person is named in all, and nobody's kin or helper, the post is his.
    fn name_sole(&self, draft: &mut Draft) {
        const BESIDE: &str = "\
            儿子 女儿 侄女 侄子 外甥 外甥女 女婿 儿媳 妻子 丈夫 爱人 老婆 弟弟 哥哥 妹妹 姐姐 舅子 亲戚 亲家 司机 秘书 \
            情人 同学 战友 老板 出纳 会计 职工 村民 教师 老师 护士 医生 我叫 我是 经理";
        let beside = |person: &Person| {
            let before = &self.chars[..person.range.start];
            BESIDE.split(' ').any(|word| before.ends_with(&word.chars().collect::<Vec<_>>()))
        };
        let mut full = self.persons.iter().filter(|person| person.name.is_some() && person.score >= 1.6);
        let Some(sole) = full.next().filter(|_| draft.post.is_some()) else { return };
        let others = full.any(|person| person.name != sole.name)
            || self.persons.iter().any(|person| person.surname != sole.surname);
        let reports = sole.name.as_ref().is_some_and(|name| self.reporters.contains(name));
        if !others && !reports && !beside(sole) && !self.aside(sole.range.start) {
            draft.name.clone_from(&sole.name);
            draft.surname = Some(sole.surname.clone());
        }
    }

    fn by_post(&self, post: &Post) -> Option<Draft> {
        let person = self.person_at(post);
        // 芮某某拟任某局副局长: the body stands between the name and the post.
        let between = || self.org_before(post.range.start, None).filter(|_| person.is_some());
        let near = self.org_before(post.range.start, person).or_else(between);
        let mut score = match post.lead {
            Lead::Whole | Lead::Party => 2.0,
            Lead::Part => 1.2,
            Lead::Village => 1.4,
        };
        if post.loose {
            score -= 1.2;
        }
        if near.is_some() {
            score += 1.5;
        }
        score += match person {
            Some(Person { name: Some(_), .. }) => 2.0,
            Some(_) => 1.0,
            None => 0.0,
        };
        if self.aside(post.range.start) {
            score -= 4.0;
        }
        // Who is named first is mostly whom it is about.
        score -= 1.2 * post.range.start as f32 / self.chars.len().max(1) as f32;
        if person.is_none() && self.is_ware(post, near) {
            score -= 1.5;
        }
        if post.former {
            score -= 0.3;
        }
        let proposed = near.is_some_and(|body| self.proposed(body));
        let seat = self.seat_of(post);
        let org = match near {
            Some(near) => Some(near.clone()),
            None if post.lead == Lead::Village && self.village_before(post.range.start).is_some() => seat,
            // 某镇书记, 某县县长; a party secretary without a body is the committee's.
            None if self.has_seat(post) => seat,
            None => {
                let body = self.last_org(post.range.start, |org| houses(org, post)).cloned();
                body.or_else(|| seat.filter(|_| kind_of_body(post).is_none()))
            }
        };
        let start = person.map_or(post.range.start, |p| p.range.start.min(post.range.start));
        let end = person.map_or(post.range.end, |p| p.range.end.max(post.range.end));
        Some(Draft {
            name: person.and_then(|p| p.name.clone()),
            surname: person.map(|p| p.surname.clone()),
            org,
            post: Some(Post { candidate: post.candidate || proposed, ..post.clone() }),
            range: Some(start..end),
            score,
        })
    }

    /// 教务副主任四万八, 股长的位子, 指了个农经站站长: a post that has a price or is given away is not whom it
    /// is about.
    fn is_ware(&self, post: &Post, body: Option<&Org>) -> bool {
        const WARES: [&str; 6] = ["位子", "的位子", "帽子", "的帽子", "一职", "的职务"];
        let after = self.chars.get(post.range.end..).unwrap_or_default();
        let follows = |word: &&str| after.iter().copied().take(word.chars().count()).eq(word.chars());
        let count = after.iter().take_while(|c| "一二两三四五六七八九十0123456789.".contains(**c)).count();
        let priced = count > 0 && after.get(count).is_some_and(|c| matches!(c, '万' | '千' | '块'));
        let start = body.map_or(post.range.start, |body| body.range.start.min(post.range.start));
        let given = self.chars[..start].ends_with(&['了', '个']);
        priced || given || WARES.iter().any(follows)
    }

    /// 拟任教体局副局长: what stands before the body is said of the post.
    fn proposed(&self, body: &Org) -> bool {
        ["拟任", "拟提任", "拟聘任", "拟提拔为", "候任"].iter().any(|word| {
            let from = body.range.start.checked_sub(word.chars().count());
            from.is_some_and(|from| word.chars().eq(self.chars[from..body.range.start].iter().copied()))
        })
    }

    fn by_name(&self, person: &Person) -> Option<Draft> {
        let name = person.name.as_ref()?;
        if self.reporters.contains(name) {
            return None;
        }
        let near = self.org_before(person.range.start, None);
        let mut score = 0.6 + person.score * 0.45 + if near.is_some() { 1.0 } else { 0.0 };
        if self.aside(person.range.start) {
            score -= 4.0;
        }
        score -= 1.2 * person.range.start as f32 / self.chars.len().max(1) as f32;
        // 选村主任,那个古耀樟: named beside a village post that is being filled.
        let stands = |post: &&Post| post.lead == Lead::Village && (post.open || post.candidate);
        let post = self.posts.iter().find(stands).filter(|_| near.is_none());
        let village = post.and_then(|post| self.village_before(person.range.start).and(self.seat_of(post)));
        let org = village.or_else(|| near.or_else(|| self.last_org(person.range.start, |_| true)).cloned());
        Some(Draft {
            name: Some(name.clone()),
            surname: Some(person.surname.clone()),
            org,
            post: post.cloned(),
            range: Some(person.range.clone()),
            score,
        })
    }

    /// The person whose name touches the post: 局长骆某某, 骆某某局长, 魏书记.
    fn person_at(&self, post: &Post) -> Option<&Person> {
        const CALLED: [&str; 7] = ["叫", "名叫", ",叫", ",名叫", ",名字叫", "人选", "拟任人选"];
        let called = |from: usize, to: usize| {
            let between = self.chars.get(from..to);
            between.is_some_and(|gap| CALLED.iter().any(|word| word.chars().eq(gap.iter().copied())))
        };
        let joins = |from: usize, to: usize| {
            to == from
                || called(from, to)
                || (to == from + 1
                    && self.chars.get(from).is_some_and(|c| matches!(c, '的' | ':' | '(' | '、')))
        };
        let usable = |p: &&Person| p.name.as_ref().is_none_or(|name| !self.reporters.contains(name));
        let after = self.persons.iter().filter(usable).find(|p| {
            joins(post.range.end, p.range.start)
                && (p.name.is_some() || self.chars.get(p.range.start + 1) == Some(&'某'))
        });
        let before = self.persons.iter().filter(usable).find(|p| joins(p.range.end, post.range.start));
        match (before, after) {
            // A surname right before a post (魏书记) is part of it; a full name after it may be another's.
            (Some(b), _) if b.range.end == post.range.start => Some(b),
            (b, a) => a.or(b).or_else(|| self.named_before_body(post)),
        }
    }

    /// 鲍某,某县某局股长; 芮某某拟任某局副局长: the name before the body before the post.
    fn named_before_body(&self, post: &Post) -> Option<&Person> {
        const LINKS: [&str; 22] = [
            "在",
            ",在",
            "的在",
            "的,在",
            ",",
            "(",
            "、",
            ":",
            "任",
            "现任",
            "时任",
            "拟任",
            "拟提任",
            "拟聘任",
            "担任",
            "系",
            "是",
            "原任",
            "升任",
            "当",
            "当上",
            "提为",
        ];
        let start = self.org_before(post.range.start, None).map_or(post.range.start, |body| body.range.start);
        let links = |p: &Person| {
            let between = self.chars.get(p.range.end..start).filter(|gap| (1..=3).contains(&gap.len()));
            between.is_some_and(|gap| LINKS.iter().any(|link| link.chars().eq(gap.iter().copied())))
        };
        let reports = |name: &String| self.reporters.contains(name);
        // 让老部下戚某当发改局长: whoever is put into a post is not whom it is about.
        let put = |p: &Person| {
            self.chars[p.range.start.saturating_sub(4)..p.range.start]
                .iter()
                .any(|c| matches!(c, '让' | '把' | '将'))
        };
        let usable = |p: &&Person| p.name.as_ref().is_some_and(|name| !reports(name)) && links(p) && !put(p);
        self.persons.iter().find(usable)
    }

    /// The body right before the post, or before the name before it.
    fn org_before(&self, at: usize, person: Option<&Person>) -> Option<&Org> {
        let start = person.map_or(at, |p| p.range.start.min(at));
        let fits = |org: &&Org| {
            // 财政局长: body and post share a character.
            if org.range.end == start + 1
                && org.range.start < start
                && self.posts.iter().any(|post| post.range.start == start)
            {
                return true;
            }
            let gap = start.checked_sub(org.range.end);
            gap.is_some_and(|gap| {
                gap == 0
                    || in_charge(&self.chars[org.range.end..start])
                    || (gap <= 3
                        && self.chars[org.range.end..start].iter().all(|c| {
                            matches!(
                                c,
                                '的' | '原'
                                    | '现'
                                    | '新'
                                    | '老'
                                    | '前'
                                    | '任'
                                    | '当'
                                    | '做'
                                    | '那'
                                    | '个'
                                    | '位'
                                    | '党'
                                    | '组'
                                    | '某'
                                    | '一'
                            )
                        }))
            })
        };
        self.orgs.iter().rev().find(fits)
    }

    /// The last body named before that fits, in an open part of the text; else the first one after.
    fn last_org(&self, at: usize, fits: impl Fn(&Org) -> bool) -> Option<&Org> {
        let fitting = || self.orgs.iter().filter(|org| fits(org));
        let open = |org: &&Org| !self.aside(org.range.start);
        let own = |org: &&Org| !self.addressee.contains(&org.range.start);
        let open_one = fitting().filter(open).rfind(|org| org.range.end <= at);
        // Who speaks of themselves works as a rule where the subject does.
        open_one.or_else(|| fitting().find(own)).or_else(|| fitting().find(open))
    }

    /// Whether the post is one of a place itself.
    fn has_seat(&self, post: &Post) -> bool {
        let touching = self.places.iter().any(|p| p.range.end == post.range.start);
        let local = self.places.iter().any(|p| p.fineness == Fineness::Township);
        match post.base.as_str() {
            "县长" | "区长" | "市长" | "镇长" | "乡长" | "旗长" | "苏木达" => {
                !self.places.is_empty()
            }
            "书记" => touching || (local && post.lead == Lead::Party && post.text.chars().count() == 2),
            _ => false,
        }
    }

    /// The last village named before.
    fn village_before(&self, at: usize) -> Option<&Place> {
        self.places.iter().rfind(|place| place.fineness == Fineness::Village && place.range.end <= at)
    }

    /// 镇书记, 县长: the committee or government of the place right before the post, or of the only place.
    fn seat_of(&self, post: &Post) -> Option<Org> {
        let touching = self.places.iter().rev().find(|p| p.range.end == post.range.start);
        let village = self.village_before(post.range.start).filter(|_| post.lead == Lead::Village);
        let place = touching
            .or(village)
            .or_else(|| self.places.iter().rev().find(|p| p.range.end <= post.range.start))
            .or(self.places.first())?;
        let tail = match (post.base.as_str(), place.fineness) {
            _ if place.name.ends_with("社区") => "",
            ("书记", Fineness::Township) => "党委",
            ("书记", Fineness::County | Fineness::City | Fineness::Province) => "委",
            ("书记" | "村书记" | "支书" | "村支书", Fineness::Village) => "党支部",
            ("县长" | "区长" | "市长" | "镇长" | "乡长" | "旗长" | "省长", _) => "人民政府",
            _ => "",
        };
        let mut start = place.range.start;
        while let Some(outer) = self.places.iter().find(|p| p.range.end == start && p.range.start < start) {
            start = outer.range.start;
        }
        let mut text: String = self.chars[start..place.range.end].iter().collect();
        text.push_str(tail);
        Some(Org {
            range: start..place.range.end,
            core: format!("{}{tail}", place.stem()),
            text,
            unit: None,
            seat: true,
            listed: false,
        })
    }

    /// No person: the body itself.
    fn body(&self) -> Option<Draft> {
        let Some(org) = self.last_org(0, |_| true) else {
            return self.village();
        };
        Some(Draft { org: Some(org.clone()), range: Some(org.range.clone()), score: 1.0, ..Draft::default() })
    }
}

impl Pieces<'_> {
    /// Not even a body: the village or township the text names.
    fn village(&self) -> Option<Draft> {
        let place =
            self.places.iter().filter(|p| p.fineness >= Fineness::Township).max_by_key(|p| p.fineness)?;
        let text: String = self.chars[place.range.clone()].iter().collect();
        let org = Org {
            range: place.range.clone(),
            core: place.stem().to_owned(),
            text,
            unit: None,
            seat: true,
            listed: false,
        };
        Some(Draft { org: Some(org), range: Some(place.range.clone()), score: 1.0, ..Draft::default() })
    }
}

/// 教育局[管招生的]科长: what the post is for stands between the body and the post.
fn in_charge(between: &[char]) -> bool {
    const MOST: usize = 9;
    let for_it = ["管", "分管", "主管", "负责"].iter().any(|word| {
        let length = word.chars().count();
        between.iter().copied().take(length).eq(word.chars())
    });
    for_it && between.len() <= MOST && between.ends_with(&['的']) && between.iter().all(|c| han(*c))
}

/// What the name of a body has in it whose head is called so; `None` where any body may have one.
fn kind_of_body(post: &Post) -> Option<&'static [&'static str]> {
    const KINDS: [(&str, &[&str]); 11] = [
        ("局长", &["局"]),
        ("校长", &["校", "学", "中", "小"]),
        ("院长", &["院"]),
        ("馆长", &["馆"]),
        ("站长", &["站"]),
        ("所长", &["所"]),
        ("厂长", &["厂", "公司"]),
        ("场长", &["场"]),
        ("行长", &["行"]),
        ("园长", &["园"]),
        ("台长", &["台", "中心"]),
    ];
    KINDS.iter().find_map(|(base, kinds)| (*base == post.base).then_some(*kinds))
}

/// Whether a body can have such a post: 棉纺厂 has no 局长.
fn houses(org: &Org, post: &Post) -> bool {
    let named = |kinds: &[&str]| kinds.iter().any(|kind| org.text.contains(kind));
    org.unit.is_some() || kind_of_body(post).is_none_or(named)
}

/// One person once: drafts with one name, or one surname in one post, are put together.
fn joined(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::new();
    for draft in drafts {
        let same = out.iter_mut().find(|seen| same_person(seen, &draft));
        match same {
            Some(seen) => merge(seen, draft),
            None => out.push(draft),
        }
    }
    out
}

fn same_person(a: &Draft, b: &Draft) -> bool {
    match (&a.name, &b.name) {
        (Some(one), Some(other)) => one == other,
        _ if a.surname.is_some() && a.surname == b.surname => {
            same_post(a, b) || a.post.is_none() || b.post.is_none()
        }
        (None, None) if a.surname.is_none() || b.surname.is_none() => same_post(a, b),
        _ => (a.surname.is_none() || b.surname.is_none()) && same_post(a, b),
    }
}

fn same_post(a: &Draft, b: &Draft) -> bool {
    match (&a.post, &b.post) {
        (Some(one), Some(other)) => one.base == other.base && one.deputy == other.deputy,
        _ => false,
    }
}

fn merge(seen: &mut Draft, other: Draft) {
    let better_post = match (&seen.post, &other.post) {
        (None, Some(_)) => true,
        (Some(one), Some(two)) => one.loose && !two.loose,
        _ => false,
    };
    if better_post {
        seen.post.clone_from(&other.post);
    }
    let better_org = match (&seen.org, &other.org) {
        (None, Some(_)) => true,
        (Some(one), Some(two)) => {
            (two.unit.is_some() && one.unit.is_none())
                || (one.unit.is_none() && two.text.ends_with(&one.text) && two.text.len() > one.text.len())
        }
        _ => false,
    };
    if better_org {
        seen.org = other.org;
    }
    seen.name = seen.name.take().or(other.name);
    seen.surname = seen.surname.take().or(other.surname);
    // Spoken of again and again: that is whom it is about.
    seen.score = seen.score.max(other.score) + 0.4;
}
