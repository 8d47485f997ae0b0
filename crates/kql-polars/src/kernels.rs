//! Vectorised loops for what Polars has no expression for.
//!
//! Each takes expressions and a closure over one row's values, and gives an expression. Arguments of one row (literals)
//! are repeated. A null argument gives null without calling the closure, unless the name says `nullable`.

use polars::prelude::*;

fn broadcast(len: usize, total: usize, row: usize) -> usize {
    if len == 1 && total != 1 { 0 } else { row }
}

fn rows(columns: &[Column]) -> usize {
    // A zero-row argument wins over a one-row literal.
    if columns.iter().any(|c| c.len() == 0) {
        0
    } else {
        columns.iter().map(Column::len).max().unwrap_or(0)
    }
}

/// `f(text) -> text`.
pub fn str_to_str(input: Expr, f: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.str()?;
            let out: StringChunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::String)),
    )
}

/// `f(text) -> i64`.
pub fn str_to_i64(input: Expr, f: impl Fn(&str) -> Option<i64> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.str()?;
            let out: Int64Chunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Int64)),
    )
}

/// `f(text) -> f64`.
pub fn str_to_f64(input: Expr, f: impl Fn(&str) -> Option<f64> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.str()?;
            let out: Float64Chunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Float64)),
    )
}

/// `f(text) -> bool`.
pub fn str_to_bool(input: Expr, f: impl Fn(&str) -> Option<bool> + Send + Sync + 'static) -> Expr {
    input.map(
        move |c| {
            let ca = c.str()?;
            let out: BooleanChunked = ca.iter().map(|v| v.and_then(&f)).collect();
            Ok(out.with_name(c.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
    )
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
pub fn str2_to_bool(
    a: Expr,
    b: Expr,
    f: impl Fn(&str, &str) -> Option<bool> + Send + Sync + 'static,
) -> Expr {
    str2(a, b, DataType::Boolean, move |a, b, n| {
        let (la, lb) = (a.len(), b.len());
        let out: BooleanChunked = (0..n)
            .map(|i| f(a.get(broadcast(la, n, i))?, b.get(broadcast(lb, n, i))?))
            .collect();
        out.into_column()
    })
}

/// `f(text, text) -> text`.
pub fn str2_to_str(
    a: Expr,
    b: Expr,
    f: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
) -> Expr {
    str2(a, b, DataType::String, move |a, b, n| {
        let (la, lb) = (a.len(), b.len());
        let out: StringChunked = (0..n)
            .map(|i| f(a.get(broadcast(la, n, i))?, b.get(broadcast(lb, n, i))?))
            .collect();
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
            Ok(
                Series::from_any_values_and_dtype(c[0].name().clone(), &values, &out, true)?
                    .into_column(),
            )
        },
        &rest,
        move |_, fields| Ok(Field::new(fields[0].name().clone(), declared.clone())),
    )
}

/// One column of arguments of [`by_row`].
enum Cells<'a> {
    Str(&'a StringChunked),
    I64(&'a Int64Chunked),
    I32(&'a Int32Chunked),
    F64(&'a Float64Chunked),
    Bool(&'a BooleanChunked),
}

impl<'a> Cells<'a> {
    fn new(column: &'a Column) -> PolarsResult<Self> {
        Ok(match column.dtype() {
            DataType::String => Self::Str(column.str()?),
            DataType::Int64 => Self::I64(column.i64()?),
            DataType::Int32 => Self::I32(column.i32()?),
            DataType::Float64 => Self::F64(column.f64()?),
            DataType::Boolean => Self::Bool(column.bool()?),
            other => polars_bail!(ComputeError: "no function reads a column of type {}", other),
        })
    }
}

/// The arguments of one row, by position. A getter gives `None` for a null (or for an argument of another type, which binding rules out).
pub struct Row<'a> {
    cells: &'a [(Cells<'a>, usize)],
    index: usize,
    total: usize,
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({} of {})", self.index, self.total)
    }
}

impl<'a> Row<'a> {
    fn at(&self, i: usize) -> Option<(&'a Cells<'a>, usize)> {
        let cells: &'a [(Cells<'a>, usize)] = self.cells;
        let (cells, len) = cells.get(i)?;
        Some((cells, broadcast(*len, self.total, self.index)))
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Text, or the JSON text of a dynamic.
    pub fn str(&self, i: usize) -> Option<&'a str> {
        match self.at(i)? {
            (Cells::Str(ca), row) => ca.get(row),
            _ => None,
        }
    }

    /// A whole number, or ticks.
    pub fn i64(&self, i: usize) -> Option<i64> {
        match self.at(i)? {
            (Cells::I64(ca), row) => ca.get(row),
            (Cells::I32(ca), row) => ca.get(row).map(i64::from),
            _ => None,
        }
    }

    /// A floating-point number.
    pub fn f64(&self, i: usize) -> Option<f64> {
        match self.at(i)? {
            (Cells::F64(ca), row) => ca.get(row),
            _ => None,
        }
    }

    /// A truth value.
    pub fn bool(&self, i: usize) -> Option<bool> {
        match self.at(i)? {
            (Cells::Bool(ca), row) => ca.get(row),
            _ => None,
        }
    }
}

/// What a [`by_row`] closure may give.
pub trait Output: Sized {
    /// The Polars type of the column of results.
    const DTYPE: DataType;
    /// The column of results.
    fn collect(values: impl Iterator<Item = Option<Self>>) -> Column;
}

macro_rules! output {
    ($($value:ty => $dtype:ident, $array:ty;)*) => {$(
        impl Output for $value {
            const DTYPE: DataType = DataType::$dtype;
            fn collect(values: impl Iterator<Item = Option<Self>>) -> Column {
                values.collect::<$array>().into_column()
            }
        }
    )*};
}

output! {
    String => String, StringChunked;
    i64 => Int64, Int64Chunked;
    i32 => Int32, Int32Chunked;
    f64 => Float64, Float64Chunked;
    bool => Boolean, BooleanChunked;
}

/// `f(row of arguments)`, row by row, without a boxed value per cell. Nulls reach the closure, as `None`.
pub fn by_row<O: Output>(
    args: Vec<Expr>,
    f: impl Fn(&Row<'_>) -> Option<O> + Send + Sync + 'static,
) -> Expr {
    let mut args = args.into_iter();
    let first = args.next().unwrap_or_else(|| lit(0));
    let rest: Vec<Expr> = args.collect();
    first.map_many(
        move |c| {
            let total = rows(c);
            let cells = c
                .iter()
                .map(|c| Ok((Cells::new(c)?, c.len())))
                .collect::<PolarsResult<Vec<_>>>()?;
            let out = O::collect((0..total).map(|index| {
                f(&Row {
                    cells: &cells,
                    index,
                    total,
                })
            }));
            Ok(out.with_name(c[0].name().clone()))
        },
        &rest,
        |_, fields| Ok(Field::new(fields[0].name().clone(), O::DTYPE)),
    )
}
