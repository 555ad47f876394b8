//! Optional texts. Forms and programs send an empty one for what nobody filled in.

use dengwen_model::is_blank;
use serde::{Deserialize, Deserializer};

/// Reads an optional text: an empty one is as good as none, whatever rules there are for one that says something.
/// For `#[serde(default, deserialize_with = "dengwen_http::said")]`.
///
/// # Errors
/// Where it is neither a text nor nothing.
pub fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !is_blank(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Words {
        #[serde(default, deserialize_with = "said")]
        text: Option<String>,
    }

    #[test]
    fn what_says_nothing_is_none() {
        let text = |json: &str| serde_json::from_str::<Words>(json).map(|words| words.text);
        for nothing in
            ["{}", r#"{"text":null}"#, r#"{"text":""}"#, r#"{"text":" \t"}"#, "{\"text\":\"\u{200b}\"}"]
        {
            assert_eq!(text(nothing).unwrap(), None, "{nothing}");
        }
        assert_eq!(text(r#"{"text":" x "}"#).unwrap().as_deref(), Some(" x "));
        assert!(text(r#"{"text":1}"#).is_err());
    }
}
