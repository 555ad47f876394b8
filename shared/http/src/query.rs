//! Queries, read as far as they can be read: everything that is wrong is told at once, as of a body.

use serde::de::DeserializeOwned;
use serde_urlencoded::Deserializer;

use crate::field_names::fields_of;
use crate::invalid::{of_data, shown_name};
use crate::{FieldError, Reading};

/// Most parameters of one query. The largest of ours has some twenty.
const MAX_PARAMETERS: usize = 100;

/// The parameters of a query as a value of this type.
pub(crate) fn read_query<T: DeserializeOwned>(query: &str) -> Reading<T> {
    let (mut pairs, mut faults) = (pairs(query), Vec::new());
    if pairs.len() > MAX_PARAMETERS {
        return Reading::unread(FieldError::new("", "too_many"));
    }
    keep_known::<T>(&mut pairs, &mut faults);
    // Each round takes out one parameter that cannot be read, or is the last.
    loop {
        let (name, message) = match read(&pairs) {
            Ok(value) => return Reading::new(Some(value), faults),
            Err(fault) => fault,
        };
        let fault = of_data(name.clone(), &message);
        let before = pairs.len();
        pairs.retain(|(known, _)| *known != name);
        faults.push(fault);
        if pairs.len() == before {
            return Reading::new(None, faults);
        }
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(query).unwrap_or_default()
}

/// Takes out what the type does not know, where it tells what it knows, and what stands there twice.
fn keep_known<T: DeserializeOwned>(pairs: &mut Vec<(String, String)>, faults: &mut Vec<FieldError>) {
    let known = fields_of::<T>();
    let mut seen = Vec::new();
    pairs.retain(|(name, _)| {
        let code = match () {
            () if !known.is_empty() && !known.contains(&name.as_str()) => "unknown_field",
            () if seen.contains(name) => "duplicate_field",
            () => {
                seen.push(name.clone());
                return true;
            }
        };
        faults.push(FieldError::new(shown_name(name), code));
        false
    });
}

/// The value, or the parameter that cannot be read and what serde says of it.
fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, (String, String)> {
    let encoded = serde_urlencoded::to_string(pairs).map_err(|_| (String::new(), String::new()))?;
    let parameters = Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
    serde_path_to_error::deserialize(parameters).map_err(|error| {
        let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        (name, error.inner().to_string())
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        #[serde(default)]
        dry_run: bool,
        size: Option<u8>,
        colour: Option<Colour>,
    }

    fn faults(query: &str) -> Vec<(String, String)> {
        let problem = read_query::<Wanted>(query).judge(|_| Vec::new()).unwrap_err();
        problem.errors().iter().map(|error| (error.field.clone(), error.code.to_string())).collect()
    }

    #[test]
    fn what_is_right_is_read() {
        let wanted = read_query::<Wanted>("dry_run=true&size=7&colour=red").judge(|_| Vec::new()).unwrap();
        assert!(wanted.dry_run && wanted.size == Some(7) && matches!(wanted.colour, Some(Colour::Red)));
        let none = read_query::<Wanted>("").judge(|_| Vec::new()).unwrap();
        assert!(!none.dry_run && none.size.is_none() && none.colour.is_none());
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once_and_nothing_is_repeated() {
        let found = faults("size=x&colour=%E8%B5%A4&dry_run=&sizes=1&%E6%9F%90=1");
        let expected = [
            ("?", "unknown_field"),
            ("colour", "unknown_value"),
            ("dry_run", "invalid"),
            ("size", "invalid"),
            ("sizes", "unknown_field"),
        ];
        assert_eq!(found, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
        assert_eq!(faults("size=1&size=2"), [("size".to_owned(), "duplicate_field".to_owned())]);
        assert_eq!(faults(&"size=1&".repeat(101)), [(String::new(), "too_many".to_owned())]);
    }

    #[test]
    fn what_is_missing_is_named() {
        #[derive(Debug, Deserialize)]
        struct Needed {
            #[expect(dead_code, reason = "only asked for")]
            from: String,
        }
        let problem = read_query::<Needed>("").judge(|_| Vec::new()).unwrap_err();
        assert_eq!((problem.errors()[0].field.as_str(), &*problem.errors()[0].code), ("from", "required"));
    }
}
