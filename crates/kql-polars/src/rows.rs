//! Functions of several arguments, computed row by row: for what neither Polars nor [`crate::kernels`] has, mostly over dynamic values.
//!
//! Arguments are read by position with the type that the function needs. Arguments of one row (literals) are repeated, and the JSON of a literal
//! is parsed once, not once per row.

use std::borrow::Cow;

use kql::{KqlType, time};
use polars::prelude::*;
use serde_json::Value;

use crate::json::number_of_real;
use crate::repeats::once_per_text;
use crate::typed::{Typed, parse_dynamic, polars_type, typed_lit};

/// The arguments of one row.
#[derive(Debug)]
pub struct Row<'a> {
    args: &'a [Arg<'a>],
    at: usize,
}

#[derive(Debug)]
struct Arg<'a> {
    cells: Cells<'a>,
    ty: KqlType,
    len: usize,
    /// The one value of a literal of type dynamic.
    literal: Option<Value>,
}

#[derive(Debug)]
enum Cells<'a> {
    Bool(&'a BooleanChunked),
    Int(&'a Int32Chunked),
    Long(&'a Int64Chunked),
    Real(&'a Float64Chunked),
    Text(&'a StringChunked),
}

impl<'a> Arg<'a> {
    fn new(column: &'a Column, ty: KqlType) -> PolarsResult<Self> {
        let cells = match polars_type(ty) {
            DataType::Boolean => Cells::Bool(column.bool()?),
            DataType::Int32 => Cells::Int(column.i32()?),
            DataType::Int64 => Cells::Long(column.i64()?),
            DataType::Float64 => Cells::Real(column.f64()?),
            _ => Cells::Text(column.str()?),
        };
        let literal = match &cells {
            Cells::Text(text) if ty == KqlType::Dynamic && text.len() == 1 => text.get(0).map(parse_dynamic),
            _ => None,
        };
        Ok(Self { cells, ty, len: column.len(), literal })
    }

    fn row(&self, at: usize) -> usize {
        if self.len == 1 { 0 } else { at }
    }
}

impl Row<'_> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether there are no arguments.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// A text: of a string, guid or decimal; JSON text of a dynamic value.
    pub fn text(&self, i: usize) -> Option<&str> {
        let arg = self.args.get(i)?;
        match &arg.cells {
            Cells::Text(text) => text.get(arg.row(self.at)),
            _ => None,
        }
    }

    /// A bool.
    pub fn bool(&self, i: usize) -> Option<bool> {
        let arg = self.args.get(i)?;
        match &arg.cells {
            Cells::Bool(cells) => cells.get(arg.row(self.at)),
            _ => None,
        }
    }

    /// An int, a long, or the ticks of a datetime or timespan.
    pub fn long(&self, i: usize) -> Option<i64> {
        let arg = self.args.get(i)?;
        match &arg.cells {
            Cells::Int(cells) => cells.get(arg.row(self.at)).map(i64::from),
            Cells::Long(cells) => cells.get(arg.row(self.at)),
            _ => None,
        }
    }

    /// A number of any type.
    pub fn real(&self, i: usize) -> Option<f64> {
        let arg = self.args.get(i)?;
        match &arg.cells {
            Cells::Real(cells) => cells.get(arg.row(self.at)),
            Cells::Text(cells) if arg.ty == KqlType::Decimal => cells.get(arg.row(self.at))?.parse().ok(),
            #[allow(clippy::cast_precision_loss, reason = "that is what a conversion to real is")]
            _ => self.long(i).map(|v| v as f64),
        }
    }

    /// A value of any type as JSON; null where there is none. Datetimes, timespans, guids and decimals are strings, as in Kusto.
    pub fn json(&self, i: usize) -> Cow<'_, Value> {
        let Some(arg) = self.args.get(i) else {
            return Cow::Owned(Value::Null);
        };
        if let Some(literal) = &arg.literal {
            return Cow::Borrowed(literal);
        }
        let value = match (&arg.cells, arg.ty) {
            (Cells::Text(_), KqlType::Dynamic) => self.text(i).map(parse_dynamic),
            (Cells::Text(_), _) => self.text(i).map(Value::from),
            (Cells::Bool(_), _) => self.bool(i).map(Value::from),
            (Cells::Real(_), _) => self.real(i).map(number_of_real),
            (_, KqlType::DateTime) => self.long(i).map(|t| time::format_datetime(t).into()),
            (_, KqlType::TimeSpan) => self.long(i).map(|t| time::format_timespan(t).into()),
            _ => self.long(i).map(Value::from),
        };
        Cow::Owned(value.unwrap_or(Value::Null))
    }

    /// The elements of a dynamic array; `None` for anything else.
    pub fn array(&self, i: usize) -> Option<Cow<'_, [Value]>> {
        match self.json(i) {
            Cow::Borrowed(Value::Array(items)) => Some(Cow::Borrowed(items)),
            Cow::Owned(Value::Array(items)) => Some(Cow::Owned(items)),
            _ => None,
        }
    }

    /// A dynamic property bag; `None` for anything else.
    pub fn bag(&self, i: usize) -> Option<Cow<'_, serde_json::Map<String, Value>>> {
        match self.json(i) {
            Cow::Borrowed(Value::Object(bag)) => Some(Cow::Borrowed(bag)),
            Cow::Owned(Value::Object(bag)) => Some(Cow::Owned(bag)),
            _ => None,
        }
    }
}

/// What a function of a row can give.
pub trait Cell: Sized {
    /// The column of all rows.
    fn column(name: PlSmallStr, cells: impl Iterator<Item = Option<Self>>) -> Column;
}

macro_rules! cell {
    ($rust:ty, $chunked:ty) => {
        impl Cell for $rust {
            fn column(name: PlSmallStr, cells: impl Iterator<Item = Option<Self>>) -> Column {
                cells.collect::<$chunked>().with_name(name).into_column()
            }
        }
    };
}

cell!(bool, BooleanChunked);
cell!(i32, Int32Chunked);
cell!(i64, Int64Chunked);
cell!(f64, Float64Chunked);
cell!(String, StringChunked);

impl Cell for Value {
    fn column(name: PlSmallStr, cells: impl Iterator<Item = Option<Self>>) -> Column {
        let text = cells.map(|cell| cell.filter(|v| !v.is_null()).map(|v| v.to_string()));
        String::column(name, text)
    }
}

/// `f` of each row. `None` is null, or `""` for a result of type string. The result has to be what [`polars_type`] lists for `out`.
pub fn map_rows<T: Cell>(
    args: &[Typed],
    out: KqlType,
    f: impl Fn(&Row<'_>) -> Option<T> + Send + Sync + 'static,
) -> Expr {
    let (types, first, rest) = inputs(args.iter().map(|arg| (arg.expr.clone(), arg.ty)));
    let run = move |columns: &mut [Column]| match only_text(columns) {
        Some(at) => once_per_text(columns[at].clone(), |different| {
            let mut columns = columns.to_vec();
            columns[at] = different;
            evaluate(&columns, &types, 0, &f)
        }),
        None => evaluate(columns, &types, 0, &f),
    };
    let result = first.map_many(run, &rest, move |_, fields| field_of(fields, out));
    not_null(result, out)
}

/// Like [`map_rows`], for functions that carry something on from row to row: `start` gives the function that is called with the rows in order.
pub fn scan_rows<T: Cell, F: FnMut(&Row<'_>) -> Option<T>>(
    args: &[Typed],
    out: KqlType,
    start: impl Fn() -> F + Send + Sync + 'static,
) -> Expr {
    // The row numbers say how many rows there are where all arguments are literals.
    let position = (int_range(lit(0), len(), 1, DataType::Int64), KqlType::Long);
    let (types, first, rest) =
        inputs(std::iter::once(position).chain(args.iter().map(|arg| (arg.expr.clone(), arg.ty))));
    let result = first.apply_many(
        move |columns| evaluate(columns, &types, 1, start()),
        &rest,
        move |_, fields| field_of(fields, out),
    );
    not_null(result, out)
}

/// The position of the only argument that is not the same for all rows, if that is text.
fn only_text(columns: &[Column]) -> Option<usize> {
    let mut several = columns.iter().enumerate().filter(|(_, c)| c.len() != 1);
    let (at, column) = several.next()?;
    (several.next().is_none() && *column.dtype() == DataType::String).then_some(at)
}

fn inputs(args: impl Iterator<Item = (Expr, KqlType)>) -> (Vec<KqlType>, Expr, Vec<Expr>) {
    let (mut exprs, types): (Vec<Expr>, Vec<KqlType>) = args.unzip();
    if exprs.is_empty() {
        return (types, typed_lit(0_i64), exprs);
    }
    let first = exprs.remove(0);
    (types, first, exprs)
}

fn evaluate<T: Cell>(
    columns: &[Column],
    types: &[KqlType],
    skip: usize,
    mut f: impl FnMut(&Row<'_>) -> Option<T>,
) -> PolarsResult<Column> {
    // A zero-row argument wins over a one-row literal.
    let empty = columns.iter().any(Column::is_empty);
    let rows = if empty { 0 } else { columns.iter().map(Column::len).max().unwrap_or(0) };
    let name = columns.first().map(|c| c.name().clone()).unwrap_or_default();
    // One chunk each: cells are read by position.
    let columns: Vec<Column> = columns.iter().map(Column::rechunk).collect();
    let args = columns.iter().zip(types).map(|(c, ty)| Arg::new(c, *ty)).collect::<PolarsResult<Vec<_>>>()?;
    let args = args.get(skip..).unwrap_or_default();
    Ok(T::column(name, (0..rows).map(|at| f(&Row { args, at }))))
}

fn field_of(fields: &[Field], out: KqlType) -> PolarsResult<Field> {
    let name = fields.first().map(|f| f.name().clone()).unwrap_or_default();
    Ok(Field::new(name, polars_type(out)))
}

fn not_null(expr: Expr, out: KqlType) -> Expr {
    if out == KqlType::String { expr.fill_null(lit("")) } else { expr }
}
