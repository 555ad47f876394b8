//! What a tip names: places, bodies, posts, persons, dates, amounts, reporter; and whom it is about.

mod called;
pub(crate) mod date;
pub(crate) mod exposure;
pub(crate) mod facts;
mod form;
pub(crate) mod gazetteer;
pub(crate) mod leadership;
mod names;
pub(crate) mod number;
pub(crate) mod org;
mod org_words;
pub(crate) mod person;
pub(crate) mod place;
mod rank;
mod reporter;
mod resolve;
mod spared;
mod subject;
mod title;

use std::ops::Range;

use dengwen_model::{Evidence, RegionCode, Subject, SubjectKind};
use dengwen_rules::Units;
use jiff::civil::Date;

use crate::reading::FoundSubject;
use crate::sign::Signs;
use crate::{Normal, TipForm};
use called::Called;
use date::Named;
use gazetteer::Gazetteer;
use org::Org;
use person::Person;
use place::{Fineness, Place};
use reporter::Reporter;
use resolve::Register;
use subject::{Draft, Pieces};
use title::Post;

pub(crate) use form::FormText;
pub use names::NameLists;

/// Everything named in a tip.
#[derive(Debug, Default)]
pub(crate) struct Extract {
    pub(crate) places: Vec<Place>,
    /// The same of the form's fields.
    pub(crate) form_places: Vec<Place>,
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
    /// Whether two characters were ever seen together.
    pub(crate) known: &'l dyn Fn(char, char) -> bool,
    /// Brings a word of the register into the spelling of the lists.
    pub(crate) normal: &'l dyn Fn(&str) -> Normal,
}

impl Extract {
    /// Reads a normalised text and its form.
    pub(crate) fn of(source: Source<'_>, form: &TipForm, form_text: &FormText, lists: &Lists<'_>) -> Self {
        let Source { text, signs, day, .. } = source;
        let chars = &text.chars;
        let found = lists.gazetteer.scan(text);
        let places = place::places(text, &found, |name, led| {
            let heard = name.windows(2).any(|pair| (lists.known)(pair[0], pair[1]));
            !heard && (led || lists.gazetteer.names.unlike_name(name))
        });
        let named = |name: &[char]| person::is_name(name, lists.gazetteer, lists.common);
        let orgs = org::orgs(text, &found, &places, named);
        let mut posts = title::posts(chars, &found);
        let ends: Vec<usize> = orgs.iter().map(|org| org.range.end).collect();
        let starts: Vec<usize> = orgs
            .iter()
            .map(|org| org.range.start)
            .chain(places.iter().map(|place| place.range.start))
            .collect();
        let known = |name: &[char]| lists.gazetteer.is_official(name);
        let bodies = person::Bodies { starts: &starts, ends: &ends, orgs: &orgs, known: &known };
        let words = person::Pairs { common: lists.common, known: lists.known };
        let mut persons = person::persons(text, &posts, bodies, lists.gazetteer, words);
        // 东港 of 东港区 is nobody, wherever it stands alone.
        persons.retain(|person| {
            let place = |name: &String| form_text.places.iter().chain(&places).any(|p| p.stem() == name);
            !person.name.as_ref().is_some_and(place)
        });
        posts.extend(persons.iter().filter_map(|person| person::post_called(text, person)));
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
        let counts = self.numbers.iter().filter(|number| !number.vague).filter(|number| {
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

    /// Posts that stand before the reporter's own name: 办公室主任谷雨声实名举报局长.
    fn reporters_posts(&self) -> impl Iterator<Item = Range<usize>> {
        let own = |name: &String| self.reporter.names.contains(name);
        let reporters = self.persons.iter().filter(move |person| person.name.as_ref().is_some_and(own));
        let before = |start: usize| self.posts.iter().find(move |post| post.range.end == start);
        reporters.filter_map(move |person| before(person.range.start)).map(|post| post.range.clone())
    }

    fn subjects(&mut self, source: Source<'_>, form: &FormText, lists: &Lists<'_>) {
        let Source { text, received, .. } = source;
        let mut aside = self.reporter.aside.clone();
        aside.extend_from_slice(source.disclaimed);
        aside.extend(self.reporters_posts());
        let pieces = Pieces {
            chars: &text.chars,
            signs: source.signs,
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
            let post_of = |title: &str| Post::written(&(lists.normal)(title), lists.gazetteer);
            let subject = self.finished(draft, text, received, form, register, post_of);
            self.subjects.push(subject);
        }
        self.subjects.dedup_by(|a, b| a.subject == b.subject);
        self.drafts = drafts;
        self.form_places.clone_from(&form.places);
    }

    /// The place of this fineness: of a subject's body, else what the form says, else the first in the text.
    pub(crate) fn place(&self, fineness: Fineness) -> Option<&Place> {
        let fits = |place: &&Place| place.fineness == fineness;
        let mut bodies = self.drafts.iter().filter_map(|draft| draft.org.as_ref());
        let own = bodies.find_map(|body| org::place_of(body, &self.places).filter(fits));
        own.or_else(|| self.form_places.iter().chain(&self.places).find(fits))
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
        post_of: impl Fn(&str) -> Option<Post>,
    ) -> FoundSubject {
        let resolved = register.resolve(draft.org.as_ref(), draft.name.as_deref(), self.region.as_ref());
        let places: Vec<&Place> = form.places.iter().chain(&self.places).collect();
        let org = draft.org.as_ref().map(|org| called::with_places(org, &places));
        let full = resolved.as_ref().map(|r| called::registered(r.unit)).or(org);
        let listed = resolved.as_ref().and_then(|r| r.person);
        // Of whom only the name is told, the register may know the post.
        let known = listed.and_then(|person| post_of(person.title));
        let registered = listed.filter(|person| person.is_meant(draft.post.as_ref(), known.as_ref()));
        let known = known.filter(|_| registered.is_some());
        let post = draft.post.as_ref().or(known.as_ref());
        let called = Called::of(full.as_deref(), post, registered.map(|person| person.title));
        // 派出所民警 without a name is nobody: the body is complained of.
        let person = draft.name.is_some()
            || draft.surname.is_some()
            || draft.post.as_ref().is_some_and(|post| !post.loose);
        let top = post.is_some_and(|post| rank::is_top_leader(full.as_deref(), post));
        let rank = post.and_then(|post| rank::rank_code(full.as_deref(), post));
        let region_code = resolved.as_ref().map(|r| r.unit.region.clone()).or_else(|| self.region.clone());
        let region_name = region_code
            .as_ref()
            .and_then(|code| register.full_division(code))
            .or_else(|| called::region(&places));
        self.note_level(draft, full.as_deref(), rank);
        FoundSubject {
            subject: Subject {
                kind: if person { SubjectKind::Person } else { SubjectKind::Org },
                name: registered.map(|person| person.name.to_owned()).or_else(|| draft.name.clone()),
                org: called.org,
                title: called.title,
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
        /// Characters between a body and the post or name that belongs to it.
        const BESIDE: usize = 4;
        let org = org.unwrap_or_default();
        let above =
            matches!(rank, Some("0131" | "0132" | "0121" | "0122" | "0111" | "0112")) && draft.post.is_some();
        let of_place = |tails: &[&str]| {
            tails.iter().any(|tail| {
                org.strip_suffix(tail).is_some_and(|place| place.ends_with(['县', '市', '区', '旗', '省']))
            })
        };
        let office = draft.post.as_ref().is_some_and(|post| post.base.as_str() == "主任");
        self.committee |= above && of_place(&["委", "委员会"]);
        self.upper_level |= above
            && (of_place(&["政协", "人大", "人大常委会"])
                || !office && of_place(&["委", "委员会", "人民政府", "政府"]));
        // Whoever is complained of sits there only if it is said beside the post or the name: not where the
        // department is written to, or named in passing.
        let beside = draft.org.as_ref().zip(draft.range.as_ref()).is_some_and(|(org, who)| {
            org.range.start <= who.end + BESIDE && who.start <= org.range.end + BESIDE
        });
        let spoken_to =
            draft.org.as_ref().is_some_and(|org| self.reporter.addressee.contains(&org.range.start));
        self.org_department |= org.contains("组织部") && beside && !spoken_to;
    }
}
