//! Placing a subject: which unit, which division, which rank.

use dengwen_model::{RankCode, RegionCode, Subject, SubjectKind};

use super::post::Post;
use super::table::PostRule;
use crate::Rules;
use crate::region;
use crate::units::{Level, Unit, UnitKind, Units, normal};

/// A subject as far as the register and the tables tell who it is.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) subject: &'a Subject,
    /// The unit it is, or works in.
    pub(super) unit: Option<&'a Unit>,
    /// The division.
    pub(super) region: Option<RegionCode>,
    /// The level of the organisation.
    pub(super) level: Option<Level>,
    /// The rank as given, else as it follows from organisation and post.
    pub(super) rank: Option<RankCode>,
    /// 0 is the highest rank.
    pub(super) seniority: Option<usize>,
    /// What the post is within the organisation.
    pub(super) post: Post,
    /// The post is managed above its rank.
    pub(super) post_rule: Option<&'a PostRule>,
    /// The vertically led system it belongs to.
    pub(super) vertical: Option<&'a str>,
}

impl<'a> Placed<'a> {
    pub(super) fn new(rules: &'a Rules, units: &'a Units, subject: &'a Subject) -> Self {
        let table = &rules.routing;
        let org = subject.org.as_deref().unwrap_or_default();
        let title = subject.title.as_deref().unwrap_or_default();
        let named_region = given_region(units, subject);
        let unit = unit_of(units, subject, named_region.as_ref());
        let region = named_region.or_else(|| unit.map(|unit| unit.region.clone()));
        let level = level_of(unit, region.as_ref(), org);
        let post = match subject.kind {
            SubjectKind::Org => Post::Head,
            SubjectKind::Person if subject.is_top_leader => Post::Head,
            SubjectKind::Person => table.post(title, org),
        };
        let kind = unit.map_or_else(|| kind_by_words(org), |unit| unit.kind);
        let known = subject.rank_code.clone().filter(|rank| rules.taxonomy.seniority(rank).is_some());
        let rank = known.or_else(|| table.rank(level?, kind, post).cloned());
        Self {
            subject,
            unit,
            seniority: rank.as_ref().and_then(|rank| rules.taxonomy.seniority(rank)),
            rank,
            post,
            post_rule: (subject.kind == SubjectKind::Person)
                .then(|| table.post_rule(unit.map_or(org, |unit| unit.name.as_str()), title, level))
                .flatten()
                .or_else(|| {
                    table.post_rule(org, title, level).filter(|_| subject.kind == SubjectKind::Person)
                }),
            vertical: table.vertical(org),
            region,
            level,
        }
    }

    /// Whether the subject's own division is this one, or is not known.
    pub(super) fn may_be_in(&self, other: &RegionCode) -> bool {
        self.region.as_ref().is_none_or(|own| region::nested(own, other))
    }

    /// Whether the subject's own division is exactly this one.
    pub(super) fn is_in(&self, other: &RegionCode) -> bool {
        self.region.as_ref() == Some(other)
    }

    /// Organisation and post in one text, in the short form.
    pub(super) fn words(&self) -> String {
        let mut words = normal(self.subject.org.as_deref().unwrap_or_default());
        words.push_str(&normal(self.subject.title.as_deref().unwrap_or_default()));
        words
    }
}

/// The division as given by code, else by its name, else as the organisation's name says.
fn given_region(units: &Units, subject: &Subject) -> Option<RegionCode> {
    subject
        .region_code
        .clone()
        .or_else(|| units.region_in(subject.region_name.as_deref()?).cloned())
        .or_else(|| units.region_in(subject.org.as_deref()?).cloned())
}

/// The unit by the organisation's name, else by the person's.
fn unit_of<'a>(units: &'a Units, subject: &Subject, region: Option<&RegionCode>) -> Option<&'a Unit> {
    let by_org = subject.org.as_deref().and_then(|org| units.find(org, region));
    let by_name = || {
        let name = subject.name.as_deref().filter(|_| subject.org.is_none())?;
        let mut places = units.people_named(name).map(|(unit, _)| unit);
        let near = |unit: &&Unit| region.is_none_or(|region| region::nested(region, &unit.region));
        places.find(near)
    };
    by_org.or_else(by_name)
}

/// The kind of an organisation that the register does not list.
fn kind_by_words(org: &str) -> UnitKind {
    let name = normal(org);
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match () {
        () if ends(&["组织部"]) => UnitKind::Organisation,
        () if ends(&["纪委", "监委"]) => UnitKind::Discipline,
        () if ends(&["省委", "市委", "县委", "区委", "旗委", "州委", "盟委", "工委"]) => {
            UnitKind::Committee
        }
        () if ends(&["政府", "管委会"]) => UnitKind::Government,
        () => UnitKind::Other,
    }
}

fn level_of(unit: Option<&Unit>, region: Option<&RegionCode>, org: &str) -> Option<Level> {
    if let Some(unit) = unit {
        return Some(unit.level);
    }
    let level = region.and_then(region::level_of)?;
    let name = normal(org);
    let township = ["镇", "乡", "街道", "镇委", "乡委", "镇政府", "乡政府", "街道工委", "街道办事处", "村"];
    if level == Level::County && township.iter().any(|end| name.ends_with(end)) {
        return Some(Level::Township);
    }
    Some(level)
}
