//! Vectorised loops for what Polars has no expression for.
//!
//! Each takes expressions and a closure over one row's values, and gives an expression. Arguments of one row (literals)
//! are repeated. A null argument gives null without calling the closure, unless the name says `nullable`.

use polars::prelude::*;

use crate::repeats::once_per_text;

fn broadcast(len: usize, total: usize, row: usize) -> usize {
    if len == 1 && total != 1 { 0 } else { row }
}

fn rows(columns: &[Column]) -> usize {
    // A zero-row argument wins over a one-row literal.
    if columns.iter().any(|c| c.is_empty()) { 0 } else { columns.iter().map(Column::len).max().unwrap_or(0) }
}

/// `f` of a column of text, with a row for each of its rows.
fn each_text(input: Expr, out: DataType, f: impl Fn(&StringChunked) -> Column + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| once_per_text(c, |c| Ok(f(c.str()?).with_name(c.name().clone()))),
        move |_, field| Ok(Field::new(field.name().clone(), out.clone())),
    )
}

/// `f(text) -> text`.
pub fn str_to_str(input: Expr, f: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Expr {
    each_text(input, DataType::String, move |ca| {
        ca.iter().map(|v| v.and_then(&f)).collect::<StringChunked>().into_column()
    })
}

/// `f(text) -> i64`.
pub fn str_to_i64(input: Expr, f: impl Fn(&str) -> Option<i64> + Send + Sync + 'static) -> Expr {
    each_text(input, DataType::Int64, move |ca| {
        ca.iter().map(|v| v.and_then(&f)).collect::<Int64Chunked>().into_column()
    })
}

/// `f(text) -> f64`.
pub fn str_to_f64(input: Expr, f: impl Fn(&str) -> Option<f64> + Send + Sync + 'static) -> Expr {
    each_text(input, DataType::Float64, move |ca| {
        ca.iter().map(|v| v.and_then(&f)).collect::<Float64Chunked>().into_column()
    })
}

/// `f(text) -> bool`.
pub fn str_to_bool(input: Expr, f: impl Fn(&str) -> Option<bool> + Send + Sync + 'static) -> Expr {
    each_text(input, DataType::Boolean, move |ca| {
        ca.iter().map(|v| v.and_then(&f)).collect::<BooleanChunked>().into_column()
    })
}

/// `f(ticks or number) -> i64`.
pub fn i64_to_i64(input: Expr, f: impl Fn(i64) -> Option<i64> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.i64()?;
            let out: Int64Chunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Int64)),
    )
}

/// `f(ticks or number) -> text`.
pub fn i64_to_str(input: Expr, f: impl Fn(i64) -> Option<String> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.i64()?;
            let out: StringChunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    )
}

/// `f(text, text) -> bool`.
pub fn str2_to_bool(a: Expr, b: Expr, f: impl Fn(&str, &str) -> Option<bool> + Send + Sync + 'static) -> Expr {
    str2(a, b, DataType::Boolean, move |a, b, n| {
        let (la, lb) = (a.len(), b.len());
        let out: BooleanChunked = (0..n).map(|i| f(a.get(broadcast(la, n, i))?, b.get(broadcast(lb, n, i))?)).collect();
        out.into_column()
    })
}

/// `f(text, text) -> text`.
pub fn str2_to_str(a: Expr, b: Expr, f: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Expr {
    str2(a, b, DataType::String, move |a, b, n| {
        let (la, lb) = (a.len(), b.len());
        let out: StringChunked = (0..n).map(|i| f(a.get(broadcast(la, n, i))?, b.get(broadcast(lb, n, i))?)).collect();
        out.into_column()
    })
}

fn str2(
    a: Expr,
    b: Expr,
    out: DataType,
    run: impl Fn(&StringChunked, &StringChunked, usize) -> Column + Send + Sync + 'static,
) -> Expr {
    a.map_many(
        move |c| {
            let n = rows(c);
            Ok(run(c[0].str()?, c[1].str()?, n).with_name(c[0].name().clone()))
        },
        &[b],
        move |_, fields| Ok(Field::new(fields[0].name().clone(), out.clone())),
    )
}

/// The general form: any number of arguments of any type, rows by index, nulls given as [`AnyValue::Null`]. Slower than the others: for
/// functions that are rarely on a hot path.
pub fn any_nullable<F>(args: Vec<Expr>, out: DataType, f: F) -> Expr
where
    F: Fn(&[AnyValue<'_>]) -> PolarsResult<AnyValue<'static>> + Send + Sync + 'static,
{
    let mut args = args.into_iter();
    let first = args.next().unwrap_or_else(|| lit(0));
    let rest: Vec<Expr> = args.collect();
    let declared = out.clone();
    first.map_many(
        move |c| {
            let n = rows(c);
            let mut values = Vec::with_capacity(n);
            let mut row = Vec::with_capacity(c.len());
            for i in 0..n {
                row.clear();
                for column in c.iter() {
                    row.push(column.get(broadcast(column.len(), n, i))?);
                }
                values.push(f(&row)?);
            }
            Ok(Series::from_any_values_and_dtype(c[0].name().clone(), &values, &out, true)?.into_column())
        },
        &rest,
        move |_, fields| Ok(Field::new(fields[0].name().clone(), declared.clone())),
    )
}
