//! What a tip names: places, bodies, posts, persons, dates, amounts, reporter; and whom it is about.

pub(crate) mod date;
pub(crate) mod exposure;
pub(crate) mod facts;
pub(crate) mod gazetteer;
pub(crate) mod number;
pub(crate) mod org;
pub(crate) mod person;
pub(crate) mod place;
mod rank;
mod reporter;
mod resolve;
mod subject;
mod title;

use std::ops::Range;

use dengwen_model::{Evidence, RegionCode, Subject, SubjectKind};
use dengwen_rules::Units;
use jiff::civil::Date;

use crate::reading::FoundSubject;
use crate::sign::Signs;
use crate::{Normal, TipForm};
use date::Named;
use gazetteer::{Gazetteer, Lead};
use org::Org;
use person::Person;
use place::{Fineness, Place};
use reporter::Reporter;
use resolve::Register;
use subject::{Draft, Pieces};
use title::Post;

/// Everything named in a tip.
#[derive(Debug, Default)]
pub(crate) struct Extract {
    pub(crate) places: Vec<Place>,
    pub(crate) orgs: Vec<Org>,
    pub(crate) posts: Vec<Post>,
    pub(crate) persons: Vec<Person>,
    pub(crate) dates: Vec<Named>,
    pub(crate) years: Vec<i16>,
    pub(crate) amounts: Vec<u64>,
    pub(crate) numbers: Vec<number::Number>,
    pub(crate) reporter: Reporter,
    pub(crate) subjects: Vec<FoundSubject>,
    /// Core of each subject's body, for comparing; beside `subjects`.
    pub(crate) drafts: Vec<Draft>,
    pub(crate) region: Option<RegionCode>,
    pub(crate) upper_level: bool,
    pub(crate) org_department: bool,
    /// A subject leads the party committee of a county or above.
    pub(crate) committee: bool,
}

/// A text to extract from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s> {
    pub(crate) text: &'s Normal,
    pub(crate) signs: &'s Signs,
    pub(crate) received: &'s str,
    /// What it says it is not about.
    pub(crate) disclaimed: &'s [Range<usize>],
    pub(crate) day: Date,
}

/// The lists that extraction uses.
pub(crate) struct Lists<'l> {
    pub(crate) gazetteer: &'l Gazetteer,
    pub(crate) units: &'l Units,
    pub(crate) common: &'l dyn Fn(char, char) -> bool,
}

impl Extract {
    /// Reads a normalised text and its form.
    pub(crate) fn of(source: Source<'_>, form: &TipForm, form_text: &FormText, lists: &Lists<'_>) -> Self {
        let Source { text, signs, day, .. } = source;
        let chars = &text.chars;
        let found = lists.gazetteer.scan(text);
        let places = place::places(chars, &found);
        let named = |name: &[char]| person::is_name(name, lists.gazetteer, lists.common);
        let orgs = org::orgs(chars, &found, &places, named);
        let mut posts = title::posts(chars, &found);
        let ends: Vec<usize> = orgs.iter().map(|org| org.range.end).collect();
        let starts: Vec<usize> = orgs
            .iter()
            .map(|org| org.range.start)
            .chain(places.iter().map(|place| place.range.start))
            .collect();
        let known = |name: &[char]| lists.gazetteer.is_official(name);
        let bodies = person::Bodies { starts: &starts, ends: &ends, orgs: &orgs, known: &known };
        let persons = person::persons(chars, &posts, bodies, lists.gazetteer, lists.common);
        posts.extend(persons.iter().filter_map(|person| person::post_called(chars, person)));
        posts.sort_by_key(|post| post.range.start);
        let numbers = number::numbers(chars);
        let reporter = reporter::reporter(text, signs, &persons, form);
        let mut extract = Self {
            dates: date::dates(chars, &numbers, day),
            years: date::years(chars, &numbers, day),
            amounts: number::amounts(chars, &numbers).into_iter().map(|(_, yuan)| yuan).collect(),
            places,
            orgs,
            posts,
            persons,
            numbers,
            reporter,
            ..Self::default()
        };
        extract.subjects(source, form_text, lists);
        extract
    }

    /// Where persons, bodies, posts, places and numbers stand.
    pub(crate) fn named(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let who = self.persons.iter().map(|p| &p.range).chain(self.orgs.iter().map(|o| &o.range));
        let where_ = self.posts.iter().map(|p| &p.range).chain(self.places.iter().map(|p| &p.range));
        who.chain(where_).chain(self.numbers.iter().map(|n| &n.range)).cloned()
    }

    /// Whether the place speaks of the reporter or the addressee.
    pub(crate) fn aside(&self, at: usize) -> bool {
        self.reporter.aside.iter().any(|range| range.contains(&at))
    }

    /// Numbers of things and people that two reporters of one matter both tell: not money, days, hours or
    /// telephone numbers, and not the small and round ones that every text has.
    pub(crate) fn telling(&self, chars: &[char]) -> Vec<u64> {
        const TIME: &str = "年月日号点时分秒岁期次届";
        let counts = self.numbers.iter().filter(|number| {
            let after = chars.get(number.range.end).copied().unwrap_or(' ');
            let before =
                number.range.start.checked_sub(1).and_then(|at| chars.get(at)).copied().unwrap_or(' ');
            let measured = place::han(after) && !TIME.contains(after) && !matches!(after, '元' | '块' | '万');
            measured && before != '第' && number.value.fract() == 0.0 && (13.0..1e7).contains(&number.value)
        });
        let mut told: Vec<u64> = counts.map(|number| number.value as u64).collect();
        told.retain(|count| count % 10 != 0 && !self.amounts.contains(count));
        told.dedup();
        told
    }

    fn subjects(&mut self, source: Source<'_>, form: &FormText, lists: &Lists<'_>) {
        let Source { text, received, .. } = source;
        let mut aside = self.reporter.aside.clone();
        aside.extend_from_slice(source.disclaimed);
        let pieces = Pieces {
            chars: &text.chars,
            places: &self.places,
            orgs: &self.orgs,
            posts: &self.posts,
            persons: &self.persons,
            aside: &aside,
            addressee: self.reporter.addressee.clone(),
            reporters: &self.reporter.names,
        };
        let mut drafts = pieces.subjects();
        form.lead(&mut drafts);
        self.region = self.region_of(form, lists.units);
        let register = Register { units: lists.units };
        for draft in &drafts {
            let subject = self.finished(draft, text, received, form, register);
            self.subjects.push(subject);
        }
        self.subjects.dedup_by(|a, b| a.subject == b.subject);
        self.drafts = drafts;
    }

    /// The division the tip is about: the register's first, then the lists'.
    fn region_of(&self, form: &FormText, units: &Units) -> Option<RegionCode> {
        let mut named: Vec<&Place> = form.places.iter().chain(&self.places).collect();
        named.sort_by_key(|place| std::cmp::Reverse((place.fineness == Fineness::County, place.fineness)));
        let joined: String = form.places.iter().map(|place| place.name.as_str()).collect();
        let from_register = units
            .region_in(&joined)
            .or_else(|| self.orgs.iter().find_map(|org| units.region_in(&org.text)))
            .or_else(|| named.iter().find_map(|place| units.region_in(&place.name)));
        from_register.cloned().or_else(|| named.iter().find_map(|place| place.code.clone()))
    }

    fn finished(
        &mut self,
        draft: &Draft,
        text: &Normal,
        received: &str,
        form: &FormText,
        register: Register<'_>,
    ) -> FoundSubject {
        let resolved = register.resolve(draft.org.as_ref(), draft.name.as_deref(), self.region.as_ref());
        let org = draft.org.as_ref().map(|org| register_like(&self.full_name(org, form)));
        let full = resolved.as_ref().map(|r| r.unit.name.clone()).or(org);
        let registered = resolved.as_ref().and_then(|r| r.person);
        let title = title_of(draft.post.as_ref(), registered.map(|(_, title)| title));
        let person = draft.name.is_some() || draft.surname.is_some() || draft.post.is_some();
        let top = draft.post.as_ref().is_some_and(|post| rank::is_top_leader(full.as_deref(), post));
        let rank = draft.post.as_ref().and_then(|post| rank::rank_code(full.as_deref(), post));
        let region_code = resolved.as_ref().map(|r| r.unit.region.clone()).or_else(|| self.region.clone());
        let region_name = region_code
            .as_ref()
            .and_then(|code| register.full_division(code))
            .or_else(|| self.region_name(form));
        self.note_level(draft, full.as_deref(), rank);
        FoundSubject {
            subject: Subject {
                kind: if person { SubjectKind::Person } else { SubjectKind::Org },
                name: registered.map(|(name, _)| name.to_owned()).or_else(|| draft.name.clone()),
                org: full,
                title,
                rank_code: rank.and_then(|code| code.parse().ok()),
                region_code,
                region_name,
                is_top_leader: top,
            },
            unit: resolved.map(|r| r.resolution),
            mention: draft.range.as_ref().map(|range| {
                let span = text.received(range.clone());
                let words = received.chars().skip(span.start).take(span.len()).collect();
                Evidence { start: span.start, end: span.end, text: words, why: "被举报对象".to_owned() }
            }),
        }
    }

    /// Whether the subject is managed above the county, or sits in an organisation department.
    fn note_level(&mut self, draft: &Draft, org: Option<&str>, rank: Option<&str>) {
        let org = org.unwrap_or_default();
        let above =
            matches!(rank, Some("0131" | "0132" | "0121" | "0122" | "0111" | "0112")) && draft.post.is_some();
        let of_place = |tails: &[&str]| {
            tails.iter().any(|tail| {
                org.strip_suffix(tail).is_some_and(|place| place.ends_with(['县', '市', '区', '旗', '省']))
            })
        };
        self.committee |= above && of_place(&["委", "委员会"]);
        self.upper_level |= above && of_place(&["委", "委员会", "人民政府", "政府"]);
        self.org_department |= org.contains("组织部");
    }

    /// The body with the county before it, where the text names one place for all.
    fn full_name(&self, org: &Org, form: &FormText) -> String {
        let placed = org::place_of(org, &self.places).is_some()
            || rank::standing(&org.text).is_some_and(|s| s >= rank::Standing::County);
        if placed && org.range.end > 0 {
            return org.text.clone();
        }
        let outer = |place: &&Place| {
            matches!(place.fineness, Fineness::County | Fineness::City) && !org.text.contains(place.stem())
        };
        let county = form.places.iter().chain(&self.places).filter(outer).max_by_key(|place| place.fineness);
        match county {
            Some(place) => format!(
                "{}{}",
                place.name,
                org.text.trim_start_matches(['县', '区', '市', '旗', '本']).trim_start_matches("我")
            ),
            None => org.text.clone(),
        }
    }

    /// City, county and township as the text or form names them.
    fn region_name(&self, form: &FormText) -> Option<String> {
        let all: Vec<&Place> = form.places.iter().chain(&self.places).collect();
        let mut name = String::new();
        for fineness in [Fineness::City, Fineness::County, Fineness::Township] {
            if let Some(place) = all.iter().find(|place| place.fineness == fineness) {
                name.push_str(&place.name);
            }
        }
        (!name.is_empty()).then_some(name)
    }
}

/// The title as written; as the register has it where the person is found there in that post; 拟任 before one that
/// is only proposed.
fn title_of(post: Option<&Post>, registered: Option<&str>) -> Option<String> {
    let Some(post) = post else { return registered.map(str::to_owned) };
    if post.candidate && !post.text.contains('拟') && !post.text.contains("候选") {
        return Some(format!("拟任{}", post.text));
    }
    let same = |title: &&str| title.ends_with(&post.base) && title.contains('副') == post.deputy;
    let settled = registered.filter(|_| !post.candidate && !post.former).filter(same);
    Some(settled.map_or_else(|| post.text.clone(), str::to_owned))
}

/// Everyday names of departments after a place in their full form: 黑松县卫健局 → 黑松县卫生健康局. Without a
/// place the name stays as written.
fn register_like(name: &str) -> String {
    for (short, full) in FULL_NAMES {
        let placed = name
            .strip_suffix(short)
            .filter(|place| place.ends_with(['县', '市', '区', '旗', '省', '州', '盟']));
        if let Some(place) = placed {
            return format!("{place}{full}");
        }
    }
    name.to_owned()
}

const FULL_NAMES: &[(&str, &str)] = &[
    ("住建局", "住房和城乡建设局"),
    ("发改局", "发展和改革局"),
    ("文旅局", "文化和旅游局"),
    ("市场监管局", "市场监督管理局"),
    ("市监局", "市场监督管理局"),
    ("人社局", "人力资源和社会保障局"),
    ("卫健局", "卫生健康局"),
    ("卫健委", "卫生健康委员会"),
    ("林草局", "林业和草原局"),
    ("医保局", "医疗保障局"),
    ("自规局", "自然资源和规划局"),
    ("交通局", "交通运输局"),
    ("城投公司", "城市建设投资公司"),
    ("质检所", "产品质量检验所"),
];

/// What the form says of the subject, read like text.
#[derive(Debug, Default)]
pub(crate) struct FormText {
    name: Option<String>,
    title: Option<Post>,
    org: Option<Org>,
    pub(crate) places: Vec<Place>,
}

impl FormText {
    /// Reads the form's fields; `normal` brings a field into one spelling.
    pub(crate) fn of(form: &TipForm, gazetteer: &Gazetteer, normal: impl Fn(&str) -> Normal) -> Self {
        let mut read = Self::default();
        if let Some(name) = &form.subject_name {
            let name = normal(name).as_str().to_owned();
            read.name = (1..=20).contains(&name.chars().count()).then_some(name);
        }
        if let Some(region) = &form.region {
            let region = normal(region);
            read.places = place::places(&region.chars, &gazetteer.scan(&region));
        }
        let org = form.subject_org.as_ref().map(|org| normal(org));
        if let Some(org) = org.filter(|org| !org.is_empty()) {
            let found = gazetteer.scan(&org);
            let places = place::places(&org.chars, &found);
            let orgs = org::orgs(&org.chars, &found, &places, |_| false);
            let (core, seat, unit, listed) =
                orgs.last().map_or((org.as_str().to_owned(), false, None, false), |o| {
                    (o.core.clone(), o.seat, o.unit, o.listed)
                });
            read.org = Some(Org { range: 0..0, text: org.as_str().to_owned(), core, unit, seat, listed });
            if read.places.is_empty() {
                read.places = places;
            }
        }
        if let Some(title) = &form.subject_title {
            let title = normal(title);
            let posts = title::posts(&title.chars, &gazetteer.scan(&title));
            let loose = Post {
                range: 0..0,
                text: title.as_str().to_owned(),
                base: title.as_str().to_owned(),
                lead: Lead::Part,
                deputy: false,
                former: false,
                candidate: title.as_str().contains("拟任"),
                loose: false,
            };
            read.title = posts
                .into_iter()
                .next_back()
                .map(|post| Post { range: 0..0, text: title.as_str().to_owned(), ..post })
                .or(Some(loose));
        }
        read
    }

    /// Puts the form's subject first, completed by what the text says of it.
    fn lead(&self, drafts: &mut Vec<Draft>) {
        if self.name.is_none() && self.org.is_none() && self.title.is_none() {
            return;
        }
        let fits = |draft: &Draft| match (&self.name, &draft.name) {
            (Some(form), Some(text)) => form == text,
            (Some(form), None) => {
                draft.surname.as_ref().is_some_and(|surname| form.starts_with(surname.as_str()))
            }
            (None, _) => match (&self.title, &draft.post) {
                (Some(form), Some(text)) => form.base == text.base && form.deputy == text.deputy,
                _ => true,
            },
        };
        let at = drafts.iter().position(fits);
        let mut first = at.map(|at| drafts.remove(at)).unwrap_or_default();
        first.name = self.name.clone().or(first.name);
        if let Some(org) = &self.org {
            first.org = Some(org.clone());
        }
        if let Some(title) = &self.title {
            first.post = Some(title.clone());
        } else if self.name.is_none() && at.is_none() {
            first.post = None;
        }
        if first.surname.is_none() {
            first.surname = first.name.as_ref().and_then(|name| name.chars().next()).map(String::from);
        }
        drafts.insert(0, first);
        drafts.truncate(4);
    }
}
