//! The names by which a type knows its fields, asked of its own `Deserialize`.

use serde::de::value::Error;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

/// The fields of a struct that derives `Deserialize`, with their aliases; none of any other type.
pub(crate) fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It ends with an error, since there is nothing to read.
    let _ = T::deserialize(Asked(&mut names));
    names
}

struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("only asked for its fields"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its names are looked at")]
    struct Call {
        text: String,
        #[serde(rename = "where", alias = "place")]
        at: Option<String>,
        #[serde(skip)]
        skipped: u8,
    }

    #[test]
    fn a_struct_tells_its_names_and_aliases() {
        let mut names = fields_of::<Call>().to_vec();
        names.sort_unstable();
        assert_eq!(names, ["place", "text", "where"]);
        assert!(fields_of::<Vec<u8>>().is_empty());
    }
}
