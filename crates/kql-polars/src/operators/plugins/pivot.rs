//! `pivot`: a column for each value of a column.
//!
//! Source: <https://learn.microsoft.com/kusto/query/pivot-plugin>

use std::collections::{BTreeSet, HashMap};

use kql::ast::{Arg, Expr as Ast, ExprKind, Ident, NamedExpr};
use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Call, as_text, computed, from_columns, polars_error};
use crate::operators::summarize;
use crate::rel::{Rel, RelColumn, hidden};
use crate::typed::polars_type;

pub(super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    call.check_names(&[])?;
    let args = call.positional();
    let Some(pivot) = args.first() else {
        return Err(call.error("the column to rotate is missing"));
    };
    let pivot = call.column(&rel, pivot)?.name.clone();
    let (aggregate, rest) = match args.get(1) {
        Some(arg) if matches!(arg.kind, ExprKind::Call { .. }) => ((*arg).clone(), args.get(2..)),
        _ => (count(call), args.get(1..)),
    };
    let mut keys: Vec<String> = Vec::new();
    for arg in rest.unwrap_or_default() {
        keys.push(call.column(&rel, arg)?.name.clone());
    }
    if keys.is_empty() {
        let used = names_in(&aggregate);
        let others = rel.names().filter(|n| *n != pivot && !used.iter().any(|u| u == n));
        keys = others.map(str::to_owned).collect();
    }
    let summary = summarized(call, rel, &pivot, &aggregate, &keys)?;
    rotated(call, summary, keys.len(), &aggregate)
}

fn count(call: &Call<'_>) -> Ast {
    let name = Ident { name: "count".to_owned(), span: call.span };
    Ast { span: call.span, kind: ExprKind::Call { name, args: Vec::new() } }
}

/// The columns that the aggregation reads.
fn names_in(expr: &Ast) -> Vec<String> {
    match &expr.kind {
        ExprKind::Call { args, .. } => args.iter().flat_map(|arg: &Arg| names_in(&arg.value)).collect(),
        ExprKind::Name(name) => vec![name.clone()],
        ExprKind::Path { target, .. } | ExprKind::Index { target, .. } => names_in(target),
        ExprKind::Unary { operand, .. } => names_in(operand),
        ExprKind::Binary { left, right, .. } => [names_in(left), names_in(right)].concat(),
        _ => Vec::new(),
    }
}

/// `summarize aggregate by keys, pivot`; the last two columns are the pivot, as text, and the value.
fn summarized(call: &Call<'_>, rel: Rel, pivot: &str, aggregate: &Ast, keys: &[String]) -> Result<Rel, Error> {
    let by = |name: &str| NamedExpr {
        names: Vec::new(),
        expr: Ast { span: call.span, kind: ExprKind::Name(name.to_owned()) },
    };
    let groups: Vec<NamedExpr> = keys.iter().map(String::as_str).chain([pivot]).map(by).collect();
    let value = Ident { name: hidden("value", 0), span: call.span };
    let list = [NamedExpr { names: vec![value], expr: aggregate.clone() }];
    let mut rel = summarize::apply(call.cx, rel, &list, &groups, call.span)?.canonical();
    let column = RelColumn::new(pivot, rel.column(pivot).map_or(KqlType::String, |c| c.ty));
    let text = as_text(call.cx, &column, call.span)?;
    rel.frame = rel.frame.with_columns([text]);
    for c in rel.columns.iter_mut().filter(|c| c.name == pivot) {
        c.ty = KqlType::String;
    }
    Ok(rel)
}

fn rotated(call: &Call<'_>, rel: Rel, keys: usize, aggregate: &Ast) -> Result<Rel, Error> {
    let (frame, columns) = computed(call, rel)?;
    let failed = |e| polars_error(call.span, e);
    let names = frame.columns()[keys].str().map_err(failed)?.clone();
    let values = frame.columns()[keys + 1].clone();
    let mut value_type = columns[keys + 1].ty;
    let mut new: BTreeSet<&str> = names.iter().map(Option::unwrap_or_default).collect();
    new.retain(|name| !columns[..keys].iter().any(|c| c.name == *name));
    // The rows of the result, and for each new column the row of the summary that it shows.
    let mut first_rows: Vec<IdxSize> = Vec::new();
    #[allow(clippy::mutable_key_type, reason = "the values are owned and never changed")]
    let mut row_of: HashMap<Vec<AnyValue<'static>>, usize> = HashMap::new();
    let mut shown: HashMap<&str, Vec<Option<IdxSize>>> = HashMap::new();
    for row in 0..frame.height() {
        let key: PolarsResult<Vec<AnyValue<'static>>> =
            frame.columns()[..keys].iter().map(|c| c.get(row).map(AnyValue::into_static)).collect();
        let at = IdxSize::try_from(row).unwrap_or(IdxSize::MAX);
        let next = row_of.len();
        let result_row = *row_of.entry(key.map_err(failed)?).or_insert_with(|| {
            first_rows.push(at);
            next
        });
        let cells = shown.entry(names.get(row).unwrap_or_default()).or_default();
        cells.resize(cells.len().max(result_row + 1), None);
        cells[result_row] = Some(at);
    }
    let height = first_rows.len();
    let first_rows = IdxCa::from_vec("".into(), first_rows);
    let mut out: Vec<Column> = Vec::new();
    let mut types: Vec<KqlType> = Vec::new();
    for (c, described) in frame.columns()[..keys].iter().zip(&columns) {
        out.push(c.take(&first_rows).map_err(failed)?);
        types.push(described.ty);
    }
    // A count or sum over no rows is 0, anything else null.
    let zero = matches!(&aggregate.kind, ExprKind::Call { name, .. }
        if matches!(name.name.as_str(), "count" | "countif" | "dcount" | "dcountif" | "sum" | "sumif"));
    for name in new {
        let mut cells = shown.remove(name).unwrap_or_default();
        cells.resize(height, None);
        let cells: IdxCa = cells.into_iter().collect();
        let column = values.take(&cells).map_err(failed)?;
        let column = match value_type {
            KqlType::Int | KqlType::Long | KqlType::Real if zero => {
                column.fill_null(FillNullStrategy::Zero).map_err(failed)?
            }
            KqlType::String => {
                let texts: StringChunked =
                    column.str().map_err(failed)?.iter().map(|t| Some(t.unwrap_or_default())).collect();
                texts.into_column()
            }
            _ => column,
        };
        out.push(column.with_name(name.into()));
        types.push(value_type);
    }
    if out.is_empty() {
        // No rows and no other columns: a table without columns has nothing to show.
        value_type = KqlType::Long;
        out.push(Column::new_empty("Count".into(), &polars_type(value_type)));
        types.push(value_type);
    }
    from_columns(call, out, types)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    const T: &str =
        "let T = datatable(s: string, e: string, n: long) ['A', 'x', 1, 'B', 'x', 2, 'A', 'y', 3, 'A', 'x', 4];";

    #[test]
    fn counts_and_sums() {
        insta::assert_snapshot!(rows(&format!("{T} T | project s, e | evaluate pivot(s)")), @r#"
e | A | B
x | 2 | 1
y | 1 | 0
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate pivot(s, sum(n))")), @r#"
e | A | B
x | 5 | 2
y | 3 | 0
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate pivot(s, make_list(n), e)")), @r#"
e | A | B
x | [1,4] | [2]
y | [3] | null
"#);
        insta::assert_snapshot!(rows(&format!("{T} T | evaluate pivot(n, count(), s) : (s: string, ['1']: long, ['9']: long)")), @r#"
s | 1 | 9
A | 1 | null
B | 0 | null
"#);
    }

    #[test]
    fn mistakes() {
        insta::assert_snapshot!(error(&format!("{T} T | evaluate pivot()")), @r#"pivot: the column to rotate is missing"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate pivot(zz)")), @r#"there is no column `zz` here"#);
        insta::assert_snapshot!(error(&format!("{T} T | evaluate python()")), @r#"the plugin python is not supported (local queries run no other languages)"#);
    }
}
