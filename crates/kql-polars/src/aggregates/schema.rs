//! `buildschema`.
//!
//! Source: <https://learn.microsoft.com/kusto/query/buildschema-aggregation-function>

use std::collections::BTreeSet;

use kql::{Error, KqlType};
use polars::prelude::*;
use serde_json::{Map, Value};

use super::lists::per_list;
use super::{Aggregate, Aggregation};
use crate::functions::Call;
use crate::typed::parse_dynamic;

pub(super) const AGGREGATES: &[Aggregate] = &[Aggregate {
    name: "buildschema",
    aliases: &[],
    signature: "buildschema(DynamicExpr)",
    doc: "The least schema that admits all values.",
    args: (1, 1),
    column: "schema",
    named_args: 1,
    bind: buildschema,
}];

fn buildschema(call: &Call<'_>) -> Result<Vec<Aggregation>, Error> {
    let values = call.dynamic(0)?.drop_nulls().implode(true);
    Ok(vec![Aggregation::new(values, KqlType::Dynamic).with_finish(|list| {
        per_list(list, DataType::String, |items| {
            let mut schema = Schema::default();
            for text in items.str()?.iter().flatten() {
                schema.add(&parse_dynamic(text));
            }
            Ok(schema.json().map(|json| AnyValue::StringOwned(json.to_string().into())))
        })
    })])
}

/// What values there are at one place.
#[derive(Default)]
struct Schema {
    scalars: BTreeSet<&'static str>,
    /// In the order in which the keys first appear.
    bag: Option<Vec<(String, Schema)>>,
    elements: Option<Box<Schema>>,
}

impl Schema {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => drop(self.scalars.insert("bool")),
            Value::Number(n) if n.is_i64() => drop(self.scalars.insert("long")),
            Value::Number(_) => drop(self.scalars.insert("double")),
            Value::String(_) => drop(self.scalars.insert("string")),
            Value::Array(items) => {
                let elements = self.elements.get_or_insert_default();
                items.iter().for_each(|item| elements.add(item));
            }
            Value::Object(entries) => {
                let bag = self.bag.get_or_insert_default();
                for (key, value) in entries {
                    let at = bag.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
                        bag.push((key.clone(), Schema::default()));
                        bag.len() - 1
                    });
                    bag[at].1.add(value);
                }
            }
        }
    }

    /// One type, or an array of the types that values have; `None` where there are no values.
    fn json(&self) -> Option<Value> {
        let mut types: Vec<Value> = self.scalars.iter().map(|name| Value::from(*name)).collect();
        if let Some(elements) = &self.elements {
            let mut indexer = Map::new();
            indexer.insert("`indexer`".to_owned(), elements.json().unwrap_or_else(|| Value::from(Vec::<Value>::new())));
            types.push(Value::Object(indexer));
        }
        if let Some(bag) = &self.bag {
            let entries = bag
                .iter()
                .map(|(key, schema)| (key.clone(), schema.json().unwrap_or_else(|| Value::from(Vec::<Value>::new()))));
            types.push(Value::Object(entries.collect()));
        }
        match types.len() {
            0 => None,
            1 => types.pop(),
            _ => Some(Value::from(types)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn documented_example() {
        let mut schema = Schema::default();
        for text in [
            r#"{"x":1, "y":3.5}"#,
            r#"{"x":"somevalue", "z":[1, 2, 3]}"#,
            r#"{"y":{"w":"zzz"}, "t":["aa", "bb"], "z":["foo"]}"#,
        ] {
            schema.add(&parse_dynamic(text));
        }
        insta::assert_snapshot!(
            schema.json().unwrap(),
            @r#"{"x":["long","string"],"y":["double",{"w":"string"}],"z":{"`indexer`":["long","string"]},"t":{"`indexer`":"string"}}"#
        );
    }
}
