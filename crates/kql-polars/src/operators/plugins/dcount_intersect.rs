//! `dcount_intersect`: how many values several `hll()` results have in common.
//!
//! Source: <https://learn.microsoft.com/kusto/query/dcount-intersect-plugin>

use std::collections::HashSet;

use kql::{Error, ErrorKind, KqlType};
use serde_json::Value;

use super::Call;
use crate::rel::{Rel, RelColumn};
use crate::rows::map_rows;
use crate::typed::Typed;

/// Most sets.
const MAX_SETS: usize = 16;

pub(super) fn apply(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    call.check_names(&[])?;
    let args = call.positional();
    if !(2..=MAX_SETS).contains(&args.len()) {
        return Err(call.error("it needs 2 to 16 columns of hll() results"));
    }
    let mut sets: Vec<Typed> = Vec::new();
    for arg in args {
        let column = call.column(&rel, arg)?;
        if column.ty != KqlType::Dynamic {
            return Err(Error::new(
                ErrorKind::Type,
                arg.span,
                format!(
                    "dcount_intersect: the column `{}` has to be an hll() result, and it is {}",
                    column.name, column.ty
                ),
            ));
        }
        sets.push(Typed::new(column.expr(), column.ty, arg.span));
    }
    let mut columns = Vec::new();
    let mut exprs = Vec::new();
    for i in 0..sets.len() {
        let name = format!("s{i}");
        let common = map_rows(&sets[..=i], KqlType::Long, |row| {
            let texts = |i: usize| -> HashSet<String> {
                row.array(i).iter().flat_map(|items| items.iter()).map(Value::to_string).collect()
            };
            let mut common = texts(0);
            for i in 1..row.len() {
                let other = texts(i);
                common.retain(|value| other.contains(value));
            }
            i64::try_from(common.len()).ok()
        });
        exprs.push(common.alias(name.as_str()));
        columns.push(RelColumn::new(name, KqlType::Long));
    }
    Ok(Rel::new(rel.frame.select(exprs), columns))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::testing::{error, rows};

    #[test]
    fn common_values() {
        let sets =
            "range x from 1 to 100 step 1 | summarize a = hll(iff(x % 2 == 0, x, 0)), b = hll(iff(x % 3 == 0, x, 0))";
        assert_eq!(rows(&format!("{sets} | evaluate dcount_intersect(a, b)")), "s0 | s1\n51 | 17");
        assert_eq!(
            error(&format!("{sets} | evaluate dcount_intersect(a)")),
            "dcount_intersect: it needs 2 to 16 columns of hll() results"
        );
        assert_eq!(
            error("print a = 1, b = dynamic([1]) | evaluate dcount_intersect(b, a)"),
            "dcount_intersect: the column `a` has to be an hll() result, and it is long"
        );
    }
}
