//! `scan`: sequences of rows that match steps.
//!
//! The rows are looked at one by one. Conditions and assignments that use no state are computed for all rows at once.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scan-operator>

use std::collections::HashMap;
use std::sync::Arc;

use kql::ast::{Expr as Ast, ExprKind, OpParam, Param, ParamType, ScanStep, SortKey};
use kql::{Error, ErrorKind, KqlType, Value};
use polars::prelude::*;

use super::{parameter, per_frame, sort, walk};
use crate::bind::lists::any_value;
use crate::query::Context;
use crate::rel::{Rel, RelColumn, hidden};
use crate::typed::{literal, polars_type, value_at};

/// Finds sequences.
///
/// # Errors
/// Rows without an order, mistakes in the steps.
pub fn apply(
    cx: &Context<'_>,
    rel: Rel,
    params: &[OpParam],
    order_by: &[SortKey],
    partition_by: &[Ast],
    declare: &[Param],
    steps: &[ScanStep],
) -> Result<Rel, Error> {
    let mut rel = rel;
    if !order_by.is_empty() {
        rel = sort::apply(cx, rel, order_by)?;
    }
    let mut rel = rel.canonical();
    let source = rel.columns.clone();
    let declared = declared(cx, declare)?;
    let match_id = parameter(params, "with_match_id").map(|(name, _)| name);
    let keys = partition_by.iter().map(|key| Ok(cx.over(&rel).bind(key)?.expr)).collect::<Result<Vec<_>, Error>>()?;
    let mut plan = Plan::new(cx, &rel, &source, &declared, steps)?;
    plan.match_id.clone_from(&match_id);
    let mut columns = source;
    for (name, ty, _) in &declared {
        columns.retain(|c| c.name != *name);
        columns.push(RelColumn::new(name, *ty));
    }
    if let Some(name) = &match_id {
        columns.retain(|c| c.name != *name);
        columns.push(RelColumn::new(name, KqlType::Long));
    }
    // What needs no state is computed for all rows, and read from columns of its own.
    let mut ready: Vec<Expr> = plan.ready.clone();
    let group_names: Vec<String> = (0..keys.len()).map(|i| hidden("group", i)).collect();
    ready.extend(keys.into_iter().zip(&group_names).map(|(key, name)| key.alias(name.as_str())));
    if !ready.is_empty() {
        rel.frame = rel.frame.with_columns(ready);
    }
    for (name, ty) in plan.ready_columns.iter().map(|(n, t)| (n.clone(), *t)) {
        rel.columns.push(RelColumn::new(name, ty));
    }
    let groups: Vec<RelColumn> = group_names.iter().map(|n| RelColumn::new(n, KqlType::Dynamic)).collect();
    let out = columns.clone();
    let plan = Arc::new(plan);
    // The keys of the groups may have any type: they stay as they are.
    let frame = rel.frame.clone();
    let mut input = Rel::new(frame, rel.columns.clone());
    input.columns.extend(groups);
    let mut result = per_frame(input, out, "scan", move |frame| run(&plan, &frame, &group_names));
    result.serialized = true;
    Ok(result)
}

type Declared = (String, KqlType, Value);

fn declared(cx: &Context<'_>, params: &[Param]) -> Result<Vec<Declared>, Error> {
    params
        .iter()
        .map(|param| {
            let ParamType::Scalar(ty) = param.ty else {
                return Err(Error::new(ErrorKind::Type, param.name.span, "scan declares scalars only"));
            };
            let value = match &param.default {
                Some(default) => cx.binder().constant(default, ty, "the default")?,
                None if ty == KqlType::String => Value::String(String::new()),
                None => Value::Null(ty),
            };
            Ok((param.name.name.clone(), ty, value))
        })
        .collect()
}

/// Which rows of a repeated step are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    All,
    Last,
    None,
}

/// A bound expression of a step.
#[derive(Debug)]
enum Bound {
    /// The column that has its value for each row.
    Ready(String, KqlType),
    /// It uses the state: the expression, and the columns that it reads.
    Stateful { expr: Expr, ty: KqlType, row: Vec<usize>, state: Vec<StateColumn> },
}

/// A value of the state that an expression reads: `step.column`.
#[derive(Debug, Clone)]
struct StateColumn {
    name: String,
    ty: KqlType,
    step: usize,
    /// Its place in a row of the state.
    at: usize,
}

#[derive(Debug)]
struct Step {
    condition: Bound,
    /// Which declared column, and its value.
    assignments: Vec<(usize, Bound)>,
    output: Output,
}

#[derive(Debug)]
struct Plan {
    steps: Vec<Step>,
    /// Names and types of the columns of the source.
    source: Vec<(String, KqlType)>,
    declared: Vec<Declared>,
    ready: Vec<Expr>,
    ready_columns: Vec<(String, KqlType)>,
    /// `with_match_id`.
    match_id: Option<String>,
}

impl Plan {
    fn new(
        cx: &Context<'_>,
        rel: &Rel,
        source: &[RelColumn],
        declared: &[Declared],
        steps: &[ScanStep],
    ) -> Result<Self, Error> {
        let mut plan = Self {
            steps: Vec::new(),
            source: source.iter().map(|c| (c.name.clone(), c.ty)).collect(),
            declared: declared.to_vec(),
            ready: Vec::new(),
            ready_columns: Vec::new(),
            match_id: None,
        };
        let mut names: HashMap<&str, usize> = HashMap::new();
        for (i, step) in steps.iter().enumerate() {
            if names.insert(&step.name.name, i).is_some() {
                return Err(Error::new(
                    ErrorKind::Type,
                    step.name.span,
                    format!("two steps are called `{}`", step.name.name),
                ));
            }
        }
        for step in steps {
            if step.optional {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    step.name.span,
                    "optional steps of scan are not supported",
                ));
            }
            let condition = plan.bind(cx, rel, &names, &step.condition, Some(KqlType::Bool))?;
            let mut assignments = Vec::new();
            for (name, expr) in &step.assignments {
                let Some(at) = declared.iter().position(|(d, _, _)| *d == name.name) else {
                    return Err(Error::new(
                        ErrorKind::UnknownName,
                        name.span,
                        format!("scan does not declare a column `{}`", name.name),
                    )
                    .with_help("declare it: scan declare (name: type) with (…)"));
                };
                assignments.push((at, plan.bind(cx, rel, &names, expr, Some(declared[at].1))?));
            }
            let output = match step.output.as_ref().map(|o| o.name.as_str()) {
                None | Some("all") => Output::All,
                Some("last") => Output::Last,
                _ => Output::None,
            };
            plan.steps.push(Step { condition, assignments, output });
        }
        Ok(plan)
    }

    /// Binds an expression, in which `step.column` stands for a value of the state.
    fn bind(
        &mut self,
        cx: &Context<'_>,
        rel: &Rel,
        steps: &HashMap<&str, usize>,
        expr: &Ast,
        ty: Option<KqlType>,
    ) -> Result<Bound, Error> {
        let state = std::cell::RefCell::new(Vec::<StateColumn>::new());
        let unknown = std::cell::RefCell::new(None);
        let rewritten = walk::replaced(expr, &|part: &Ast| {
            let ExprKind::Path { target, name } = &part.kind else {
                return None;
            };
            let ExprKind::Name(step) = &target.kind else {
                return None;
            };
            let index = *steps.get(step.as_str())?;
            let at = self.place(&name.name);
            let Some((at, ty)) = at else {
                let message = format!("there is no column `{}` in the state of `{step}`", name.name);
                unknown.replace(Some(Error::new(ErrorKind::UnknownName, name.span, message)));
                return None;
            };
            let hidden_name = format!("{}.{at}", hidden("state", index));
            let mut state = state.borrow_mut();
            if state.iter().all(|s| s.name != hidden_name) {
                state.push(StateColumn { name: hidden_name.clone(), ty, step: index, at });
            }
            Some(ExprKind::Name(hidden_name))
        });
        if let Some(error) = unknown.into_inner() {
            return Err(error);
        }
        let state = state.into_inner();
        let mut seen = rel.clone();
        seen.columns.retain(|c| self.source.iter().any(|(n, _)| *n == c.name));
        for (name, ty, _) in &self.declared {
            seen.columns.retain(|c| c.name != *name);
            seen.columns.push(RelColumn::new(name, *ty));
        }
        seen.columns.extend(state.iter().map(|s| RelColumn::new(&s.name, s.ty)));
        let binder = cx.over(&seen);
        let bound = match ty {
            Some(KqlType::Bool) => binder.condition(&rewritten)?,
            Some(ty) => {
                let bound = binder.bind(&rewritten)?;
                binder.assign(bound, ty)?
            }
            None => binder.bind(&rewritten)?,
        };
        // A declared column stands for its default, as nothing is assigned yet.
        let expr = self.declared.iter().fold(bound.expr, |expr, (name, ty, value)| {
            let name = name.clone();
            let value = literal(value).cast(polars_type(*ty));
            expr.map_expr(move |e| match &e {
                Expr::Column(c) if c.as_str() == name => value.clone(),
                _ => e,
            })
        });
        if state.is_empty() {
            let name = hidden("ready", self.ready.len());
            // Constants alone would be one row, but next to columns they are as many as those.
            self.ready.push(expr.alias(name.as_str()));
            self.ready_columns.push((name.clone(), bound.ty));
            return Ok(Bound::Ready(name, bound.ty));
        }
        let used: Vec<usize> =
            self.source.iter().enumerate().filter(|(_, (name, _))| reads(&expr, name)).map(|(i, _)| i).collect();
        Ok(Bound::Stateful { expr, ty: bound.ty, row: used, state })
    }

    /// The place of a column in a row of the state: those of the source, then the declared ones.
    fn place(&self, name: &str) -> Option<(usize, KqlType)> {
        if let Some(at) = self.declared.iter().position(|(n, _, _)| n == name) {
            return Some((self.source.len() + at, self.declared[at].1));
        }
        let at = self.source.iter().position(|(n, _)| n == name)?;
        Some((at, self.source[at].1))
    }

    /// What the state says before a step has matched.
    fn nothing(&self, at: usize) -> Value {
        match self.declared.get(at.wrapping_sub(self.source.len())) {
            Some((_, _, default)) if at >= self.source.len() => default.clone(),
            _ => match self.source.get(at) {
                Some((_, KqlType::String)) | None => Value::String(String::new()),
                Some((_, ty)) => Value::Null(*ty),
            },
        }
    }
}

fn reads(expr: &Expr, name: &str) -> bool {
    expr.into_iter().any(|e| matches!(e, Expr::Column(c) if c.as_str() == name))
}

/// A row with its assigned columns.
type StateRow = Vec<Value>;

/// An active sequence: the row of each step so far, and its number.
#[derive(Debug, Clone)]
struct Sequence {
    rows: Vec<StateRow>,
    id: i64,
}

/// A row to show.
#[derive(Debug, Clone)]
struct Shown {
    row: usize,
    declared: Vec<Value>,
    id: i64,
}

struct Scanner<'a> {
    plan: &'a Plan,
    frame: &'a DataFrame,
    states: Vec<Option<Sequence>>,
    pending: Vec<Option<Shown>>,
    shown: Vec<Shown>,
    next_id: i64,
}

fn run(plan: &Plan, frame: &DataFrame, groups: &[String]) -> PolarsResult<DataFrame> {
    let count = plan.steps.len();
    let mut scanner =
        Scanner { plan, frame, states: vec![None; count], pending: vec![None; count], shown: Vec::new(), next_id: 0 };
    // Groups in the order of their first rows.
    #[allow(clippy::mutable_key_type, reason = "the values are owned and never changed")]
    let mut order: HashMap<Vec<AnyValue<'static>>, usize> = HashMap::new();
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for row in 0..frame.height() {
        let key: PolarsResult<Vec<AnyValue<'static>>> =
            groups.iter().map(|name| frame.column(name)?.get(row).map(AnyValue::into_static)).collect();
        let next = order.len();
        let at = *order.entry(key?).or_insert(next);
        if at == rows.len() {
            rows.push(Vec::new());
        }
        rows[at].push(row);
    }
    for group in rows {
        scanner.states = vec![None; count];
        scanner.next_id = 0;
        for row in group {
            for step in (0..count).rev() {
                scanner.check(step, row)?;
            }
        }
        for pending in scanner.pending.iter_mut() {
            scanner.shown.extend(pending.take());
        }
    }
    scanner.finish()
}

impl Scanner<'_> {
    /// Looks whether a row matches a step.
    fn check(&mut self, step: usize, row: usize) -> PolarsResult<()> {
        // The sequence of the step before goes on with this row.
        if step > 0
            && let Some(before) = self.states[step - 1].clone()
            && self.holds(step, row, Some(&before))?
        {
            self.states[step - 1] = None;
            if let Some(pending) = self.pending[step - 1].take() {
                self.shown.push(pending);
            }
            // A sequence that was at this step ends here.
            if let Some(pending) = self.pending[step].take() {
                self.shown.push(pending);
            }
            return self.matched(step, row, before);
        }
        // The step repeats, or the first step starts a sequence.
        let own = self.states[step].clone();
        if own.is_none() && step > 0 {
            return Ok(());
        }
        if !self.holds(step, row, own.as_ref())? {
            return Ok(());
        }
        let sequence = own.unwrap_or_else(|| {
            self.next_id += 1;
            Sequence { rows: Vec::new(), id: self.next_id - 1 }
        });
        self.matched(step, row, sequence)
    }

    fn holds(&self, step: usize, row: usize, state: Option<&Sequence>) -> PolarsResult<bool> {
        Ok(self.value(&self.plan.steps[step].condition, row, state)? == Value::Bool(true))
    }

    /// Assigns, keeps the row in the state of the step, and shows it.
    fn matched(&mut self, step: usize, row: usize, mut sequence: Sequence) -> PolarsResult<()> {
        let plan = self.plan;
        let mut declared: Vec<Value> = plan.declared.iter().map(|(_, _, default)| default.clone()).collect();
        for (at, bound) in &plan.steps[step].assignments {
            declared[*at] = self.value(bound, row, Some(&sequence))?;
        }
        let mut kept: StateRow = Vec::with_capacity(plan.source.len() + declared.len());
        for (name, ty) in &plan.source {
            kept.push(value_at(self.frame.column(name)?, *ty, row)?);
        }
        kept.extend(declared.iter().cloned());
        sequence.rows.truncate(step);
        sequence.rows.push(kept);
        let shown = Shown { row, declared, id: sequence.id };
        match plan.steps[step].output {
            Output::All => self.shown.push(shown),
            Output::Last => self.pending[step] = Some(shown),
            Output::None => {}
        }
        self.states[step] = Some(sequence);
        Ok(())
    }

    fn value(&self, bound: &Bound, row: usize, state: Option<&Sequence>) -> PolarsResult<Value> {
        match bound {
            Bound::Ready(name, ty) => value_at(self.frame.column(name)?, *ty, row),
            Bound::Stateful { expr, ty, row: used, state: read } => {
                let mut columns: Vec<Column> = Vec::with_capacity(used.len() + read.len());
                for at in used {
                    columns.push(
                        self.frame.column(&self.plan.source[*at].0)?.slice(i64::try_from(row).unwrap_or(i64::MAX), 1),
                    );
                }
                for s in read {
                    let value = state.and_then(|state| state.rows.get(s.step)).and_then(|r| r.get(s.at)).cloned();
                    let value = value.unwrap_or_else(|| self.plan.nothing(s.at));
                    let series = Series::from_any_values_and_dtype(
                        s.name.as_str().into(),
                        &[any_value(&value)],
                        &polars_type(s.ty),
                        true,
                    )?;
                    columns.push(series.into_column());
                }
                let frame = DataFrame::new(1, columns)?;
                let result = frame
                    .lazy()
                    .with_optimizations(OptFlags::empty())
                    .select([expr.clone().alias("value")])
                    .collect()?;
                value_at(result.column("value")?, *ty, 0)
            }
        }
    }

    /// The rows to show, as a table.
    fn finish(self) -> PolarsResult<DataFrame> {
        let plan = self.plan;
        let rows: Vec<IdxSize> = self.shown.iter().map(|s| IdxSize::try_from(s.row).unwrap_or(IdxSize::MAX)).collect();
        let height = rows.len();
        let mut columns: Vec<Column> = Vec::new();
        let taken = self.frame.take(&IdxCa::from_vec("".into(), rows))?;
        for column in taken.columns() {
            let name = column.name().as_str();
            let replaced = plan.declared.iter().any(|(n, _, _)| n == name) || plan.match_id.as_deref() == Some(name);
            let own = !replaced && plan.source.iter().any(|(n, _)| n == name);
            if own {
                columns.push(column.clone());
            }
        }
        for (at, (name, ty, _)) in plan.declared.iter().enumerate() {
            let values: Vec<AnyValue<'static>> = self.shown.iter().map(|s| any_value(&s.declared[at])).collect();
            let series = Series::from_any_values_and_dtype(name.as_str().into(), &values, &polars_type(*ty), true)?;
            columns.push(series.into_column());
        }
        if let Some(name) = &plan.match_id {
            let ids: Vec<i64> = self.shown.iter().map(|s| s.id).collect();
            columns.push(Column::new(name.as_str().into(), ids));
        }
        DataFrame::new(height, columns)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str = "let T = datatable(k: string, t: long, e: string) ['a', 1, 'Start', 'a', 2, 'x', 'b', 2, 'Start', 'a', 3, 'Stop', 'b', 9, 'Stop', 'a', 10, 'Start', 'a', 11, 'Start', 'a', 12, 'y', 'a', 13, 'Stop'] | sort by t asc;";

    #[test]
    fn sequences() {
        let steps = "(step s1: e == 'Start'; step s2: e != 'Start' and e != 'Stop' and t - s1.t <= 5; step s3: e == 'Stop' and t - s1.t <= 5;)";
        insta::assert_snapshot!(rows(&format!("{T} T | scan with_match_id=m partition by k with {steps}")), @r#"
k | t | e | m
a | 1 | Start | 0
a | 2 | x | 0
a | 3 | Stop | 0
a | 10 | Start | 1
a | 11 | Start | 1
a | 12 | y | 1
a | 13 | Stop | 1
b | 2 | Start | 0
"#);
    }

    #[test]
    fn what_follows_does_not_change_the_rows_that_are_looked_at() {
        let sums = "range x from 1 to 5 step 1 | scan declare (sum: long = 0) with (step s: true => sum = x + s.sum)";
        insta::assert_snapshot!(rows(&format!("{sums} | where x > 3")), @r#"
x | sum
4 | 10
5 | 15
"#);
        insta::assert_snapshot!(rows(&format!("{sums} | project sum")), @r#"
sum
1
3
6
10
15
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | partition hint.strategy=native by k (scan declare (sum: long = 0) with (step s: true => sum = t + s.sum)) | project k, sum | sort by k asc, sum asc")), @r#"
k | sum
a | 1
a | 3
a | 6
a | 16
a | 27
a | 39
a | 52
b | 2
b | 11
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | scan with (step s1 output=none: e == 'Start'; step s2: e == 'Stop') | take 1 | project t")), @r#"
t
3
"#);
    }

    #[test]
    fn outputs() {
        insta::assert_snapshot!(rows(&format!("{T} T | where k == 'a' | scan declare (from: long, until: long) with (step s1 output=none: e == 'Start' => from = t; step s2: e == 'Stop' => from = s1.from, until = t)")), @r#"
k | t | e | from | until
a | 3 | Stop | 1 | 3
a | 13 | Stop | 11 | 13
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | where k == 'a' | scan with (step s1 output=last: e == 'Start'; step s2: e == 'Stop')")), @r#"
k | t | e
a | 1 | Start
a | 3 | Stop
a | 11 | Start
a | 13 | Stop
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | scan with (step s1: true => z = 1)")), @r#"scan does not declare a column `z` (declare it: scan declare (name: type) with (…))"#);
        insta::assert_snapshot!(error(&format!("{T} T | scan with (step s1: s1.zz == 1)")), @r#"there is no column `zz` in the state of `s1`"#);
        insta::assert_snapshot!(error(&format!("{T} T | scan with (step s1 optional: true)")), @r#"optional steps of scan are not supported"#);
        insta::assert_snapshot!(error(&format!("{T} T | scan with (step s1: true; step s1: true)")), @r#"two steps are called `s1`"#);
    }
}
