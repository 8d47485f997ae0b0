//! `estimate_data_size()`: how many bytes the values of some columns take.
//!
//! Source: <https://learn.microsoft.com/kusto/query/estimate-data-size-function>

use kql::ast::{Arg, ExprKind};
use kql::{Error, ErrorKind, KqlType, Span};
use polars::prelude::*;

use super::Binder;
use crate::typed::{Typed, typed_lit};

impl Binder<'_> {
    /// The sum over the columns: the size of the type, and for text its bytes. The page gives no sizes of dynamic values but that they are
    /// more than their text: eight bytes more.
    pub(super) fn estimate_data_size(&self, args: &[Arg], span: Span) -> Result<Typed, Error> {
        let Some(rel) = self.rel else {
            return Err(Error::new(ErrorKind::Type, span, "estimate_data_size() needs the columns of a table")
                .with_help("T | extend size = estimate_data_size(*)"));
        };
        let mut columns = Vec::new();
        for arg in args {
            match &arg.value.kind {
                ExprKind::Star => {
                    let shown = rel.columns.iter().filter(|c| !c.name.starts_with(crate::rel::HIDDEN));
                    columns.extend(shown.map(|c| Typed::new(c.expr(), c.ty, arg.value.span)));
                }
                _ if self.as_column(&arg.value).is_some() => columns.push(self.bind(&arg.value)?),
                _ => {
                    return Err(Error::new(
                        ErrorKind::Type,
                        arg.value.span,
                        "estimate_data_size() takes columns of its input, or * for all of them",
                    ));
                }
            }
        }
        let sum = columns.iter().map(size).reduce(|a, b| a + b).unwrap_or_else(|| typed_lit(0_i64));
        Ok(Typed::new(sum, KqlType::Long, span))
    }
}

fn size(column: &Typed) -> Expr {
    let text = || column.expr.clone().str().len_bytes().cast(DataType::Int64);
    match column.ty {
        KqlType::Bool => typed_lit(1_i64),
        KqlType::Int => typed_lit(4_i64),
        KqlType::Long | KqlType::Real | KqlType::DateTime | KqlType::TimeSpan => typed_lit(8_i64),
        KqlType::Decimal | KqlType::Guid => typed_lit(16_i64),
        KqlType::String => text(),
        KqlType::Dynamic => text().fill_null(typed_lit(0_i64)) + typed_lit(8_i64),
    }
}
