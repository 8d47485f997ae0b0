//! Dynamic values in columns: paths into them, and conversions to the other types.
//!
//! A dynamic column holds JSON text (see [`crate::typed`]); these kernels read it where it lies, without building trees.

use std::borrow::Cow;

use kql::KqlType;
use polars::prelude::*;

pub use crate::json::Step;
use crate::json::{Scalar, canonical, find, find_index, find_key, quoted, scalar, text_or_json};
use crate::repeats::once_per_text;
use crate::rows::map_rows;
use crate::typed::Typed;

/// `expr.a.b[0]`: the dynamic value at a path; null where there is none.
pub fn dynamic_path(expr: Expr, path: &[Step]) -> Expr {
    let path = path.to_vec();
    map_text(expr, move |text| value_text(find(text, &path)?))
}

/// `expr[key]` with a key that depends on the row: a string for bags, an int or long (negative from the end) for arrays. A dynamic key is either.
pub fn dynamic_index(dynamic: &Typed, key: &Typed) -> Expr {
    let kind = key.ty;
    map_rows(&[dynamic.clone(), key.clone()], KqlType::Dynamic, move |row| {
        let text = row.text(0)?;
        let found = match kind {
            KqlType::Int | KqlType::Long => find_index(text, row.long(1)?),
            KqlType::Dynamic => match scalar(row.text(1)?) {
                Scalar::Long(index) => find_index(text, index),
                Scalar::Text(key) => find_key(text, &key),
                _ => None,
            },
            _ => find_key(text, row.text(1)?),
        };
        value_text(found?).map(Cow::into_owned)
    })
}

/// What `tostring()` gives: a JSON string unescaped, anything else as compact JSON text, `""` for null.
pub fn dynamic_to_string(expr: Expr) -> Expr {
    map_text(expr, |text| match scalar(text) {
        Scalar::Text(text) => Some(text),
        Scalar::Null => None,
        _ => Some(Cow::Borrowed(text)),
    })
    .fill_null(lit(""))
}

/// What `tolong()` gives: numbers (a fraction is cut off), 0 or 1 for a bool, and for a JSON string what `from_text` makes of it.
pub fn dynamic_to_long(expr: Expr, from_text: fn(&str) -> Option<i64>) -> Expr {
    map_scalar::<i64>(expr, DataType::Int64, move |value| match value {
        Scalar::Long(v) => Some(v),
        #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
        Scalar::Real(v) => (v > -9.3e18 && v < 9.3e18 && v as i64 as f64 == v.trunc()).then_some(v as i64),
        Scalar::Bool(v) => Some(i64::from(v)),
        Scalar::Text(text) => from_text(&text),
        Scalar::Null | Scalar::Nested(_) => None,
    })
}

/// What `toreal()` gives: numbers, 0 or 1 for a bool, and for a JSON string what `from_text` makes of it.
pub fn dynamic_to_real(expr: Expr, from_text: fn(&str) -> Option<f64>) -> Expr {
    map_scalar::<f64>(expr, DataType::Float64, move |value| match value {
        #[allow(clippy::cast_precision_loss, reason = "that is what a conversion to real is")]
        Scalar::Long(v) => Some(v as f64),
        Scalar::Real(v) => Some(v),
        Scalar::Bool(v) => Some(f64::from(u8::from(v))),
        Scalar::Text(text) => from_text(&text),
        Scalar::Null | Scalar::Nested(_) => None,
    })
}

/// What `tobool()` gives: a bool, whether a number is not 0, and for a JSON string what `from_text` makes of it.
pub fn dynamic_to_bool(expr: Expr, from_text: fn(&str) -> Option<bool>) -> Expr {
    map_scalar::<bool>(expr, DataType::Boolean, move |value| match value {
        Scalar::Bool(v) => Some(v),
        Scalar::Long(v) => Some(v != 0),
        Scalar::Real(v) => Some(v != 0.0),
        Scalar::Text(text) => from_text(&text),
        Scalar::Null | Scalar::Nested(_) => None,
    })
}

/// What `todatetime()` gives, in ticks: a JSON string that is a datetime.
pub fn dynamic_to_datetime(expr: Expr) -> Expr {
    map_scalar::<i64>(expr, DataType::Int64, |value| match value {
        Scalar::Text(text) => kql::time::parse_datetime(&text),
        _ => None,
    })
}

/// What `totimespan()` gives, in ticks: a JSON string that is a timespan.
pub fn dynamic_to_timespan(expr: Expr) -> Expr {
    map_scalar::<i64>(expr, DataType::Int64, |value| match value {
        Scalar::Text(text) => kql::time::parse_timespan(&text),
        _ => None,
    })
}

/// What `todynamic()` / `parse_json()` gives of a string column: the value its text is JSON of; a JSON string where it is not JSON; null for `""`.
pub fn string_to_dynamic(expr: Expr) -> Expr {
    map_text(expr, text_or_json)
}

/// A string column as dynamic strings, which is what a string is inside `bag_pack()`, `make_list()` and the like.
pub fn string_as_dynamic(expr: Expr) -> Expr {
    map_text(expr, |text| Some(Cow::Owned(quoted(text))))
}

/// A value found in JSON text as the text of a dynamic column: compact, and no text for JSON null.
fn value_text(found: &str) -> Option<Cow<'_, str>> {
    match found.as_bytes().first()? {
        b'n' => None,
        b'{' | b'[' => canonical(found),
        _ => Some(Cow::Borrowed(found)),
    }
}

/// Text to text. Where nothing changes in the whole column, the column is given as it is.
fn map_text(expr: Expr, f: impl Fn(&str) -> Option<Cow<'_, str>> + Send + Sync + 'static) -> Expr {
    expr.map(
        move |column| {
            once_per_text(column, |column| {
                let text = column.str()?;
                let mut out: Option<StringChunkedBuilder> = None;
                for (at, before) in text.iter().enumerate() {
                    let after = before.and_then(&f);
                    let same = match (before, &after) {
                        (None, None) => true,
                        (Some(before), Some(after)) => before.len() == after.len() && matches!(after, Cow::Borrowed(_)),
                        _ => false,
                    };
                    if out.is_none() && !same {
                        let mut builder = StringChunkedBuilder::new(column.name().clone(), text.len());
                        for kept in text.iter().take(at) {
                            builder.append_option(kept);
                        }
                        out = Some(builder);
                    }
                    if let Some(builder) = &mut out {
                        builder.append_option(after.as_deref());
                    }
                }
                Ok(match out {
                    Some(builder) => builder.finish().into_column(),
                    None => column,
                })
            })
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    )
}

fn map_scalar<T: crate::rows::Cell>(
    expr: Expr,
    out: DataType,
    f: impl Fn(Scalar<'_>) -> Option<T> + Send + Sync + 'static,
) -> Expr {
    expr.map(
        move |column| {
            once_per_text(column, |column| {
                let text = column.str()?;
                Ok(T::column(column.name().clone(), text.iter().map(|v| f(scalar(v?)))))
            })
        },
        move |_, field| Ok(Field::new(field.name().clone(), out.clone())),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use kql::{Span, Value};

    use super::*;

    fn texts(values: &[Option<&str>], f: impl Fn(Expr) -> Expr) -> Column {
        let frame = DataFrame::new_infer_height(vec![Column::new("d".into(), values)]).unwrap();
        let out = frame.lazy().select([f(col("d")).alias("out")]).collect().unwrap();
        out.column("out").unwrap().clone()
    }

    fn as_text(column: &Column) -> Vec<Option<String>> {
        column.str().unwrap().iter().map(|v| v.map(str::to_owned)).collect()
    }

    #[test]
    fn path() {
        let values =
            [Some(r#"{"a":{"b":[1,{"c": 2}]}}"#), Some(r#"{"a":1}"#), None, Some("text"), Some(r#"{"a":{"b":null}}"#)];
        let path = [Step::Key("a".into()), Step::Key("b".into())];
        assert_eq!(
            as_text(&texts(&values, |e| dynamic_path(e, &path))),
            [Some(r#"[1,{"c":2}]"#.to_owned()), None, None, None, None]
        );
    }

    #[test]
    fn index_by_row() {
        let frame =
            df!("d" => ["[1,2,3]", "[4]", r#"{"0":5}"#], "i" => [-1_i64, 1, 0], "k" => ["0", "0", "0"]).unwrap();
        let typed = |name: &str, ty| Typed::new(col(name), ty, Span::default());
        let d = typed("d", KqlType::Dynamic);
        let out = frame
            .lazy()
            .select([
                dynamic_index(&d, &typed("i", KqlType::Long)).alias("by_index"),
                dynamic_index(&d, &typed("k", KqlType::String)).alias("by_key"),
                dynamic_index(&d, &Typed::constant(Value::Long(0), Span::default())).alias("constant"),
            ])
            .collect()
            .unwrap();
        let column = |name| as_text(out.column(name).unwrap());
        assert_eq!(column("by_index"), [Some("3".to_owned()), None, None]);
        assert_eq!(column("by_key"), [None, None, Some("5".to_owned())]);
        assert_eq!(column("constant"), [Some("1".to_owned()), Some("4".to_owned()), None]);
    }

    #[test]
    fn conversions() {
        let values = [
            Some("42"),
            Some("1.9"),
            Some("true"),
            Some(r#""7""#),
            Some(r#""a\nb""#),
            Some(r#"{"a":1}"#),
            None,
            Some(r#""2020-01-02T03:04:05Z""#),
            Some(r#""1.02:03:04""#),
        ];
        let longs = texts(&values, |e| dynamic_to_long(e, |t| t.parse().ok()));
        let longs: Vec<_> = longs.i64().unwrap().iter().collect();
        assert_eq!(longs, [Some(42), Some(1), Some(1), Some(7), None, None, None, None, None]);
        let reals = texts(&values, |e| dynamic_to_real(e, |t| t.parse().ok()));
        let reals: Vec<_> = reals.f64().unwrap().iter().collect();
        assert_eq!(reals, [Some(42.0), Some(1.9), Some(1.0), Some(7.0), None, None, None, None, None]);
        let text = as_text(&texts(&values, dynamic_to_string));
        let text: Vec<&str> = text.iter().map(|v| v.as_deref().unwrap()).collect();
        assert_eq!(text, ["42", "1.9", "true", "7", "a\nb", r#"{"a":1}"#, "", "2020-01-02T03:04:05Z", "1.02:03:04"]);
        let times = texts(&values, dynamic_to_datetime);
        assert_eq!(
            times.i64().unwrap().get(7).map(kql::time::format_datetime).as_deref(),
            Some("2020-01-02T03:04:05.0000000Z")
        );
        assert_eq!(times.null_count(), 8);
        let spans = texts(&values, dynamic_to_timespan);
        assert_eq!(spans.i64().unwrap().get(8).map(kql::time::format_timespan).as_deref(), Some("1.02:03:04"));
    }

    #[test]
    fn parse_json_of_a_column() {
        let values = [Some(r#"{"a":1}"#), Some(" [ 1 ] "), Some("no json"), Some("")];
        assert_eq!(
            as_text(&texts(&values, string_to_dynamic)),
            [Some(r#"{"a":1}"#.to_owned()), Some("[1]".to_owned()), Some(r#""no json""#.to_owned()), None]
        );
        assert_eq!(as_text(&texts(&values[..1], string_to_dynamic)), [Some(r#"{"a":1}"#.to_owned())]);
        assert_eq!(as_text(&texts(&values[..1], string_as_dynamic)), [Some(r#""{\"a\":1}""#.to_owned())]);
    }
}
