//! `render`: kept with the result for whoever draws it.

use kql::Error;
use kql::ast::{Expr as Ast, ExprKind, Ident};

use crate::query::Context;
use crate::rel::Rel;
use crate::table::RenderHint;

/// Notes what the query asks for; the rows stay as they are.
///
/// # Errors
/// Mistakes in the properties.
pub fn apply(cx: &Context<'_>, mut rel: Rel, visualization: &Ident, properties: &[(Ident, Ast)]) -> Result<Rel, Error> {
    let mut known = Vec::with_capacity(properties.len());
    for (name, value) in properties {
        let text = match &value.kind {
            // Names of columns, `log`, `stacked`, …
            ExprKind::Name(text) => text.clone(),
            _ => {
                let bound = cx.binder().bind(value)?;
                match bound.constant {
                    Some(kql::Value::String(text)) => text,
                    Some(kql::Value::Long(n)) => n.to_string(),
                    Some(kql::Value::Real(x)) => x.to_string(),
                    Some(kql::Value::Bool(b)) => b.to_string(),
                    Some(kql::Value::DateTime(t)) => kql::time::format_datetime(t),
                    _ => String::new(),
                }
            }
        };
        known.push((name.name.clone(), text));
    }
    rel.render = Some(RenderHint { visualization: visualization.name.clone(), properties: known });
    Ok(rel)
}
