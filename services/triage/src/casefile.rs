//! What a tip adds to its case's file; and the form as the reader wants it.

use dengwen_model::{AMOUNTS_NEW, CaseFile, Classification, DATES_NEW, SUBJECT_NEW, Subject, TipContent};
use dengwen_rules::Rules;
use dengwen_text::{NameLists, Reading, TipForm};

/// What the form gave, for the reader. Whether there is a reporter is told without who it is.
pub(crate) fn form(content: &TipContent) -> TipForm {
    TipForm {
        subject_name: content.subject.name.clone(),
        subject_org: content.subject.org.clone(),
        subject_title: content.subject.title.clone(),
        subject_rank: content.subject.rank_code.clone(),
        region: content.subject.region.clone().or_else(|| content.subject.region_code.clone()),
        reporter_name: reporter_name(content),
        attachments: (!content.attachments.is_empty()).then(|| content.attachments.len().to_string()),
        ..TipForm::default()
    }
}

/// The reporter's name where the words repeat it, as the door noted: whoever tells it is not complained of.
fn reporter_name(content: &TipContent) -> Option<String> {
    const NAME: std::ops::RangeInclusive<usize> = 2..=4;
    let han = |c: &char| ('\u{4E00}'..='\u{9FFF}').contains(c);
    let mut noted = content.reporter_spans.iter().map(|&(start, end)| {
        content.text.chars().skip(start).take(end.saturating_sub(start)).collect::<Vec<char>>()
    });
    // An address or a mailbox is noted there, too.
    let is_name = |words: &Vec<char>| {
        NAME.contains(&words.len()) && words.iter().all(han) && NameLists::get().surname(words, 0) > 0
    };
    let name = noted.find(is_name)?;
    Some(name.into_iter().collect())
}

/// The neutral summary (摘要): made from fields, never from the reporter's words.
pub(crate) fn summary(classification: &Classification, rules: &Rules) -> String {
    let about = classification.subjects.first().map_or_else(|| "（对象待明确）".to_owned(), describe);
    let category = rules.taxonomy.category(&classification.category);
    let what = category.map_or_else(|| classification.category.to_string(), |category| category.zh.clone());
    format!("反映{about}：{what}（{}）", classification.category)
}

fn describe(subject: &Subject) -> String {
    let mut text = String::new();
    for part in [&subject.org, &subject.title, &subject.name].into_iter().flatten() {
        text.push_str(part);
    }
    if text.is_empty() {
        subject.region_name.clone().unwrap_or_else(|| "（对象待明确）".to_owned())
    } else {
        text
    }
}

/// What of this tip no earlier tip of the case gave: subjects, days and amounts.
pub(crate) fn new_facts(file: &CaseFile, reading: &Reading, classification: &Classification) -> Vec<String> {
    let mut facts = Vec::new();
    for subject in &classification.subjects {
        let known = file.subjects.iter().any(|other| other.name == subject.name && other.org == subject.org);
        if !known {
            facts.push(SUBJECT_NEW.say(&[&describe(subject)]));
        }
    }
    let amounts = unknown(&file.amounts, &reading.amounts);
    if !amounts.is_empty() {
        facts.push(AMOUNTS_NEW.say(&[&listed(amounts, |yuan| format!("{yuan}元"))]));
    }
    let dates = unknown(&file.dates, &reading.dates);
    if !dates.is_empty() {
        facts.push(DATES_NEW.say(&[&listed(dates, ToString::to_string)]));
    }
    facts
}

/// Those that are not known, each once.
fn unknown<T: PartialEq + Copy>(known: &[T], told: &[T]) -> Vec<T> {
    let mut new = Vec::new();
    for fact in told {
        if !known.contains(fact) && !new.contains(fact) {
            new.push(*fact);
        }
    }
    new
}

fn listed<T>(facts: Vec<T>, words: impl Fn(&T) -> String) -> String {
    facts.iter().map(words).collect::<Vec<_>>().join("、")
}

/// Most amounts and most days that a file keeps: enough for any matter, and a bound for a campaign.
const MOST_FACTS: usize = 300;

/// Adds the amounts and days that the file does not have yet.
pub(crate) fn add_facts(file: &mut CaseFile, reading: &Reading) {
    let amounts = unknown(&file.amounts, &reading.amounts);
    file.amounts.extend(amounts);
    file.amounts.truncate(MOST_FACTS);
    let dates = unknown(&file.dates, &reading.dates);
    file.dates.extend(dates);
    file.dates.truncate(MOST_FACTS);
}

/// Adds the subjects that the file does not have yet.
pub(crate) fn add_subjects(file: &mut CaseFile, subjects: &[Subject]) {
    for subject in subjects {
        let known = file.subjects.iter().any(|other| other.name == subject.name && other.org == subject.org);
        if !known {
            file.subjects.push(subject.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use dengwen_model::{Channel, ChannelDetails, FormKind, IdentityKind, SourceKind, SubjectForm};

    use super::*;

    #[test]
    fn the_reader_hears_of_the_name_that_the_door_noted_and_of_nothing_else() {
        let noted = |reporter_spans: Vec<(usize, usize)>| {
            let content = TipContent {
                channel: Channel::Web,
                form_kind: FormKind::Person,
                text: "城关镇谷雨声反映局长收钱，电话13900000123".to_owned(),
                subject: SubjectForm::default(),
                when: None,
                place: None,
                source_kind: SourceKind::default(),
                identity: IdentityKind::default(),
                attachments: Vec::new(),
                details: ChannelDetails::Web,
                reporter_spans,
            };
            form(&content).reporter_name
        };
        assert_eq!(noted(vec![(15, 26), (0, 3), (3, 6)]).as_deref(), Some("谷雨声"));
        assert_eq!(noted(vec![(15, 26), (0, 3)]), None);
        assert_eq!(noted(vec![(3, 99)]), None, "spans are bounded by the text");
        assert_eq!(noted(vec![(6, 3)]), None);
    }
}
