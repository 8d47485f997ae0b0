//! `make-series`.
//!
//! Without `from`, a series starts at its own first bin; without `to`, it ends with its own last one.
//!
//! Source: <https://learn.microsoft.com/kusto/query/make-series-operator>

use std::collections::HashMap;

use kql::ast::{Expr as Ast, ExprKind, NamedExpr, OpParam, SeriesAggregate};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;
use serde_json::Value as Json;

use super::{parameter, summarize};
use crate::bind::naming::{Names, name_of};
use crate::query::Context;
use crate::rel::{Rel, RelColumn, hidden};
use crate::typed::value_at;

/// Most values of one series.
const MAX_LENGTH: i64 = 1_048_576;

/// The clauses of `make-series`.
#[derive(Debug)]
pub struct Clauses<'a> {
    /// `kind = nonempty`.
    pub params: &'a [OpParam],
    /// The aggregations.
    pub aggregates: &'a [SeriesAggregate],
    /// The axis.
    pub on: &'a NamedExpr,
    /// The first value of the axis.
    pub from: Option<&'a Ast>,
    /// The end of the axis.
    pub to: Option<&'a Ast>,
    /// The size of a bin.
    pub step: &'a Ast,
    /// Whether the old form was written, whose end is included and whose bins start at multiples of the step.
    pub in_range: bool,
    /// One series for each value of these.
    pub by: &'a [NamedExpr],
}

/// Makes arrays of aggregated values along an axis.
///
/// # Errors
/// Mistakes in the expressions; bounds that are not constants; series that are too long.
pub fn apply(cx: &Context<'_>, rel: Rel, clauses: &Clauses<'_>, span: Span) -> Result<Rel, Error> {
    let nonempty = match parameter(clauses.params, "kind") {
        None => false,
        Some((kind, _)) if kind == "nonempty" => true,
        Some((kind, at)) => {
            return Err(Error::new(ErrorKind::UnknownName, at, format!("there is no kind `{kind}`"))
                .with_help("the kind is nonempty"));
        }
    };
    let axis = cx.over(&rel).bind(&clauses.on.expr)?;
    let scale = Scale::new(cx, axis.ty, clauses)?;
    let bin = hidden("bin", 0);
    let (index, keep) = scale.bins(axis.expr);
    let mut binned = rel;
    binned.frame = binned.frame.with_columns([index.alias(bin.as_str())]).filter(keep);
    binned.columns.push(RelColumn::new(&bin, KqlType::Long));
    let aggregates: Vec<NamedExpr> = clauses.aggregates.iter().map(|a| a.value.clone()).collect();
    let bin_key =
        NamedExpr { names: Vec::new(), expr: Ast { span: clauses.on.expr.span, kind: ExprKind::Name(bin.clone()) } };
    let by: Vec<NamedExpr> = clauses.by.iter().cloned().chain([bin_key]).collect();
    let summary = summarize::apply(cx, binned, &aggregates, &by, span)?;
    let (frame, columns) = summary.collect().map_err(|e| Error::from(e).at(span))?;
    let keys = clauses.by.len();
    if columns.len() != keys + 1 + aggregates.len() {
        return Err(Error::new(
            ErrorKind::Type,
            span,
            "make-series takes aggregation functions of one result, such as count(), sum(…) or avg(…)",
        ));
    }
    let mut defaults = Vec::with_capacity(aggregates.len());
    for (aggregate, c) in clauses.aggregates.iter().zip(&columns[keys + 1..]) {
        defaults.push(default(cx, aggregate, c.ty)?);
    }
    let table = Groups { frame: &frame, types: columns.iter().map(|c| c.ty).collect(), keys };
    let axis_name = match clauses.on.names.first() {
        Some(name) => name.name.clone(),
        None => name_of(&clauses.on.expr).unwrap_or_else(|| "Column1".to_owned()),
    };
    let series = table.series(&scale, &defaults, nonempty && keys == 0, span)?;
    let mut names = Names::default();
    let mut out: Vec<Column> = Vec::new();
    let mut described: Vec<RelColumn> = Vec::new();
    let failed = |e: PolarsError| Error::from(crate::run::RuntimeError::from(e)).at(span);
    let first_rows = IdxCa::from_vec("".into(), series.first_rows);
    for (c, column) in columns[..keys].iter().zip(frame.columns()) {
        let name = names.unique(&c.name);
        out.push(column.take(&first_rows).map_err(failed)?.with_name(name.as_str().into()));
        described.push(RelColumn::new(name, c.ty));
    }
    let titles = columns[keys + 1..].iter().map(|c| c.name.as_str()).chain([axis_name.as_str()]);
    for (title, values) in titles.zip(series.arrays) {
        let name = names.unique(title);
        out.push(Column::new(name.as_str().into(), values));
        described.push(RelColumn::new(name, KqlType::Dynamic));
    }
    let height = out.first().map_or(0, Column::len);
    let frame = DataFrame::new(height, out).map_err(failed)?;
    Ok(Rel::new(frame.lazy(), described))
}

/// The value of bins without rows: as the query says, or 0.
fn default(cx: &Context<'_>, aggregate: &SeriesAggregate, ty: KqlType) -> Result<String, Error> {
    let value = match &aggregate.default {
        Some(expr) => {
            let given = cx.binder().bind(expr)?;
            match given.constant {
                // `default = real(null)` for any aggregation.
                Some(value) if value.is_null() => value,
                Some(_) => cx.binder().constant(expr, ty, "the default")?,
                None => {
                    return Err(Error::new(ErrorKind::Type, expr.span, "the default has to be a constant"));
                }
            }
        }
        None => match ty {
            KqlType::Real => Value::Real(0.0),
            KqlType::TimeSpan => Value::TimeSpan(0),
            KqlType::Int | KqlType::Long | KqlType::Decimal => Value::Long(0),
            other => Value::Null(other),
        },
    };
    Ok(json(&value))
}

/// A value as an element of an array.
fn json(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::Long(v) => v.to_string(),
        Value::Real(v) => match serde_json::Number::from_f64(*v) {
            Some(number) => number.to_string(),
            None => Json::String(
                if v.is_nan() {
                    "NaN"
                } else if *v > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                }
                .to_owned(),
            )
            .to_string(),
        },
        Value::Decimal(v) => v.clone(),
        Value::DateTime(v) => Json::String(kql::time::format_datetime(*v)).to_string(),
        Value::TimeSpan(v) => Json::String(kql::time::format_timespan(*v)).to_string(),
        Value::String(v) | Value::Guid(v) => Json::String(v.clone()).to_string(),
        Value::Dynamic(v) => v.to_string(),
    }
}

/// The bins of the axis. Whole numbers (ticks) and reals are counted alike.
#[derive(Debug)]
struct Scale {
    ty: KqlType,
    /// Where bin 0 starts.
    origin: f64,
    origin_exact: i64,
    step: f64,
    step_exact: i64,
    /// Number of the first bin, and of the bin after the last.
    first: Option<i64>,
    end: Option<i64>,
    /// Values to keep: from the first, up to the second (included with the old form).
    low: Option<Value>,
    high: Option<Value>,
    high_included: bool,
}

impl Scale {
    fn new(cx: &Context<'_>, ty: KqlType, clauses: &Clauses<'_>) -> Result<Self, Error> {
        let step_type = match ty {
            KqlType::DateTime | KqlType::TimeSpan => KqlType::TimeSpan,
            KqlType::Int | KqlType::Long | KqlType::Real => ty,
            other => {
                return Err(Error::new(
                    ErrorKind::Type,
                    clauses.on.expr.span,
                    format!("the axis has to be a datetime, a timespan or a number, and it is {other}"),
                ));
            }
        };
        let binder = cx.binder();
        let constant = |expr: &Ast, ty: KqlType, what: &str| match binder.constant(expr, ty, what)? {
            value if value.is_null() => Err(Error::new(ErrorKind::Type, expr.span, format!("{what} is null"))),
            value => Ok(value),
        };
        let step = constant(clauses.step, step_type, "the step")?;
        let low = clauses.from.map(|e| constant(e, ty, "the start of the axis")).transpose()?;
        let high = clauses.to.map(|e| constant(e, ty, "the end of the axis")).transpose()?;
        let (step_exact, step) = number(&step);
        if step <= 0.0 {
            return Err(Error::new(ErrorKind::Type, clauses.step.span, "the step has to be more than 0"));
        }
        let origin = match &low {
            Some(low) if !clauses.in_range => number(low),
            _ => (0, 0.0),
        };
        let mut scale = Self {
            ty,
            origin: origin.1,
            origin_exact: origin.0,
            step,
            step_exact,
            first: None,
            end: None,
            high_included: clauses.in_range,
            low: None,
            high: None,
        };
        scale.first = low.as_ref().map(|v| scale.index(v));
        scale.end = high.as_ref().map(|v| if clauses.in_range { scale.index(v) + 1 } else { scale.index_up(v) });
        (scale.low, scale.high) = (low, high);
        if let (Some(first), Some(end)) = (scale.first, scale.end)
            && end.saturating_sub(first) > MAX_LENGTH
        {
            return Err(too_long(clauses.step.span));
        }
        Ok(scale)
    }

    fn real(&self) -> bool {
        self.ty == KqlType::Real
    }

    /// The bin of a value.
    fn index(&self, value: &Value) -> i64 {
        let (exact, real) = number(value);
        if self.real() {
            #[allow(clippy::cast_possible_truncation, reason = "a number of bins")]
            return ((real - self.origin) / self.step).floor() as i64;
        }
        exact.saturating_sub(self.origin_exact).div_euclid(self.step_exact)
    }

    /// The first bin that starts at a value or after it.
    fn index_up(&self, value: &Value) -> i64 {
        let (exact, real) = number(value);
        if self.real() {
            #[allow(clippy::cast_possible_truncation, reason = "a number of bins")]
            return ((real - self.origin) / self.step).ceil() as i64;
        }
        let distance = exact.saturating_sub(self.origin_exact);
        distance.div_euclid(self.step_exact) + i64::from(distance.rem_euclid(self.step_exact) != 0)
    }

    /// The start of a bin, as an element of an array.
    fn label(&self, bin: i64) -> String {
        if self.real() {
            #[allow(clippy::cast_precision_loss, reason = "a number of bins")]
            return json(&Value::Real(self.origin + self.step * bin as f64));
        }
        let start = self.origin_exact.saturating_add(self.step_exact.saturating_mul(bin));
        json(&match self.ty {
            KqlType::DateTime => Value::DateTime(start),
            KqlType::TimeSpan => Value::TimeSpan(start),
            _ => Value::Long(start),
        })
    }

    /// The bin of each row, and which rows count.
    fn bins(&self, axis: Expr) -> (Expr, Expr) {
        let index = if self.real() {
            ((axis.clone() - lit(self.origin)) / lit(self.step)).floor().cast(DataType::Int64)
        } else {
            (axis.clone().cast(DataType::Int64) - lit(self.origin_exact)).floor_div(lit(self.step_exact))
        };
        let mut keep = axis.clone().is_not_null();
        if let Some(low) = &self.low {
            keep = keep.and(axis.clone().gt_eq(crate::typed::literal(low)));
        }
        if let Some(high) = &self.high {
            let high = crate::typed::literal(high);
            keep = keep.and(if self.high_included { axis.lt_eq(high) } else { axis.lt(high) });
        }
        (index, keep)
    }
}

/// A number or a time, as ticks and as a real.
fn number(value: &Value) -> (i64, f64) {
    #[allow(clippy::cast_precision_loss, reason = "both forms are kept")]
    match value {
        Value::Int(v) => (i64::from(*v), f64::from(*v)),
        Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v) => (*v, *v as f64),
        Value::Real(v) => (0, *v),
        _ => (0, 0.0),
    }
}

fn too_long(span: Span) -> Error {
    Error::new(ErrorKind::Limit, span, format!("a series would have more than {MAX_LENGTH} values"))
        .with_help("take a larger step, or a shorter range")
}

/// The summary: keys, the bin, and the values of each bin.
struct Groups<'a> {
    frame: &'a DataFrame,
    types: Vec<KqlType>,
    keys: usize,
}

/// The rows of the result.
struct Series {
    /// For each series, a row of the summary that has its keys.
    first_rows: Vec<IdxSize>,
    /// For each aggregation, and last for the axis, the array of each series.
    arrays: Vec<Vec<String>>,
}

impl Groups<'_> {
    fn series(&self, scale: &Scale, defaults: &[String], nonempty: bool, span: Span) -> Result<Series, Error> {
        let failed = |e: PolarsError| Error::from(crate::run::RuntimeError::from(e)).at(span);
        let columns = self.frame.columns();
        let bins = columns[self.keys].i64().map_err(failed)?;
        #[allow(clippy::mutable_key_type, reason = "the values are owned and never changed")]
        let mut order: HashMap<Vec<AnyValue<'static>>, usize> = HashMap::new();
        let mut rows: Vec<Vec<(i64, usize)>> = Vec::new();
        for row in 0..self.frame.height() {
            let key: PolarsResult<Vec<AnyValue<'static>>> =
                columns[..self.keys].iter().map(|c| c.get(row).map(AnyValue::into_static)).collect();
            let next = order.len();
            let at = *order.entry(key.map_err(failed)?).or_insert(next);
            if at == rows.len() {
                rows.push(Vec::new());
            }
            rows[at].push((bins.get(row).unwrap_or_default(), row));
        }
        if rows.is_empty() && nonempty && scale.first.is_some() && scale.end.is_some() {
            rows.push(Vec::new());
        }
        let mut series = Series {
            first_rows: Vec::with_capacity(rows.len()),
            arrays: vec![Vec::with_capacity(rows.len()); defaults.len() + 1],
        };
        for filled in &rows {
            let row = filled.first().map_or(0, |(_, row)| *row);
            series.first_rows.push(IdxSize::try_from(row).unwrap_or(IdxSize::MAX));
            let first = scale.first.or_else(|| filled.iter().map(|(bin, _)| *bin).min()).unwrap_or(0);
            let last = || filled.iter().map(|(bin, _)| bin.saturating_add(1)).max();
            let end = scale.end.or_else(last).unwrap_or(first).max(first);
            if end.saturating_sub(first) > MAX_LENGTH {
                return Err(too_long(span));
            }
            let by_bin: HashMap<i64, usize> = filled.iter().copied().collect();
            for (i, default) in defaults.iter().enumerate() {
                let at = self.keys + 1 + i;
                let mut values: Vec<String> = Vec::new();
                for bin in first..end {
                    values.push(match by_bin.get(&bin) {
                        Some(row) => json(&value_at(&columns[at], self.types[at], *row).map_err(failed)?),
                        None => default.clone(),
                    });
                }
                series.arrays[i].push(format!("[{}]", values.join(",")));
            }
            let labels: Vec<String> = (first..end).map(|bin| scale.label(bin)).collect();
            if let Some(axis) = series.arrays.last_mut() {
                axis.push(format!("[{}]", labels.join(",")));
            }
        }
        Ok(series)
    }
}

impl std::fmt::Debug for Groups<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Groups({} rows, {} keys)", self.frame.height(), self.keys)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(k: string, t: datetime, v: long) ['a', datetime(2020-01-01 05:00), 1, 'a', datetime(2020-01-03), 5, 'b', datetime(2020-01-02 01:00), 2, 'a', datetime(2020-01-01 06:00), 2, 'a', datetime(null), 9];";

    #[test]
    fn bins_between_bounds() {
        insta::assert_snapshot!(rows(&format!("{T} T | make-series n = count(), avg(v) default=-1.0 on t from datetime(2020-01-01) to datetime(2020-01-04) step 1d by k")), @r#"
k | n | avg_v | t
a | [2,0,1] | [1.5,-1.0,5.0] | ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]
b | [0,1,0] | [-1.0,2.0,-1.0] | ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | make-series sum(v) default=long(null) on t from datetime(2020-01-01 12:00) to datetime(2020-01-04) step 1d")), @r#"
sum_v | t
[2,5,null] | ["2020-01-01T12:00:00.0000000Z","2020-01-02T12:00:00.0000000Z","2020-01-03T12:00:00.0000000Z"]
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | make-series count() on t in range(datetime(2020-01-01 12:00), datetime(2020-01-03), 1d)")), @r#"
count_ | t
[0,1,1] | ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]
"#);
    }

    #[test]
    fn bins_of_the_rows() {
        insta::assert_snapshot!(rows(&format!("{T} T | make-series count() on t step 1d by k")), @r#"
k | count_ | t
a | [2,0,1] | ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z","2020-01-03T00:00:00.0000000Z"]
b | [1] | ["2020-01-02T00:00:00.0000000Z"]
"#);
        insta::assert_snapshot!(rows("range x from 1 to 7 step 1 | make-series max(x) on x from 0 to 10 step 4"), @r#"
max_x | x
[3,7,0] | [0,4,8]
"#);
        insta::assert_snapshot!(rows("print x = 0.25 | make-series n = count() on a = x step 0.5"), @r#"
n | a
[1] | [0.0]
"#);
    }

    #[test]
    fn no_rows() {
        insta::assert_snapshot!(rows(&format!("{T} T | take 0 | make-series count() on t from datetime(2020-01-01) to datetime(2020-01-03) step 1d")), @r#"count_ | t"#);
        insta::assert_snapshot!(rows(&format!("{T} T | take 0 | make-series kind=nonempty n = avg(v) default=1.0 on t from datetime(2020-01-01) to datetime(2020-01-03) step 1d")), @r#"
n | t
[1.0,1.0] | ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z"]
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | make-series count() on t step 0d")), @r#"the step has to be more than 0"#);
        insta::assert_snapshot!(error(&format!("{T} T | make-series count() on k step 1")), @r#"the axis has to be a datetime, a timespan or a number, and it is string"#);
        insta::assert_snapshot!(error(&format!("{T} T | make-series count() on t from datetime(2020-01-01) to datetime(2020-01-04) step 1ms")), @r#"a series would have more than 1048576 values (take a larger step, or a shorter range)"#);
    }
}
