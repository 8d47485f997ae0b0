//! Plugins over a timeline: who (an ID column) was there when (a timeline column), for each combination of some dimensions.
//!
//! Their arguments come in the same order: ID, timeline, constants, dimensions. The timeline may be a datetime, a timespan, an int or a
//! long; periods may be the words `week`, `month` and `year` where it is a datetime. Rows without a time count nowhere, rows without an
//! ID are counted but no ID. A period in which nothing happened has no row, unless the plugin says otherwise.

use std::collections::HashMap;

use kql::ast::{Expr as Ast, ExprKind};
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::{Call, from_columns, polars_error};
use crate::calendar;
use crate::rel::{Rel, RelColumn, column, hidden};

pub(super) mod activity;
pub(super) mod counts;
pub(super) mod new_activity;
pub(super) mod rolling;

/// Most periods between the start and the end.
const MAX_BINS: usize = 1_000_000;

/// The arguments, sorted out.
pub(super) struct Arguments<'a> {
    pub(super) rel: Rel,
    pub(super) id: RelColumn,
    pub(super) time: RelColumn,
    pub(super) constants: Vec<&'a Ast>,
    pub(super) dims: Vec<RelColumn>,
    /// The tables among the arguments.
    pub(super) table: Option<Rel>,
}

/// Someone at some time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) time: i64,
    pub(super) id: Option<IdxSize>,
}

/// The rows of the input, by dimensions and time.
pub(super) struct Timeline {
    time: RelColumn,
    dims: Vec<RelColumn>,
    /// A row for each group.
    dim_values: Vec<Column>,
    /// The events of each combination of dimensions, in the order of time.
    pub(super) groups: Vec<Vec<Event>>,
}

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Fixed(i64),
    Week,
    Month,
    Year,
}

/// Periods, one after the other.
pub(super) struct Bins {
    pub(super) starts: Vec<i64>,
    pub(super) end: i64,
}

/// Values of a column of the result.
pub(super) enum Cells {
    Long(Vec<i64>),
    Real(Vec<f64>),
    /// Of the type of the timeline.
    Time(Vec<i64>),
}

/// Where the dimensions stand in the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dims {
    First,
    Last,
}

impl<'a> Arguments<'a> {
    /// Sorts the arguments of a call out. `constants` says how many there may be.
    pub(super) fn new(call: &'a Call<'a>, rel: Rel, constants: &[usize], usage: &str) -> Result<Self, Error> {
        call.check_names(&[])?;
        let args = call.positional();
        let wrong = |message: &str| call.error(message).with_help(usage);
        let [id, time, more @ ..] = args.as_slice() else {
            return Err(wrong("it needs a column of IDs and a timeline"));
        };
        let id = call.column(&rel, id)?.clone();
        let at = time.span;
        let time = call.column(&rel, time)?.clone();
        if step_type(time.ty).is_none() {
            return Err(Error::new(
                ErrorKind::Type,
                at,
                format!(
                    "{}: the timeline has to be a datetime, a timespan, an int or a long, and `{}` is {}",
                    call.plugin.name, time.name, time.ty
                ),
            ));
        }
        let mut sorted = Self { id, time, constants: Vec::new(), dims: Vec::new(), table: None, rel };
        for arg in more.iter().copied() {
            match &arg.kind {
                ExprKind::Name(name) if sorted.rel.column(name).is_some() => {
                    let dim = call.column(&sorted.rel, arg)?.clone();
                    if sorted.dims.contains(&dim) {
                        return Err(Error::new(
                            ErrorKind::Type,
                            arg.span,
                            format!("{}: the dimension `{name}` is given twice", call.plugin.name),
                        ));
                    }
                    sorted.dims.push(dim);
                }
                _ => match call.cx.over(&sorted.rel).table_argument(arg)? {
                    Some(table) => sorted.table = Some(table),
                    None => sorted.constants.push(arg),
                },
            }
        }
        if !constants.contains(&sorted.constants.len()) {
            return Err(wrong(&format!("it has {} constant arguments", sorted.constants.len())));
        }
        Ok(sorted)
    }

    /// Refuses tables among the arguments.
    pub(super) fn without_table(self, call: &Call<'_>) -> Result<Self, Error> {
        match self.table {
            Some(_) => Err(call.error("it takes no table")),
            None => Ok(self),
        }
    }

    /// A constant point of the timeline.
    pub(super) fn point(&self, call: &Call<'_>, arg: &Ast, what: &str) -> Result<i64, Error> {
        whole(call, arg, self.time.ty, what)
    }

    /// A constant distance on the timeline, greater than 0.
    pub(super) fn distance(&self, call: &Call<'_>, arg: &Ast, what: &str) -> Result<i64, Error> {
        let length = whole(call, arg, step_type(self.time.ty).unwrap_or(self.time.ty), what)?;
        if length <= 0 {
            return Err(Error::new(ErrorKind::Type, arg.span, format!("{what} has to be greater than 0")));
        }
        Ok(length)
    }

    /// A constant period: a distance, or `week`, `month`, `year`.
    pub(super) fn step(&self, call: &Call<'_>, arg: &Ast, what: &str) -> Result<Step, Error> {
        if let Some(Value::String(word)) = call.cx.binder().bind(arg)?.constant
            && self.time.ty == KqlType::DateTime
        {
            match word.to_ascii_lowercase().as_str() {
                "week" => return Ok(Step::Week),
                "month" => return Ok(Step::Month),
                "year" => return Ok(Step::Year),
                _ => {}
            }
        }
        self.distance(call, arg, what).map(Step::Fixed)
    }

    /// Reads the rows.
    pub(super) fn timeline(&self, call: &Call<'_>) -> Result<Timeline, Error> {
        let failed = |e| polars_error(call.span, e);
        let (row, id, group) = (hidden("row", 0), hidden("id", 0), hidden("group", 0));
        let rel = self.rel.clone().canonical();
        let frame = rel.frame.with_row_index(row.as_str(), None);
        let first = |keys: Vec<Expr>| match keys.is_empty() {
            true => Ok(lit(0_i64).cast(IDX_DTYPE)),
            false => column(&row).min().over(keys),
        };
        let same_id = first(vec![column(&self.id.name)]).map_err(failed)?;
        let same_dims = first(self.dims.iter().map(|d| column(&d.name)).collect()).map_err(failed)?;
        let time = hidden("time", 0);
        let mut exprs = vec![
            column(&self.time.name).cast(DataType::Int64).alias(time.as_str()),
            when(column(&self.id.name).is_not_null())
                .then(same_id)
                .otherwise(lit(NULL))
                .cast(IDX_DTYPE)
                .alias(id.as_str()),
            same_dims.alias(group.as_str()),
        ];
        exprs.extend(self.dims.iter().map(|d| column(&d.name)));
        let frame = crate::run::collect(frame.select(exprs)).map_err(|e| Error::from(e).at(call.span))?;
        let times = frame.column(&time).and_then(Column::i64).map_err(failed)?;
        let ids = frame.column(&id).and_then(Column::idx).map_err(failed)?;
        let groups = frame.column(&group).and_then(Column::idx).map_err(failed)?;
        let mut numbers: HashMap<IdxSize, usize> = HashMap::new();
        let mut first_rows: Vec<IdxSize> = Vec::new();
        let mut events: Vec<Vec<Event>> = Vec::new();
        for ((time, id), group) in times.iter().zip(ids.iter()).zip(groups.iter()) {
            let (Some(time), Some(group)) = (time, group) else {
                continue;
            };
            let number = *numbers.entry(group).or_insert_with(|| {
                first_rows.push(group);
                events.push(Vec::new());
                events.len() - 1
            });
            events[number].push(Event { time, id });
        }
        for group in &mut events {
            group.sort_by_key(|e| e.time);
        }
        let first_rows = IdxCa::from_vec("".into(), first_rows);
        let dim_values: PolarsResult<Vec<Column>> =
            self.dims.iter().map(|d| frame.column(&d.name)?.take(&first_rows)).collect();
        Ok(Timeline {
            time: self.time.clone(),
            dims: self.dims.clone(),
            dim_values: dim_values.map_err(failed)?,
            groups: events,
        })
    }
}

/// The type of distances on a timeline.
fn step_type(ty: KqlType) -> Option<KqlType> {
    match ty {
        KqlType::DateTime => Some(KqlType::TimeSpan),
        KqlType::TimeSpan | KqlType::Int | KqlType::Long => Some(ty),
        _ => None,
    }
}

fn whole(call: &Call<'_>, arg: &Ast, ty: KqlType, what: &str) -> Result<i64, Error> {
    match call.cx.binder().constant(arg, ty, what)? {
        Value::Int(v) => Ok(i64::from(v)),
        Value::Long(v) | Value::DateTime(v) | Value::TimeSpan(v) => Ok(v),
        _ => Err(Error::new(ErrorKind::Type, arg.span, format!("{what} has to be a {ty}, and this is null"))),
    }
}

impl Step {
    /// The start of the period in which a time lies, where one period starts at `origin`.
    pub(super) fn floor(self, time: i64, origin: i64) -> Option<i64> {
        match self {
            Self::Fixed(step) => time.checked_sub(origin)?.div_euclid(step).checked_mul(step)?.checked_add(origin),
            Self::Week => calendar::start_of_week(time, 0),
            Self::Month => calendar::start_of_month(time, 0),
            Self::Year => calendar::start_of_year(time, 0),
        }
    }

    /// The start of the period after the one that starts here.
    pub(super) fn next(self, start: i64) -> Option<i64> {
        match self {
            Self::Fixed(step) => start.checked_add(step),
            Self::Week => calendar::start_of_week(start, 1),
            Self::Month => calendar::start_of_month(start, 1),
            Self::Year => calendar::start_of_year(start, 1),
        }
    }
}

impl Bins {
    /// All periods that start from `start` to `end`.
    pub(super) fn new(call: &Call<'_>, start: i64, end: i64, step: Step) -> Result<Self, Error> {
        let mut starts = Vec::new();
        let mut next = step.floor(start, start);
        while let Some(at) = next.filter(|at| *at <= end) {
            if starts.len() >= MAX_BINS {
                return Err(Error::new(
                    ErrorKind::Limit,
                    call.span,
                    format!("{}: there are more than {MAX_BINS} periods from the start to the end", call.plugin.name),
                )
                .with_help("choose longer periods, or a later start"));
            }
            starts.push(at);
            next = step.next(at);
        }
        Ok(Self { starts, end })
    }

    /// The number of the period in which a time lies.
    pub(super) fn of(&self, time: i64) -> Option<usize> {
        if time > self.end {
            return None;
        }
        self.starts.partition_point(|start| *start <= time).checked_sub(1)
    }
}

impl Timeline {
    /// The first and the last time, if there are any rows.
    pub(super) fn extent(&self) -> Option<(i64, i64)> {
        let first = self.groups.iter().filter_map(|g| g.first()).map(|e| e.time).min()?;
        let last = self.groups.iter().filter_map(|g| g.last()).map(|e| e.time).max()?;
        Some((first, last))
    }

    /// The result: a row for each time and group, with more columns.
    pub(super) fn result(
        &self,
        call: &Call<'_>,
        times: Vec<i64>,
        groups: Vec<usize>,
        dims: Dims,
        cells: Vec<(String, Cells)>,
    ) -> Result<Rel, Error> {
        let failed = |e| polars_error(call.span, e);
        let groups: IdxCa = groups.into_iter().map(|g| IdxSize::try_from(g).ok()).collect();
        let mut columns = vec![self.time_column(&self.time.name, times)?];
        let mut types = vec![self.time.ty];
        let mut dim_columns = Vec::new();
        for (values, dim) in self.dim_values.iter().zip(&self.dims) {
            dim_columns.push((values.take(&groups).map_err(failed)?.with_name(dim.name.as_str().into()), dim.ty));
        }
        let mut names = crate::bind::naming::Names::default();
        names.declare(&self.time.name);
        for dim in &self.dims {
            names.declare(&dim.name);
        }
        let mut value_columns = Vec::new();
        for (name, cells) in cells {
            let name = names.unique(&name);
            value_columns.push(match cells {
                Cells::Long(values) => (Column::new(name.as_str().into(), values), KqlType::Long),
                Cells::Real(values) => (Column::new(name.as_str().into(), values), KqlType::Real),
                Cells::Time(values) => (self.time_column(&name, values)?, self.time.ty),
            });
        }
        let (first, second) = match dims {
            Dims::First => (dim_columns, value_columns),
            Dims::Last => (value_columns, dim_columns),
        };
        for (column, ty) in first.into_iter().chain(second) {
            columns.push(column);
            types.push(ty);
        }
        let mut rel = from_columns(call, columns, types)?;
        rel.serialized = true;
        Ok(rel)
    }

    fn time_column(&self, name: &str, times: Vec<i64>) -> Result<Column, Error> {
        let column = Column::new(name.into(), times);
        match self.time.ty {
            KqlType::Int => column.cast(&DataType::Int32).map_err(|e| Error::from(crate::run::RuntimeError::from(e))),
            _ => Ok(column),
        }
    }
}

/// Rows by period and group, brought into that order.
pub(super) struct Rows<const N: usize>(pub(super) Vec<(usize, usize, [i64; N])>);

impl<const N: usize> Rows<N> {
    /// The times, the groups and the values in columns.
    pub(super) fn columns(mut self, bins: &Bins) -> (Vec<i64>, Vec<usize>, [Vec<i64>; N]) {
        self.0.sort_unstable_by_key(|(bin, group, _)| (*bin, *group));
        let times = self.0.iter().map(|(bin, ..)| bins.starts[*bin]).collect();
        let groups = self.0.iter().map(|(_, group, _)| *group).collect();
        let values = std::array::from_fn(|i| self.0.iter().map(|(_, _, values)| values[i]).collect());
        (times, groups, values)
    }
}

/// How many, as a `long`.
pub(super) fn long(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A part of a whole; NaN of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub(super) fn ratio(part: i64, all: i64) -> f64 {
    if all == 0 { f64::NAN } else { part as f64 / all as f64 }
}
