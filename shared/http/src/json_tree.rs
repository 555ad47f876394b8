//! JSON as a tree of bounded size, for a body that is wrong somewhere: what is given twice and what holds NUL
//! is found while it is made, everything else while it is read.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::field_names::fields_of;
use crate::invalid::{malformed, member_path};
use crate::reading::is_told;
use crate::repair::read_repaired;
use crate::{FieldError, Problem, Reading};

/// Most values of one body. The largest of ours have some hundred.
const MAX_VALUES: usize = 10_000;
/// Most faults that are found here.
const MAX_FAULTS: usize = 50;

/// A body, and what was wrong with it before anybody asked for its fields.
pub(crate) struct Tree {
    root: Value,
    faults: Vec<FieldError>,
}

impl Tree {
    /// The tree of a text; none where it holds too many values.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, Problem> {
        let mut found = Found::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let root = Growing { path: String::new(), found: &mut found }.deserialize(&mut json);
        match root.and_then(|root| json.end().map(|()| root)) {
            Ok(root) => Ok(Some(Self { root, faults: found.faults })),
            Err(_) if found.values > MAX_VALUES => Ok(None),
            Err(error) => Err(malformed(&error)),
        }
    }

    /// Reads it as a value of this type.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Reading<T> {
        let Self { root, mut faults } = self;
        let value = read_repaired(root, &mut faults);
        Reading::new(value, faults)
    }

    /// Reads it as values of two types that share an object.
    pub(crate) fn read_flat<A: DeserializeOwned, B: DeserializeOwned>(self) -> Reading<(A, B)> {
        let Self { root, mut faults } = self;
        let Value::Object(members) = root else {
            return Reading::unread(FieldError::new("", "wrong_type"));
        };
        let known = fields_of::<A>();
        let (first, second): (Map<_, _>, Map<_, _>) =
            members.into_iter().partition(|(name, _)| known.contains(&name.as_str()));
        let first = read_repaired(first.into(), &mut faults);
        let second = read_repaired(second.into(), &mut faults);
        Reading::new(first.zip(second), faults)
    }
}

#[derive(Default)]
struct Found {
    values: usize,
    faults: Vec<FieldError>,
}

impl Found {
    fn fault(&mut self, path: &str, code: &'static str) {
        if self.faults.len() < MAX_FAULTS && !is_told(&self.faults, path) {
            self.faults.push(FieldError::new(path, code));
        }
    }
}

/// A value that is being read at this path. How deep it may be is bounded by `serde_json`.
struct Growing<'a> {
    path: String,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Growing<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.found.values += 1;
        if self.found.values > MAX_VALUES {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Growing<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        if text.contains('\0') {
            self.found.fault(&self.path, "nul");
            return Ok(text.replace('\0', "").into());
        }
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Self { path, found } = self;
        let mut list = Vec::new();
        while let Some(item) =
            items.next_element_seed(Growing { path: format!("{path}[{}]", list.len()), found })?
        {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let Self { path, found } = self;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = member_path(&path, &name);
            if name.contains('\0') {
                found.fault(&path, "nul");
            }
            if map.contains_key(&name) {
                found.fault(&path, "duplicate_field");
            }
            let member = members.next_value_seed(Growing { path, found })?;
            map.entry(name).or_insert(member);
        }
        Ok(map.into())
    }
}
