//! Functions of dynamic property bags, and of dynamic values in general.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-functions#dynamicarray-functions>

use kql::{Error, KqlType, Value as Constant};
use serde_json::{Map, Value};

use super::arrays::{arrays, entry, values};
use super::strings::regexes::parse_path;
use super::{Call, Function};
use crate::dynamic::{Step, string_to_dynamic};
use crate::json::{Scalar, find, scalar};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    entry(
        "parse_json",
        &["todynamic", "toobject", "parsejson"],
        "parse_json(text)",
        "The value that the text is JSON of, or the text itself where it is not JSON.",
        (1, 1),
        |c| match c.args[0].ty {
            KqlType::Dynamic => Ok(c.args[0].clone()),
            KqlType::String => c.result(string_to_dynamic(c.args[0].expr.clone()), KqlType::Dynamic),
            _ => Ok(crate::convert::convert(&c.args[0], KqlType::Dynamic)),
        },
    ),
    entry(
        "gettype",
        &[],
        "gettype(value)",
        "The name of the value's type: `long`, `string`, `array`, `dictionary`, …",
        (1, 1),
        gettype,
    ),
    entry(
        "dynamic_to_json",
        &["dynamic_to_json_string"],
        "dynamic_to_json(value)",
        "The value as JSON text, keys sorted.",
        (1, 1),
        |c| {
            if c.args[0].ty != KqlType::Dynamic {
                return c.result(c.text(0), KqlType::String);
            }
            let expr = map_rows(&c.args, KqlType::String, |row| {
                row.text(0)?;
                Some(match sorted(&row.json(0)) {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
            });
            c.result(expr, KqlType::String)
        },
    ),
    entry("treepath", &[], "treepath(object)", "The paths of all values inside a dynamic value.", (1, 1), |c| {
        values(c, arrays(c)?, |row| {
            let mut paths = Vec::new();
            tree_paths(&row.json(0), "", &mut paths);
            matches!(*row.json(0), Value::Object(_) | Value::Array(_))
                .then(|| paths.into_iter().map(Value::from).collect())
        })
    }),
    entry("bag_keys", &[], "bag_keys(object)", "The keys of a property bag, as an array.", (1, 1), |c| {
        values(c, vec![c.bag(0)?], |row| Some(row.bag(0)?.keys().cloned().map(Value::from).collect()))
    }),
    entry(
        "bag_has_key",
        &[],
        "bag_has_key(bag, key)",
        "Whether the property bag has the key, or the value at a path such as `$.a.b`.",
        (2, 2),
        |c| {
            let args = [c.bag(0)?, c.text_arg(1)];
            let expr = map_rows(&args, KqlType::Bool, |row| {
                let (bag, key) = (row.text(0)?, row.text(1)?);
                matches!(scalar(bag), Scalar::Nested(text) if text.starts_with('{'))
                    .then(|| find(bag, &steps(key)).is_some())
            });
            c.result(expr, KqlType::Bool)
        },
    ),
    entry(
        "bag_merge",
        &[],
        "bag_merge(bag1, bag2 [, …])",
        "One property bag of all; of equal keys the first one counts.",
        (2, 64),
        |c| {
            values(c, arrays(c)?, |row| {
                let bags: Vec<_> = (0..row.len()).filter_map(|i| row.bag(i)).collect();
                let mut merged = Map::new();
                for (key, value) in bags.iter().flat_map(|bag| bag.iter()) {
                    if !merged.contains_key(key) {
                        merged.insert(key.clone(), value.clone());
                    }
                }
                (!bags.is_empty()).then_some(Value::Object(merged))
            })
        },
    ),
    entry(
        "bag_remove_keys",
        &[],
        "bag_remove_keys(bag, keys)",
        "The property bag without the keys of an array, or the values at paths such as `$.a.b`.",
        (2, 2),
        |c| {
            values(c, vec![c.bag(0)?, c.array(1)?], |row| {
                let mut bag = Value::Object(row.bag(0)?.into_owned());
                for key in row.array(1)?.iter().filter_map(Value::as_str) {
                    remove(&mut bag, &steps(key));
                }
                Some(bag)
            })
        },
    ),
    entry(
        "bag_set_key",
        &[],
        "bag_set_key(bag, key, value)",
        "The property bag with a key, or the value at a path such as `$.a.b`, set.",
        (3, 3),
        |c| {
            values(c, vec![c.bag(0)?, c.text_arg(1), c.args[2].clone()], |row| {
                let mut bag = Value::Object(row.bag(0)?.into_owned());
                set(&mut bag, &steps(row.text(1)?), row.json(2).into_owned())?;
                Some(bag)
            })
        },
    ),
    entry(
        "bag_zip",
        &[],
        "bag_zip(keys, values)",
        "A property bag of an array of keys and an array of values.",
        (2, 2),
        |c| {
            values(c, arrays(c)?, |row| {
                // What is no array of values has no value for any key.
                let (keys, items) = (row.array(0)?, row.array(1).unwrap_or_default());
                let pairs = keys
                    .iter()
                    .enumerate()
                    .filter_map(|(i, key)| Some((key.as_str()?.to_owned(), items.get(i).cloned().unwrap_or_default())));
                Some(Value::Object(pairs.collect()))
            })
        },
    ),
    entry(
        "bag_pack",
        &["pack", "pack_dictionary"],
        "bag_pack(key1, value1, key2, value2, …)",
        "A property bag of keys and values.",
        (2, usize::MAX),
        bag_pack,
    ),
    entry(
        "bag_pack_columns",
        &[],
        "bag_pack_columns(column1, column2, …)",
        "A property bag of columns, with their names as keys.",
        (1, usize::MAX),
        |c| {
            let keys: Result<Vec<String>, Error> = (0..c.args.len())
                .map(|i| {
                    c.names
                        .get(i)
                        .cloned()
                        .flatten()
                        .ok_or_else(|| c.argument_error(i, "a column is needed: bag_pack() takes keys and values"))
                })
                .collect();
            packed(c, keys?, c.args.clone(), false)
        },
    ),
    entry("pack_all", &[], "pack_all([ignore_null_empty])", "A property bag of all columns of the row.", (0, 1), |c| {
        let ignore = match c.args.first().map(|arg| &arg.constant) {
            None => false,
            Some(Some(Constant::Bool(ignore))) => *ignore,
            Some(_) => {
                return Err(c.argument_error(0, "ignore_null_empty has to be true or false"));
            }
        };
        let (keys, args) = c.env.columns.iter().cloned().unzip();
        packed(c, keys, args, ignore)
    }),
    entry("pack_array", &[], "pack_array(value1 [, value2, …])", "An array of the values.", (0, usize::MAX), |c| {
        let count = c.args.len();
        values(c, c.args.clone(), move |row| Some((0..count).map(|i| row.json(i).into_owned()).collect()))
    }),
];

fn gettype(call: &Call<'_>) -> Result<Typed, Error> {
    let ty = call.args[0].ty;
    if ty != KqlType::Dynamic {
        return Ok(Typed::constant(Constant::String(ty.name().to_owned()), call.span));
    }
    let expr = map_rows(&call.args, KqlType::String, |row| {
        let name = match row.text(0).map_or(Scalar::Null, scalar) {
            Scalar::Null => "null",
            Scalar::Bool(_) => "bool",
            Scalar::Long(_) => "long",
            Scalar::Real(_) => "double",
            Scalar::Text(_) => "string",
            Scalar::Nested(text) if text.starts_with('[') => "array",
            Scalar::Nested(_) => "dictionary",
        };
        Some(name.to_owned())
    });
    call.result(expr, KqlType::String)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(bag) => {
            let mut pairs: Vec<(&String, &Value)> = bag.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            Value::Object(pairs.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

/// One path for all elements of an array, as the documentation has it.
fn tree_paths(value: &Value, prefix: &str, paths: &mut Vec<String>) {
    let mut visit = |path: String, inner: &Value| {
        if !paths.contains(&path) {
            paths.push(path.clone());
        }
        tree_paths(inner, &path, paths);
    };
    match value {
        Value::Object(bag) => bag.iter().for_each(|(key, inner)| visit(format!("{prefix}['{key}']"), inner)),
        Value::Array(items) => items.iter().for_each(|inner| visit(format!("{prefix}[0]"), inner)),
        _ => {}
    }
}

/// The path of a key: `$.a.b` and `$['a']` are paths, any other text is the key itself.
fn steps(key: &str) -> Vec<Step> {
    let path = if key.starts_with('$') { parse_path(key) } else { None };
    path.filter(|steps| !steps.is_empty()).unwrap_or_else(|| vec![Step::Key(key.to_owned())])
}

fn remove(value: &mut Value, path: &[Step]) {
    let (Value::Object(bag), Some((Step::Key(key), rest))) = (value, path.split_first()) else {
        return;
    };
    if rest.is_empty() {
        bag.shift_remove(key);
    } else if let Some(inner) = bag.get_mut(key) {
        remove(inner, rest);
    }
}

/// Sets the value at a path, with new bags on the way where there is nothing; `None` where there is something else.
fn set(value: &mut Value, path: &[Step], to: Value) -> Option<()> {
    let (Value::Object(bag), Some((Step::Key(key), rest))) = (value, path.split_first()) else {
        return None;
    };
    if rest.is_empty() {
        bag.insert(key.clone(), to);
        return Some(());
    }
    set(bag.entry(key.clone()).or_insert_with(|| Value::Object(Map::new())), rest, to)
}

fn bag_pack(call: &Call<'_>) -> Result<Typed, Error> {
    if call.args.len() % 2 == 1 {
        return Err(call.argument_error(call.args.len() - 1, "this key has no value"));
    }
    let mut args = Vec::with_capacity(call.args.len());
    for i in 0..call.args.len() {
        if i % 2 == 0 {
            args.push(Typed::new(call.string(i)?, KqlType::String, call.args[i].span));
        } else {
            args.push(call.args[i].clone());
        }
    }
    values(call, args, |row| {
        let pairs = (0..row.len())
            .step_by(2)
            .map(|i| (row.text(i).unwrap_or_default().to_owned(), row.json(i + 1).into_owned()));
        Some(Value::Object(pairs.collect()))
    })
}

fn packed(call: &Call<'_>, keys: Vec<String>, args: Vec<Typed>, ignore_empty: bool) -> Result<Typed, Error> {
    values(call, args, move |row| {
        let pairs = keys.iter().enumerate().map(|(i, key)| (key.clone(), row.json(i).into_owned()));
        let kept = pairs.filter(|(_, value)| !(ignore_empty && (value.is_null() || value.as_str() == Some(""))));
        Some(Value::Object(kept.collect()))
    })
}
