//! `bag_unpack`: a column for each property of a bag.
//!
//! Source: <https://learn.microsoft.com/kusto/query/bag-unpack-plugin>

use std::collections::{BTreeMap, HashSet};

use kql::ast::{Expr as Ast, ExprKind, Schema};
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;
use serde_json::Value as Json;

use super::{Call, computed, polars_error};
use crate::rel::{Rel, RelColumn};
use crate::typed::{Typed, parse_dynamic};

/// What happens when a property is called like a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    ReplaceSource,
    KeepSource,
}

pub(super) fn apply(call: &Call<'_>, rel: Rel, schema: Option<&Schema>) -> Result<Rel, Error> {
    call.check_names(&["columnsConflict", "ignoredProperties"])?;
    let args = call.positional();
    let Some(bag) = args.first() else {
        return Err(call.error("the column to unpack is missing"));
    };
    let bag = call.column(&rel, bag)?.clone();
    if bag.ty != KqlType::Dynamic {
        return Err(call.error(format!("the column `{}` has to be dynamic, and it is {}", bag.name, bag.ty)));
    }
    let prefix = match args.get(1) {
        Some(arg) => call.text(arg, "the prefix")?,
        None => String::new(),
    };
    let conflict = match call.named("columnsConflict").or_else(|| args.get(2).copied()) {
        Some(arg) => conflict(call, arg)?,
        None => Conflict::Error,
    };
    let ignored = match call.named("ignoredProperties").or_else(|| args.get(3).copied()) {
        Some(arg) => ignored(call, arg)?,
        None => HashSet::new(),
    };
    match schema {
        Some(schema) => declared(call, rel, &bag, &prefix, conflict, schema),
        None => inferred(call, rel, &bag, &prefix, conflict, &ignored),
    }
}

fn conflict(call: &Call<'_>, arg: &Ast) -> Result<Conflict, Error> {
    match call.text(arg, "columnsConflict")?.as_str() {
        "error" => Ok(Conflict::Error),
        "replace_source" => Ok(Conflict::ReplaceSource),
        "keep_source" => Ok(Conflict::KeepSource),
        other => Err(Error::new(ErrorKind::Type, arg.span, format!("columnsConflict cannot be `{other}`"))
            .with_help("it is 'error', 'replace_source' or 'keep_source'")),
    }
}

fn ignored(call: &Call<'_>, arg: &Ast) -> Result<HashSet<String>, Error> {
    match call.cx.binder().constant(arg, KqlType::Dynamic, "ignoredProperties")? {
        Value::Null(_) => Ok(HashSet::new()),
        Value::Dynamic(Json::Array(names)) => {
            Ok(names.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
        }
        _ => Err(Error::new(ErrorKind::Type, arg.span, "ignoredProperties is an array of names")),
    }
}

/// With the columns that the query declares, nothing has to be computed now.
fn declared(
    call: &Call<'_>,
    mut rel: Rel,
    bag: &RelColumn,
    prefix: &str,
    conflict: Conflict,
    schema: &Schema,
) -> Result<Rel, Error> {
    let binder = call.cx.over(&rel);
    let mut exprs = Vec::new();
    let mut columns: Vec<RelColumn> = Vec::new();
    if schema.star {
        columns.extend(rel.columns.iter().filter(|c| c.name != bag.name).cloned());
    }
    for wanted in &schema.columns {
        let name = wanted.name.name.as_str();
        let own = rel.column(name).filter(|c| c.name != bag.name);
        let from_source = match (own, conflict) {
            (Some(_), Conflict::ReplaceSource) | (None, _) => false,
            (Some(_), Conflict::KeepSource) => true,
            // A declared column that the source has is that one, unless it is asked for twice.
            (Some(_), Conflict::Error) if !schema.star => true,
            (Some(_), Conflict::Error) => return Err(clash(call, name)),
        };
        let value = match own {
            Some(c) if from_source => Typed::new(c.expr(), c.ty, wanted.name.span),
            _ => {
                let Some(key) = name.strip_prefix(prefix) else {
                    return Err(call.error(format!("the column `{name}` does not start with the prefix `{prefix}`")));
                };
                let path = Ast {
                    span: wanted.name.span,
                    kind: ExprKind::Index {
                        target: Box::new(named(&bag.name, wanted.name.span)),
                        index: Box::new(Ast {
                            span: wanted.name.span,
                            kind: ExprKind::Literal(Value::String(key.to_owned())),
                        }),
                    },
                };
                binder.bind(&path)?
            }
        };
        exprs.push(binder.cast(value, wanted.ty)?.expr.alias(name));
        let column = RelColumn::new(name, wanted.ty);
        match columns.iter_mut().find(|c| c.name == name) {
            Some(slot) => *slot = column,
            None => columns.push(column),
        }
    }
    rel.frame = rel.frame.with_columns(exprs);
    Ok(rel.keep(columns))
}

fn named(name: &str, span: kql::Span) -> Ast {
    Ast { span, kind: ExprKind::Name(name.to_owned()) }
}

fn clash(call: &Call<'_>, name: &str) -> Error {
    call.error(format!("the property `{name}` is called like a column of the table"))
        .with_help("give a prefix, or columnsConflict = 'replace_source' or 'keep_source'")
}

/// Without declared columns, they are the properties that the bags have.
fn inferred(
    call: &Call<'_>,
    rel: Rel,
    bag: &RelColumn,
    prefix: &str,
    conflict: Conflict,
    ignored: &HashSet<String>,
) -> Result<Rel, Error> {
    let (frame, source) = computed(call, rel)?;
    let height = frame.height();
    let bags = frame.column(&bag.name).map_err(|e| polars_error(call.span, e))?;
    let bags = bags.str().map_err(|e| polars_error(call.span, e))?;
    // By name, so that the columns have an order that does not depend on that of the rows.
    let mut properties: BTreeMap<String, Vec<(usize, Json)>> = BTreeMap::new();
    for (row, text) in bags.iter().enumerate() {
        let Some(Json::Object(bag)) = text.map(parse_dynamic) else {
            continue;
        };
        for (key, value) in bag {
            if !ignored.contains(&key) {
                let values = properties.entry(format!("{prefix}{key}")).or_default();
                if !value.is_null() {
                    values.push((row, value));
                }
            }
        }
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut types: Vec<KqlType> = Vec::new();
    for c in source.iter().filter(|c| c.name != bag.name) {
        let own = frame.column(&c.name).map_err(|e| polars_error(call.span, e))?;
        match (properties.remove(&c.name), conflict) {
            (Some(_), Conflict::Error) => return Err(clash(call, &c.name)),
            (Some(values), Conflict::ReplaceSource) => {
                let ty = common_type(&values);
                columns.push(build(&c.name, ty, height, &values));
                types.push(ty);
            }
            (Some(_), Conflict::KeepSource) | (None, _) => {
                columns.push(own.clone());
                types.push(c.ty);
            }
        }
    }
    for (name, values) in &properties {
        let ty = common_type(values);
        columns.push(build(name, ty, height, values));
        types.push(ty);
    }
    if columns.is_empty() {
        return Err(call
            .error(format!("no row of `{}` has a property, so that there are no columns", bag.name))
            .with_help("declare the columns: evaluate bag_unpack(d) : (a: string, b: long)"));
    }
    super::from_columns(call, columns, types)
}

/// The type of a column: that of its values if they have one, else dynamic.
fn common_type(values: &[(usize, Json)]) -> KqlType {
    let mut types = values.iter().map(|(_, value)| match value {
        Json::Bool(_) => KqlType::Bool,
        Json::Number(n) if n.is_i64() => KqlType::Long,
        Json::Number(_) => KqlType::Real,
        Json::String(_) => KqlType::String,
        _ => KqlType::Dynamic,
    });
    let first = types.next().unwrap_or(KqlType::Dynamic);
    if types.all(|ty| ty == first) { first } else { KqlType::Dynamic }
}

fn build(name: &str, ty: KqlType, height: usize, values: &[(usize, Json)]) -> Column {
    fn spread<T: Clone>(height: usize, values: &[(usize, Json)], f: impl Fn(&Json) -> Option<T>) -> Vec<Option<T>> {
        let mut all = vec![None; height];
        for (row, value) in values {
            if let Some(slot) = all.get_mut(*row) {
                *slot = f(value);
            }
        }
        all
    }
    match ty {
        KqlType::Bool => Column::new(name.into(), spread(height, values, Json::as_bool)),
        KqlType::Long => Column::new(name.into(), spread(height, values, Json::as_i64)),
        KqlType::Real => Column::new(name.into(), spread(height, values, Json::as_f64)),
        KqlType::String => {
            let texts = spread(height, values, |v| v.as_str().map(str::to_owned));
            let texts: Vec<String> = texts.into_iter().map(Option::unwrap_or_default).collect();
            Column::new(name.into(), texts)
        }
        _ => Column::new(name.into(), spread(height, values, |v| Some(v.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const BAGS: &str = r#"let T = datatable(k: long, d: dynamic) [
        1, dynamic({"a": 1, "b": "x", "c": [1], "e": true, "f": 1.5}), 2, dynamic({"a": 2, "b": 3}), 3, dynamic(null), 4, dynamic([1])];"#;

    #[test]
    fn columns_of_the_properties() {
        insta::assert_snapshot!(rows(&format!("{BAGS} T | evaluate bag_unpack(d)")), @r#"
k | a | b | c | e | f
1 | 1 | "x" | [1] | true | 1.5
2 | 2 | 3 | null | null | null
3 | null | null | null | null | null
4 | null | null | null | null | null
"#);
        insta::assert_snapshot!(rows(&format!("{BAGS} T | evaluate bag_unpack(d, 'p_', ignoredProperties=dynamic(['b', 'c'])) | getschema | project ColumnName, ColumnType")), @r#"
ColumnName | ColumnType
k | long
p_a | long
p_e | bool
p_f | real
"#);
    }

    #[test]
    fn conflicts() {
        let with =
            |options: &str| format!(r#"print a = 'old', d = dynamic({{"a": 1}}) | evaluate bag_unpack(d{options})"#);
        insta::assert_snapshot!(error(&with("")), @r#"bag_unpack: the property `a` is called like a column of the table (give a prefix, or columnsConflict = 'replace_source' or 'keep_source')"#);
        insta::assert_snapshot!(rows(&with(", columnsConflict='replace_source'")), @r#"
a
1
"#);
        insta::assert_snapshot!(rows(&with(", columnsConflict='keep_source'")), @r#"
a
old
"#);
        insta::assert_snapshot!(rows(&with(", 'n_'")), @r#"
a | n_a
old | 1
"#);
        insta::assert_snapshot!(error(&with(", columnsConflict='x'")), @r#"columnsConflict cannot be `x` (it is 'error', 'replace_source' or 'keep_source')"#);
        insta::assert_snapshot!(error(&with(", conflict='x'")), @r#"bag_unpack has no argument `conflict`"#);
    }

    #[test]
    fn declared_columns() {
        insta::assert_snapshot!(rows(&format!("{BAGS} T | evaluate bag_unpack(d) : (*, a: real, zz: string)")), @r#"
k | a | zz
1 | 1.0 | 
2 | 2.0 | 
3 | null | 
4 | null |
"#);
        insta::assert_snapshot!(rows(&format!("{BAGS} T | evaluate bag_unpack(d, 'p_') : (k: long, p_a: long)")), @r#"
k | p_a
1 | 1
2 | 2
3 | null
4 | null
"#);
        insta::assert_snapshot!(error(&format!("{BAGS} T | evaluate bag_unpack(k)")), @r#"bag_unpack: the column `k` has to be dynamic, and it is long"#);
    }
}
