//! `rows_near`: the rows around those for which a condition is true.
//!
//! Source: <https://learn.microsoft.com/kusto/query/rows-near-plugin>

use kql::{Error, ErrorKind, KqlType};

use super::Call;
use crate::operators::per_frame;
use crate::rel::{Rel, RelColumn, hidden};

pub(super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    call.check_names(&[])?;
    let args = call.positional();
    let (condition, before, after) = match args.as_slice() {
        [condition, rows] => (*condition, *rows, *rows),
        [condition, before, after] => (*condition, *before, *after),
        _ => {
            return Err(call
                .error("it needs a condition and a number of rows")
                .with_help("evaluate rows_near(condition, rows [, rows_after])"));
        }
    };
    if !rel.serialized {
        return Err(Error::new(ErrorKind::Type, call.span, "rows_near needs rows in a known order")
            .with_help("add `| sort by …` or `| serialize` before this operator"));
    }
    let near = call.cx.over(&rel).condition(condition)?;
    let before = call.cx.binder().count(before, "the number of rows before")? as usize;
    let after = call.cx.binder().count(after, "the number of rows after")? as usize;
    let mark = hidden("near", 0);
    let mut marked = rel;
    let kept: Vec<RelColumn> = marked.columns.iter().map(|c| RelColumn::new(&c.name, c.ty)).collect();
    marked.frame = marked.frame.with_columns([near.expr.alias(mark.as_str())]);
    marked.columns.push(RelColumn::new(mark.as_str(), KqlType::Bool));
    let mut result = per_frame(marked, kept, "rows_near", move |frame| {
        let near: Vec<bool> = frame.column(&mark)?.bool()?.iter().map(|c| c == Some(true)).collect();
        let mut keep = vec![false; near.len()];
        let mut kept_to = 0;
        for at in near.iter().enumerate().filter(|(_, near)| **near).map(|(at, _)| at) {
            let from = at.saturating_sub(before).max(kept_to);
            let to = at.saturating_add(after).saturating_add(1).min(near.len());
            keep[from.min(to)..to].fill(true);
            kept_to = to;
        }
        frame.drop(&mark)?.filter(&keep.into_iter().collect())
    });
    result.serialized = true;
    Ok(result)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn rows_around() {
        let near = |call: &str| rows(&format!("range x from 1 to 9 step 1 | evaluate {call} | summarize make_list(x)"));
        assert_eq!(near("rows_near(x == 5, 2)"), "list_x\n[3,4,5,6,7]");
        assert_eq!(near("rows_near(x in (1, 3, 9), 1)"), "list_x\n[1,2,3,4,8,9]");
        assert_eq!(near("rows_near(x == 5, 1, 0)"), "list_x\n[4,5]");
        assert_eq!(near("rows_near(x == 4 or x == 7, 0, 4)"), "list_x\n[4,5,6,7,8,9]");
        assert_eq!(near("rows_near(x == 50, 1)"), "list_x\n[]");
        assert_eq!(
            error("datatable(x: long) [1] | evaluate rows_near(x == 5, 2)"),
            "rows_near needs rows in a known order (add `| sort by …` or `| serialize` before this operator)"
        );
    }
}
