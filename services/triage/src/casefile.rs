//! What a tip adds to its case's file; and the form as the reader wants it.

use dengwen_model::{CaseFile, Classification, Subject, TipContent};
use dengwen_rules::Rules;
use dengwen_text::{Reading, TipForm};

/// What the form gave, for the reader. Whether there is a reporter is told without who it is.
pub(crate) fn form(content: &TipContent) -> TipForm {
    TipForm {
        subject_name: content.subject.name.clone(),
        subject_org: content.subject.org.clone(),
        subject_title: content.subject.title.clone(),
        subject_rank: content.subject.rank_code.clone(),
        region: content.subject.region.clone().or_else(|| content.subject.region_code.clone()),
        attachments: (!content.attachments.is_empty()).then(|| content.attachments.len().to_string()),
        ..TipForm::default()
    }
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
            facts.push(format!("新对象：{}", describe(subject)));
        }
    }
    if !reading.amounts.is_empty() {
        let amounts: Vec<String> = reading.amounts.iter().map(|yuan| format!("{yuan}元")).collect();
        facts.push(format!("提到金额：{}", amounts.join("、")));
    }
    if !reading.dates.is_empty() {
        let dates: Vec<String> = reading.dates.iter().map(ToString::to_string).collect();
        facts.push(format!("提到时间：{}", dates.join("、")));
    }
    facts
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
