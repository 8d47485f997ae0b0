//! `narrow`: a row for each cell.
//!
//! Source: <https://learn.microsoft.com/kusto/query/narrow-plugin>

use kql::{Error, KqlType};
use polars::prelude::*;

use super::{Call, as_text, from_columns, polars_error};
use crate::rel::Rel;

pub(super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    if !call.args.is_empty() {
        return Err(call.error("it takes no arguments"));
    }
    let mut rel = rel.canonical();
    let texts: Result<Vec<Expr>, Error> = rel.columns.iter().map(|c| as_text(call.cx, c, call.span)).collect();
    rel.frame = rel.frame.select(texts?);
    let frame = call.cx.query.collect_frame(rel.frame).map_err(|e| Error::from(e).at(call.span))?;
    let names: Vec<&str> = rel.columns.iter().map(|c| c.name.as_str()).collect();
    let cells = frame.height() * names.len();
    let mut rows: Vec<i64> = Vec::with_capacity(cells);
    let mut columns: Vec<&str> = Vec::with_capacity(cells);
    let mut values: Vec<&str> = Vec::with_capacity(cells);
    let texts: PolarsResult<Vec<&StringChunked>> = frame.columns().iter().map(Column::str).collect();
    let texts = texts.map_err(|e| polars_error(call.span, e))?;
    for row in 0..frame.height() {
        for (name, text) in names.iter().zip(&texts) {
            rows.push(i64::try_from(row).unwrap_or(i64::MAX));
            columns.push(name);
            values.push(text.get(row).unwrap_or_default());
        }
    }
    from_columns(
        call,
        vec![
            Column::new("Row".into(), rows),
            Column::new("Column".into(), columns),
            Column::new("Value".into(), values),
        ],
        vec![KqlType::Long, KqlType::String, KqlType::String],
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn a_row_for_each_cell() {
        insta::assert_snapshot!(rows("datatable(a: long, b: string, c: timespan) [1, 'x', 1d, long(null), '', time(null)] | evaluate narrow()"), @r#"
Row | Column | Value
0 | a | 1
0 | b | x
0 | c | 1.00:00:00
1 | a | 
1 | b | 
1 | c |
"#);
        insta::assert_snapshot!(error("print a = 1 | evaluate narrow(a)"), @r#"narrow: it takes no arguments"#);
    }
}
