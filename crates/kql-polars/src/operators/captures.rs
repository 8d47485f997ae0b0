//! Columns cut out of a text by `parse` and `parse-kv`: one pass over the text gives all of them.

use std::sync::Arc;

use kql::ast::Ident;
use kql::{Error, KqlType};
use polars::prelude::*;

use crate::query::Context;
use crate::rel::{Rel, RelColumn, column, hidden};
use crate::typed::{Typed, literal};

/// A column to cut out.
#[derive(Debug, Clone)]
pub struct Capture {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: KqlType,
}

/// What happens when a row does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// What cannot be converted is null, the other columns stay.
    EachAlone,
    /// One column that cannot be converted makes all of them null.
    AllNull,
    /// Such rows are left out.
    Drop,
}

/// The parts of one text, in the order of the captures; false when the text does not fit at all.
pub type Cut = Arc<dyn Fn(&str, &mut Vec<Option<String>>) -> bool + Send + Sync>;

/// Adds columns that `cut` makes from a text.
///
/// # Errors
/// When there is no conversion to the type of a column.
pub fn extend(
    cx: &Context<'_>,
    mut rel: Rel,
    text: Expr,
    captures: &[Capture],
    cut: Cut,
    misfit: Misfit,
) -> Result<Rel, Error> {
    let parts = hidden("parts", 0);
    let fits = hidden("fits", 0);
    rel.frame = rel.frame.with_columns([pieces(text, captures.len(), cut).alias(parts.as_str())]);
    let binder = cx.binder();
    let mut values = Vec::with_capacity(captures.len());
    // The number of captures is also the name of the field that says whether the text fits.
    let mut whole = piece(&parts, captures.len()).is_not_null();
    for (i, capture) in captures.iter().enumerate() {
        let raw = piece(&parts, i);
        let value = Typed::new(raw.clone(), KqlType::String, capture.name.span);
        let value = binder.cast(value, capture.ty)?.expr;
        if capture.ty != KqlType::String {
            whole = whole.and(value.clone().is_not_null());
        }
        values.push(value);
    }
    let nothing = |ty: KqlType| literal(&kql::Value::Null(ty));
    let mut exprs: Vec<Expr> = captures
        .iter()
        .zip(values)
        .map(|(capture, value)| {
            let value = match (misfit, capture.ty) {
                (Misfit::AllNull, ty) => when(whole.clone()).then(value).otherwise(nothing(ty)),
                (_, KqlType::String) => value.fill_null(lit("")),
                _ => value,
            };
            value.alias(capture.name.name.as_str())
        })
        .collect();
    exprs.push(whole.alias(fits.as_str()));
    rel.frame = rel.frame.with_columns(exprs);
    if misfit == Misfit::Drop {
        rel.frame = rel.frame.filter(column(&fits));
    }
    let mut columns = std::mem::take(&mut rel.columns);
    columns.retain(|c| captures.iter().all(|capture| capture.name.name != c.name));
    columns.extend(captures.iter().map(|c| RelColumn::new(&c.name.name, c.ty)));
    Ok(rel.keep(columns))
}

fn piece(parts: &str, i: usize) -> Expr {
    column(parts).struct_().field_by_name(&i.to_string())
}

/// A struct column of the parts, and a last field that is null where the text does not fit.
fn pieces(text: Expr, count: usize, cut: Cut) -> Expr {
    let fields: Vec<Field> = (0..=count).map(|i| Field::new(i.to_string().into(), DataType::String)).collect();
    let dtype = DataType::Struct(fields);
    text.map(
        move |column| {
            let texts = column.str()?;
            let mut builders: Vec<StringChunkedBuilder> =
                (0..=count).map(|i| StringChunkedBuilder::new(i.to_string().into(), texts.len())).collect();
            let mut found: Vec<Option<String>> = Vec::new();
            for text in texts.iter() {
                found.clear();
                found.resize(count, None);
                let fits = cut(text.unwrap_or_default(), &mut found);
                for (builder, value) in builders.iter_mut().zip(&found) {
                    builder.append_option(value.as_deref().filter(|_| fits));
                }
                if let Some(last) = builders.last_mut() {
                    last.append_option(fits.then_some(""));
                }
            }
            let series: Vec<Series> = builders.into_iter().map(|builder| builder.finish().into_series()).collect();
            let parts = StructChunked::from_series(column.name().clone(), texts.len(), series.iter())?;
            Ok(parts.into_column())
        },
        move |_, field| Ok(Field::new(field.name().clone(), dtype.clone())),
    )
}
