//! Sentences that the machine makes of its reasons. The record keeps them in Chinese, as officers read it; each is made
//! by a phrase that is known in English too, so that the English view finds the phrase again and says the same.

/// A sentence with places for data, `{0}` to `{9}`, in both languages.
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    zh: &'static str,
    en: &'static str,
}

impl Phrase {
    /// The Chinese names each place at least once, with words between any two; the English may leave one out.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    /// The sentence, in Chinese.
    pub fn say(&self, data: &[&str]) -> String {
        filled(self.zh, data)
    }

    /// The same in English, where the sentence is this one; the data as they stand.
    pub fn english(&self, said: &str) -> Option<String> {
        self.english_with(said, |datum| Some(datum.to_owned()))
    }

    /// The same in English, with what `word` makes of each datum; none where one of them is none of this phrase's.
    pub fn english_with(&self, said: &str, word: impl Fn(&str) -> Option<String>) -> Option<String> {
        let data: Vec<String> = self.data(said)?.into_iter().map(word).collect::<Option<_>>()?;
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        Some(filled(self.en, &data))
    }

    /// What stands in the places of a sentence, where it is this one. A place that comes twice holds the same.
    fn data<'a>(&self, said: &'a str) -> Option<Vec<&'a str>> {
        let mut data: Vec<Option<&str>> = Vec::new();
        let (first, mut template) = next_place(self.zh);
        let mut rest = said.strip_prefix(first)?;
        while let Some((place, after)) = template {
            let (words, next) = next_place(after);
            // What follows the last place ends the sentence.
            let at = if next.is_none() { rest.strip_suffix(words)?.len() } else { rest.find(words)? };
            let (datum, left) = rest.split_at(at);
            if data.len() <= place {
                data.resize(place + 1, None);
            }
            if *data[place].get_or_insert(datum) != datum {
                return None;
            }
            (rest, template) = (left.strip_prefix(words)?, next);
        }
        if rest.is_empty() { data.into_iter().collect() } else { None }
    }
}

/// The words before the first place of a template, that place, and what follows it.
fn next_place(template: &'static str) -> (&'static str, Option<(usize, &'static str)>) {
    let Some((words, rest)) = template.split_once('{') else { return (template, None) };
    let place = rest.split_once('}').and_then(|(number, after)| Some((number.parse().ok()?, after)));
    (words, place)
}

fn filled(template: &'static str, data: &[&str]) -> String {
    let mut sentence = String::new();
    let mut left = template;
    loop {
        let (words, place) = next_place(left);
        sentence.push_str(words);
        let Some((place, after)) = place else { return sentence };
        sentence.push_str(data.get(place).copied().unwrap_or_default());
        left = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_in_chinese_is_found_again_in_english() {
        let phrase = Phrase::new("{0}不转{1}，{0}上提一级", "not {1}: {0} goes up");
        let said = phrase.say(&["件甲", "990121"]);
        assert_eq!(said, "件甲不转990121，件甲上提一级");
        assert_eq!(phrase.english(&said).unwrap(), "not 990121: 件甲 goes up");
        for other in ["件甲不转990121，件乙上提一级", "件甲不转990121，件甲上提一级。", "不转", ""]
        {
            assert_eq!(phrase.english(other), None, "{other}");
        }
        let whole = Phrase::new("登记留存", "kept");
        assert_eq!(whole.english("登记留存").unwrap(), "kept");
        assert_eq!(whole.english("登记留存！"), None);
        let last = Phrase::new("提到金额：{0}", "amounts: {0}");
        assert_eq!(last.english("提到金额：5元、6元").unwrap(), "amounts: 5元、6元");
        let yuan = |one: &str| Some(one.replace('元', " yuan"));
        assert_eq!(last.english_with("提到金额：5元", yuan).unwrap(), "amounts: 5 yuan");
        assert_eq!(last.english_with("提到金额：5元", |_| None), None);
    }
}
