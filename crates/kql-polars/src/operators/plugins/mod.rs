//! `evaluate plugin(…)`: operators that are called like functions. What their columns are often depends on the rows, so most of them compute
//! their input at once.
//!
//! Source: <https://learn.microsoft.com/kusto/query/evaluate-operator>

use kql::ast::{Arg, Expr as Ast, Ident, Schema};
use kql::{Error, ErrorKind, KqlType, Span, Value};
use polars::prelude::*;

use crate::query::Context;
use crate::rel::{Rel, RelColumn, column};
use crate::suggest::did_you_mean;
use crate::table::Column as TableColumn;
use crate::typed::{Typed, literal};

mod bag_unpack;
mod dcount_intersect;
mod ip_lookup;
mod narrow;
mod pivot;
mod rows_near;
mod timeline;

/// The plugins there are.
pub const PLUGINS: &[&str] = &[
    "active_users_count",
    "activity_counts_metrics",
    "activity_engagement",
    "activity_metrics",
    "bag_unpack",
    "dcount_intersect",
    "ipv4_lookup",
    "ipv6_lookup",
    "narrow",
    "new_activity_metrics",
    "pivot",
    "preview",
    "rolling_percentile",
    "rows_near",
    "session_count",
    "sliding_window_counts",
];

/// Plugins of Kusto that the engine does not have, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (&["python", "r"], "local queries run no other languages"),
    (
        &[
            "ai_chat_completion",
            "ai_chat_completion_prompt",
            "ai_embed_text",
            "ai_embeddings",
            "azure_digital_twins_query_request",
            "cosmosdb_sql_request",
            "http_request",
            "http_request_post",
            "infer_storage_schema",
            "infer_storage_schema_with_suggestions",
            "mysql_request",
            "postgresql_request",
            "sql_request",
        ],
        "it asks other services, which local queries do not do",
    ),
    (
        &["autocluster", "basket", "diffpatterns", "diffpatterns_text"],
        "its result depends on a method that Microsoft does not publish: use summarize count() by the columns of interest",
    ),
    (
        &["funnel_sequence", "funnel_sequence_completion", "sequence_detect"],
        "how it counts is not documented in full: scan finds sequences of rows, with rules that the query states",
    ),
    (&["schema_merge"], "the schemas of stored tables are not managed here"),
];

/// Runs a plugin.
///
/// # Errors
/// Plugins that the engine does not have, mistakes in the arguments.
pub fn apply(
    cx: &Context<'_>,
    rel: Rel,
    plugin: &Ident,
    args: &[Arg],
    schema: Option<&Schema>,
    span: Span,
) -> Result<Rel, Error> {
    let call = Call { cx, plugin, args, span };
    match plugin.name.as_str() {
        "bag_unpack" => return bag_unpack::apply(&call, rel, schema),
        "pivot" => pivot::apply(&call, rel),
        "narrow" => narrow::apply(&call, rel),
        "preview" => preview(&call, rel),
        "ipv4_lookup" => ip_lookup::apply(&call, rel, ip_lookup::Family::V4),
        "ipv6_lookup" => ip_lookup::apply(&call, rel, ip_lookup::Family::V6),
        "active_users_count" => timeline::counts::active_users_count(&call, rel),
        "activity_counts_metrics" => timeline::activity::activity_counts_metrics(&call, rel),
        "activity_engagement" => timeline::activity::activity_engagement(&call, rel),
        "activity_metrics" => timeline::activity::activity_metrics(&call, rel),
        "dcount_intersect" => dcount_intersect::apply(&call, rel),
        "new_activity_metrics" => timeline::new_activity::apply(&call, rel),
        "rolling_percentile" => timeline::rolling::apply(&call, rel),
        "rows_near" => rows_near::apply(&call, rel),
        "session_count" => timeline::counts::session_count(&call, rel),
        "sliding_window_counts" => timeline::counts::sliding_window_counts(&call, rel),
        _ => return Err(unknown(plugin)),
    }
    .and_then(|rel| match schema {
        Some(schema) => fit(cx, rel, schema),
        None => Ok(rel),
    })
}

/// The error for a plugin that the engine does not have.
fn unknown(plugin: &Ident) -> Error {
    let name = plugin.name.as_str();
    let error = Error::new(ErrorKind::Unsupported, plugin.span, format!("the plugin {name} is not supported"));
    if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.contains(&name)) {
        return error.with_help(*why);
    }
    let help = did_you_mean(name, PLUGINS.iter().copied());
    error.with_help(help.unwrap_or_else(|| format!("the plugins are {}", PLUGINS.join(", "))))
}

/// The error for a plugin at the start of a query.
pub fn without_input(plugin: &Ident, span: Span) -> Error {
    if PLUGINS.contains(&plugin.name.as_str()) {
        return Error::new(ErrorKind::Syntax, span, format!("{} needs a table before it: T | evaluate …", plugin.name));
    }
    unknown(plugin)
}

/// `preview`: the first rows, and how many there are. Kusto gives the number as a second table; here it is a note.
fn preview(call: &Call<'_>, rel: Rel) -> Result<Rel, Error> {
    call.check_names(&[])?;
    let [count] = call.positional()[..] else {
        return Err(call.error("it needs a number of rows"));
    };
    let count = call.cx.binder().count(count, "the number of rows")?;
    let mut rel = call.cx.materialize(rel)?;
    let rows = rel.frame.clone().select([len().alias("Count")]);
    let rows = crate::run::collect(rows).map_err(|e| Error::from(e).at(call.span))?;
    let rows = rows.columns().first().and_then(|c| c.get(0).ok()).and_then(|v| v.extract::<u64>()).unwrap_or_default();
    call.cx.query.note(format!("preview: {rows} rows in all"));
    rel.frame = rel.frame.limit(count);
    Ok(rel)
}

/// A call of a plugin.
struct Call<'a> {
    cx: &'a Context<'a>,
    plugin: &'a Ident,
    args: &'a [Arg],
    span: Span,
}

impl Call<'_> {
    fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Type, self.span, format!("{}: {message}", self.plugin.name))
    }

    /// The arguments without a name.
    fn positional(&self) -> Vec<&Ast> {
        self.args.iter().filter(|a| a.name.is_none()).map(|a| &a.value).collect()
    }

    /// Refuses arguments with other names than these.
    fn check_names(&self, known: &[&str]) -> Result<(), Error> {
        for name in self.args.iter().filter_map(|a| a.name.as_ref()) {
            if !known.contains(&name.name.as_str()) {
                let mut error = Error::new(
                    ErrorKind::UnknownName,
                    name.span,
                    format!("{} has no argument `{}`", self.plugin.name, name.name),
                );
                error.help = did_you_mean(&name.name, known.iter().copied());
                return Err(error);
            }
        }
        Ok(())
    }

    /// The argument of a name.
    fn named(&self, name: &str) -> Option<&Ast> {
        self.args.iter().find(|a| a.name.as_ref().is_some_and(|n| n.name == name)).map(|a| &a.value)
    }

    /// The column that an argument names.
    fn column<'r>(&self, rel: &'r Rel, arg: &Ast) -> Result<&'r RelColumn, Error> {
        match &arg.kind {
            kql::ast::ExprKind::Name(name) => match rel.column(name) {
                Some(column) => Ok(column),
                None => Err(super::no_column(rel, name, arg.span)),
            },
            _ => Err(Error::new(
                ErrorKind::Type,
                arg.span,
                format!("{} needs the name of a column here", self.plugin.name),
            )),
        }
    }

    fn text(&self, arg: &Ast, what: &str) -> Result<String, Error> {
        match self.cx.binder().constant(arg, KqlType::String, what)? {
            Value::String(text) => Ok(text),
            _ => Ok(String::new()),
        }
    }
}

/// Gives the result the columns that the query declares: converted, and null where the result has none of a name.
fn fit(cx: &Context<'_>, rel: Rel, schema: &Schema) -> Result<Rel, Error> {
    let rel = rel.canonical();
    let mut columns: Vec<RelColumn> = Vec::new();
    let mut exprs: Vec<Expr> = Vec::new();
    if schema.star {
        for c in &rel.columns {
            if schema.columns.iter().all(|d| d.name.name != c.name) {
                columns.push(c.clone());
                exprs.push(c.expr());
            }
        }
    }
    for declared in &schema.columns {
        let name = declared.name.name.as_str();
        let expr = match rel.column(name) {
            Some(c) => {
                let value = Typed::new(c.expr(), c.ty, declared.name.span);
                cx.binder().cast(value, declared.ty)?.expr
            }
            None => literal(&Value::Null(declared.ty)),
        };
        exprs.push(expr.alias(name));
        columns.push(RelColumn::new(name, declared.ty));
    }
    let mut rel = rel;
    rel.frame = rel.frame.with_columns(exprs);
    Ok(rel.keep(columns))
}

/// Computes the rows of a relation now.
fn computed(call: &Call<'_>, rel: Rel) -> Result<(DataFrame, Vec<TableColumn>), Error> {
    call.cx.query.collect(rel).map_err(|e| Error::from(e).at(call.span))
}

/// A relation of columns that are already computed, all of the same length.
fn from_columns(call: &Call<'_>, columns: Vec<Column>, types: Vec<KqlType>) -> Result<Rel, Error> {
    let described: Vec<RelColumn> =
        columns.iter().zip(types).map(|(c, ty)| RelColumn::new(c.name().as_str(), ty)).collect();
    let height = columns.first().map_or(0, Column::len);
    let frame = DataFrame::new(height, columns).map_err(|e| polars_error(call.span, e))?;
    Ok(Rel::new(frame.lazy(), described))
}

fn polars_error(span: Span, error: PolarsError) -> Error {
    Error::from(crate::run::RuntimeError::from(error)).at(span)
}

/// Text of every type as `tostring()` makes it.
fn as_text(cx: &Context<'_>, c: &RelColumn, span: Span) -> Result<Expr, Error> {
    let value = Typed::new(column(&c.name), c.ty, span);
    Ok(cx.binder().cast(value, KqlType::String)?.expr.alias(c.name.as_str()))
}
